"""Writes tombstones for what the topics hold of one article: its claims and its outcomes.

A tombstone is a record with a key and a null value. It goes to the partition where records of its
key stand, which the key alone would miss once a topic has been given more partitions.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.article_files import Refusal
from pipeline.errors import ClaimwireError, ConfigurationError
from pipeline.feed import ConfirmedProducer
from pipeline.kafka_client import DEFAULT_TIMEOUT_SECONDS
from pipeline.kafka_security import KafkaCluster
from pipeline.sought_articles import Holdings, SoughtArticle, articles_at
from pipeline.tail import Record, TopicTail

_NAMED_AT_MOST = 3


class ArticleNotFoundError(ClaimwireError):
    """The topics hold nothing of an article: check its name; it may have outlived retention."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ForgetReport:
    """What was written for one article, or would be."""

    identity: str
    claims: int
    """Tombstones on the claims topic, each confirmed by the broker unless it is a dry run."""
    outcomes: int
    """Tombstones on the outcomes topic, likewise."""
    unkeyed: int
    """Records of the article without a key: no tombstone reaches them."""
    refused: tuple[Refusal, ...]
    """Tombstones that the broker did not take, by key; they are not counted above."""

    @property
    def was_forgotten(self) -> bool:
        """Tell whether there was nothing to do: a tombstone stood behind every record."""
        return not (self.claims or self.outcomes or self.unkeyed or self.refused)


def forget(
    cluster: KafkaCluster,
    sought: SoughtArticle,
    *,
    claims_topic: str,
    outcomes_topic: str,
    dry_run: bool = False,
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
) -> ForgetReport:
    """Write a tombstone for each claim of the article, then for its outcomes; await them all.

    Reads both topics from the beginning to what is their end now; an address takes the claims
    topic twice. Raises BrokerUnavailableError; ConfigurationError without one of the topics, or
    when the address is that of several articles; ArticleNotFoundError when neither topic holds
    anything.
    """

    def read(topic: str) -> Iterator[Record]:
        with TopicTail(
            cluster, [topic], from_beginning=True, timeout_seconds=timeout_seconds
        ) as tail:
            yield from tail.records_until_end()

    identities = {sought.identity}
    if sought.url is not None:
        identities |= articles_at(sought.url, read(claims_topic))
    claims, outcomes = Holdings(identities), Holdings(identities)
    for record in read(claims_topic):
        claims.add_claim(record)
    for record in read(outcomes_topic):
        outcomes.add_outcome(record)
    identity = _only_article(claims, outcomes, identities, (claims_topic, outcomes_topic))

    keys = {key for _, key in claims.standing} | claims.tombstones
    published = {key for one in outcomes.standing.values() for key in one.claim_keys}
    tombstones: dict[str, list[tuple[int | None, bytes]]] = {
        # Claims that retention has deleted, too: consumers may hold them still.
        claims_topic: [*claims.standing, *((None, key) for key in sorted(published - keys))],
        # Last, because they name the claims: a run that breaks off can be repeated.
        outcomes_topic: [*outcomes.standing],
    }
    refused: dict[str, list[Refusal]] = {topic: [] for topic in tombstones}
    if not dry_run:
        for topic, targets in tombstones.items():
            refused[topic] = _write(cluster, topic, targets, timeout_seconds)
    return ForgetReport(
        identity=identity,
        claims=len(tombstones[claims_topic]) - len(refused[claims_topic]),
        outcomes=len(tombstones[outcomes_topic]) - len(refused[outcomes_topic]),
        unkeyed=len(claims.unkeyed) + len(outcomes.unkeyed),
        refused=(*refused[claims_topic], *refused[outcomes_topic]),
    )


def _only_article(
    claims: Holdings, outcomes: Holdings, identities: set[str], topics: Sequence[str]
) -> str:
    """Return the one article of which something stands, else one that was forgotten before."""
    standing = sorted(claims.identities | outcomes.identities)
    if len(standing) > 1:
        named = ", ".join(standing[:_NAMED_AT_MOST])
        more = ", ..." if len(standing) > _NAMED_AT_MOST else ""
        raise ConfigurationError(
            f"{len(standing)} articles have this address ({named}{more}): name one by its identity."
        )
    forgotten = {one for one in identities if one.encode() in outcomes.tombstones}
    found = standing or sorted(claims.seen | outcomes.seen | forgotten)
    if not found:
        raise ArticleNotFoundError(
            f"Nothing of this article stands in {' or '.join(topics)}: compare its name with "
            "`claimwire tail --from-beginning --json`; what retention has deleted is gone."
        )
    return found[0]


def _write(
    cluster: KafkaCluster,
    topic: str,
    targets: Sequence[tuple[int | None, bytes]],
    timeout_seconds: float,
) -> list[Refusal]:
    """Write the tombstones, wait for the broker's answers and return what it refused."""
    if not targets:
        return []
    answers = []
    with ConfirmedProducer(cluster, topic, timeout_seconds=timeout_seconds) as producer:
        for partition, key in targets:
            name = key.decode("utf-8", "replace")
            answers += producer.send(name, key=key, value=None, partition=partition)
        answers += producer.flush()
    return [answer for answer in answers if isinstance(answer, Refusal)]
