"""Whether a number counts anything at all, or is a name, a date, a time, a score."""

import re

from pipeline.figures.approximations import is_approximate
from pipeline.figures.numeral_tokens import DASHES, Token, token_at
from pipeline.figures.numerals import Number
from pipeline.figures.units import TIMES, Unit

DETERMINERS = frozenset("the these those all both its their his her our".split())

_MONTHS = frozenset(
    "january february march april may june july august september october november december"
    " jan feb mar apr jun jul aug sept sep oct nov dec".split()
)
_OPENING_MARKS = frozenset("\"“‘'’([{«—…<>~≈≥≤*•·£$€¥₹₽₩₦₪₺₴₱₫฿")
_CLOSING_MARKS = frozenset("\"”’'.,;:!?)]}»—…*•·+")
# A number behind one of these names a thing of its kind rather than counts things.
_NUMBERED = frozenset(
    """
    no nos number page pages chapter section article paragraph clause rule phase stage level grade
    type round day week line gate platform room flat apartment step tier category figure table
    version volume episode season part year formula class route highway interstate junction channel
    group ward district pool lot bus flight unit block sector area court division league zone top
    act schedule resolution question verse psalm size
    """.split()
)
# Words that a sentence may begin with without being the name of a thing that is numbered.
_SENTENCE_OPENERS = frozenset(
    """
    a an the this these those that its his her their our my in at on of for from to by with within
    after before since until over under about around nearly almost some more less fewer up only
    just exactly another other all both every each between among against and but or so yet if when
    while where as than not last next first roughly approximately it they he she we you there
    """.split()
)
_BEHIND_A_TIME = frozenset("am pm gmt bst est edt pst utc cet o'clock o’clock noon".split())
_BEFORE_A_TIME = frozenset("at until till before after".split())
_BEFORE_A_YEAR = frozenset(
    """
    in since from until till by of during before after between and to early late mid circa the
    this that its their his her our for
    """.split()
)
_BEFORE_A_CALL = frozenset("call calling dial dialling phone ring text".split())
_BEHIND_A_BARE_WORD = frozenset("were was are have had died remained remain of".split())
_BEFORE_A_CHANGE = frozenset(
    "by than up down rose fell grew dropped shrank cut lost gained".split()
)
_BEHIND_A_SHARE = frozenset("of more less fewer higher lower larger bigger smaller".split())
_BEHIND_HALF = _BEHIND_A_SHARE | DETERMINERS
_BEFORE_OTHER_HALF = frozenset(
    "first second third fourth other latter this that the in and".split()
)
_BEFORE_QUARTERS = frozenset("for last past next consecutive previous recent the".split())
# "one day" and "one second" are mostly no measurement; "one hour" is.
_ONE_OF_A_KIND = frozenset("second minute day night decade century degree stone pound".split())

_YEAR = re.compile(r"1[5-9][0-9]{2}|20[0-9]{2}")
_CLOCK_TIME = re.compile(r"[0-2]?[0-9]\.[0-5][0-9]")


def looks_like_a_year(token: Token) -> bool:
    """Tell whether a figure is written as the years 1500 to 2099 are."""
    return _YEAR.fullmatch(token.text) is not None


def is_age(tokens: list[Token], number: Number) -> bool:
    """Tell whether a bare number is an age by its place: `Jane Orr, 45, said`, `Jane Orr (45)`."""
    opening = token_at(tokens, number.first - 1)
    name = token_at(tokens, number.first - 2)
    closing = token_at(tokens, number.last)
    return (
        number.in_figures
        and number.scale == 1
        and 0 < number.value <= 110
        and number.value % 1 == 0
        and (opening.text + closing.text) in (",,", ",.", "()")
        and name.kind == "word"
        and name.text[0].isupper()
        and name.lower not in _MONTHS
        and token_at(tokens, number.first - 3).kind == "word"  # a forename, a title
        and token_at(tokens, number.first - 3).text[0].isupper()
    )


def is_no_quantity(tokens: list[Token], number: Number, first: int, unit: Unit) -> bool:
    """Tell whether a number is a name, a date, a time, a score, or cannot be told from one."""
    if _is_part_of_a_longer_word(tokens, number, first, unit):
        return True
    if unit.percent or unit.currency is not None:
        return False
    if number.is_fraction:
        return _is_no_share(tokens, number, unit)
    is_approx = is_approximate(tokens, first, number, unit)
    if number.in_figures:
        return (
            _is_date_or_time(tokens, number, unit)
            or _is_year(tokens, number, unit, is_approx=is_approx)
            or (not is_approx and _is_numbered_name(tokens, number, first, unit))
            or (not unit.says_what and _is_bare_name(tokens, number, first))
        )
    return _is_no_counting_word(tokens, number, first, unit, is_approx=is_approx)


def _is_part_of_a_longer_word(tokens: list[Token], number: Number, first: int, unit: Unit) -> bool:
    """Tell `G7`, `Covid-19`, `5G`, `3rd`, `10:30`, `9/11`, `3-1` and `020` from numbers."""
    before, behind = token_at(tokens, first - 1), token_at(tokens, number.last)
    if tokens[first].joined and before.text not in _OPENING_MARKS:
        return True
    text = tokens[number.first].text
    if number.in_figures and len(text) > 1 and text[0] == "0" and text[1] != ".":
        return True
    if not behind.joined or unit.last > number.last:
        return False
    if behind.text in _CLOSING_MARKS:
        return token_at(tokens, number.last + 1).joined and (
            behind.text == ":" or token_at(tokens, number.last + 1).kind == "figure"
        )
    return not (behind.text in DASHES and (unit.percent or unit.currency is not None))


def _is_date_or_time(tokens: list[Token], number: Number, unit: Unit) -> bool:
    before, behind = token_at(tokens, number.first - 1), token_at(tokens, number.last)
    if number.value <= 31 and number.scale == 1:
        for month in (before, behind):
            if month.lower in _MONTHS and month.text[0].isupper():
                return True
    if behind.lower in _BEHIND_A_TIME:
        return True
    if behind.lower in ("a", "p") and token_at(tokens, number.last + 2).lower == "m":
        return True
    is_clock = _CLOCK_TIME.fullmatch(tokens[number.first].text) is not None
    is_hour = number.value <= 24 and number.value % 1 == 0
    return not unit.says_what and before.lower in _BEFORE_A_TIME and (is_clock or is_hour)


def _is_year(tokens: list[Token], number: Number, unit: Unit, *, is_approx: bool) -> bool:
    token = tokens[number.first]
    before = token_at(tokens, number.first - 1)
    if number.scale != 1 or not token.text.isdigit() or len(token.text) != 4:
        return False
    if not looks_like_a_year(token):
        return not unit.says_what and before.lower in _BEFORE_A_YEAR and number.value < 1500
    if unit.is_measure and unit.name not in TIMES:
        return False
    if is_approx and unit.says_what:
        return False
    if number.value >= 1900 and number.value % 100:
        return True
    return (
        not unit.says_what
        or before.lower in _BEFORE_A_YEAR
        or before.lower in _MONTHS
        or before.text == ","
    )


def _is_numbered_name(tokens: list[Token], number: Number, first: int, unit: Unit) -> bool:
    """Tell `Route 66`, `page 3`, `No. 10`, `Boeing 747`, and a list's `1.` from numbers."""
    before = token_at(tokens, first - 1)
    if before.text == "." and before.joined:
        before = token_at(tokens, first - 2)
        return before.lower in ("no", "nos", "art", "sec", "para", "p", "pp", "fig", "vol")
    if first == 0 and token_at(tokens, number.last).text in (".", ")") and len(tokens) > 2:
        return True
    if before.kind != "word" or unit.is_measure:
        return False
    if before.lower in _NUMBERED:
        return True
    text = tokens[number.first].text
    is_plain = text.isdigit() and number.scale == 1
    return (
        before.text[0].isupper()
        and (is_plain or not unit.says_what)
        and before.lower not in _SENTENCE_OPENERS
    )


def _is_bare_name(tokens: list[Token], number: Number, first: int) -> bool:
    """Tell bare figures that are phone numbers, addresses, list numbers and years cut short."""
    before, behind = token_at(tokens, first - 1), token_at(tokens, number.last)
    return (
        before.text == "+"
        or before.kind == "figure"
        or behind.kind == "figure"
        or (before.text == "," and token_at(tokens, first - 2).kind == "figure")
        or before.lower in _BEFORE_A_CALL
        or (before.text in ("'", "’", "‘") and len(tokens[number.first].text) == 2)
        or (before.text in ("(", "[") and behind.text in (")", "]"))
        or (behind.kind == "word" and behind.text[0].isupper() and behind.text != "I")
        or (len(tokens[number.first].text) > 9 and "," not in tokens[number.first].text)
    )


def _is_no_share(tokens: list[Token], number: Number, unit: Unit) -> bool:
    """Tell `a third runway`, `the second half` and `for three quarters` from shares."""
    word = tokens[number.last - 1].lower
    before, behind = token_at(tokens, number.first - 1), token_at(tokens, number.last)
    if before.joined and before.text in DASHES:
        return True
    is_change = before.lower in _BEFORE_A_CHANGE or is_approximate(
        tokens, number.first, number, unit
    )
    if word == "half":
        is_measure = unit.is_measure and behind.lower in ("a", "an")
        return before.lower in _BEFORE_OTHER_HALF or not (
            is_change or is_measure or behind.lower in _BEHIND_HALF
        )
    if tokens[number.first].lower in ("a", "an", "one") and tokens[number.last - 1].kind == "word":
        is_ratio = number.last - number.first > 2 and tokens[number.first + 1].text not in DASHES
        return not (is_ratio or is_change or behind.lower in _BEHIND_A_SHARE)
    return word.startswith("quarter") and before.lower in _BEFORE_QUARTERS


def _is_no_counting_word(
    tokens: list[Token], number: Number, first: int, unit: Unit, *, is_approx: bool
) -> bool:
    """Tell `one of them`, `the two`, `Formula One` and `phase two` from numbers of things."""
    word = tokens[number.first]
    before, behind = token_at(tokens, first - 1), token_at(tokens, number.last)
    if word.text[0].isupper() and before.kind == "word":
        return True
    if before.lower in _NUMBERED and not unit.is_measure:
        return True
    if behind.lower in _MONTHS or behind.lower in _BEHIND_A_TIME:
        return True
    if word.lower == "one" and number.value == 1:
        return not unit.says_what or unit.name in _ONE_OF_A_KIND or behind.lower == "of"
    if unit.says_what or number.value >= 100 or number.scale > 1 or is_approx:
        return False
    return behind.lower not in _BEHIND_A_BARE_WORD or before.lower in DETERMINERS
