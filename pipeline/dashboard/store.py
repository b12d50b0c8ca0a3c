"""The latest claims in memory, and what changed since a client last looked. Pure.

Nothing is queued for a client: it holds a cursor into one log of changes that is bounded. Who
falls behind that log is told to load everything anew, so a slow client costs no memory.
"""

from bisect import bisect_left, insort
from collections import deque
from dataclasses import dataclass

from pipeline.dashboard.held_claim import HeldClaim

_CHANGES_PER_CLAIM = 2
"""Length of the log of changes: a claim that comes into a full store is two, one in, one out."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Changes:
    """What a client has to do to be level with the store."""

    put: tuple[HeldClaim, ...]
    """New claims, and those that replace one of the same claim_id."""
    removed: tuple[str, ...]
    """claim_ids of those that made room or were forgotten."""
    cursor: int
    """Where to go on."""


class ClaimStore:
    """The newest claims, at most `max_claims` of them and at most `max_bytes` in all.

    A claim_id is held once: whatever comes later for it replaces it. Newest is by the time of the
    record, then by arrival: partitions are read side by side, and arrival alone would mix them.
    """

    def __init__(self, *, max_claims: int, max_bytes: int) -> None:
        """Begin empty; both bounds are at least 1."""
        self.max_claims = max_claims
        self._max_bytes = max_bytes
        self._bytes = 0
        self._claims: dict[str, tuple[tuple[int, int], HeldClaim]] = {}
        self._order: list[tuple[int, int, str]] = []
        """Oldest first: time of the record, number of its change, claim_id."""
        self._log: deque[tuple[int, str]] = deque(maxlen=_CHANGES_PER_CLAIM * max_claims)
        """Number and claim_id of each change; whether it came or went is for the store to say."""
        self.cursor = 0
        """Number of the latest change."""

    def __len__(self) -> int:
        return len(self._claims)

    def put(self, claim: HeldClaim) -> None:
        """Take in a claim; the oldest ones make room. One that is too old itself is not held.

        A replaced claim keeps nothing of the one before it, its time included.
        """
        self._drop(claim.claim_id)
        self._note(claim.claim_id)
        self._claims[claim.claim_id] = ((claim.recorded_at_ms, self.cursor), claim)
        insort(self._order, (claim.recorded_at_ms, self.cursor, claim.claim_id))
        self._bytes += claim.size_bytes
        while len(self._claims) > self.max_claims or (
            self._bytes > self._max_bytes and len(self._claims) > 1
        ):
            oldest = self._order[0][2]
            self._drop(oldest)
            self._note(oldest)

    def forget(self, claim_id: str) -> None:
        """Drop the claim of this id, if it is held, and tell clients to do so."""
        if claim_id in self._claims:
            self._drop(claim_id)
            self._note(claim_id)

    def get(self, claim_id: str) -> HeldClaim | None:
        """Return the claim of this id, if it is held."""
        held = self._claims.get(claim_id)
        return held[1] if held else None

    def newest_first(self) -> list[HeldClaim]:
        """Return all claims."""
        return [self._claims[claim_id][1] for _, _, claim_id in reversed(self._order)]

    def changes_since(self, cursor: int, *, limit: int) -> Changes | None:
        """Return what changed after `cursor`, from at most `limit` changes; None when too much.

        None says that the log no longer reaches back so far, or that the cursor is not one of
        this store's: load everything anew.
        """
        first = self._log[0][0] if self._log else self.cursor + 1
        if not first - 1 <= cursor <= self.cursor:
            return None
        start = cursor + 1 - first
        numbered = [self._log[at] for at in range(start, min(start + limit, len(self._log)))]
        ids = dict.fromkeys(claim_id for _, claim_id in numbered)
        return Changes(
            put=tuple(self._claims[one][1] for one in ids if one in self._claims),
            removed=tuple(one for one in ids if one not in self._claims),
            cursor=numbered[-1][0] if numbered else cursor,
        )

    def _note(self, claim_id: str) -> None:
        self.cursor += 1
        self._log.append((self.cursor, claim_id))

    def _drop(self, claim_id: str) -> None:
        if held := self._claims.pop(claim_id, None):
            key, claim = held
            del self._order[bisect_left(self._order, (*key, claim_id))]
            self._bytes -= claim.size_bytes
