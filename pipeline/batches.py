"""What happens to one micro-batch: decode, detect, publish, account. No Faust here.

Every message ends in exactly one outcome record, and `BatchProcessor.process` returns only when
the broker has acknowledged all of it: then, and not before, may the offsets be acknowledged.
"""

import asyncio
import time
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from pipeline import metrics
from pipeline.batch_log import log_batch, log_dead_letter
from pipeline.batch_metrics import count_article
from pipeline.dead_letters import DeadLetterShare
from pipeline.detection import Detector, detect_claims, failed, skipped
from pipeline.errors import (
    ArticleError,
    ConfigurationError,
    DeadLetterLimitExceededError,
    Stage,
)
from pipeline.models import Article, ArticleResult, Outcome, SkipReason
from pipeline.observed import StageClock, seconds_by_stage
from pipeline.outputs import (
    Examined,
    Message,
    OutgoingRecord,
    OutputRecords,
    OutputTopics,
    Publisher,
)
from pipeline.records import decode_article
from pipeline.tracing import BatchTracer


class BatchProcessor:
    """Takes micro-batches from messages in hand to outputs acknowledged by the broker."""

    def __init__(
        self,
        *,
        detector: Detector,
        publisher: Publisher,
        topics: OutputTopics,
        executor: Executor,
        body_max_characters: int,
        dead_letter_share: DeadLetterShare,
        pipeline_version: str,
        stage_clock: StageClock | None = None,
        tracer: BatchTracer | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Process with these parts; `executor` runs what would hold up the event loop.

        `stage_clock` is the one that times the detector's parts, if they are timed; `tracer` makes
        spans of what it notes.
        """
        self._detector = detector
        self._publisher = publisher
        self._records = OutputRecords(
            topics=topics,
            model_name=detector.classifier.name,
            model_revision=detector.classifier.revision,
            pipeline_version=pipeline_version,
        )
        self._executor = executor
        self._body_max_characters = body_max_characters
        self._dead_letter_share = dead_letter_share
        self._stage_clock = stage_clock or StageClock()
        self._tracer = tracer or BatchTracer()
        self._now = now

    async def process(self, messages: Sequence[Message]) -> None:
        """See every message of the batch to its end.

        Raises BrokerUnavailableError when outputs cannot be published after all retries; nothing
        may be acknowledged then.
        """
        started = time.perf_counter()
        examined = await asyncio.get_running_loop().run_in_executor(
            self._executor, self._examine, self._tracer.begin(messages)
        )
        self._stage_clock.turn_to(None)
        with self._stage_clock.time("produce"):
            await self._publish(examined)
        seconds = time.perf_counter() - started
        metrics.BATCH_ARTICLES.observe(len(messages))
        metrics.BATCH_SECONDS.observe(seconds)
        intervals = self._stage_clock.take()
        for stage, stage_seconds in seconds_by_stage(intervals).items():
            metrics.STAGE_SECONDS.labels(stage).observe(stage_seconds)
        self._tracer.end(examined, intervals)
        log_batch(examined, seconds=seconds)

    async def bury(self, message: Message, *, attempts: int) -> None:
        """Send an article that has ended the process to the dead letters, unexamined."""
        error = ArticleError(
            Stage.CRASH,
            "ended_process",
            f"Processing this article ended the worker's process {attempts} times, the last time "
            "alone; find the cause with `claimwire detect` before you replay it.",
        )
        await self._publish([Examined(message=message, article=None, result=failed(error))])

    def check_dead_letter_share(self) -> None:
        """Raise DeadLetterLimitExceededError when too many of the latest articles failed."""
        if self._dead_letter_share.exceeded:
            raise DeadLetterLimitExceededError(
                f"More than {self._dead_letter_share.max_share:.0%} of the last "
                f"{self._dead_letter_share.window} articles were dead-lettered, so the worker "
                "stops. See `claimwire dead-letters list`, mend the cause, start it again."
            )

    def _examine(self, messages: Sequence[Message]) -> list[Examined]:
        """Decode and detect; runs in the executor's thread."""
        self._stage_clock.turn_to(None)
        with self._stage_clock.time("decode"):
            decoded = [self._decode(message) for message in messages]
        articles = [item for item in decoded if isinstance(item, Article)]
        results = iter(self._detect(articles))
        return [
            Examined(message=message, article=item, result=next(results))
            if isinstance(item, Article)
            else Examined(message=message, article=None, result=item)
            for message, item in zip(messages, decoded, strict=True)
        ]

    def _decode(self, message: Message) -> Article | ArticleResult:
        if message.value is None:
            return skipped(SkipReason.TOMBSTONE)
        try:
            return decode_article(message.value, body_max_characters=self._body_max_characters)
        except ArticleError as error:
            return failed(error)

    def _detect(self, articles: Sequence[Article]) -> list[ArticleResult]:
        """Detect; on an error nobody foresaw, article by article, so that only its cause fails."""
        try:
            return detect_claims(articles, self._detector)
        except Exception as error:  # noqa: BLE001 - one bad article must not stop the stream
            if len(articles) > 1:
                return [result for article in articles for result in self._detect([article])]
            return [failed(_unforeseen(error))]

    async def _publish(self, examined: Sequence[Examined]) -> None:
        """Publish claims and dead letters, then outcomes: an outcome never promises what is not."""
        refused = await self._publish_claims(examined)
        ended = [
            replace(item, result=failed(refused[index])) if index in refused else item
            for index, item in enumerate(examined)
        ]
        await self._publish_dead_letters([item for item in ended if item.result.error is not None])
        await self._publish_outcomes(ended)
        acknowledged_at = self._now().timestamp()
        for item in ended:
            self._dead_letter_share.add(dead_lettered=item.result.outcome is Outcome.DEAD_LETTERED)
            count_article(item, acknowledged_at=acknowledged_at)
        metrics.DEAD_LETTER_RATIO.set(self._dead_letter_share.latest)

    async def _publish_claims(self, examined: Sequence[Examined]) -> dict[int, ArticleError]:
        """Publish all claims; return the articles, by index, one of whose claims was refused."""
        detected_at = self._now()
        owned = [
            (index, self._records.claim(claim, item.message, detected_at=detected_at))
            for index, item in enumerate(examined)
            for claim in item.result.claims
        ]
        answers = await self._publisher.publish([record for _, record in owned])
        return {
            owner: ArticleError(
                Stage.PUBLISH,
                "claim_refused",
                f"The broker refused a claim of this article: {refusal}; "
                "shorten the sentence or raise the broker's message.max.bytes, then replay.",
            )
            for (owner, _), refusal in zip(owned, answers, strict=True)
            if refusal is not None
        }

    async def _publish_dead_letters(self, failures: Sequence[Examined]) -> None:
        for item in failures:
            log_dead_letter(item)
        failed_at = self._now()
        records = [self._records.dead_letter(item, failed_at=failed_at) for item in failures]
        answers = await self._publisher.publish(records)
        await self._publish_all(
            [
                self._records.replacement(record, item.message)
                for item, record, refusal in zip(failures, records, answers, strict=True)
                if refusal is not None
            ]
        )

    async def _publish_outcomes(self, ended: Sequence[Examined]) -> None:
        processed_at = self._now()
        await self._publish_all(
            [self._records.outcome(item, processed_at=processed_at) for item in ended]
        )

    async def _publish_all(self, records: Sequence[OutgoingRecord]) -> None:
        """Publish records of a few hundred bytes: if one is refused, its topic is set up wrong."""
        for record, refusal in zip(records, await self._publisher.publish(records), strict=True):
            if refusal is not None:
                raise ConfigurationError(
                    f"The broker refuses a record of ordinary size on {record.topic}: {refusal}; "
                    "correct the topic's max.message.bytes and start the worker again."
                )


def _unforeseen(error: Exception) -> ArticleError:
    """Name an error nobody foresaw by its type and place: its message may hold article text."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(last.filename).name}:{last.lineno}"
    return ArticleError(
        Stage.DETECT,
        "unforeseen_error",
        f"Detection raised {type(error).__name__} at {where} on this article; "
        "report it as a defect and replay the article with the mended version.",
    )
