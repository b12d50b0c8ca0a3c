"""A sentence as figures, words and marks: what the rules on quantities read."""

import re
from itertools import islice
from typing import NamedTuple

# ASCII digits only: other scripts' figures would need other scripts' words. The alternatives are
# exclusive by their first character but for `link`, and none nests a repetition, so reading is
# linear in the text.
_TOKEN = re.compile(
    r"""
    (?P<link>(?:https?://|www\.)\S+|[#@]\w+)
    |(?P<figure>[0-9](?:[0-9.,]*[0-9])?)
    |(?P<word>[^\W\d_]+(?:['’][^\W\d_]+)*)
    |\S
    """,
    re.VERBOSE,
)


class Token(NamedTuple):
    """A run of characters and what it is."""

    text: str
    lower: str
    kind: str
    """`figure`, `word`, `link`, or `mark` for any other single character."""
    start: int
    end: int
    """Half-open, in code points of the sentence."""
    joined: bool
    """Whether no white space stands between it and the token before."""


DASHES = frozenset("-–‑")
"""What joins words and the ends of a range; the long dash parts."""

# Stands where a sentence has no more tokens, so that looking ahead or back needs no check.
NO_TOKEN = Token("", "", "mark", 0, 0, False)


MAX_TOKENS = 2_000
"""What goes on beyond these is no sentence but a table, and is not read."""


def tokenise(sentence: str) -> list[Token]:
    """Return the first `MAX_TOKENS` in order; between them is nothing but white space."""
    tokens = []
    end = 0
    for match in islice(_TOKEN.finditer(sentence), MAX_TOKENS):
        text = match[0]
        start = match.start()
        kind = match.lastgroup or "mark"
        tokens.append(Token(text, text.lower(), kind, start, match.end(), start == end and end > 0))
        end = match.end()
    return tokens


def token_at(tokens: list[Token], index: int) -> Token:
    """Return the token, or `NO_TOKEN` outside the sentence."""
    return tokens[index] if 0 <= index < len(tokens) else NO_TOKEN
