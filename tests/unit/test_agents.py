"""The gate that bounds a micro-batch in bytes."""

import asyncio
from collections import deque

from hypothesis import given
from hypothesis import strategies as st

from pipeline.agents import BatchBytesGate

MAX_BYTES = 10


async def gather(sizes: list[int], max_articles: int) -> list[list[int]]:
    """Run values of these sizes through a gate as noack_take does; return the batches."""
    gate = BatchBytesGate(MAX_BYTES)
    buffer: deque[int] = deque()
    taken = asyncio.Event()

    async def drain() -> None:
        for size in sizes:
            value = await gate.admit(b"x" * size)
            assert value is not None
            buffer.append(len(value))
            if len(buffer) >= max_articles:
                taken.clear()
                await taken.wait()

    drainer = asyncio.create_task(drain())
    batches = []
    while not drainer.done() or buffer:
        for _ in range(5):  # as long as noack_take's timeout: everything that can move has moved
            await asyncio.sleep(0)
        if buffer:
            gate.release()
            batches.append(list(buffer))
            buffer.clear()
            taken.set()
    await drainer
    return batches


@given(st.lists(st.integers(0, 15), max_size=40), st.integers(1, 6))
def test_batches_hold_every_value_once_and_are_bounded(sizes: list[int], max_articles: int) -> None:
    """Batches are the values in order; each is bounded in bytes, unless it is a single value."""
    batches = asyncio.run(gather(sizes, max_articles))
    assert [size for batch in batches for size in batch] == sizes
    for batch in batches:
        large = [size for size in batch if size]
        assert sum(large) <= MAX_BYTES or len(large) == 1


def test_a_tombstone_passes() -> None:
    """A null value passes the gate and counts nothing."""

    async def admit_both() -> tuple[bytes | None, bytes | None]:
        gate = BatchBytesGate(1)
        return await gate.admit(None), await asyncio.wait_for(gate.admit(b"large"), 1)

    assert asyncio.run(admit_both()) == (None, b"large")
