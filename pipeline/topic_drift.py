"""How the topics that are there differ from their definitions, and what can be done. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pipeline.topic_definitions import TopicDefinition
from pipeline.topic_descriptions import TopicDescription, normalise_cleanup_policy

PARTITIONS = "partitions"
REPLICATION_FACTOR = "replication factor"


class Remedy(StrEnum):
    """What brings a topic back to its definition."""

    ALTER = "alter"
    """Kafka changes the setting, at once and for all records."""
    GROW = "grow"
    """Kafka adds partitions; records stay where they are, and keys go elsewhere from then on."""
    REASSIGN = "reassign"
    """Replicas move between brokers: for Kafka's own tools, which can watch and slow it down."""
    LOOK = "look"
    """The broker does not show the setting to this client."""
    NONE = "none"
    """There is none: Kafka takes no partition away."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TopicDrift:
    """One thing in which a topic differs from its definition."""

    topic: str
    setting: str
    """PARTITIONS, REPLICATION_FACTOR or one of Kafka's topic settings, as `retention.ms`."""
    wanted: str
    found: str | None
    """None where the broker does not say."""
    remedy: Remedy


@dataclass(frozen=True, kw_only=True, slots=True)
class TopicPlan:
    """What lies between some definitions and the topics that are there."""

    missing: tuple[TopicDefinition, ...]
    drift: tuple[TopicDrift, ...]

    def drift_with(self, *remedies: Remedy) -> list[TopicDrift]:
        """Return the drift that one of these brings back."""
        return [one for one in self.drift if one.remedy in remedies]


def plan_topics(
    definitions: Sequence[TopicDefinition], descriptions: Sequence[TopicDescription]
) -> TopicPlan:
    """Compare each definition with the description of its topic, given in the same order."""
    pairs = list(zip(definitions, descriptions, strict=True))
    return TopicPlan(
        missing=tuple(wanted for wanted, found in pairs if not found.exists),
        drift=tuple(
            one for wanted, found in pairs if found.exists for one in find_drift(wanted, found)
        ),
    )


def find_drift(wanted: TopicDefinition, found: TopicDescription) -> Iterator[TopicDrift]:
    """Yield how an existing topic differs. What the definition leaves to the broker is not asked.

    Raises ValueError when the two are not of the same topic.
    """
    if wanted.name != found.name:
        raise ValueError(f"{wanted.name} and {found.name} are two topics")

    def drift(setting: str, want: str, there: str | None, remedy: Remedy) -> TopicDrift:
        return TopicDrift(
            topic=wanted.name, setting=setting, wanted=want, found=there, remedy=remedy
        )

    count = len(found.partitions)
    if wanted.partitions != count:
        remedy = Remedy.GROW if wanted.partitions > count else Remedy.NONE
        yield drift(PARTITIONS, str(wanted.partitions), str(count), remedy)
    replicas = sorted({len(partition.replicas) for partition in found.partitions})
    if wanted.replication_factor != -1 and replicas != [wanted.replication_factor]:
        there = " to ".join(dict.fromkeys((str(replicas[0]), str(replicas[-1]))))
        yield drift(REPLICATION_FACTOR, str(wanted.replication_factor), there, Remedy.REASSIGN)
    for setting, want in wanted.config.items():
        value = found.config.get(setting)
        if value is None:
            yield drift(setting, want, None, Remedy.LOOK)
        elif _normalise(setting, value) != _normalise(setting, want):
            yield drift(setting, want, value, Remedy.ALTER)


def _normalise(setting: str, value: str) -> str:
    return normalise_cleanup_policy(value) if setting == "cleanup.policy" else value
