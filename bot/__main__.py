"""The commands.  Each imports what it needs when it is called, so that ``--help`` answers at once."""

import signal
import sys
from pathlib import Path

import typer

from bot.commands import options as o
from bot.commands import upkeep
from bot.commands.ending import finish

app = typer.Typer(
    name="dumka",
    no_args_is_help=True,
    rich_markup_mode="rich",
    add_completion=False,
    pretty_exceptions_enable=False,  # their boxes show the values of variables, the token among them
    context_settings={"help_option_names": ["-h", "--help"]},
)


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

        finish(lambda: several.run(config, workers))
    from bot.commands import run as command

    finish(lambda: command.run(config, command.place_of(place)))


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

    finish(lambda: command.post(config, file, channel, ask, tuple(option or ()), close_in, wait))


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
    finish(lambda: command.channel(config, name, wished))


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

    finish(lambda: command.show_list(config, limit, as_json))


@app.command()
def tally(number: o.Number, as_json: o.Json = False, config: o.Config = None) -> None:
    """Show the votes of a discussion, and how many opinions came.

    While it is open, numbers move in steps, and small ones are hidden; once it is closed, they are exact.

    \b
    Example:
      dumka tally 12 --json
    """
    from bot.commands import tally as command

    finish(lambda: command.show_tally(config, number, as_json))


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

    finish(lambda: command.show_opinions(config, number, search, as_json))


@app.command()
def close(number: o.Number, config: o.Config = None) -> None:
    """Close a discussion: no more votes and opinions.

    \b
    Example:
      dumka close 12
    """
    from bot.commands import close as command

    finish(lambda: command.close(config, number))


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

    finish(lambda: command.audit(config, limit, as_json, verify))


@app.command()
def panic(
    yes: o.Yes = False, end: o.EndPanic = False, abandon: o.Abandon = False, config: o.Config = None
) -> None:
    """Destroy all keys, queues, drafts and unsent texts, close everything, and stop the bot.

    Works whether the bot runs or not, and whether Telegram answers or not. Exit code 1 when Telegram could not be told
    everything yet. Nobody can undo it.

    \b
    Examples:
      dumka panic
      dumka panic --yes
      dumka panic --end     (lets the bot run again)
      dumka panic --end --abandon     (also where Telegram cannot be told the rest, as with a revoked token)
    """
    from bot.commands import panic as command

    finish(lambda: command.panic(config, yes, end, abandon))


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

    finish(lambda: command.init(config, force, api_base_url))


@app.command()
def sandbox(port: o.Port = 8081) -> None:
    """Serve a Bot API with people in it on this computer, for trying things out.

    \b
    Example:
      dumka sandbox --port 8081
    """
    from bot.commands import sandbox as command

    finish(lambda: command.serve_sandbox(port))


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

    finish(lambda: run_demo(article, readers, seed, folder, plain))


app.add_typer(upkeep.app)


def main() -> None:
    app()


if __name__ == "__main__":
    main()
