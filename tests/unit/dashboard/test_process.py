"""Binding the port: what is refused, in one sentence each."""

import pytest

from pipeline.dashboard.process import address_of, bind
from pipeline.errors import ConfigurationError

TOKEN = "correct horse battery staple"


def test_a_free_port_is_taken_and_named() -> None:
    """Port 0 takes one; the address is what a browser opens."""
    with bind("127.0.0.1", 0, token=None) as listening:
        port = listening.getsockname()[1]
        assert address_of(listening) == f"http://127.0.0.1:{port}/"


def test_a_taken_port_is_told() -> None:
    """With the port, and which setting to change."""
    with bind("127.0.0.1", 0, token=None) as listening:
        port = listening.getsockname()[1]
        with pytest.raises(ConfigurationError, match=rf"port {port} of .*DASHBOARD_PORT"):
            bind("127.0.0.1", port, token=None)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "desk.example", "10.1.2.3", ""])
def test_beyond_this_machine_a_token_is_needed(host: str) -> None:
    """Nothing is bound before that is settled."""
    with pytest.raises(ConfigurationError, match="DASHBOARD_TOKEN"):
        bind(host, 0, token=None)


def test_with_a_token_it_may_be_bound_anywhere() -> None:
    """The address that is printed is one this machine reaches."""
    with bind("0.0.0.0", 0, token=TOKEN) as listening:
        assert address_of(listening).startswith("http://127.0.0.1:")


def test_a_host_of_another_machine_is_told() -> None:
    """As one sentence, not as a traceback."""
    with pytest.raises(ConfigurationError, match="cannot listen"):
        bind("203.0.113.7", 0, token=TOKEN)
