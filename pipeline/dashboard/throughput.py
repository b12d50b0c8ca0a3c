"""How many claims came in each of the last minutes. Pure."""

from collections import Counter

MINUTES = 60
_MINUTE_MS = 60_000


class Throughput:
    """Counts claims by the minute of their record; holds `MINUTES` numbers and no more."""

    def __init__(self) -> None:
        """Begin with none."""
        self._counts: Counter[int] = Counter()

    def count(self, recorded_at_ms: int, *, now_ms: int) -> None:
        """Count a claim; one from before the window is left out."""
        minute = recorded_at_ms // _MINUTE_MS
        if minute > now_ms // _MINUTE_MS - MINUTES:
            self._counts[minute] += 1
            if len(self._counts) > 2 * MINUTES:
                self._forget(now_ms // _MINUTE_MS)

    def per_minute(self, *, now_ms: int) -> list[int]:
        """Return `MINUTES` counts, the oldest first, the minute that runs last."""
        latest = now_ms // _MINUTE_MS
        return [self._counts[minute] for minute in range(latest - MINUTES + 1, latest + 1)]

    def _forget(self, latest: int) -> None:
        for minute in [one for one in self._counts if one <= latest - MINUTES]:
            del self._counts[minute]
