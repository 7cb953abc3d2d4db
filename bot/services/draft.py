"""Articles between an editor's message and the channel."""

import secrets
from datetime import datetime

from bot.domain.article import Article
from bot.domain.ids import DraftId, UserId
from bot.domain.refusals import DraftGone
from bot.vault import Vault
from db.engine import Tx
from db.queries import draft as drafts

ID_BITS = 62  # random: an editor's button cannot be guessed


async def keep(tx: Tx, vault: Vault, editor: UserId, article: Article, now: datetime) -> DraftId:
    draft = DraftId(secrets.randbits(ID_BITS))
    await drafts.store(tx, draft, vault.staff(editor), article, now)
    return draft


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
