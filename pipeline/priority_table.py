"""Reads the user's table, `priorities.toml`, and says in which line it is wrong. Pure."""

import json
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.errors import ConfigurationError
from pipeline.priorities import Priorities, Words, words_of

CLAIM_TYPES = frozenset({"none", "event", "quantity", "causal", "rule", "prediction", "personal"})
"""What the shipped model tells apart: a misspelt type would silently weigh nothing."""

_LARGEST_WEIGHT = 1000
_AT_LINE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)")

_Path = tuple[str | int, ...]
"""Where a value stands: the names of the tables it lies in, then its own."""

_Weight = Annotated[float, Field(ge=0, le=_LARGEST_WEIGHT, allow_inf_nan=False)]


class _Strict(BaseModel):
    # strict: `true` is no weight, and neither is "2".
    model_config = ConfigDict(strict=True, extra="forbid")


class _Recency(_Strict):
    half_life_hours: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None


class _Table(_Strict):
    claim_type: dict[str, _Weight] = {}
    topic: dict[str, _Weight] = {}
    speaker: dict[str, _Weight] = {}
    source: dict[str, _Weight] = {}
    recency: _Recency = _Recency()


def parse_priorities(
    text: str, *, name: str, claim_types: Collection[str] = CLAIM_TYPES
) -> Priorities:
    """Read a table (TOML); `name` is what errors call the file.

    `claim_types` are those the model tells apart. Raises ConfigurationError with the first line
    that is wrong: bad TOML, a table, key or claim type there is not, a weight that is no number
    from 0 to 1000, a phrase without a word or named twice.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _AT_LINE.search(str(error))
        line = int(found[1]) if found and found[1] else text.count("\n") + 1
        reason = _AT_LINE.sub("", str(error))
    except RecursionError:
        line, reason = 1, "brackets are nested too deep"
    else:
        return _Checker(text, name, claim_types).check(document)
    raise _refusal(name, line, f"not TOML: {_begin_small(reason)}")


class _Checker:
    """Checks a document that is TOML against what a table may hold."""

    def __init__(self, text: str, name: str, claim_types: Collection[str]) -> None:
        self._text = text
        self._name = name
        self._claim_types = claim_types

    def check(self, document: dict[str, Any]) -> Priorities:
        try:
            table = _Table.model_validate(document)
        except ValidationError as error:
            problems = [(p["loc"], _describe(p)) for p in error.errors(include_url=False)]
        else:
            problems = list(self._problems(table))
        if problems:
            lines = _lines_of(self._text)
            line, path, reason = min(
                ((_line_of(path, lines), path, reason) for path, reason in problems),
                key=lambda problem: problem[0],
            )
            raise _refusal(self._name, line, f"{_spell(path)}: {reason}")
        return Priorities(
            claim_types=table.claim_type,
            topics=_by_words(table.topic),
            speakers=_by_words(table.speaker),
            sources=_by_words(table.source),
            half_life_hours=table.recency.half_life_hours,
        )

    def _problems(self, table: _Table) -> Iterator[tuple[_Path, str]]:
        """Yield what is wrong beyond shapes and numbers."""
        known = ", ".join(sorted(self._claim_types))
        for claim_type in table.claim_type:
            if claim_type not in self._claim_types:
                yield ("claim_type", claim_type), f"there is no such claim type; there are {known}"
        for kind, phrases in (
            ("topic", table.topic),
            ("speaker", table.speaker),
            ("source", table.source),
        ):
            seen: dict[Words, str] = {}
            for phrase in phrases:
                words = words_of(phrase)
                if not words:
                    yield (kind, phrase), "there is no word in it"
                elif words in seen:
                    yield (kind, phrase), f'it reads the same as "{seen[words]}"; keep one'
                seen.setdefault(words, phrase)


def _by_words(phrases: Mapping[str, float]) -> dict[Words, float]:
    return {words_of(phrase): weight for phrase, weight in phrases.items()}


def _describe(problem: Mapping[str, Any]) -> str:
    """Say what pydantic found in words that fit a table."""
    path: _Path = problem["loc"]
    kind = problem["type"]
    is_table = isinstance(problem["input"], dict)
    tables = ", ".join(f"[{table}]" for table in _Table.model_fields)
    if kind == "extra_forbidden" and len(path) > 1:
        reason = f"there is no such key; there is {', '.join(_Recency.model_fields)}"
    elif kind == "extra_forbidden" and is_table:
        reason = f"there is no such table; there are {tables}"
    elif kind == "extra_forbidden":
        reason = f"it stands in no table; put it under one of {tables}"
    elif kind in {"dict_type", "model_type"}:
        reason = f"it is no table; write [{path[0]}] alone on a line and its rows below"
    elif is_table:
        reason = "it is a table and not a number: put a word with a dot in it between quotes"
    else:
        reason = _begin_small(problem["msg"])
    return reason


def _spell(path: _Path) -> str:
    """Write a path as a reader of the file knows it: `[topic] "net zero"`."""
    table, *keys = (str(part) for part in path)
    return " ".join([f"[{table}]", *(json.dumps(key, ensure_ascii=False) for key in keys)])


def _begin_small(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def _refusal(name: str, line: int, reason: str) -> ConfigurationError:
    return ConfigurationError(f"{name}, line {line}: {reason}; correct it and start again.")


def _line_of(path: _Path, lines: Mapping[_Path, int]) -> int:
    """Return the line of a path, of the table around it where it has none of its own."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def _lines_of(text: str) -> dict[_Path, int]:
    """Return the line at which each table and key of a TOML document begins, from 1.

    tomllib keeps no lines. But a document is a row of statements, and the lines of one are the
    fewest that are TOML by themselves: an unfinished string or array is not. So each statement is
    read alone, and headers say in which table it stands.
    """
    lines: dict[_Path, int] = {}
    table: _Path = ()
    statement = ""
    begun = 1
    for number, line in enumerate(text.split("\n"), start=1):  # only these end lines in TOML
        statement += line + "\n"
        try:
            document = tomllib.loads(statement)
        except tomllib.TOMLDecodeError:
            continue
        is_header = statement.lstrip().startswith("[")
        paths = list(_paths(document))
        if is_header:
            table = paths[-1]
        for path in paths:
            lines.setdefault(path if is_header else table + path, begun)
        statement, begun = "", number + 1
    return lines


def _paths(document: Mapping[str, Any], above: _Path = ()) -> Iterator[_Path]:
    """Yield the path of every table and key, outer ones first."""
    for key, value in document.items():
        yield (*above, key)
        if isinstance(value, dict):
            yield from _paths(value, (*above, key))
