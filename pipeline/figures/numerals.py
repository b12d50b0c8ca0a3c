"""Numbers in figures and in words: `1,200`, `3bn`, `two dozen`, `a third`, `three in ten`.

Whether a number is a quantity, and of what, is for `quantities` to say.
"""

import re
from dataclasses import dataclass, replace

from text_to_num import text2num

from pipeline.figures.numeral_tokens import Token, token_at

# Longer than any number a newspaper prints, shorter than anything that costs.
_MAX_FIGURE_LENGTH = 24
_MAX_NUMBER_WORDS = 12

# 1200, 1,200.5 or, as India writes it, 12,34,567. Anything else of digits, points and commas is a
# date, a version, a list.
_FIGURE = re.compile(
    r"(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3})(?:\.[0-9]+)?"
)
_FRACTION_SIGNS = dict(
    zip("½⅓⅔¼¾⅕⅛", (1 / 2, 1 / 3, 2 / 3, 1 / 4, 3 / 4, 1 / 5, 1 / 8), strict=True)
)

# Read by text2num, which takes scales up to the billion and joins words by their own grammar.
_CARDINALS = frozenset(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    " sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety"
    " hundred thousand million billion".split()
)
_SCALES = {
    "dozen": 12.0,
    "hundred": 1e2,
    "thousand": 1e3,
    "lakh": 1e5,
    "million": 1e6,
    "crore": 1e7,
    "billion": 1e9,
    "trillion": 1e12,
}
# Written right behind the figure. A single letter may be something else: see `quantities`.
_SCALE_SUFFIXES = {
    suffix: scale
    for scale, suffixes in ((1e3, "k"), (1e6, "m mn mln"), (1e9, "b bn"), (1e12, "t tn trn"))
    for suffix in suffixes.split()
}
_DENOMINATORS = {"twentieth": 20, "hundredth": 100} | {
    word: n
    for n, word in enumerate(
        "half third quarter fifth sixth seventh eighth ninth tenth".split(), start=2
    )
}
_PLURAL_DENOMINATORS = {f"{word}s": n for word, n in _DENOMINATORS.items()}
_ARTICLES = frozenset({"a", "an"})
# "Three in ten" is a share; "12 in 2019" and "two in three days" are not.
_WHOLES = frozenset({3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20, 25, 50, 100, 1_000, 10_000, 100_000, 1e6})
_AFTER_NO_SHARE = re.compile(
    r"(?:second|minute|hour|day|night|week|month|year|decade|game|matche)s"
)

NUMBER_WORD = re.compile(
    rf"\b(?:{'|'.join(sorted(_CARDINALS | _SCALES.keys() | _DENOMINATORS.keys()))})",
    re.IGNORECASE,
)
"""Finds a sentence that may hold a number in words (plurals begin like their singulars)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Number:
    """A number and the tokens it takes up."""

    first: int
    last: int
    """Index of the first token behind it."""
    mantissa: float
    scale: float = 1.0
    """What `million` and its like multiply by."""
    in_figures: bool = False
    is_fraction: bool = False
    """Whether it is a share of something: a third, three in ten."""
    suffix: str = ""
    """The letters that scale it, when they stand right behind the figure."""

    @property
    def value(self) -> float:
        """The number itself."""
        return self.mantissa * self.scale


def read_number(tokens: list[Token], index: int) -> Number | None:
    """Return the number that begins at this token, if one does."""
    token = tokens[index]
    if token.kind == "figure":
        number = _read_figure(tokens, index)
    elif token.text in _FRACTION_SIGNS:
        number = Number(
            first=index, last=index + 1, mantissa=_FRACTION_SIGNS[token.text], is_fraction=True
        )
    elif token.kind == "word":
        number = _read_fraction(tokens, index) or _read_cardinal(tokens, index)
    else:
        return None
    if number is None:
        return None
    if number.is_fraction:
        return _with_fraction_scale(tokens, number)
    return _read_ratio(tokens, number) or number


def _read_figure(tokens: list[Token], index: int) -> Number | None:
    text = tokens[index].text
    if len(text) > _MAX_FIGURE_LENGTH or not _FIGURE.fullmatch(text):
        return None
    value = float(text.replace(",", ""))
    last = index + 1
    sign = token_at(tokens, last)
    if sign.text in _FRACTION_SIGNS and (sign.joined or len(text) < 4):
        value += _FRACTION_SIGNS[sign.text]
        last += 1
    suffix = token_at(tokens, last)
    number = Number(first=index, last=last, mantissa=value, in_figures=True)
    if suffix.joined and suffix.lower in _SCALE_SUFFIXES:
        return replace(
            number, last=last + 1, scale=_SCALE_SUFFIXES[suffix.lower], suffix=suffix.text
        )
    return _with_scale(tokens, number)


def _with_scale(tokens: list[Token], number: Number) -> Number:
    """Take in the words that multiply: `million`, and two of them in `thousand million`."""
    scale, last = 1.0, number.last
    for _ in range(2):
        step = 2 if _is_hyphen(tokens, last) else 1
        word = token_at(tokens, last + step - 1)
        if word.lower not in _SCALES or (step == 1 and word.joined):
            break
        scale *= _SCALES[word.lower]
        last += step
    return replace(number, scale=number.scale * scale, last=last)


def _is_hyphen(tokens: list[Token], index: int) -> bool:
    """Tell whether a hyphen joins the tokens to its sides."""
    token = token_at(tokens, index)
    return token.text in ("-", "‑") and token.joined and token_at(tokens, index + 1).joined


def _read_cardinal(tokens: list[Token], index: int) -> Number | None:
    """Read `twenty-five`, `two hundred and six`, `a million`, `two and a half million`."""
    word = tokens[index].lower
    following = token_at(tokens, index + 1).lower
    if word in _ARTICLES:
        if following not in _SCALES:
            return None
        if following not in _CARDINALS:  # a dozen, a trillion
            return Number(first=index, last=index + 2, mantissa=1.0, scale=_SCALES[following])
        words, last = ["one"], index + 1
    elif word in _CARDINALS:
        words, last = [word], index + 1
    else:
        return None
    while len(words) < _MAX_NUMBER_WORDS:
        step = 2 if _is_hyphen(tokens, last) else 1
        if step == 1 and token_at(tokens, last).lower == "and" and words[-1] in _SCALES:
            step = 2  # "two hundred and six", but not "six and seven"
        number_word = token_at(tokens, last + step - 1)
        if number_word.lower not in _CARDINALS:
            break
        words.append(number_word.lower)
        last += step
    try:
        value = float(text2num(" ".join(words), "en"))
    except ValueError:  # words of numbers that are no number together: "twenty twenty"
        return None
    number = Number(first=index, last=last, mantissa=value)
    fraction = None
    if token_at(tokens, last).lower == "and":
        fraction = _read_fraction(tokens, last + 1) if last + 1 < len(tokens) else None
    if fraction is not None:
        number = replace(number, last=fraction.last, mantissa=value + fraction.mantissa)
    return _with_scale(tokens, number)


def _read_fraction(tokens: list[Token], index: int) -> Number | None:
    """Read `half`, `a third`, `one-fifth`, `three quarters`, `two-thirds`."""
    word = tokens[index].lower
    if word == "half":
        return Number(first=index, last=index + 1, mantissa=0.5, is_fraction=True)
    if word not in _ARTICLES and word not in _CARDINALS:
        return None
    last = index + (2 if _is_hyphen(tokens, index + 1) else 1)
    denominator_word = token_at(tokens, last).lower
    if word in _ARTICLES or word == "one":
        denominator = _DENOMINATORS.get(denominator_word)
        numerator = 1.0
    else:
        denominator = _PLURAL_DENOMINATORS.get(denominator_word)
        numerator = float(text2num(word, "en")) if denominator else 0.0
    if not denominator or numerator >= denominator:
        return None
    return Number(first=index, last=last + 1, mantissa=numerator / denominator, is_fraction=True)


def _with_fraction_scale(tokens: list[Token], number: Number) -> Number:
    """Read on in `half a million`, `a quarter of a million`, `half a dozen`."""
    last = number.last
    if token_at(tokens, last).lower == "of":
        last += 1
    scale = token_at(tokens, last + 1).lower
    if token_at(tokens, last).lower in _ARTICLES and scale in _SCALES:
        return replace(number, last=last + 2, scale=_SCALES[scale], is_fraction=False)
    return number


def _read_ratio(tokens: list[Token], number: Number) -> Number | None:
    """Read on in `three in ten`, `one in every five`, `9 out of 10`: a share, as a fraction."""
    word = token_at(tokens, number.last).lower
    after = [token_at(tokens, number.last + step).lower for step in (1, 2)]
    if word == "out" and after[0] == "of":
        start = number.last + 2
    elif word == "in":
        start = number.last + (2 if after[0] == "every" else 1)
    else:
        return None
    if start >= len(tokens):
        return None
    whole = _read_figure(tokens, start) or _read_cardinal(tokens, start)
    if (
        whole is None
        or not 0 < number.value < whole.value
        or number.value % 1
        or whole.value % 1
        or number.scale > 1
        or (word == "in" and (number.value > 9 or whole.value not in _WHOLES))
        or (word == "in" and _AFTER_NO_SHARE.fullmatch(token_at(tokens, whole.last).lower))
    ):
        return None
    return Number(
        first=number.first,
        last=whole.last,
        mantissa=number.value / whole.value,
        in_figures=number.in_figures,
        is_fraction=True,
    )
