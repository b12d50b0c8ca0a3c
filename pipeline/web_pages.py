"""The worker's own pages: `/metrics`, `/livez`, `/readyz`."""

from collections.abc import Callable

import faust
import orjson
from faust.web import Request, Response, View
from prometheus_client import CONTENT_TYPE_LATEST, disable_created_metrics, generate_latest

from pipeline.health import Health


def add_metrics_page(app: faust.App) -> None:
    """Serve the metrics of this process, in Prometheus' text format."""
    disable_created_metrics()  # type: ignore[no-untyped-call]  # else a second series a counter

    @app.page("/metrics", name="metrics")
    class Metrics(View):
        """The metrics of this worker, in Prometheus' text format."""

        async def get(self, request: Request) -> Response:
            # As a header: Faust's content_type takes no parameters, and the format names two.
            return self.bytes(generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})


def add_health_pages(
    app: faust.App, *, is_live: Callable[[], Health], is_ready: Callable[[], Health]
) -> None:
    """Serve what the two functions say: status 200 or 503, and why."""

    @app.page("/livez", name="livez")
    class Livez(View):
        """Whether this worker moves; 503: start it again."""

        async def get(self, request: Request) -> Response:
            return _answer(self, is_live())

    @app.page("/readyz", name="readyz")
    class Readyz(View):
        """Whether this worker takes articles; 503: not now."""

        async def get(self, request: Request) -> Response:
            return _answer(self, is_ready())


def _answer(view: View, health: Health) -> Response:
    document = {"ok": health.is_good, "problems": health.problems, **health.facts}
    return view.bytes(
        orjson.dumps(document),
        content_type="application/json",
        status=200 if health.is_good else 503,
        headers={"Cache-Control": "no-store"},
    )
