"""Articles that editors sent and have not published yet."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from bot.domain.article import Article, RichText, Span, Style
from bot.domain.ids import DraftId, Pseudonym
from db.engine import Tx
from db.models import DraftRow


def _packed(article: Article) -> dict[str, Any]:
    body = article.body
    return {"title": article.title, "body": body.text, "spans": _spans(body), "question": article.question}


def _unpacked(packed: dict[str, Any]) -> Article:
    return Article(packed["title"], RichText(packed["body"], _spans_of(packed["spans"])), packed["question"])


def _spans(text: RichText) -> list[list[Any]]:
    return [[span.start, span.end, span.style, span.detail] for span in text.spans]


def _spans_of(packed: list[list[Any]]) -> tuple[Span, ...]:
    return tuple(Span(start, end, Style(style), detail) for start, end, style, detail in packed)


async def store(
    tx: Tx, draft: DraftId, editor: Pseudonym, article: Article, begun: RichText | None, now: datetime
) -> None:
    """``begun``: the text as it was sent, where the next message may go on with it."""
    text = None if begun is None else {"text": begun.text, "spans": _spans(begun)}
    tx.add(DraftRow(id=draft, editor=editor, article=_packed(article), begun=text, created_at=now))
    await tx.flush()


async def begun(tx: Tx, editor: Pseudonym, since: datetime) -> tuple[DraftId, RichText] | None:
    """What this editor began to send and may not have finished."""
    unfinished = select(DraftRow).where(DraftRow.editor == editor, DraftRow.created_at >= since)
    row = await tx.scalar(unfinished.order_by(DraftRow.created_at.desc()).limit(1))
    if row is None or row.begun is None:
        return None
    return row.id, RichText(row.begun["text"], _spans_of(row.begun["spans"]))


async def find(tx: Tx, draft: DraftId) -> tuple[Article, Pseudonym] | None:
    """The article and who sent it."""
    row = await tx.get(DraftRow, draft)
    return None if row is None else (_unpacked(row.article), row.editor)


async def remove(tx: Tx, draft: DraftId) -> bool:
    """Returns whether it was still there: of two taps on "Publish" only one publishes."""
    done = await tx.execute(delete(DraftRow).where(DraftRow.id == draft))
    return bool(done.rowcount)  # type: ignore[attr-defined]
