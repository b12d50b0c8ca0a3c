"""JSON as news systems really send it: strict where it matters, forgiving where nothing is lost.

orjson reads nearly every message. What it refuses is read once more by the standard library,
because two of orjson's refusals are articles worth having: raw control characters inside strings
(a pasted tab) and lone surrogates (half an emoji, cut by someone's character limit).
"""

import json
import re
from typing import NoReturn

import orjson

from pipeline.errors import ArticleError, Stage

MAX_NESTING = 64
"""Objects and arrays inside one another, the document itself included."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_SURROGATE = re.compile("[\ud800-\udfff]")


def parse_json(value: bytes) -> object:
    """Return the document in `value`: UTF-8 JSON, with or without a byte order mark.

    Of duplicate keys the last wins. Lone surrogates become U+FFFD, one for one. Numbers past a
    double's range are accepted but their value is unspecified. Time is linear in the size.

    Raises ArticleError (stage decode) with reason `not_utf8`, `not_json` or `too_deep`.
    """
    value = value.removeprefix(_BYTE_ORDER_MARK)
    try:
        document = orjson.loads(value)
    except orjson.JSONDecodeError:
        pass
    else:
        _check_nesting(document)
        return document
    return _parse_leniently(value)


def _parse_leniently(value: bytes) -> object:
    # Errors are raised outside the except blocks on purpose: a chained JSONDecodeError or
    # UnicodeDecodeError carries the whole document, and some log handlers print it.
    try:
        text: str | None = value.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        text = None
    if text is None:
        _refuse("not_utf8", "The message is not UTF-8 text; mend its producer, then replay it.")
    problem = ""
    try:
        document = _DECODER.decode(text)
    except RecursionError:
        problem = "too_deep"
    except ValueError:
        problem = "not_json"
    if problem == "too_deep":
        _refuse_nesting()
    if problem:
        _refuse("not_json", "The message is not JSON; mend its producer, then replay it.")
    _check_nesting(document)
    return _without_surrogates(document)


def _check_nesting(document: object) -> None:
    """Go down level by level, so that neither depth nor width costs more than one pass."""
    level = [document] if isinstance(document, dict | list) else []
    for _ in range(MAX_NESTING):
        if not level:
            return
        level = [
            child
            for container in level
            for child in (container.values() if isinstance(container, dict) else container)
            if isinstance(child, dict | list)
        ]
    if level:
        _refuse_nesting()


def _without_surrogates(node: object) -> object:
    if isinstance(node, str):
        return _SURROGATE.sub("\ufffd", node)
    if isinstance(node, list):
        return [_without_surrogates(child) for child in node]
    if isinstance(node, dict):
        return {_without_surrogates(key): _without_surrogates(node[key]) for key in node}
    return node


def _refuse_nesting() -> NoReturn:
    _refuse(
        "too_deep",
        f"The message nests objects and arrays deeper than {MAX_NESTING}; "
        "mend its producer, then replay it.",
    )


def _refuse(reason: str, message: str) -> NoReturn:
    raise ArticleError(Stage.DECODE, reason, message)


def _refuse_constant(_: str) -> NoReturn:
    """NaN and Infinity are Python's, not JSON's."""
    raise ValueError


def _any_number(_: str) -> float:
    """No field of an article is a number: skip Python's limit on, and the cost of, long ones."""
    return 0.0


_DECODER = json.JSONDecoder(
    strict=False,
    parse_constant=_refuse_constant,
    parse_int=_any_number,
    parse_float=_any_number,
)
