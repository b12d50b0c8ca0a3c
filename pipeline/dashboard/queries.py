"""Reads the query of `/api/claims`. Pure."""

from dataclasses import dataclass

from starlette.datastructures import QueryParams

from pipeline.dashboard.filters import QUERY_MAX_CHARACTERS, ClaimFilter, Order
from pipeline.dashboard.openapi import DEFAULT_LIMIT

_IDENTITY_MAX_CHARACTERS = 1024
_REPEATED = ("source", "language", "claim_type")
_SINGLE = ("speaker", "article", "min_score", "q", "order", "limit")


class BadQueryError(Exception):
    """A parameter is wrong; the message names it and says what it may be."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ClaimsQuery:
    """What is asked of `/api/claims`."""

    claim_filter: ClaimFilter
    order: Order
    limit: int


def parse_query(params: QueryParams, *, max_claims: int) -> ClaimsQuery:
    """Read the parameters; raises BadQueryError, which repeats no value, on a wrong one."""
    for name in params:
        _check_parameter(name, params)
    return ClaimsQuery(
        claim_filter=ClaimFilter(
            sources=frozenset(params.getlist("source")),
            languages=frozenset(params.getlist("language")),
            claim_types=frozenset(params.getlist("claim_type")),
            speaker=params.get("speaker", ""),
            article=params.get("article"),
            min_score=_parse_score(params.get("min_score", "0")),
            words=params.get("q", ""),
        ),
        order=_parse_order(params.get("order", Order.NEWEST)),
        limit=_parse_limit(params.get("limit", str(min(DEFAULT_LIMIT, max_claims))), max_claims),
    )


def _check_parameter(name: str, params: QueryParams) -> None:
    values = params.getlist(name)
    if name not in _REPEATED + _SINGLE:
        raise BadQueryError(f"There are these parameters: {', '.join(_REPEATED + _SINGLE)}.")
    if name in _SINGLE and len(values) > 1:
        raise BadQueryError(f"Give {name} once.")
    longest = _IDENTITY_MAX_CHARACTERS if name == "article" else QUERY_MAX_CHARACTERS
    if any(len(value) > longest for value in values):
        raise BadQueryError(f"{name} may have {longest} characters.")


def _parse_score(text: str) -> float:
    try:
        score = float(text)
    except ValueError:
        score = -1.0
    if not 0 <= score <= 1:
        raise BadQueryError("min_score is a number from 0 to 1.")
    return score


def _parse_order(text: str) -> Order:
    try:
        return Order(text)
    except ValueError:
        raise BadQueryError(f"order is one of {', '.join(Order)}.") from None


def _parse_limit(text: str, max_claims: int) -> int:
    limit = int(text) if text.isascii() and text.isdigit() else 0
    if not 1 <= limit <= max_claims:
        raise BadQueryError(f"limit is a number from 1 to {max_claims}.")
    return limit
