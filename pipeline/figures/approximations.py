"""Whether a text gives a figure as exact: `about`, `nearly`, `more than`, `or so`."""

from pipeline.figures.numeral_tokens import DASHES, Token, token_at
from pipeline.figures.numerals import Number
from pipeline.figures.units import TIMES, Unit

_APPROXIMATE_BEFORE = frozenset(
    tuple(words.split())
    for words in (
        "about, around, nearly, almost, some, roughly, approximately, approx, approx ., circa,"
        " over, under, above, below, more than, less than, fewer than, greater than, larger than,"
        " higher than, lower than, at least, at most, up to, as many as, as much as, as few as,"
        " as little as, close to, estimated, upwards of, north of, in excess of, a maximum of,"
        " a minimum of, perhaps, maybe, ~, ≈, <, >, ≥, ≤"
    ).split(", ")
)
_LONGEST_APPROXIMATE = max(map(len, _APPROXIMATE_BEFORE))
_APPROXIMATE_BEHIND = frozenset({("or", "so"), ("or", "more"), ("or", "fewer"), ("or", "less")})


def is_approximate(tokens: list[Token], first: int, number: Number, unit: Unit) -> bool:
    """Tell whether words before or behind a figure say that it is not exact.

    `over` before a span of time is mostly "during", so it counts only with hours and minutes, and
    in `over ten years ago`.
    """
    before = [token.lower for token in tokens[max(0, first - _LONGEST_APPROXIMATE) : first]]
    last = max(unit.last, number.last)
    behind = tuple(token.lower for token in tokens[last : last + 2])
    directly_behind = tuple(token_at(tokens, number.last + step).lower for step in (0, 1))
    if {behind, directly_behind} & _APPROXIMATE_BEHIND or directly_behind[0] == "+":
        return True
    if directly_behind[0] in DASHES and directly_behind[1] in ("odd", "plus"):
        return True
    if before[-1:] == ["over"] and unit.name in TIMES - {"hour", "minute"}:
        return behind[:1] == ("ago",) or tokens[last - 1].lower == "old"
    return any(tuple(before[-n:]) in _APPROXIMATE_BEFORE for n in range(1, len(before) + 1))
