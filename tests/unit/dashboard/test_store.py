"""The store: bounded, each claim once, newest first, and a log that leads clients to the same."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from pipeline.dashboard.held_claim import HeldClaim
from pipeline.dashboard.store import ClaimStore

PLAIN = HeldClaim(
    claim_id="",
    recorded_at_ms=0,
    document=b"{}",
    article="a",
    source=None,
    language=None,
    claim_type=None,
    speaker="",
    score=0.5,
    priority=0.5,
    searchable="",
)

claims = st.builds(
    lambda number, at, size: replace(
        PLAIN, claim_id=f"{number:02}", recorded_at_ms=at, document=b"x" * size
    ),
    st.integers(0, 30),
    st.integers(0, 20),
    st.integers(0, 40),
)
claim_ids = st.integers(0, 30).map("{:02}".format)
sizes = st.integers(1, 12)


def _store(max_claims: int, max_bytes: int = 10**9) -> ClaimStore:
    return ClaimStore(max_claims=max_claims, max_bytes=max_bytes)


@given(st.lists(claims, max_size=80), sizes, st.integers(1, 200))
def test_the_store_is_bounded(put: list[HeldClaim], max_claims: int, max_bytes: int) -> None:
    """Neither number nor bytes grow over the bounds; a single claim may be larger than both."""
    store = _store(max_claims, max_bytes)
    for claim in put:
        store.put(claim)
        held = store.newest_first()
        assert len(held) == len(store) <= max_claims
        assert sum(one.size_bytes for one in held) <= max_bytes or len(held) == 1


@given(st.lists(claims, max_size=20), st.integers(0, 30))
def test_a_forgotten_claim_is_gone_and_no_other(put: list[HeldClaim], number: int) -> None:
    """One that is not held changes nothing, not even the cursor."""
    store = _store(100)
    for claim in put:
        store.put(claim)
    before, cursor = store.newest_first(), store.cursor
    claim_id = f"{number:02}"
    was_held = store.get(claim_id) is not None
    store.forget(claim_id)
    assert store.get(claim_id) is None
    assert store.newest_first() == [one for one in before if one.claim_id != claim_id]
    assert store.cursor == cursor + was_held
    changes = store.changes_since(cursor, limit=5)
    assert changes is not None
    assert changes.removed == ((claim_id,) if was_held else ())


@given(st.lists(claims, max_size=80), sizes)
def test_the_store_holds_the_newest_of_each_claim(put: list[HeldClaim], max_claims: int) -> None:
    """Whatever the order of arrival: as a list of all of them would, sorted and cut."""
    store = _store(max_claims)
    expected: list[tuple[int, int, HeldClaim]] = []
    for arrival, claim in enumerate(put):
        store.put(claim)
        expected = [one for one in expected if one[2].claim_id != claim.claim_id]
        expected.append((claim.recorded_at_ms, arrival, claim))
        expected = sorted(expected, key=lambda one: one[:2], reverse=True)[:max_claims]
    assert store.newest_first() == [claim for _, _, claim in expected]
    for _, _, claim in expected:
        assert store.get(claim.claim_id) is claim


@given(
    st.lists(st.one_of(claims, claim_ids, st.integers(1, 5)), max_size=120),
    st.integers(1, 5),
    sizes,
)
def test_a_client_that_follows_the_log_holds_what_the_store_holds(
    steps: list[HeldClaim | str | int], limit: int, max_claims: int
) -> None:
    """However seldom it looks, and whatever is forgotten: it is level, or told to start anew."""
    store = _store(max_claims)
    client: dict[str, HeldClaim] = {}
    cursor = 0

    def catch_up() -> None:
        nonlocal cursor, client
        while cursor != store.cursor:
            changes = store.changes_since(cursor, limit=limit)
            if changes is None:
                client = {one.claim_id: one for one in store.newest_first()}
                cursor = store.cursor
                return
            assert cursor < changes.cursor <= cursor + limit
            client |= {one.claim_id: one for one in changes.put}
            for claim_id in changes.removed:
                client.pop(claim_id, None)
            cursor = changes.cursor

    for step in steps:
        if isinstance(step, HeldClaim):
            store.put(step)
        elif isinstance(step, str):
            store.forget(step)
        else:
            catch_up()
    catch_up()
    assert client == {one.claim_id: one for one in store.newest_first()}


def test_a_forgotten_claim_makes_room() -> None:
    """Its bytes are free for others, so that nothing is pushed out for it."""
    store = _store(5, max_bytes=20)
    for number in (1, 2, 3):
        store.put(replace(PLAIN, claim_id=str(number), document=b"x" * 10))
        store.forget("1")
    assert [claim.claim_id for claim in store.newest_first()] == ["3", "2"]


def test_who_falls_too_far_behind_starts_anew() -> None:
    """The log is as long as two changes for each claim that is held, and no longer."""
    store = _store(5)
    for number in range(1000):
        store.put(replace(PLAIN, claim_id=str(number), recorded_at_ms=number))
    assert store.changes_since(0, limit=10) is None
    assert store.changes_since(store.cursor - 11, limit=10) is None
    assert store.changes_since(store.cursor - 10, limit=10) is not None


def test_a_cursor_of_the_future_is_none_of_this_store() -> None:
    """Whoever made it up, or another process: start anew."""
    store = _store(5)
    store.put(PLAIN)
    assert store.changes_since(store.cursor + 1, limit=10) is None
    assert store.changes_since(-1, limit=10) is None
    level = store.changes_since(store.cursor, limit=10)
    assert level is not None
    assert (level.put, level.removed, level.cursor) == ((), (), store.cursor)


def test_an_empty_store_has_nothing_to_tell() -> None:
    """A client that came first waits at the beginning."""
    changes = _store(5).changes_since(0, limit=10)
    assert changes is not None
    assert changes.cursor == 0
