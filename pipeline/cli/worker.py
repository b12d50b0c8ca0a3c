"""`claimwire worker`: the Faust worker, in the foreground."""

import logging
import sys
from typing import TYPE_CHECKING, NoReturn

import typer

from pipeline.cli.options import LogFormatOption, load_settings
from pipeline.errors import ClaimwireError
from pipeline.settings import Settings

if TYPE_CHECKING:
    from pipeline.faust_app import ClaimwireApp


def worker(log_format: LogFormatOption = None) -> None:
    """Run one worker until it is told to stop (Ctrl-C, SIGTERM). Settings: CLAIMWIRE_*."""
    from pipeline.app import create_app
    from pipeline.log_format import last_words

    settings = load_settings(log_format=log_format)
    try:
        run_worker(create_app(settings), settings)
    except ClaimwireError as error:
        if settings.log_format == "readable":
            raise
        # The command line's own way to say it would be no line of a JSON log.
        print(last_words(str(error), settings.log_format), file=sys.stderr)
        raise typer.Exit(error.exit_status) from None


def run_worker(app: "ClaimwireApp", settings: "Settings") -> NoReturn:
    """Run the app to its end; raises the ClaimwireError it ended with, else exits."""
    from faust import Worker

    faust_worker = Worker(
        app, loglevel=settings.log_level.upper(), redirect_stdouts=False, quiet=True
    )
    faust_worker.spinner = None  # would animate on standard output, between the log's lines
    logging.captureWarnings(True)
    try:
        faust_worker.execute_from_commandline()
    except SystemExit as ended:
        if app.stop_reason is not None:
            raise app.stop_reason from None
        sys.exit(ended.code)
