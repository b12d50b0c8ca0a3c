"""A micro-batch, from messages in hand to outputs acknowledged, with a fake broker."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import orjson
import pytest

from pipeline.batches import BatchProcessor
from pipeline.dead_letters import DeadLetterShare, read_dead_letter
from pipeline.detection import Detector
from pipeline.errors import (
    BrokerUnavailableError,
    ConfigurationError,
    DeadLetterLimitExceededError,
)
from pipeline.headers import Headers
from pipeline.language import Py3langidLanguageIdentifier
from pipeline.models import Article, ArticleText, SourcePosition, TextBasis
from pipeline.outcomes import decode_outcome
from pipeline.outputs import Message, OutgoingRecord, OutputTopics, Publisher
from pipeline.sentences import SentencexSplitter
from tests.fakes import FakeClassifier

TOPICS = OutputTopics(claims="claims", outcomes="outcomes", dead_letters="dead")
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class FakePublisher(Publisher):
    """Keeps what is published; refuses values longer than its limit, or is not there at all."""

    def __init__(self, *, max_bytes: int = 10_000, is_there: bool = True) -> None:
        self.max_bytes = max_bytes
        self.is_there = is_there
        self.records: list[OutgoingRecord] = []

    async def publish(self, records: Sequence[OutgoingRecord]) -> list[str | None]:
        """See Publisher."""
        if records and not self.is_there:
            raise BrokerUnavailableError("gone")
        answers = [
            "too large" if len(record.value or b"") > self.max_bytes else None for record in records
        ]
        self.records += [
            record for record, refusal in zip(records, answers, strict=True) if refusal is None
        ]
        return answers

    def of(self, topic: str) -> list[OutgoingRecord]:
        """Return what was published to a topic."""
        return [record for record in self.records if record.topic == topic]


class PlainExtractor:
    """Takes bodies for text, and fails on one of them as a defect of ours would."""

    def extract(self, article: Article) -> ArticleText:
        """Return the body as it stands."""
        if article.body == "raise":
            raise RuntimeError(article.body)
        return ArticleText(text=article.body, basis=TextBasis.BODY, sha256="0" * 64)


def make_processor(publisher: Publisher, *, window: int = 1000) -> BatchProcessor:
    """Return a processor around a fake classifier."""
    classifier = FakeClassifier()
    return BatchProcessor(
        detector=Detector(
            extractor=PlainExtractor(),
            language_identifier=Py3langidLanguageIdentifier(),
            splitter=SentencexSplitter(),
            classifier=classifier,
            threshold=0.0,
        ),
        publisher=publisher,
        topics=TOPICS,
        executor=ThreadPoolExecutor(1),
        body_max_characters=100_000,
        dead_letter_share=DeadLetterShare(max_share=0.5, window=window),
        pipeline_version="1.2.3",
        now=lambda: NOW,
    )


def message(offset: int, value: bytes | None, *, headers: Headers = ()) -> Message:
    """Return a message at an offset."""
    return Message(
        source=SourcePosition(topic="articles", partition=0, offset=offset),
        key=b"key",
        value=value,
        headers=headers,
    )


def article(body: str) -> bytes:
    """Return an article's JSON."""
    return orjson.dumps({"body": body})


def outcomes(publisher: FakePublisher) -> list[tuple[int, str, str | None]]:
    """Return offset, outcome and reason of what was published to the outcomes topic."""
    decoded = [decode_outcome(record.value or b"") for record in publisher.of("outcomes")]
    return [(record.source.offset, record.outcome, record.reason) for record in decoded]


def test_every_message_has_one_outcome() -> None:
    """Claims, skips and dead letters of one batch each get one outcome record."""
    publisher = FakePublisher()
    batch = [
        message(1, article("Prices rose 3 percent. They fell.")),
        message(2, b"{"),
        message(3, None),
        message(4, article(" ")),
    ]
    asyncio.run(make_processor(publisher).process(batch))
    assert outcomes(publisher) == [
        (1, "claims", None),
        (2, "dead_lettered", "not_json"),
        (3, "skipped", "tombstone"),
        (4, "skipped", "empty"),
    ]
    assert len(publisher.of("claims")) == 2
    assert len(publisher.of("dead")) == 1


def test_outcomes_come_after_what_they_promise() -> None:
    """No outcome is published before the claims and dead letters of its batch."""
    publisher = FakePublisher()
    batch = [message(1, article("One sentence.")), message(2, b"{")]
    asyncio.run(make_processor(publisher).process(batch))
    assert [record.topic for record in publisher.records] == [
        "claims",
        "dead",
        "outcomes",
        "outcomes",
    ]


def test_an_unforeseen_error_costs_one_article() -> None:
    """A defect that one article sets off dead-letters that one, its text not in the message."""
    publisher = FakePublisher()
    batch = [message(1, article("Fine.")), message(2, article("raise")), message(3, article("So."))]
    asyncio.run(make_processor(publisher).process(batch))
    assert [ended[1] for ended in outcomes(publisher)] == ["claims", "dead_lettered", "claims"]
    (dead,) = publisher.of("dead")
    letter = read_dead_letter(key=dead.key, value=dead.value, headers=dead.headers)
    assert (letter.stage, letter.reason) == ("detect", "unforeseen_error")
    assert "RuntimeError at test_batches.py:" in letter.message


def test_a_refused_claim_dead_letters_its_article() -> None:
    """An article one of whose claims is too large for the broker ends as a dead letter."""
    publisher = FakePublisher(max_bytes=3_000)
    batch = [message(1, article("Long " * 800 + ".")), message(2, article("Short."))]
    asyncio.run(make_processor(publisher).process(batch))
    assert outcomes(publisher) == [(1, "dead_lettered", "claim_refused"), (2, "claims", None)]


def test_a_refused_dead_letter_is_replaced() -> None:
    """A dead letter that is too large goes as its hash, size and position."""
    publisher = FakePublisher(max_bytes=1_000)
    asyncio.run(make_processor(publisher).process([message(7, b"x" * 2_000)]))
    (dead,) = publisher.of("dead")
    letter = read_dead_letter(key=dead.key, value=dead.value, headers=dead.headers)
    assert letter.replacement is not None
    assert (letter.replacement.size_bytes, letter.source.offset) == (2_000, 7)


def test_refusing_even_that_names_the_topic() -> None:
    """A broker that refuses a few hundred bytes is an operator's matter."""
    with pytest.raises(ConfigurationError, match="on dead: too large"):
        asyncio.run(make_processor(FakePublisher(max_bytes=10)).process([message(7, b"x" * 2_000)]))


def test_without_a_broker_nothing_is_swallowed() -> None:
    """When outputs cannot be published the processor raises, so nothing is acknowledged."""
    processor = make_processor(FakePublisher(is_there=False))
    with pytest.raises(BrokerUnavailableError):
        asyncio.run(processor.process([message(1, article("One."))]))


def test_too_many_dead_letters_raise() -> None:
    """More than the share of a window raises; exactly the share does not."""
    processor = make_processor(FakePublisher(), window=10)
    asyncio.run(processor.process([message(n, b"{") for n in range(5)]))
    processor.check_dead_letter_share()
    asyncio.run(processor.process([message(5, b"{")]))
    with pytest.raises(DeadLetterLimitExceededError, match="More than 50% of the last 10"):
        processor.check_dead_letter_share()


def test_bury_sends_the_message_as_it_came() -> None:
    """An article that ended the process is buried unread, with stage crash."""
    publisher = FakePublisher()
    asyncio.run(make_processor(publisher).bury(message(3, b"anything"), attempts=4))
    assert outcomes(publisher) == [(3, "dead_lettered", "ended_process")]
    (dead,) = publisher.of("dead")
    letter = read_dead_letter(key=dead.key, value=dead.value, headers=dead.headers)
    assert (letter.stage, letter.value, letter.key) == ("crash", b"anything", b"key")


def test_same_input_same_records() -> None:
    """Processing a batch again publishes the same records: a retry changes nothing."""
    batch = [message(1, article("One sentence. One sentence.")), message(2, b"{")]
    first, second = FakePublisher(), FakePublisher()
    asyncio.run(make_processor(first).process(batch))
    asyncio.run(make_processor(second).process(batch))
    assert first.records == [replace(record) for record in second.records]
