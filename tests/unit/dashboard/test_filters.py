"""The filters of the API, and the query they are read from."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import QueryParams

from pipeline.dashboard.filters import ClaimFilter, Order, sort_claims
from pipeline.dashboard.held_claim import HeldClaim
from pipeline.dashboard.queries import BadQueryError, parse_query
from tests.unit.dashboard.test_store import PLAIN

CLAIMS = [
    replace(PLAIN, claim_id="1", source="wire", language="en", claim_type="quantity", score=0.9),
    replace(PLAIN, claim_id="2", source="post", language="fr", claim_type="causal", score=0.5),
    replace(PLAIN, claim_id="3", speaker="dr ines albrecht", searchable="rents rose in tarn"),
    replace(PLAIN, claim_id="4", article="id:wire/7", searchable="rents fell", priority=0.8),
]


@pytest.mark.parametrize(
    ("claim_filter", "ids"),
    [
        (ClaimFilter(), "1234"),
        (ClaimFilter(sources=frozenset({"wire"})), "1"),
        (ClaimFilter(sources=frozenset({"wire", "post"})), "12"),
        (ClaimFilter(sources=frozenset({"WIRE"})), ""),
        (ClaimFilter(languages=frozenset({"fr"})), "2"),
        (ClaimFilter(claim_types=frozenset({"quantity"})), "1"),
        (ClaimFilter(speaker="INES"), "3"),
        (ClaimFilter(speaker="  albrecht "), "3"),
        (ClaimFilter(article="id:wire/7"), "4"),
        (ClaimFilter(min_score=0.9), "1"),
        (ClaimFilter(words="RENTS"), "34"),
        (ClaimFilter(words="tarn rents"), "3"),
        (ClaimFilter(words="tarn fell"), ""),
        (ClaimFilter(words="   "), "1234"),
        (ClaimFilter(words="rents", min_score=0.6), ""),
    ],
)
def test_filters_select(claim_filter: ClaimFilter, ids: str) -> None:
    """Each alone and some together; what fits keeps its order."""
    assert "".join(claim.claim_id for claim in claim_filter.select(CLAIMS)) == ids


def test_orders() -> None:
    """Newest leaves the order as it is; priority puts the highest first, ties as they were."""
    assert sort_claims(CLAIMS, Order.NEWEST) == CLAIMS
    assert [claim.claim_id for claim in sort_claims(CLAIMS, Order.PRIORITY)] == list("4123")


@given(st.lists(st.floats(0, 1), max_size=20), st.floats(0, 1))
def test_a_score_is_a_lower_bound(scores: list[float], bound: float) -> None:
    """At or over it, as a threshold is."""
    claims: list[HeldClaim] = [replace(PLAIN, score=score) for score in scores]
    selected = ClaimFilter(min_score=bound).select(claims)
    assert [claim.score for claim in selected] == [score for score in scores if score >= bound]


def test_a_query_is_read() -> None:
    """Repeated names are alternatives; what is not given asks for nothing."""
    query = parse_query(
        QueryParams("source=a&source=b&language=en&speaker=x&min_score=.5&q=y z&order=priority"),
        max_claims=5000,
    )
    assert query.claim_filter == ClaimFilter(
        sources=frozenset("ab"),
        languages=frozenset({"en"}),
        speaker="x",
        min_score=0.5,
        words="y z",
    )
    assert (query.order, query.limit) == (Order.PRIORITY, 100)
    assert parse_query(QueryParams(""), max_claims=20).limit == 20


@pytest.mark.parametrize(
    "query",
    [
        "min_score=high",
        "min_score=nan",
        "min_score=1.1",
        "min_score=-0.1",
        "limit=0",
        "limit=5001",
        "limit=-1",
        "limit=٣",
        "limit=" + "9" * 5000,
        "order=oldest",
        "q=" + "x" * 201,
        "speaker=a&speaker=b",
        "surprise=1",
    ],
)
def test_a_wrong_query_is_told_without_its_value(query: str) -> None:
    """One sentence that names the parameter."""
    with pytest.raises(BadQueryError) as caught:
        parse_query(QueryParams(query), max_claims=5000)
    assert "high" not in str(caught.value)
    assert len(str(caught.value)) < 200
