"""Claims by minute."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.dashboard.throughput import MINUTES, Throughput

MINUTE_MS = 60_000


@given(st.lists(st.integers(0, 300), max_size=200))
def test_counts_are_those_of_the_last_hour(minutes: list[int]) -> None:
    """However they come in: each in its minute, and those before the window left out."""
    throughput = Throughput()
    now = 300
    for minute in minutes:
        throughput.count(minute * MINUTE_MS + 5, now_ms=now * MINUTE_MS)
    window = range(now - MINUTES + 1, now + 1)
    assert throughput.per_minute(now_ms=now * MINUTE_MS) == [minutes.count(one) for one in window]


def test_days_of_counting_take_no_memory() -> None:
    """Old minutes are forgotten."""
    throughput = Throughput()
    for minute in range(10_000):
        throughput.count(minute * MINUTE_MS, now_ms=minute * MINUTE_MS)
    assert len(throughput._counts) <= 2 * MINUTES
    assert throughput.per_minute(now_ms=9_999 * MINUTE_MS) == [1] * MINUTES
