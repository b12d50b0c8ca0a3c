"""The figures of a sentence, parsed: value, unit or noun counted, percent, currency.

What is wanted stands, by example, in `tests/data/quantities.yaml`; docs/quantities.md says it in
words. A figure that may be a name, a date, a time or a score is left out: a wrong figure is worse
than none.
"""

from dataclasses import dataclass, replace

from pipeline.figures.approximations import is_approximate
from pipeline.figures.counted_nouns import read_counted_noun
from pipeline.figures.currencies import currency_of_prefix, read_currency
from pipeline.figures.figure_contexts import (
    is_age,
    is_no_quantity,
    looks_like_a_year,
)
from pipeline.figures.figure_units import read_prefix, read_unit
from pipeline.figures.numeral_tokens import DASHES, Token, token_at, tokenise
from pipeline.figures.numerals import NUMBER_WORD, Number, read_number
from pipeline.figures.units import Unit
from pipeline.models import Quantity

MAX_QUANTITIES = 100
"""A sentence with more figures is a table; what is behind them is not read."""

_BEHIND_METRES = frozenset(
    """
    high tall long wide deep thick away apart from below above across behind ahead sprint race
    freestyle butterfly backstroke breaststroke hurdles relay run dash final
    """.split()
)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Figure:
    """A number with what it counts, and the tokens of both."""

    number: Number
    unit: Unit
    first: int
    approximate: bool
    negative: bool = False

    @property
    def last(self) -> int:
        return max(self.unit.last, self.number.last)


def find_quantities(text: str, *, offset: int = 0) -> tuple[Quantity, ...]:
    """Return the figures of one sentence in reading order, at most `MAX_QUANTITIES`.

    `offset` is where the sentence begins in the article's text: it is added to every position.
    Both ends of a range are returned, both approximate. Takes any text.
    """
    if not any(digit in text for digit in "0123456789½⅓⅔¼¾⅕⅛") and not NUMBER_WORD.search(text):
        return ()
    tokens = tokenise(text)
    figures: list[_Figure] = []
    index = 0
    while index < len(tokens) and len(figures) < MAX_QUANTITIES:
        number = _read_number(tokens, index)
        if number is None:
            index += 1
            continue
        found = _read_range(tokens, number) or _read_single(tokens, number)
        figures.extend(found)
        index = found[-1].last if found else number.last
    return tuple(_quantity(tokens, figure, offset) for figure in figures[:MAX_QUANTITIES])


def _quantity(tokens: list[Token], figure: _Figure, offset: int) -> Quantity:
    value = figure.number.value * figure.unit.factor
    return Quantity(
        start=offset + tokens[figure.first].start,
        end=offset + tokens[figure.last - 1].end,
        value=float(f"{-value if figure.negative else value:.15g}"),  # 0.30000000000000004
        unit=figure.unit.name,
        percent=figure.unit.percent,
        currency=figure.unit.currency,
        approximate=figure.approximate,
    )


def _read_number(tokens: list[Token], index: int) -> Number | None:
    """Read a number, and settle what a letter right behind the figure means.

    Behind money `m`, `b`, `k` and `t` are scales. Elsewhere `k` is, from ten up; `m` is a million
    when a noun is counted, metres when a dimension follows, and else nobody knows; nor `b`, `t`.
    """
    number = read_number(tokens, index)
    if number is None or len(number.suffix) != 1 or read_prefix(tokens, number)[1]:
        return number
    letter = number.suffix
    plain = replace(number, last=number.last - 1, scale=1.0, suffix="")
    following = token_at(tokens, number.last)
    if letter == "k" or (letter == "K" and number.mantissa >= 10):
        return number
    if read_currency(tokens, number.last, is_scaled=True):
        return number
    if letter.lower() == "m":
        if letter == "m" and (
            (following.joined and following.text in DASHES) or following.lower in _BEHIND_METRES
        ):
            return plain
        if read_counted_noun(tokens, number.last, value=number.value):
            return number
    return None


def _read_single(tokens: list[Token], number: Number) -> tuple[_Figure, ...]:
    figure = _read_figure(tokens, number)
    return (figure,) if figure is not None else ()


def _read_range(tokens: list[Token], low: Number) -> tuple[_Figure, ...]:
    """Read `20-30 people`, `between 5 and 10`, `from 5 to 10 per cent`, `two or three`.

    The lower end takes the unit of the upper, and its scale when it has none.
    """
    first, currency, _ = read_prefix(tokens, low)
    own_unit = read_unit(tokens, low, currency)
    connector_at = own_unit.last if own_unit.last > low.last else low.last
    connector = token_at(tokens, connector_at)
    high_at = connector_at + 1
    if high_at >= len(tokens):
        return ()
    opener = token_at(tokens, first - 1).lower
    has_own_unit = own_unit.name is not None or own_unit.percent
    is_dash = connector.text in DASHES and connector.joined and tokens[high_at].joined
    is_change = opener == "from"
    if not (
        is_dash
        or (connector.lower == "and" and opener == "between")
        or (connector.lower == "to" and (not has_own_unit or opener in ("from", "between")))
        or (connector.lower == "or" and not low.in_figures and not has_own_unit)
    ):
        return ()
    sign = tokens[high_at]
    high_currency = currency_of_prefix(sign)
    if high_currency is not None:
        high_at += 1
    high = _read_number(tokens, high_at) if high_at < len(tokens) else None
    if high is None or high.is_fraction or low.is_fraction:
        return ()
    shares_scale = low.scale == 1 and high.scale > 1 and low.mantissa < high.mantissa
    if shares_scale:
        low = replace(low, scale=high.scale)
    if not is_change and low.value >= high.value:
        return ()
    unit = read_unit(tokens, high, high_currency or currency)
    is_year = low.in_figures and looks_like_a_year(tokens[low.last - 1]) and connector.lower != "to"
    if (
        not unit.says_what
        or is_year
        or (has_own_unit and (own_unit.name, own_unit.percent) != (unit.name, unit.percent))
        or is_no_quantity(tokens, low, first, Unit(last=high_at, name="", is_measure=True))
    ):
        return ()
    own_last = own_unit.last if has_own_unit or own_unit.currency else low.last
    return (
        _Figure(
            number=low,
            unit=replace(unit, last=own_last),
            first=first,
            approximate=not is_change,
        ),
        _Figure(
            number=high,
            unit=unit,
            first=high_at - (1 if high_currency else 0),
            approximate=not is_change,
        ),
    )


def _read_figure(tokens: list[Token], number: Number) -> _Figure | None:
    first, currency, negative = read_prefix(tokens, number)
    unit = read_unit(tokens, number, currency)
    if not unit.says_what and is_age(tokens, number):
        unit = replace(unit, name="year")
    if is_no_quantity(tokens, number, first, unit):
        return None
    return _Figure(
        number=number,
        unit=unit,
        first=first,
        approximate=is_approximate(tokens, first, number, unit),
        negative=negative,
    )
