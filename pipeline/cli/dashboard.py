"""`claimwire dashboard`: the page of claims."""

import logging
import sys
from typing import Annotated

import typer

from pipeline.cli.options import BrokerOption, load_settings


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
) -> None:
    """Serve a live page of the latest claims, and `/api/claims`, until Ctrl-C.

    One process reads the claims of all workers. Beyond this machine it needs a token:
    CLAIMWIRE_DASHBOARD_TOKEN.
    """
    import asyncio

    from pipeline.dashboard.process import address_of, bind, serve
    from pipeline.fetch_pause import pause_empty_fetches

    settings = load_settings(broker=broker, dashboard_host=host, dashboard_port=port)
    secret = settings.dashboard_token
    token = secret.get_secret_value() if secret is not None else None
    logging.basicConfig(
        stream=sys.stderr,
        level=settings.log_level.upper(),
        format="%(asctime)s %(levelname)s %(message)s",
    )
    if settings.fetch_pause_seconds:
        pause_empty_fetches(settings.fetch_pause_seconds)
    listening = bind(settings.dashboard_host, settings.dashboard_port, token=token)
    asyncio.run(
        serve(
            listening,
            host=settings.dashboard_host,
            token=token,
            bootstrap_servers=settings.bootstrap_servers,
            topic=settings.claims_topic,
            max_claims=settings.dashboard_max_claims,
            on_ready=lambda: print(f"Dashboard  {address_of(listening)}", flush=True),
        )
    )
