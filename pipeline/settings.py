"""Every setting of Claimwire: the only place that reads the environment.

Each field is read from `CLAIMWIRE_<NAME>`; README.md lists them all, and a test holds the two
together. Values are handed down as arguments: only `app`, `worker` and `cli` import this module.
"""

import os
import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AliasChoices, Field, field_validator, model_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from pipeline.security_settings import SecuritySettings

Topic = Annotated[str, Field(pattern=r"^[a-zA-Z0-9._-]{1,249}$")]
Share = Annotated[float, Field(ge=0, le=1)]


def _available_cpus() -> int:
    """Cores this process may use: a container's cpuset counts, the host's core count does not."""
    has_affinity = hasattr(os, "sched_getaffinity")
    return len(os.sched_getaffinity(0)) if has_affinity else os.cpu_count() or 1


class Settings(SecuritySettings):
    """The settings of one process, checked at start and fixed from then on."""

    model_config = SettingsConfigDict(
        env_prefix="CLAIMWIRE_",
        frozen=True,
        extra="ignore",
        validate_default=True,
        hide_input_in_errors=True,  # pydantic would show what was given, secrets as well
    )

    # Kafka
    broker: str = Field(
        default="kafka://localhost:9092",
        validation_alias=AliasChoices("CLAIMWIRE_BROKER", "KAFKA_BOOTSTRAP_SERVERS", "broker"),
        description="Kafka's bootstrap servers, comma-separated; `kafka://` is optional.",
    )
    group_id: str = Field(
        default="claimwire",
        min_length=1,
        description="Consumer group; workers that share it share the articles.",
    )
    group_instance_id: str | None = Field(
        default=None,
        description="Static membership: a name of its own for each worker of the group.",
    )
    articles_topic: Topic = Field(default="news.articles", description="Articles come in here.")
    claims_topic: Topic = Field(default="news.claims", description="Claims go out here.")
    outcomes_topic: Topic = Field(
        default="news.articles.outcomes", description="One record per article: how it ended."
    )
    dead_letters_topic: Topic = Field(
        default="news.articles.dead-letter", description="Articles that cannot be processed."
    )
    create_topics: bool = Field(
        default=True, description="Create the four topics at worker start where they are missing."
    )
    topic_partitions: int = Field(
        default=4, ge=1, description="Partitions of a topic that is created."
    )
    topic_replication_factor: int = Field(
        default=-1, ge=-1, description="Replicas of a topic that is created; -1: broker's default."
    )
    topic_retention_hours: float = Field(
        default=168, gt=0, description="How long a topic that is created keeps its records."
    )
    dead_letter_retention_hours: float = Field(
        default=336, gt=0, description="The same for dead letters, which wait for somebody to act."
    )
    claims_cleanup_policy: Literal["delete", "compact", "compact,delete"] = Field(
        default="delete",
        description="Kafka's `cleanup.policy` of claims and outcomes (docs/operations.md).",
    )
    session_timeout_seconds: float = Field(
        default=6,
        gt=0,
        description="Without a heartbeat for so long, a worker is out of the group.",
    )
    rebalance_timeout_seconds: float = Field(
        default=60, gt=0, description="How long a rebalance waits for a worker's batch in hand."
    )
    fetch_pause_seconds: float = Field(
        default=0, ge=0, description="After an empty fetch; for brokers that do not hold fetches."
    )
    send_timeout_seconds: float = Field(
        default=30, gt=0, description="How long the broker may take to acknowledge one output."
    )
    send_attempts: int = Field(
        default=4, ge=1, description="Tries to send an output before the worker ends."
    )

    # Model
    model: str | None = Field(
        default=None,
        description="Folder or hub id of any sequence classifier; empty: the shipped model.",
    )
    model_check_worthy_label: str | None = Field(
        default=None,
        description="Which label of that model means check-worthy; empty: as its config says.",
    )
    model_threads: int = Field(
        default_factory=_available_cpus, ge=1, description="Threads that the model uses."
    )
    remembered_sentences: int = Field(
        default=50_000,
        ge=0,
        description="Scores remembered over articles, 400 bytes each; 0: none.",
    )
    threshold: Share | None = Field(
        default=None, description="Score that makes a claim, 0 to 1; empty: the model's own."
    )
    languages: Annotated[frozenset[str], NoDecode] = Field(
        default=frozenset({"en"}),
        description="ISO 639-1 codes the model reads, comma-separated; others are skipped.",
    )

    # Claims
    priorities: Path | None = Field(
        default=None,
        description="File of weights that order claims (docs/priorities.md); empty: by score.",
    )

    # Bounds
    body_max_characters: int = Field(
        default=500_000, ge=1, description="A longer body goes to the dead letters."
    )
    html_timeout_seconds: float = Field(
        default=5, gt=0, description="An HTML body that takes longer goes to the dead letters."
    )
    batch_max_articles: int = Field(default=32, ge=1, description="Articles in a micro-batch.")
    batch_max_bytes: int = Field(
        default=200_000, ge=1, description="Bytes in a micro-batch; one larger article is a batch."
    )
    batch_max_wait_seconds: float = Field(
        default=0.1, gt=0, description="How long an article waits for others to share its batch."
    )
    buffer_max_articles: int = Field(
        default=64, ge=1, description="Articles fetched ahead; with their size, this bounds memory."
    )
    fetch_max_bytes: int = Field(
        default=1_048_576, ge=1, description="Bytes fetched from one partition at a time."
    )

    # Failure
    dead_letter_max_share: Share = Field(
        default=0.5, description="Above this share of dead letters the worker stops."
    )
    dead_letter_window_articles: int = Field(
        default=1000, ge=1, description="The share is counted over so many latest articles."
    )
    crash_restarts_max: int = Field(
        default=3, ge=1, description="Restarts at one offset before articles are taken singly."
    )
    stall_timeout_seconds: float = Field(
        default=120, gt=0, description="Lag without progress for so long ends the process."
    )
    stop_timeout_seconds: float = Field(
        default=60, gt=0, description="How long a worker may take to stop before it is ended."
    )
    state_dir: Path = Field(
        default=Path(".claimwire"), description="Crash journal and embedded broker live here."
    )

    # Surroundings
    web_host: str = Field(default="127.0.0.1", description="Address the worker's pages bind to.")
    web_port: int = Field(
        default=6066, ge=0, le=65535, description="Port of `/metrics`, `/livez` and `/readyz`."
    )
    dashboard_host: str = Field(
        default="127.0.0.1", min_length=1, description="Address the dashboard binds to."
    )
    dashboard_port: int = Field(
        default=6080, ge=0, le=65535, description="Port of the dashboard; 0: a free one."
    )
    dashboard_max_claims: int = Field(
        default=5000, ge=1, le=50_000, description="Latest claims the dashboard holds in memory."
    )
    otlp_endpoint: str | None = Field(
        default=None, description="OTLP/HTTP address for traces; needs the extra `otel`."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="What the worker logs; article text never, unless debug."
    )

    log_format: Literal["readable", "json"] = Field(
        default="readable", description="How the worker's log lines look."
    )

    @field_validator("broker")
    @classmethod
    def _broker_names_servers(cls, value: str) -> str:
        servers = [part.strip().removeprefix("kafka://") for part in value.split(",")]
        if not all(servers) or any(re.search("://|[ @]", server) for server in servers):
            raise ValueError("give host:port, or several separated by commas, without a user")
        return ",".join(server if ":" in server else f"{server}:9092" for server in servers)

    @field_validator("languages", mode="before")
    @classmethod
    def _languages_from_text(cls, value: object) -> object:
        if isinstance(value, str):
            return frozenset(code.strip().lower() for code in value.split(",") if code.strip())
        return value

    @field_validator(
        "model",
        "model_check_worthy_label",
        "group_instance_id",
        "threshold",
        "priorities",
        "otlp_endpoint",
        mode="before",
    )
    @classmethod
    def _empty_is_unset(cls, value: object) -> object:
        return None if value == "" else value

    @model_validator(mode="after")
    def _topics_differ(self) -> "Settings":
        topics = self.topics
        if len(set(topics)) < len(topics):
            raise ValueError("the articles, claims, outcomes and dead_letters topics must differ")
        return self

    @property
    def topics(self) -> tuple[str, str, str, str]:
        """The four topics: articles, claims, outcomes, dead letters."""
        return (
            self.articles_topic,
            self.claims_topic,
            self.outcomes_topic,
            self.dead_letters_topic,
        )

    @property
    def bootstrap_servers(self) -> list[str]:
        """The broker addresses as `host:port`."""
        return self.broker.split(",")
