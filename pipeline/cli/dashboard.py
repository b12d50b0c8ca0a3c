"""`claimwire dashboard`: the page of claims."""

import sys
from typing import Annotated

import typer

from pipeline.cli.options import BrokerOption, LogFormatOption, load_settings
from pipeline.errors import ClaimwireError
from pipeline.settings import Settings


def dashboard(
    host: Annotated[
        str | None,
        typer.Option(help="Address to bind to; else CLAIMWIRE_DASHBOARD_HOST.", show_default=False),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(help="Port, 0 a free one; else CLAIMWIRE_DASHBOARD_PORT.", show_default=False),
    ] = None,
    broker: BrokerOption = None,
    log_format: LogFormatOption = None,
) -> None:
    """Serve a live page of the latest claims, and `/api/claims`, until Ctrl-C.

    One process reads the claims of all workers. Beyond this machine it needs a token:
    CLAIMWIRE_DASHBOARD_TOKEN_FILE, or CLAIMWIRE_DASHBOARD_TOKEN.
    """
    from pipeline.log_format import last_words

    settings = load_settings(
        broker=broker, dashboard_host=host, dashboard_port=port, log_format=log_format
    )
    try:
        _serve(settings)
    except ClaimwireError as error:
        if settings.log_format == "readable":
            raise
        # The command line's own way to say it would be no line of a JSON log.
        print(last_words(str(error), settings.log_format), file=sys.stderr)
        raise typer.Exit(error.exit_status) from None


def _serve(settings: Settings) -> None:
    import asyncio
    import logging.config

    from pipeline.dashboard.process import address_of, bind, serve
    from pipeline.fetch_pause import pause_empty_fetches
    from pipeline.kafka_wiring import dashboard_token, kafka_cluster
    from pipeline.log_format import logging_config

    logging.config.dictConfig(logging_config(settings.log_level, settings.log_format))
    if settings.fetch_pause_seconds:
        pause_empty_fetches(settings.fetch_pause_seconds)
    token = dashboard_token(settings)
    listening = bind(settings.dashboard_host, settings.dashboard_port, token=token)
    asyncio.run(
        serve(
            listening,
            host=settings.dashboard_host,
            token=token,
            cluster=kafka_cluster(settings),
            topic=settings.claims_topic,
            max_claims=settings.dashboard_max_claims,
            on_ready=lambda: print(f"Dashboard  {address_of(listening)}", flush=True),
        )
    )
