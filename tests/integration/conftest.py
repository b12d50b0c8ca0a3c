"""A workbench for each test: topics, a group and a state directory of its own."""

from pathlib import Path

import pytest

from pipeline.broker import EmbeddedBroker
from tests.worker_process import Workbench


@pytest.fixture
def bench(broker: EmbeddedBroker, tmp_path: Path) -> Workbench:
    """Return a workbench on the shared broker, its topics made."""
    workbench = Workbench(
        bootstrap_servers=broker.bootstrap_servers, state_dir=tmp_path / "state" / "deep"
    )
    workbench.create_topics()
    return workbench
