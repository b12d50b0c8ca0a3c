"""Fixtures that every kind of test shares."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from pipeline.broker import EmbeddedBroker

# Machines that test are shared: how long an example takes says nothing about the code.
settings.register_profile("shared machine", deadline=None)
settings.load_profile("shared machine")


# A shell that starts us in the background has Ctrl-C ignored, and so would whatever we start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedBroker]:
    """One embedded broker for the whole run; tests use topics and groups of their own."""
    with EmbeddedBroker(Path(tmp_path_factory.mktemp("broker"))) as running:
        yield running
