"""The `claimwire` command: one module a command, registered here.

A command module imports what is heavy (Kafka, Faust, the model) inside its functions, so that
`claimwire --help` answers at once.
"""

import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from pipeline.cli import (
    classify,
    dashboard,
    dead_letters,
    demo,
    detect,
    feed,
    forget,
    run,
    tail,
    topics,
    worker,
)
from pipeline.errors import ClaimwireError

EXIT_FAILURE = 1
EXIT_BROKEN_PIPE = 141  # as a shell reports a program that SIGPIPE ended


class _ErrorsAsSentences(TyperGroup):
    """Prints errors as one sentence each, unless `--debug` asks for the traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; what it raises becomes a sentence and an exit status."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()  # here, where a closed pipe is still ours to handle
        except BrokenPipeError:
            # Whoever read our output has left, as `| head` does. Python would complain at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(EXIT_BROKEN_PIPE) from None
        except (typer.Exit, typer.Abort, typer.TyperException):
            raise
        except Exception as error:  # the last line of defence against a traceback
            if ctx.params["debug"]:
                raise
            print(f"claimwire: {_sentence(error)}", file=sys.stderr)
            status = error.exit_status if isinstance(error, ClaimwireError) else EXIT_FAILURE
            raise typer.Exit(status) from None
        return result


def _sentence(error: Exception) -> str:
    if isinstance(error, ClaimwireError):
        return str(error)
    # What an unforeseen error says may hold text of an article.
    return (
        f"An unforeseen {type(error).__name__} ended this command; "
        "run it again as `claimwire --debug ...` and report what it prints."
    )


app = typer.Typer(
    name="claimwire",
    cls=_ErrorsAsSentences,
    help="Check-worthy claims out of a stream of news articles.",
    epilog="Settings are read from the environment as `CLAIMWIRE_...`; README.md lists them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.command("demo")(demo.demo)
app.command("run")(run.run)
app.command("worker")(worker.worker)
app.command("detect")(detect.detect)
app.command("classify")(classify.classify)
app.command("feed")(feed.feed)
app.command("tail")(tail.tail)
app.command("dashboard")(dashboard.dashboard)
app.command("forget")(forget.forget)
app.add_typer(topics.app, name="topics")
app.add_typer(dead_letters.app, name="dead-letters")


def _print_version(value: bool) -> None:
    if value:
        from pipeline import __version__

        print(f"claimwire {__version__}")
        raise typer.Exit


@app.callback()
def _global_options(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Check-worthy claims out of a stream of news articles."""


def run_command(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit status: 0, 1 failed, 2 bad use, 130 Ctrl-C."""
    try:
        result = app(args=list(arguments), prog_name="claimwire", standalone_mode=False)
    except typer.TyperException as error:
        if message := error.format_message().rstrip("."):  # none where the help was printed
            usage = getattr(getattr(error, "ctx", None), "command_path", "claimwire")
            print(f"claimwire: {message}; see `{usage} --help`.", file=sys.stderr)
        return error.exit_code
    except typer.Abort:
        return 130
    return result if isinstance(result, int) else 0


def main() -> None:
    """Run the command line of this process."""
    sys.exit(run_command(sys.argv[1:]))
