"""The composition root: the only place that knows every part, and puts them together."""

import logging
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any, cast

import faust
from faust.types import TP
from mode import CrashingSupervisor

from pipeline import __version__
from pipeline.agents import FaustPublisher, add_detection_agent
from pipeline.aiokafka_security import faust_credentials
from pipeline.batch_metrics import LagMetrics, ModelMetrics
from pipeline.batches import BatchProcessor
from pipeline.crash_journal import CrashJournal
from pipeline.dead_letters import DeadLetterShare
from pipeline.errors import DeadLetterLimitExceededError
from pipeline.faust_app import ClaimwireApp
from pipeline.fetch_pause import pause_empty_fetches
from pipeline.health import judge_liveness, judge_readiness
from pipeline.kafka_security import KafkaCluster
from pipeline.kafka_wiring import kafka_cluster
from pipeline.lag import KafkaLagReader
from pipeline.log_format import describe_settings, last_words, logging_config
from pipeline.observed import StageClock, observe_detector
from pipeline.outputs import OutputTopics
from pipeline.settings import Settings
from pipeline.tracing import open_tracer
from pipeline.watchdog import Watchdog, end_stalled_process
from pipeline.web_pages import add_health_pages, add_metrics_page
from pipeline.wiring import (
    LoadClassifier,
    find_reference,
    load_classifier,
    open_detector,
    topic_definitions,
)

logger = logging.getLogger(__name__)

_MAX_REQUEST_BYTES = 1_048_576


def create_app(
    settings: Settings, *, load_classifier: LoadClassifier = load_classifier
) -> ClaimwireApp:
    """Wire the worker: every topic, agent and backend.

    `load_classifier` may be another one, which is how tests put a fake in place of the model.
    Raises ConfigurationError when the model, a certificate or a secret cannot be loaded.
    """
    cluster = kafka_cluster(settings)
    app = _create_faust_app(settings, cluster)
    resources = ExitStack()
    watchdog = Watchdog(
        KafkaLagReader(cluster, group_id=settings.group_id, topic=settings.articles_topic),
        stall_timeout_seconds=settings.stall_timeout_seconds,
        held_partitions=lambda: app.held_partitions or frozenset(),
        on_look=LagMetrics().show,
        end_process=lambda sentence: end_stalled_process(last_words(sentence, settings.log_format)),
    )
    resources.callback(watchdog.stop)
    detector = resources.enter_context(
        open_detector(
            settings, on_model_call=watchdog.note_progress, load_classifier=load_classifier
        )
    )
    model_name, model_revision = detector.classifier.name, detector.classifier.revision
    stage_clock = StageClock()
    model_metrics = ModelMetrics(
        name=model_name,
        revision=model_revision,
        threshold=detector.threshold,
        reference=find_reference(settings, model_revision),
    )
    detector = observe_detector(
        detector,
        stage_clock,
        on_scores=model_metrics.note_scores,
        on_language=model_metrics.note_language,
    )
    tracer = open_tracer(settings.otlp_endpoint)
    resources.callback(tracer.close)
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
        stage_clock=stage_clock,
        tracer=tracer,
    )

    def note_progress() -> None:
        watchdog.note_progress()
        model_metrics.show()

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
        on_progress=note_progress,
        on_limit_exceeded=stop_worker,
    )
    add_metrics_page(app)
    add_health_pages(
        app,
        is_live=lambda: judge_liveness(watchdog),
        is_ready=lambda: judge_readiness(watchdog, app, model=f"{model_name} {model_revision}"),
    )
    app.description = (
        f"{settings.articles_topic} -> {settings.claims_topic} at {settings.broker}, "
        f"group {settings.group_id}, model {model_name} {model_revision}, "
        f"threshold {detector.threshold}"
    )

    async def note_partitions(_: faust.App, assigned: set[TP], **__: Any) -> None:
        held = [(tp.topic, tp.partition) for tp in assigned if tp.topic == settings.articles_topic]
        app.note_partitions(held)
        numbers = sorted(number for _, number in held)
        logger.info("Partitions of %s: %s.", settings.articles_topic, numbers or "none")

    app.on_partitions_assigned.connect(cast(Any, note_partitions))
    app.described_settings = describe_settings(settings.model_dump())
    app.cluster = cluster
    app.topics_to_create = topic_definitions(settings) if settings.create_topics else []
    app.stop_timeout_seconds = settings.stop_timeout_seconds
    app.watchdog = watchdog
    app.journal = journal
    app.resources = resources
    return app


def _create_faust_app(settings: Settings, cluster: KafkaCluster) -> ClaimwireApp:
    """Create the app with the settings that docs/adr/0001 gives the reasons for."""
    settings.state_dir.mkdir(parents=True, exist_ok=True)  # Faust makes no parents
    if settings.fetch_pause_seconds:
        pause_empty_fetches(settings.fetch_pause_seconds)
    return ClaimwireApp(
        settings.group_id,
        broker=";".join(f"kafka://{server}" for server in cluster.servers),
        broker_credentials=faust_credentials(cluster.security, cluster.open_tls_context()),
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
        logging_config=logging_config(settings.log_level, settings.log_format),
        worker_redirect_stdouts=False,
    )
