"""Dead letters back to where they came from: list them, choose some, send them again.

Dead letters stay in their topic after a replay, so one article may stand there several times:
once for each time it failed, and once more where a crash repeated its batch. What tells them
apart is the count of attempts; only the latest of an article's dead letters is replayed, and
never twice in one go.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from pipeline.article_files import Refusal
from pipeline.dead_letters import DeadLetter, read_dead_letter, replay_headers
from pipeline.feed import ConfirmedProducer
from pipeline.kafka_client import DEFAULT_TIMEOUT_SECONDS
from pipeline.kafka_security import KafkaCluster
from pipeline.models import SourcePosition
from pipeline.outcomes import ForeignMessageError
from pipeline.tail import Record, TopicTail


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedDeadLetter:
    """A record of the dead-letter topic."""

    position: SourcePosition
    """Where it stands in the dead-letter topic."""
    size_bytes: int
    """Of the value as it stands there."""
    dead_letter: DeadLetter | None
    """None when it is not a dead letter of Claimwire's."""
    problem: str | None = None
    """Why it is not."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Selection:
    """Which dead letters to replay; a field that is None does not narrow the choice."""

    partition: int | None = None
    offset: int | None = None
    stage: str | None = None

    def includes(self, listed: ListedDeadLetter) -> bool:
        """Tell whether the record is one of those chosen."""
        return (
            (self.partition is None or self.partition == listed.position.partition)
            and (self.offset is None or self.offset == listed.position.offset)
            and (
                self.stage is None
                or (listed.dead_letter is not None and listed.dead_letter.stage == self.stage)
            )
        )


class ReplayOutcome(StrEnum):
    """What became of a dead letter that was chosen."""

    REPLAYED = "replayed"
    """The broker has confirmed it in the articles topic."""
    WOULD_REPLAY = "would_replay"
    """It is a dry run."""
    SUPERSEDED = "superseded"
    """The same article failed again later, or is in this replay already."""
    REFUSED = "refused"
    """It cannot or must not be replayed; the reason says why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReplayResult:
    """What became of one dead letter that was chosen."""

    listed: ListedDeadLetter
    outcome: ReplayOutcome
    reason: str | None = None
    """One sentence; set when it is refused."""
    position: SourcePosition | None = None
    """Where it stands now in the articles topic; set when it is replayed."""


def list_dead_letters(
    cluster: KafkaCluster,
    topic: str,
    *,
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
) -> Iterator[ListedDeadLetter]:
    """Yield the dead letters that the topic holds now, in order within a partition.

    Raises BrokerUnavailableError, and ConfigurationError without the topic.
    """
    with TopicTail(cluster, [topic], from_beginning=True, timeout_seconds=timeout_seconds) as tail:
        for record in tail.records_until_end():
            yield _read(record)


def replay(
    cluster: KafkaCluster,
    *,
    dead_letters_topic: str,
    articles_topic: str,
    selection: Selection,
    max_attempts: int = 3,
    dry_run: bool = False,
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
    on_result: Callable[[ReplayResult], None] = lambda result: None,
) -> list[ReplayResult]:
    """Send the chosen dead letters to the articles topic, with their keys and own headers.

    Each counts one attempt more; one that a worker has had `max_attempts` times is refused.
    Results come in the order of the dead letters, once the broker has confirmed them.
    Raises BrokerUnavailableError, and ConfigurationError without one of the topics.
    """
    attempts = _latest_attempts(cluster, dead_letters_topic, timeout_seconds)
    taken: set[bytes] = set()
    results: list[ReplayResult] = []
    with ConfirmedProducer(cluster, articles_topic, timeout_seconds=timeout_seconds) as producer:
        for listed in list_dead_letters(
            cluster, dead_letters_topic, timeout_seconds=timeout_seconds
        ):
            if not selection.includes(listed):
                continue
            result = _judge(listed, attempts=attempts, taken=taken, max_attempts=max_attempts)
            if result.outcome is ReplayOutcome.WOULD_REPLAY and not dry_run:
                result = _send(producer, listed)
            results.append(result)
            on_result(result)
    return results


def _judge(
    listed: ListedDeadLetter, *, attempts: dict[bytes, int], taken: set[bytes], max_attempts: int
) -> ReplayResult:
    """Say whether a dead letter may be replayed, and note that its article is taken."""
    letter = listed.dead_letter
    reason = None
    if letter is None:
        reason = "It is no dead letter of Claimwire's: find out who wrote it."
    elif letter.replacement is not None:
        reason = (
            "It was too large to keep, only its hash is here: send the article again from "
            f"{letter.source} or its source."
        )
    elif letter.value is None:
        reason = "It has no value: there is nothing to replay."
    elif letter.attempts >= max_attempts:
        reason = (
            f"It has failed {letter.attempts} times: mend its cause, "
            "then raise --max-attempts to try again."
        )
    if letter is None or reason is not None:
        return ReplayResult(listed=listed, outcome=ReplayOutcome.REFUSED, reason=reason)
    article = _fingerprint(letter)
    if article in taken or letter.attempts < attempts.get(article, 0):
        return ReplayResult(listed=listed, outcome=ReplayOutcome.SUPERSEDED)
    taken.add(article)
    return ReplayResult(listed=listed, outcome=ReplayOutcome.WOULD_REPLAY)


def _send(producer: ConfirmedProducer, listed: ListedDeadLetter) -> ReplayResult:
    """Send one and wait: replays are few, and each line of the report is then true."""
    letter = listed.dead_letter
    assert letter is not None  # noqa: S101 - judged before
    assert letter.value is not None  # noqa: S101 - judged before
    # kafka-python cannot send a null header; the pipeline reads an empty one the same.
    headers = [(name, value or b"") for name, value in replay_headers(letter)]
    answers = producer.send(
        str(listed.position), key=letter.key, value=letter.value, headers=headers
    )
    (answer,) = answers + producer.flush()
    if isinstance(answer, Refusal):
        return ReplayResult(listed=listed, outcome=ReplayOutcome.REFUSED, reason=answer.reason)
    return ReplayResult(listed=listed, outcome=ReplayOutcome.REPLAYED, position=answer)


def _latest_attempts(cluster: KafkaCluster, topic: str, timeout_seconds: float) -> dict[bytes, int]:
    """Return how often each article in the topic has been tried, by fingerprint."""
    latest: dict[bytes, int] = {}
    for listed in list_dead_letters(cluster, topic, timeout_seconds=timeout_seconds):
        if listed.dead_letter is not None:
            article = _fingerprint(listed.dead_letter)
            latest[article] = max(latest.get(article, 0), listed.dead_letter.attempts)
    return latest


def _fingerprint(letter: DeadLetter) -> bytes:
    key, value = letter.key or b"", letter.value or b""
    return hashlib.sha256(len(key).to_bytes(8, "big") + key + value).digest()


def _read(record: Record) -> ListedDeadLetter:
    letter = None
    problem = None
    try:
        letter = read_dead_letter(key=record.key, value=record.value, headers=record.headers)
    except ForeignMessageError as error:
        problem = str(error)
    return ListedDeadLetter(
        position=record.position,
        size_bytes=len(record.value or b""),
        dead_letter=letter,
        problem=problem,
    )
