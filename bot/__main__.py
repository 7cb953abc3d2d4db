"""The commands.  Each imports what it needs when it is called, so that ``--help`` answers at once."""

import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import typer

from bot.commands import options as o

app = typer.Typer(
    name="dumka",
    no_args_is_help=True,
    rich_markup_mode="rich",
    add_completion=False,
    pretty_exceptions_enable=False,  # their boxes show the values of variables, the token among them
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _end(command: Callable[[], int]) -> NoReturn:
    """Run it, and end with its exit code: 2 and a sentence on stderr for a mistake of the operator."""
    from bot.commands.errors import told

    with told():
        raise SystemExit(command())


@app.callback()
def dumka(context: typer.Context, config: o.Config = None) -> None:
    """Post an article in a Telegram channel, ask the readers, tally what they say.

    \b
    First time:  dumka init, then dumka run
    Look around: dumka demo
    """
    context.obj = config


@app.command()
def run(workers: o.Workers = 1, place: o.Place = None, config: o.Config = None) -> None:
    """Run the bot until Ctrl-C or SIGTERM.

    It takes updates by long polling or, with telegram.mode = "webhook", over HTTP; posts what is queued and keeps the
    shown counts right.

    \b
    Examples:
      dumka run --config /etc/dumka/config.toml
      dumka run --workers 4     (needs PostgreSQL)
    """
    for number in (signal.SIGTERM, signal.SIGINT):  # told to stop while it still imports
        signal.signal(number, lambda *_: sys.exit(0))
    if workers > 1:
        from bot.commands import workers as several

        _end(lambda: several.run(config, workers))
    from bot.commands import run as command

    _end(lambda: command.run(config, command.place_of(place)))


@app.command()
def post(
    file: o.File,
    channel: o.Channel,
    ask: o.Ask = None,
    option: o.Options = None,
    close_in: o.CloseIn = None,
    wait: o.Wait = False,
    config: o.Config = None,
) -> None:
    """Queue an article with a ballot for a channel.

    Prints the discussion's ID; the running bot posts it.  The first line is the title; a short last line that ends in
    ":" or "?" is the question.

    \b
    Examples:
      dumka post article.txt --channel @news
      dumka post article.md --channel @news --ask "Do you agree?" \\
        --option Yes --option No --close-in 24h
      cat article.txt | dumka post - --channel @news
    """
    from bot.commands import post as command

    _end(lambda: command.post(config, file, channel, ask, tuple(option or ()), close_in, wait))


@app.command()
def channel(
    name: o.Known = None,
    language: o.Language = None,
    layout: o.LayoutOf = None,
    question: o.Question = None,
    option: o.Options = None,
    results: o.ResultsOf = None,
    step: o.Step = None,
    minimum: o.Minimum = None,
    watch: o.Watch = None,
    moderation: o.ModerationOf = None,
    config: o.Config = None,
) -> None:
    """Show or change what is asked, how it looks and how numbers are shown, in one channel.

    \b
    Examples:
      dumka channel
      dumka channel @news --language en --layout together
      dumka channel @news --question "Do you agree?" --option Yes --option No
      dumka channel @news --question default --option default
      dumka channel @news --results after_vote --step 10 --minimum 30
      dumka channel @news --moderation pre
    """
    from bot.commands import channel as command
    from bot.domain.discussion import Layout

    chosen = None if layout is None else Layout(layout)
    wished = command.Wished(
        language, chosen, question, tuple(option or ()), results, step, minimum, watch, moderation
    )
    _end(lambda: command.channel(config, name, wished))


@app.command("list")
def list_(
    limit: o.Limit = 20,
    as_json: o.Json = False,
    config: o.Config = None,
) -> None:
    """List the newest discussions.

    \b
    Example:
      dumka list --json --limit 100
    """
    from bot.commands import list as command

    _end(lambda: command.show_list(config, limit, as_json))


@app.command()
def tally(number: o.Number, as_json: o.Json = False, config: o.Config = None) -> None:
    """Show the votes of a discussion, and how many opinions came.

    While it is open, numbers move in steps, and small ones are hidden; once it is closed, they are exact.

    \b
    Example:
      dumka tally 12 --json
    """
    from bot.commands import tally as command

    _end(lambda: command.show_tally(config, number, as_json))


@app.command()
def opinions(
    number: o.Number, search: o.Search = None, as_json: o.Json = False, config: o.Config = None
) -> None:
    """Print what readers wrote, without their names.

    With --json one object a line: id, source (comment or private), text, edited.

    \b
    Examples:
      dumka opinions 12 --json > opinions.jsonl
      dumka opinions 12 --search міст
    """
    from bot.commands import opinions as command

    _end(lambda: command.show_opinions(config, number, search, as_json))


@app.command()
def close(number: o.Number, config: o.Config = None) -> None:
    """Close a discussion: no more votes and opinions.

    \b
    Example:
      dumka close 12
    """
    from bot.commands import close as command

    _end(lambda: command.close(config, number))


@app.command()
def doctor(config: o.Config = None) -> None:
    """Check settings, key, database, token, webhook, channels, texts and disk.

    A line each: OK, or !! with what to do.  Exit code 1 when something needs care.

    \b
    Example:
      dumka doctor
    """
    from bot.commands import doctor as command

    _end(lambda: command.doctor(config))


@app.command()
def migrate(config: o.Config = None) -> None:
    """Bring the database to this release's schema.

    `dumka run` does it, too; this is for doing it at a time of your choice, after a backup.

    \b
    Example:
      dumka migrate
    """
    from bot.commands import migrate as command

    _end(lambda: command.migrate(config))


@app.command()
def backup(
    file: o.BackupFile, pg_dump: o.PgDump = None, quiet: o.Quiet = False, config: o.Config = None
) -> None:
    """Store the whole database in one encrypted file, while the bot runs.

    The key file is not in it, and without that nobody opens it: keep a copy of the key in another place.

    \b
    Examples:
      dumka backup /backups/dumka.age
      dumka backup "/backups/$(date +%F).age" --quiet
    """
    from bot.commands import backup as command

    _end(lambda: command.backup(config, file, pg_dump, quiet))


@app.command()
def restore(
    file: o.StoredFile,
    replace: o.Replace = False,
    pg_restore: o.PgRestore = None,
    quiet: o.Quiet = False,
    config: o.Config = None,
) -> None:
    """Put a backup in the place of the database; the bot must be stopped.

    A file that is damaged, not complete or another installation's is refused, and nothing is changed.

    \b
    Examples:
      dumka restore /backups/dumka.age
      dumka restore /backups/dumka.age --replace
    """
    from bot.commands import restore as command

    _end(lambda: command.restore(config, file, replace, pg_restore, quiet))


@app.command()
def check(repair: o.Repair = False, as_json: o.Json = False, config: o.Config = None) -> None:
    """Check that what is stored agrees with itself: integrity, counters, orphans, key, claims.

    A line each: OK, or !! with what to do.  Exit code 1 when something is wrong.

    \b
    Examples:
      dumka check
      dumka check --repair
    """
    from bot.commands import check as command

    _end(lambda: command.check(config, repair, as_json))


@app.command()
def audit(
    limit: o.Limit = 50, as_json: o.Json = False, verify: o.Verify = False, config: o.Config = None
) -> None:
    """Show what staff did, newest first; or check that no row is missing or changed.

    With --verify, exit code 1 and a sentence when the log does not hold.

    \b
    Examples:
      dumka audit --limit 20
      dumka audit --verify
    """
    from bot.commands import audit as command

    _end(lambda: command.audit(config, limit, as_json, verify))


@app.command()
def panic(yes: o.Yes = False, end: o.EndPanic = False, config: o.Config = None) -> None:
    """Destroy all keys, queues, drafts and unsent texts, close everything, and stop the bot.

    Works whether the bot runs or not, and whether Telegram answers or not. Exit code 1 when Telegram could not be told
    everything yet. Nobody can undo it.

    \b
    Examples:
      dumka panic
      dumka panic --yes
      dumka panic --end     (lets the bot run again)
    """
    from bot.commands import panic as command

    _end(lambda: command.panic(config, yes, end))


@app.command()
def keys(
    destroy: o.DestroyKey = None,
    accept_loss: o.AcceptLoss = False,
    yes: o.Yes = False,
    as_json: o.Json = False,
    config: o.Config = None,
) -> None:
    """Show which keys live: whose readers can still be recognised, and until when.

    \b
    Examples:
      dumka keys
      dumka keys --destroy 12
      dumka keys --accept-loss     (when the key store is lost)
    """
    from bot.commands import keys as command

    _end(lambda: command.keys(config, destroy, accept_loss, yes, as_json))


@app.command("copy-database")
def copy_database(source: o.From, target: o.To, quiet: o.Quiet = False, config: o.Config = None) -> None:
    """Move an installation from SQLite to PostgreSQL or back; the bot must be stopped.

    FROM is not changed.  Passwords are taken from DUMKA_FROM_PASSWORD and DUMKA_TO_PASSWORD where an address has none.

    \b
    Example:
      DUMKA_TO_PASSWORD=... dumka copy-database sqlite+aiosqlite:///dumka.db \\
        postgresql+asyncpg://dumka@db.example.org/dumka
    """
    from bot.commands import copy_database as command

    _end(lambda: command.copy_database(config, source, target, quiet))


@app.command()
def replay(
    update: o.Updates = None,
    list_only: o.ListOnly = False,
    drop: o.Drop = False,
    as_json: o.Json = False,
    config: o.Config = None,
) -> None:
    """Apply updates that met a bug once more, after a release that mended it.

    \b
    Examples:
      dumka replay --list
      dumka replay
      dumka replay 812345678
      dumka replay --drop 812345678
    """
    from bot.commands import replay as command

    _end(lambda: command.replay(config, tuple(update or ()), list_only, drop, as_json))


@app.command()
def init(
    force: o.Force = False,
    api_base_url: o.Server = None,
    config: o.Config = None,
) -> None:
    """Ask for the bot's token, check it and write the settings.

    From a pipe it reads the token from the first line and the language from the second.

    \b
    Examples:
      dumka init
      dumka init --config news.toml < token.txt
    """
    from bot.commands import init as command

    _end(lambda: command.init(config, force, api_base_url))


@app.command()
def sandbox(port: o.Port = 8081) -> None:
    """Serve a Bot API with people in it on this computer, for trying things out.

    \b
    Example:
      dumka sandbox --port 8081
    """
    from bot.commands import sandbox as command

    _end(lambda: command.serve_sandbox(port))


@app.command()
def demo(
    article: o.Article = None,
    readers: o.Readers = 500,
    seed: o.Seed = 1,
    folder: o.Folder = Path("demo"),
    plain: o.Plain = False,
) -> None:
    """Do the whole job on the sandbox: no token, no network.

    Posts an article, lets a crowd vote and write, closes, and compares the tally with the crowd's own count.

    \b
    Example:
      dumka demo article.txt --readers 200
    """
    from bot.commands.demo import run_demo

    _end(lambda: run_demo(article, readers, seed, folder, plain))


def main() -> None:
    app()


if __name__ == "__main__":
    main()
