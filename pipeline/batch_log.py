"""What the log says of batches and of single articles: their positions, never their text."""

import logging
from collections import Counter
from collections.abc import Sequence

from pipeline.outputs import Examined

logger = logging.getLogger(__name__)


def log_batch(examined: Sequence[Examined], *, seconds: float) -> None:
    """Say at debug, in one line, what a micro-batch was and how long it took."""
    if not examined or not logger.isEnabledFor(logging.DEBUG):
        return
    fields = {
        "source_position": str(examined[0].message.source),
        "articles": len(examined),
        "outcomes": dict(Counter(item.result.outcome.value for item in examined)),
        "sentences": sum(item.result.sentence_count for item in examined),
        "claims": sum(len(item.result.claims) for item in examined),
        "seconds": round(seconds, 3),
    }
    logger.debug(
        "Batch from %(source_position)s: %(articles)d articles, %(outcomes)s, "
        "%(sentences)d sentences, %(claims)d claims, %(seconds).3f s.",
        fields,
        extra=fields,
    )


def log_dead_letter(item: Examined) -> None:
    """Warn of an article that goes to the dead letters: where it stands, and why."""
    error = item.result.error
    if error is None:
        return
    logger.warning(
        "Dead letter from %s: %s",
        item.message.source,
        error,
        extra={
            "source_position": str(item.message.source),
            "stage": error.stage.value,
            "reason": error.reason,
        },
    )
