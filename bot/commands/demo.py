"""``dumka demo``: the whole job on the sandbox, with a crowd that keeps its own count."""

import asyncio
import io
import signal
import sys
from contextlib import suppress
from pathlib import Path

import aiohttp

from bot.demo.folder import Folder
from bot.demo.play import play
from bot.demo.process import DemoError
from bot.demo.show import show_for
from bot.domain.refusals import Refusal
from bot.sandbox import PeopleError
from bot.services.reading import read_article
from bot.texts import Say
from bot.views import refusal as refusal_views

DIFFERENT, MISTAKE, INTERRUPTED = 1, 2, 130


def run_demo(article: Path | None, readers: int, seed: int, folder: Path, plain: bool) -> int:
    """0 when the tally is the crowd's own count, 1 when it is not, 2 when nothing was begun."""
    mistake = _mistake(article, readers)
    if mistake:
        print(mistake, file=sys.stderr)
        return MISTAKE
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal that has not all letters of the world
    home = Folder(folder)
    try:
        home.prepare()
        return asyncio.run(_demo(home, article, readers, seed, plain))
    except DemoError as error:
        print(f"{error}.", file=sys.stderr)
        return error.code
    except (PeopleError, TimeoutError, aiohttp.ClientError) as error:
        print(f"The demo could not go on: {error!r}; {home.bot_log} may say why.", file=sys.stderr)
        return DIFFERENT
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("Stopped.", file=sys.stderr)
        return INTERRUPTED


def _mistake(article: Path | None, readers: int) -> str | None:
    """Said before anything starts."""
    if readers < 1:
        return "--readers: a crowd has at least one reader."
    if article is not None:
        try:
            read_article(article.read_bytes(), article.name)
        except OSError as error:
            return f"{article} cannot be read: {error.strerror}."
        except Refusal as refusal:
            return refusal_views.words(Say("en"), refusal)
    return None


async def _demo(home: Folder, article: Path | None, readers: int, seed: int, plain: bool) -> int:
    task = asyncio.current_task()
    if task is not None:
        with suppress(NotImplementedError):  # Windows; there Ctrl-C alone stops it
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    with show_for(plain) as show:
        return 0 if await play(home, article, readers, seed, show) else DIFFERENT
