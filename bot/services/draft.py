"""Articles between an editor's message and the channel."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.article import Article, RichText, join, rich_article
from bot.domain.ids import DraftId, UserId
from bot.domain.refusals import DraftGone
from bot.vault import Vault
from db.engine import Tx
from db.queries import draft as drafts
from db.queries import outbox

ID_BITS = 62  # random: an editor's button cannot be guessed
CUT_FROM = (
    2000  # characters: apps cut a text at 4096, or at the end of a paragraph in the second half before that
)
CONTINUED_WITHIN = timedelta(seconds=3)  # the pieces of one text arrive together


@dataclass(frozen=True, slots=True)
class Begun:
    """``goes_on``: it is long enough that the next message may be its continuation."""

    draft: DraftId
    article: Article
    goes_on: bool


async def keep(tx: Tx, vault: Vault, editor: UserId, article: Article, now: datetime) -> DraftId:
    draft = DraftId(secrets.randbits(ID_BITS))
    await drafts.store(tx, draft, vault.staff(editor), article, None, now)
    return draft


async def keep_text(tx: Tx, vault: Vault, editor: UserId, text: RichText, sent: datetime) -> Begun:
    """An article in a message.  Telegram's apps cut a long text into several: those are put together again here.

    ``sent`` is when it was written: a bot that was away gets an hour's messages in a moment.
    """
    person = vault.staff(editor)
    before = await drafts.begun(tx, person, sent - CONTINUED_WITHIN)
    if before is not None:
        draft, beginning = before
        await drafts.remove(tx, draft)
        await outbox.remove_subject(tx, draft)
        text = join((beginning, text), "\n\n" if ends_paragraph(beginning.text) else " ")
    article = rich_article(text)
    draft = DraftId(secrets.randbits(ID_BITS))
    goes_on = before is not None or len(text.text) >= CUT_FROM
    await drafts.store(tx, draft, person, article, text if goes_on else None, sent)
    return Begun(draft, article, goes_on)


def ends_paragraph(text: str) -> bool:
    """Where Telegram cut the text, the white space is lost; a sentence that ends there most likely ended a paragraph."""
    return text.rstrip("»”\"')").endswith((".", "!", "?", "…", ":"))


async def find(tx: Tx, vault: Vault, editor: UserId, draft: DraftId) -> Article:
    """Raises DraftGone, for somebody else's draft too."""
    found = await drafts.find(tx, draft)
    if found is None or found[1] != vault.staff(editor):
        raise DraftGone()
    return found[0]


async def take(tx: Tx, vault: Vault, editor: UserId, draft: DraftId) -> Article:
    """Find and remove: of two taps on "Publish" the second finds nothing.  Raises DraftGone."""
    article = await find(tx, vault, editor, draft)
    await drafts.remove(tx, draft)
    return article
