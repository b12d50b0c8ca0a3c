"""The composition root: the only place that knows every part, and puts them together."""

import asyncio
import contextlib
import functools
import logging
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, nullcontext
from pathlib import Path
from typing import Any, cast

import faust
from faust.types import TP
from faust.web import Request, Response, View
from mode import CrashingSupervisor
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from pipeline import __version__, topics
from pipeline.agents import FaustPublisher, add_detection_agent
from pipeline.batches import BatchProcessor, OutputTopics
from pipeline.classifier import ClaimClassifier
from pipeline.crash_journal import CrashJournal
from pipeline.dead_letters import DeadLetterShare
from pipeline.detection import Detector
from pipeline.errors import BrokerUnavailableError, ClaimwireError, DeadLetterLimitExceededError
from pipeline.lag import KafkaLagReader
from pipeline.language import Py3langidLanguageIdentifier
from pipeline.sentences import SentencexSplitter
from pipeline.settings import Settings
from pipeline.text import BodyExtractor
from pipeline.transformer import TransformerClassifier, shipped_model
from pipeline.watchdog import Watchdog

logger = logging.getLogger(__name__)

_BROKER_PROBE_SECONDS = 2.0
_MAX_REQUEST_BYTES = 1_048_576
_TALKATIVE = ("faust", "mode", "aiokafka")

LoadClassifier = Callable[[Settings, Callable[[], None]], ClaimClassifier]


def load_classifier(settings: Settings, on_model_call: Callable[[], None]) -> ClaimClassifier:
    """Load the model the settings name, else the shipped one.

    Raises ConfigurationError when it cannot be loaded.
    """
    with nullcontext(Path(settings.model)) if settings.model else shipped_model() as folder:
        return TransformerClassifier(
            folder,
            threads=settings.model_threads,
            on_model_call=lambda _sentences, _seconds: on_model_call(),
        )


@contextmanager
def open_detector(
    settings: Settings,
    *,
    on_model_call: Callable[[], None] = lambda: None,
    load_classifier: LoadClassifier = load_classifier,
) -> Iterator[Detector]:
    """Load the model and the text backends; `on_model_call` is called after each model call.

    Raises ConfigurationError when the model cannot be loaded.
    """
    classifier = load_classifier(settings, on_model_call)
    with closing(BodyExtractor(html_timeout_seconds=settings.html_timeout_seconds)) as extractor:
        yield Detector(
            extractor=extractor,
            language_identifier=Py3langidLanguageIdentifier(),
            splitter=SentencexSplitter(),
            classifier=classifier,
            threshold=classifier.threshold if settings.threshold is None else settings.threshold,
            languages=settings.languages,
        )


class ClaimwireApp(faust.App):
    """A Faust app that waits for its broker, watches over itself and stops in bounded time."""

    stop_reason: ClaimwireError | None = None
    """Why the worker stopped by its own decision; None when it was told to."""
    description: str = ""
    """What this worker reads, writes and scores with, for the log."""
    claimwire_settings: Settings
    watchdog: Watchdog
    journal: CrashJournal
    resources: ExitStack

    async def on_start(self) -> None:
        """Wait for Kafka and see to the topics before any client of Faust's connects."""
        await self._wait_for_broker()
        if not self.should_stop:
            await asyncio.get_running_loop().run_in_executor(None, self._see_to_topics)
        await super().on_start()
        self.watchdog.start()

    async def on_started(self) -> None:
        """Say what runs, once everything does."""
        await super().on_started()
        if not self.should_stop:
            logger.info("Ready: %s", self.description)

    async def stop(self) -> None:
        """Stop in bounded time: a shutdown that hangs is ended, and repeats its last batch."""
        logger.info("Stopping: the batch in hand is finished and committed.")
        self.watchdog.expect_end_within(self.claimwire_settings.stop_timeout_seconds)
        await super().stop()
        if not self.crashed:
            self.journal.close()
        self.resources.close()

    async def _wait_for_broker(self) -> None:
        """Wait for ever, with one line at the first failure, in slices so that a stop is heard."""
        say_once = functools.cache(logger.warning)
        probe = functools.partial(
            topics.wait_for_broker,
            self.claimwire_settings.bootstrap_servers,
            timeout_seconds=_BROKER_PROBE_SECONDS,
            on_wait=say_once,
        )
        while not self.should_stop:
            with contextlib.suppress(BrokerUnavailableError):
                await asyncio.get_running_loop().run_in_executor(None, probe)
                return

    def _see_to_topics(self) -> None:
        settings = self.claimwire_settings
        definitions = topic_definitions(settings)
        if settings.create_topics:
            created = topics.create_missing(settings.bootstrap_servers, definitions)
            if created:
                logger.info("Created topics: %s.", ", ".join(created))


def topic_definitions(settings: Settings) -> list[topics.TopicDefinition]:
    """Return the four topics as the settings want them."""
    retention_ms = str(int(settings.topic_retention_hours * 3_600_000))
    return [
        topics.TopicDefinition(
            name=name,
            partitions=settings.topic_partitions,
            replication_factor=settings.topic_replication_factor,
            config={"retention.ms": retention_ms},
        )
        for name in settings.topics
    ]


def create_app(
    settings: Settings, *, load_classifier: LoadClassifier = load_classifier
) -> ClaimwireApp:
    """Wire the worker: every topic, agent and backend.

    `load_classifier` may be another one, which is how tests put a fake in place of the model.
    Raises ConfigurationError when the model cannot be loaded.
    """
    app = _create_faust_app(settings)
    resources = ExitStack()
    watchdog = Watchdog(
        KafkaLagReader(
            settings.bootstrap_servers, group_id=settings.group_id, topic=settings.articles_topic
        ),
        stall_timeout_seconds=settings.stall_timeout_seconds,
    )
    resources.callback(watchdog.stop)
    detector = resources.enter_context(
        open_detector(
            settings, on_model_call=watchdog.note_progress, load_classifier=load_classifier
        )
    )
    executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="detect")
    resources.callback(executor.shutdown, wait=False)
    journal = CrashJournal(
        settings.state_dir / "journal",
        group_id=settings.group_id,
        restarts_max=settings.crash_restarts_max,
    )
    processor = BatchProcessor(
        detector=detector,
        publisher=FaustPublisher(
            app, timeout_seconds=settings.send_timeout_seconds, attempts=settings.send_attempts
        ),
        topics=OutputTopics(
            claims=settings.claims_topic,
            outcomes=settings.outcomes_topic,
            dead_letters=settings.dead_letters_topic,
        ),
        executor=executor,
        body_max_characters=settings.body_max_characters,
        dead_letter_share=DeadLetterShare(
            max_share=settings.dead_letter_max_share,
            window=settings.dead_letter_window_articles,
        ),
        pipeline_version=__version__,
    )

    def stop_worker(reason: DeadLetterLimitExceededError) -> None:
        logger.critical("%s", reason)
        app.stop_reason = reason
        os.kill(os.getpid(), signal.SIGTERM)  # the way an operator would, so offsets are committed

    add_detection_agent(
        app,
        articles_topic=settings.articles_topic,
        processor=processor,
        journal=journal,
        batch_max_articles=settings.batch_max_articles,
        batch_max_bytes=settings.batch_max_bytes,
        batch_max_wait_seconds=settings.batch_max_wait_seconds,
        on_progress=watchdog.note_progress,
        on_limit_exceeded=stop_worker,
    )
    _add_metrics_page(app)
    app.description = (
        f"{settings.articles_topic} -> {settings.claims_topic} at {settings.broker}, "
        f"group {settings.group_id}, model {detector.classifier.name} "
        f"{detector.classifier.revision}, threshold {detector.threshold}"
    )

    async def say_partitions(_: faust.App, assigned: set[TP], **__: Any) -> None:
        numbers = sorted(tp.partition for tp in assigned if tp.topic == settings.articles_topic)
        logger.info("Partitions of %s: %s.", settings.articles_topic, numbers or "none")

    app.on_partitions_assigned.connect(cast(Any, say_partitions))
    app.claimwire_settings = settings
    app.watchdog = watchdog
    app.journal = journal
    app.resources = resources
    return app


def _create_faust_app(settings: Settings) -> ClaimwireApp:
    """Create the app with the settings that docs/adr/0001 gives the reasons for."""
    settings.state_dir.mkdir(parents=True, exist_ok=True)  # Faust makes no parents
    return ClaimwireApp(
        settings.group_id,
        broker=";".join(f"kafka://{server}" for server in settings.bootstrap_servers),
        agent_supervisor=CrashingSupervisor,
        consumer_group_instance_id=settings.group_instance_id,
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=settings.fetch_max_bytes,
        broker_session_timeout=settings.session_timeout_seconds,
        broker_heartbeat_interval=settings.session_timeout_seconds / 6,
        broker_rebalance_timeout=settings.rebalance_timeout_seconds,
        broker_request_timeout=max(20.0, settings.session_timeout_seconds + 5),
        broker_commit_interval=0.5,
        stream_buffer_maxsize=settings.buffer_max_articles,
        stream_wait_empty=True,
        producer_linger=0.005,
        producer_request_timeout=settings.send_timeout_seconds,
        producer_max_request_size=_MAX_REQUEST_BYTES,
        topic_allow_declare=False,
        topic_disable_leader=True,
        datadir=settings.state_dir / "faust",
        web_bind=settings.web_host,
        web_host=settings.web_host,
        web_port=settings.web_port,
        logging_config=logging_config(settings.log_level),
        worker_redirect_stdouts=False,
    )


def _add_metrics_page(app: faust.App) -> None:
    @app.page("/metrics", name="metrics")
    class Metrics(View):
        """The metrics of this worker, in Prometheus' text format."""

        async def get(self, request: Request) -> Response:
            # As a header: Faust's content_type takes no parameters, and the format names two.
            return self.bytes(generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})


def logging_config(level: str) -> dict[str, Any]:
    """Return a `logging.config` dictionary: one line an event, on standard error."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "format": "%(asctime)s %(levelname)s %(name)s: %(message)s",
                "datefmt": "%Y-%m-%dT%H:%M:%S%z",
            }
        },
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": "line",
                "stream": "ext://sys.stderr",
            }
        },
        "loggers": {
            # What their services start and stop is for those who look for a defect in them.
            **({} if level == "debug" else {name: {"level": "WARNING"} for name in _TALKATIVE}),
            # Logs whole messages when a send fails; our publisher says the same without them.
            "faust.topics": {"level": "ERROR"},
            "kafka": {"level": "CRITICAL"},
        },
        "root": {"level": level.upper(), "handlers": ["stderr"]},
    }
