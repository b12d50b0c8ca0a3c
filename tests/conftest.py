"""Fixtures that every kind of test shares."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.broker import EmbeddedBroker


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedBroker]:
    """One embedded broker for the whole run; tests use topics and groups of their own."""
    with EmbeddedBroker(Path(tmp_path_factory.mktemp("broker"))) as running:
        yield running
