"""Percent and units of measure, by the names and abbreviations that news uses."""

from dataclasses import dataclass

from pipeline.figures.numeral_tokens import Token, token_at

TIMES = frozenset("second minute hour day week fortnight month year decade century".split())
_RATED = frozenset(
    "mile kilometre metre centimetre millimetre inch foot litre gallon tonne ton kilogram".split()
)
_MEASURES = (
    TIMES
    | _RATED
    | frozenset(
        "yard acre hectare gram milligram pound ounce stone pint barrel millilitre watt kilowatt"
        " megawatt gigawatt terawatt kilowatt-hour megawatt-hour degree calorie hertz volt kilobyte"
        " megabyte gigabyte terabyte knot decibel".split()
    )
)
_SPELLINGS = {
    "meter": "metre",
    "kilometer": "kilometre",
    "centimeter": "centimetre",
    "millimeter": "millimetre",
    "liter": "litre",
    "milliliter": "millilitre",
    "kilogramme": "kilogram",
    "kilo": "kilogram",
    "feet": "foot",
    "inches": "inch",
    "centuries": "century",
    "stone": "stone",
}
# Written as they are, small or capital. Those of one letter, and `in`, are read only right behind
# a figure.
_ABBREVIATIONS = {
    "km": "kilometre",
    "kms": "kilometre",
    "cm": "centimetre",
    "mm": "millimetre",
    "m": "metre",
    "ft": "foot",
    "in": "inch",
    "kg": "kilogram",
    "kgs": "kilogram",
    "mg": "milligram",
    "g": "gram",
    "lb": "pound",
    "lbs": "pound",
    "oz": "ounce",
    "ml": "millilitre",
    "ha": "hectare",
    "mph": "mile per hour",
    "kph": "kilometre per hour",
    "kmh": "kilometre per hour",
    "kW": "kilowatt",
    "MW": "megawatt",
    "GW": "gigawatt",
    "TW": "terawatt",
    "kWh": "kilowatt-hour",
    "MWh": "megawatt-hour",
    "GWh": "gigawatt-hour",
    "TWh": "terawatt-hour",
    "MB": "megabyte",
    "GB": "gigabyte",
    "TB": "terabyte",
    "C": "degree Celsius",
    "F": "degree Fahrenheit",
    "mins": "minute",
    "hrs": "hour",
    "yrs": "year",
}
_DEGREES = {
    "c": "degree Celsius",
    "celsius": "degree Celsius",
    "f": "degree Fahrenheit",
    "fahrenheit": "degree Fahrenheit",
}
_MULTIPLIERS = frozenset({"square", "cubic", "nautical", "light", "metric"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Unit:
    """What a number counts, and where the words for it end."""

    last: int
    """Index of the first token behind it."""
    name: str | None = None
    percent: bool = False
    currency: str | None = None
    factor: float = 1.0
    """What the value is multiplied by: pence are hundredths of a pound."""
    is_measure: bool = False

    @property
    def says_what(self) -> bool:
        """Whether it says anything of what is counted."""
        return self.name is not None or self.percent or self.currency is not None


def read_percent(tokens: list[Token], index: int) -> Unit | None:
    """Read `%`, `per cent`, `percent`, `pc`, and `percentage points`, which is a unit."""
    word = token_at(tokens, index)
    following = token_at(tokens, index + 1).lower
    if word.text == "%" or word.lower in ("percent", "pct") or (word.lower == "pc" and word.joined):
        return Unit(last=index + 1, percent=True)
    if word.lower == "per" and following == "cent":
        return Unit(last=index + 2, percent=True)
    if word.lower in ("percentage", "basis") and following in ("point", "points"):
        return Unit(last=index + 2, name=f"{word.lower} point", is_measure=True)
    return None


def read_measure(tokens: list[Token], index: int) -> Unit | None:
    """Read a unit of measure: `kilometres`, `kg`, `square miles`, `mph`, `miles an hour`, `°C`."""
    word = token_at(tokens, index)
    if word.text == "°":
        scale = _DEGREES.get(token_at(tokens, index + 1).lower)
        return Unit(last=index + (2 if scale else 1), name=scale or "degree", is_measure=True)
    if word.lower in _MULTIPLIERS or word.text == "sq":
        inner = _read_plain_measure(tokens, index + 1)
        if inner is None:
            return None
        prefix = "square" if word.text == "sq" else word.lower
        return Unit(last=inner.last, name=f"{prefix} {inner.name}", is_measure=True)
    return _read_plain_measure(tokens, index)


def _read_plain_measure(tokens: list[Token], index: int) -> Unit | None:
    word = token_at(tokens, index)
    may_stand_apart = len(word.text) > 1 and word.text != "in"
    name = _ABBREVIATIONS.get(word.text) if may_stand_apart or word.joined else None
    if name is None:
        plain = word.lower.rstrip("'’")
        plain = _SPELLINGS.get(plain) or _SPELLINGS.get(plain.removesuffix("s")) or plain
        name = plain if plain in _MEASURES else plain.removesuffix("s")
        if name not in _MEASURES:
            return None
    last = index + 1
    following = token_at(tokens, last)
    if name == "degree" and following.lower in _DEGREES:
        return Unit(last=last + 1, name=_DEGREES[following.lower], is_measure=True)
    if word.text == "km" and following.text == "/" and token_at(tokens, last + 1).lower == "h":
        return Unit(last=last + 2, name="kilometre per hour", is_measure=True)
    if name in _RATED and following.lower in ("a", "an", "per"):
        time = token_at(tokens, last + 1).lower
        if time in TIMES:
            return Unit(last=last + 2, name=f"{name} per {time}", is_measure=True)
    return Unit(last=last, name=name, is_measure=True)
