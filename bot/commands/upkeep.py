"""The commands of upkeep, for whoever keeps an installation.  Each imports what it needs when it is called."""

import typer

from bot.commands import options as o
from bot.commands.ending import finish

app = typer.Typer()


@app.command()
def doctor(config: o.Config = None) -> None:
    """Check settings, key, database, token, webhook, channels, texts and disk.

    A line each: OK, or !! with what to do.  Exit code 1 when something needs care.

    \b
    Example:
      dumka doctor
    """
    from bot.commands import doctor as command

    finish(lambda: command.doctor(config))


@app.command()
def migrate(config: o.Config = None) -> None:
    """Bring the database to this release's schema.

    `dumka run` does it, too; this is for doing it at a time of your choice, after a backup.

    \b
    Example:
      dumka migrate
    """
    from bot.commands import migrate as command

    finish(lambda: command.migrate(config))


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

    finish(lambda: command.backup(config, file, pg_dump, quiet))


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

    finish(lambda: command.restore(config, file, replace, pg_restore, quiet))


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

    finish(lambda: command.check(config, repair, as_json))


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

    finish(lambda: command.keys(config, destroy, accept_loss, yes, as_json))


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

    finish(lambda: command.copy_database(config, source, target, quiet))


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

    finish(lambda: command.replay(config, tuple(update or ()), list_only, drop, as_json))
