"""`claimwire worker`: the Faust worker, in the foreground."""

import sys
from typing import TYPE_CHECKING, NoReturn

from pipeline.cli.options import load_settings
from pipeline.settings import Settings

if TYPE_CHECKING:
    from pipeline.faust_app import ClaimwireApp


def worker() -> None:
    """Run one worker until it is told to stop (Ctrl-C, SIGTERM). Settings: CLAIMWIRE_*."""
    from pipeline.app import create_app

    settings = load_settings()
    run_worker(create_app(settings), settings)


def run_worker(app: "ClaimwireApp", settings: "Settings") -> NoReturn:
    """Run the app to its end; raises the ClaimwireError it ended with, else exits."""
    from faust import Worker

    faust_worker = Worker(app, loglevel=settings.log_level.upper(), redirect_stdouts=False)
    try:
        faust_worker.execute_from_commandline()
    except SystemExit as ended:
        if app.stop_reason is not None:
            raise app.stop_reason from None
        sys.exit(ended.code)
