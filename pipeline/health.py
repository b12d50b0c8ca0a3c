"""Whether a worker is alive and whether it is ready, with the reasons: `/livez` and `/readyz`.

Alive is a worker that moves: its event loop turns (else nobody gets an answer) and it makes
progress whenever there is lag. Ready is one that takes articles: its model is loaded, the group
has given it its partitions, the broker answers. A rebalance and a lost broker leave a worker alive
and not ready: starting it again would mend neither.

Nothing here asks the broker: the watchdog's thread did, and its last look is what counts. So an
answer takes no time, whatever the broker does.
"""

from collections.abc import Set
from dataclasses import dataclass
from typing import Protocol

from pipeline.watchdog import Partition, Watchdog


class Consumption(Protocol):
    """How the worker stands with its consumer group."""

    @property
    def held_partitions(self) -> Set[Partition] | None:
        """The partitions this worker was given, perhaps none; None while it is given none yet."""
        ...

    @property
    def is_stopping(self) -> bool:
        """Whether the worker was told to stop."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Health:
    """The answer to one question about a worker."""

    problems: tuple[str, ...]
    """Why not, a sentence each; empty when all is well."""
    facts: dict[str, object]
    """What the answer rests on."""

    @property
    def is_good(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.problems


def judge_liveness(watchdog: Watchdog) -> Health:
    """Say whether the worker moves; the asker's own waiting tells whether the event loop turns."""
    look = watchdog.last_look
    problems = []
    if watchdog.is_stalled:
        problems.append("Articles wait and none was processed: the process is about to be ended.")
    if watchdog.is_blind:
        problems.append("The watchdog no longer looks for stalls.")
    facts: dict[str, object] = {
        "lag_articles": None if look is None else sum(look.lag.values()),
        "seconds_without_progress": 0.0 if look is None else round(look.quiet_seconds, 1),
    }
    return Health(problems=tuple(problems), facts=facts)


def judge_readiness(watchdog: Watchdog, consumption: Consumption, *, model: str) -> Health:
    """Say whether the worker takes articles; that it answers says that `model` is loaded."""
    look = watchdog.last_look
    held = consumption.held_partitions
    problems = []
    if consumption.is_stopping:
        problems.append("The worker is stopping.")
    if look is None:
        problems.append("The broker has not answered yet.")
    elif not look.is_broker_reachable:
        problems.append("The broker does not answer.")
    if held is None:
        problems.append("No partitions are assigned: the worker joins its group, or it rebalances.")
    facts: dict[str, object] = {
        "model": model,
        "partitions": None if held is None else sorted(number for _, number in held),
        "broker_reachable": None if look is None else look.is_broker_reachable,
    }
    return Health(problems=tuple(problems), facts=facts)
