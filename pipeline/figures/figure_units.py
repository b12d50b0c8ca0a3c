"""What stands to the sides of a number: its sign and currency before, its unit or noun behind."""

from dataclasses import replace

from pipeline.figures.counted_nouns import can_follow_hyphen, read_counted_noun
from pipeline.figures.currencies import (
    CURRENCY_SIGNS,
    DOLLAR_PREFIXES,
    currency_of_prefix,
    read_currency,
)
from pipeline.figures.figure_contexts import DETERMINERS
from pipeline.figures.numeral_tokens import DASHES, Token, token_at
from pipeline.figures.numerals import Number
from pipeline.figures.units import Unit, read_measure, read_percent

_MINUS_SIGNS = frozenset("-−–")


def read_prefix(tokens: list[Token], number: Number) -> tuple[int, str | None, bool]:
    """Return where the figure begins with its currency and sign, the currency, and the sign."""
    first, currency, negative = number.first, None, False
    before = token_at(tokens, first - 1)
    if before.text in CURRENCY_SIGNS:
        first, currency = first - 1, CURRENCY_SIGNS[before.text]
        prefix = token_at(tokens, first - 1)
        if before.text == "$" and before.joined and prefix.lower in DOLLAR_PREFIXES:
            first, currency = first - 1, DOLLAR_PREFIXES[prefix.lower]
    elif currency_of_prefix(before) is not None:
        first, currency = first - 1, currency_of_prefix(before)
    sign = token_at(tokens, first - 1)
    if sign.lower == "minus" or (
        sign.text in _MINUS_SIGNS and tokens[first].joined and not sign.joined
    ):
        first, negative = first - 1, True
    return first, currency, negative


def read_unit(tokens: list[Token], number: Number, currency: str | None) -> Unit:
    """Return what is counted; a `Unit` without anything, ending with the number, when unknown."""
    index = number.last
    if currency is not None:
        return Unit(last=index, currency=currency)
    following = token_at(tokens, index)
    is_hyphenated = (
        following.text in DASHES and following.joined and token_at(tokens, index + 1).joined
    )
    if is_hyphenated and token_at(tokens, index + 1).kind == "word":
        return _read_hyphenated(tokens, number)
    unit = (
        read_percent(tokens, index)
        or read_currency(tokens, index, is_scaled=number.scale >= 1000)
        or read_measure(tokens, index)
    )
    before = [token.lower for token in tokens[max(0, number.first - 2) : number.first]]
    if unit is None and (before[-1:] in (["aged"], ["age"]) or before == ["age", "of"]):
        unit = Unit(last=index, name="year", is_measure=True)
    if unit is None and number.value == 0.5 and following.lower in ("a", "an"):
        unit = read_measure(tokens, index + 1)  # half an hour
    if unit is None:
        unit = _read_noun(tokens, number)
    elif unit.name == "year" and token_at(tokens, unit.last).lower == "old":
        unit = replace(unit, last=unit.last + 1)
    return unit


def _read_noun(tokens: list[Token], number: Number) -> Unit:
    """Read the counted noun behind what may part it from the number: `of the`, `or so`, `+`."""
    start = number.last
    if token_at(tokens, start).joined and token_at(tokens, start).kind == "word":
        return Unit(last=start)  # 3D, 5G
    following = [token.lower for token in tokens[start : start + 2]]
    if following == ["or", "so"]:
        start += 2
    elif following[:1] == ["+"]:
        start += 1
    elif number.is_fraction or not number.in_figures:
        if following[:1] == ["of"]:
            start += 1
        for _ in range(2):  # half all the staff
            if start > number.last or number.is_fraction:
                start += token_at(tokens, start).lower in DETERMINERS
    noun = read_counted_noun(
        tokens,
        start,
        value=2.0 if number.is_fraction else number.value,
        may_be_compound=not number.is_fraction,
    )
    return noun or Unit(last=number.last)


def _read_hyphenated(tokens: list[Token], number: Number) -> Unit:
    """Read what a hyphen joins to the number: `12-year-old`, `26-mile`, `20-page`, `£9-a-day`."""
    index = number.last + 1
    word = tokens[index]
    unit = read_measure(tokens, index)
    if unit is not None:
        last = unit.last
        if unit.name == "year" and [t.lower for t in tokens[last : last + 2]] == ["-", "old"]:
            last += 2
        return replace(unit, last=last)
    if word.lower in ("strong", "odd", "plus", "something", "fold"):
        found = read_counted_noun(tokens, index + 1, value=number.value)
        return found or Unit(last=index + (0 if word.lower == "plus" else 1))
    if number.in_figures and can_follow_hyphen(word.text):
        return Unit(last=index + 1, name=word.lower)
    return Unit(last=number.last)
