"""Articles that editors sent and have not published yet."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete

from bot.domain.article import Article, RichText, Span, Style
from bot.domain.ids import DraftId, Pseudonym
from db.engine import Tx
from db.models import DraftRow


def _packed(article: Article) -> dict[str, Any]:
    spans = [[span.start, span.end, span.style, span.detail] for span in article.body.spans]
    return {"title": article.title, "body": article.body.text, "spans": spans, "question": article.question}


def _unpacked(packed: dict[str, Any]) -> Article:
    spans = tuple(Span(start, end, Style(style), detail) for start, end, style, detail in packed["spans"])
    return Article(packed["title"], RichText(packed["body"], spans), packed["question"])


async def store(tx: Tx, draft: DraftId, editor: Pseudonym, article: Article, now: datetime) -> None:
    tx.add(DraftRow(id=draft, editor=editor, article=_packed(article), created_at=now))
    await tx.flush()


async def find(tx: Tx, draft: DraftId) -> tuple[Article, Pseudonym] | None:
    """The article and who sent it."""
    row = await tx.get(DraftRow, draft)
    return None if row is None else (_unpacked(row.article), row.editor)


async def remove(tx: Tx, draft: DraftId) -> bool:
    """Returns whether it was still there: of two taps on "Publish" only one publishes."""
    done = await tx.execute(delete(DraftRow).where(DraftRow.id == draft))
    return bool(done.rowcount)  # type: ignore[attr-defined]


async def forget_before(tx: Tx, moment: datetime) -> None:
    await tx.execute(delete(DraftRow).where(DraftRow.created_at < moment))
