"""All that runs on one machine: a broker unless one is named, topics, a worker, the dashboard."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipeline.broker import FETCH_PAUSE_SECONDS, EmbeddedBroker, free_port, is_port_free
from pipeline.errors import BrokerUnavailableError, ClaimwireError
from pipeline.kafka_client import admin_client
from pipeline.kafka_security import KafkaCluster
from pipeline.log_format import LogFormat
from pipeline.supervisor import WorkerSupervisor
from pipeline.topic_definitions import TopicDefinition
from pipeline.topics import create_missing, wait_for_broker

_READY_TIMEOUT_SECONDS = 120.0
_READY_PAUSE_SECONDS = 0.2


@dataclass(frozen=True, kw_only=True, slots=True)
class LocalStack:
    """What runs, and where it listens."""

    cluster: KafkaCluster
    is_embedded: bool
    """Whether the broker is ours, and gone when we are."""
    metrics_url: str
    worker_log_path: Path
    supervisor: WorkerSupervisor


@dataclass(frozen=True, kw_only=True, slots=True)
class LocalDashboard:
    """The page of claims, and its process."""

    url: str
    supervisor: WorkerSupervisor


@contextmanager
def run_local_stack(
    *,
    cluster: KafkaCluster | None,
    broker_port: int | None,
    definitions: Sequence[TopicDefinition],
    group_id: str,
    state_dir: Path,
    web_port: int,
    stop_timeout_seconds: float,
    log_format: LogFormat,
    say: Callable[[str], None],
) -> Iterator[LocalStack]:
    """Start broker, topics and worker; stop them in the opposite order.

    Without `cluster` an embedded broker is started, on `broker_port` if it is free.
    Ports that are taken are replaced by free ones. Raises BrokerUnavailableError when Kafka does
    not answer.
    """
    state_dir.mkdir(parents=True, exist_ok=True)
    environment = {
        "CLAIMWIRE_STATE_DIR": str(state_dir),
        "CLAIMWIRE_CREATE_TOPICS": "false",
        "CLAIMWIRE_LOG_FORMAT": log_format,
    }
    with ExitStack() as stack:
        is_embedded = cluster is None
        if cluster is None:
            port = broker_port if broker_port and is_port_free(broker_port) else None
            broker = stack.enter_context(EmbeddedBroker(state_dir / "broker", port=port))
            cluster = broker.cluster
            # The embedded broker never evicts a dead member: with a name of its own, a worker
            # that was killed takes its old place in the group.
            environment["CLAIMWIRE_GROUP_INSTANCE_ID"] = f"{group_id}-local"
            environment["CLAIMWIRE_FETCH_PAUSE_SECONDS"] = str(FETCH_PAUSE_SECONDS)
        environment["CLAIMWIRE_BROKER"] = str(cluster)
        web_port = web_port if is_port_free(web_port) else free_port()
        environment["CLAIMWIRE_WEB_PORT"] = str(web_port)
        wait_for_broker(cluster, timeout_seconds=None, on_wait=say)
        create_missing(cluster, definitions)
        worker_log_path = state_dir / "worker.log"
        supervisor = WorkerSupervisor(
            [sys.executable, "-m", "pipeline.cli", "worker"],
            environment=environment,
            log_path=worker_log_path,
            stop_timeout_seconds=stop_timeout_seconds,
            say=say,
        )
        supervisor.start()
        stack.callback(supervisor.stop)
        yield LocalStack(
            cluster=cluster,
            is_embedded=is_embedded,
            metrics_url=f"http://127.0.0.1:{web_port}/metrics",
            worker_log_path=worker_log_path,
            supervisor=supervisor,
        )


@contextmanager
def run_local_dashboard(
    stack: LocalStack,
    *,
    host: str,
    port: int,
    stop_timeout_seconds: float,
    log_format: LogFormat,
    say: Callable[[str], None],
) -> Iterator[LocalDashboard | None]:
    """Serve the claims of the stack's broker as a page; yield None where the port is taken.

    Not on a free port instead: a desk has the address among its bookmarks. Whatever happens to
    the dashboard, the worker goes on.
    """
    if not is_port_free(port):
        say(f"No dashboard: port {port} is taken; set CLAIMWIRE_DASHBOARD_PORT.")
        yield None
        return
    port = port or free_port()
    environment = {
        "CLAIMWIRE_BROKER": str(stack.cluster),
        "CLAIMWIRE_DASHBOARD_HOST": host,
        "CLAIMWIRE_DASHBOARD_PORT": str(port),
        "CLAIMWIRE_LOG_FORMAT": log_format,
    }
    if stack.is_embedded:
        environment["CLAIMWIRE_FETCH_PAUSE_SECONDS"] = str(FETCH_PAUSE_SECONDS)
    supervisor = WorkerSupervisor(
        [sys.executable, "-m", "pipeline.cli", "dashboard"],
        environment=environment,
        log_path=stack.worker_log_path.with_name("dashboard.log"),
        stop_timeout_seconds=stop_timeout_seconds,
        say=say,
        name="dashboard",
    )
    supervisor.start()
    try:
        yield LocalDashboard(url=f"http://{host}:{port}/", supervisor=supervisor)
    finally:
        supervisor.stop()


def wait_for_worker(stack: LocalStack, group_id: str) -> None:
    """Return once the group has a member that holds partitions.

    Raises ClaimwireError when the worker ended for good or is not ready in two minutes.
    """
    deadline = time.monotonic() + _READY_TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        if stack.supervisor.given_up.is_set():
            raise ClaimwireError(f"The worker did not start: see {stack.worker_log_path}.")
        if _is_stable(stack.cluster, group_id):
            return
        time.sleep(_READY_PAUSE_SECONDS)
    raise BrokerUnavailableError(
        f"The worker did not join its group in {_READY_TIMEOUT_SECONDS:.0f} s: "
        f"see {stack.worker_log_path}."
    )


def _is_stable(cluster: KafkaCluster, group_id: str) -> bool:
    with admin_client(cluster) as admin:
        group = admin.describe_groups([group_id])[group_id]
    return bool(group["group_state"] == "Stable" and group["members"])
