"""Where quotations open and close in a text, in one pass over its quotation marks.

A quotation ends at its closing mark, or, when that is missing, at the end of its paragraph; but a
paragraph that opens with a mark goes on with the quotation the one before left open, as newspapers
print a quotation of several paragraphs.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

# Marks and line ends, and nothing else, are looked at. ’ and ' between letters or figures are
# apostrophes and not even found.
_MARK = re.compile(r"[“”„‟«»\"]|``|’’|(?<!')''(?!')|‘|(?<!\w)['’]|['’](?!\w)|[\n\r\u2028\u2029]+")
_OPENING_SINGLE = "‘'"
_CURLY_OPENING = "“„‟«"
_CURLY_CLOSING = "”»"
# White space and what is not seen at all.
_BLANKS = " \t\u00a0\u200a\u2009\u200b\u200c\u200d\u202f\u2060\ufeff"
# An unclosed quotation is not believed beyond this many characters, when no line ends before.
_MAX_UNCLOSED_LENGTH = 1_500


@dataclass(frozen=True, kw_only=True, slots=True)
class Quotation:
    """A stretch between quotation marks, the marks included."""

    start: int
    end: int
    """Half-open, in Unicode code points."""
    continues: bool = False
    """Whether the next quotation, in the next paragraph, goes on with it."""


class _Reader:
    """What is open while the marks of a text are read from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.found: list[Quotation] = []
        self.double_start: int | None = None
        self.single_start: int | None = None
        self.possessive: int | None = None  # an end of the single one, if no better comes

    def read(self) -> list[Quotation]:
        for match in _MARK.finditer(self.text):
            mark, at = match[0], match.start()
            if mark[0] in "\n\r\u2028\u2029":
                self._end_paragraph(at, match.end())
            elif len(mark) == 2:  # double marks typed as two single ones
                self._read_double("“" if mark == "``" or self._opens_pair(at) else "”", at)
            elif mark in "‘’'":
                self._read_single(mark, at)
            else:
                self._read_double(mark, at)
        self._end_paragraph(len(self.text), len(self.text))
        return self.found

    def _read_double(self, mark: str, at: int) -> None:
        opens = mark in _CURLY_OPENING or (mark == '"' and self._opens(at))
        closes = mark in _CURLY_CLOSING or mark == '"'
        if self.double_start is None:
            # A straight mark that could only close, with nothing open, is an inch or a slip.
            if opens:
                self._drop_single()
                self.double_start = at
        elif closes and not opens:
            self._close_double(at + 1)
        elif opens and not self._follows_sentence_end(at):
            # Within a sentence a second opening mark shows that the first was never closed, or,
            # being straight with space on both sides, that it closes.
            self._close_double(at + 1 if mark == '"' and self._closes(at) else at)
            if not (mark == '"' and self._closes(at)):
                self.double_start = at

    def _read_single(self, mark: str, at: int) -> None:
        if self.double_start is not None:
            return
        if self.single_start is None:
            if mark in _OPENING_SINGLE and self._opens(at):
                self.single_start = at
                self.possessive = None
        elif self._closes(at):
            # "workers' rights": taken for the end only when no other end comes
            if self.text[at - 1] in "sS" and self.text[at + 1 : at + 3].strip().islower():
                self.possessive = self.possessive or at + 1
            else:
                self._close_single(at + 1)

    def _opens(self, at: int) -> bool:
        before, after = self.text[at - 1 : at] or " ", self.text[at + 1 : at + 2]
        return not before.isalnum() and before not in ".,!?%" and bool(after.strip())

    def _opens_pair(self, at: int) -> bool:
        return self.double_start is None and not (self.text[at - 1 : at] or " ").strip()

    def _closes(self, at: int) -> bool:
        before, after = self.text[at - 1 : at], self.text[at + 1 : at + 2]
        return bool(before.strip()) and not after.isalnum()

    def _follows_sentence_end(self, at: int) -> bool:
        return self.text[max(0, at - 6) : at].rstrip(_BLANKS)[-1:] in (".", "!", "?", "…")

    def _close_double(self, end: int) -> None:
        if self.double_start is not None and end > self.double_start:
            self.found.append(Quotation(start=self.double_start, end=end))
        self.double_start = None

    def _close_single(self, end: int) -> None:
        if self.single_start is not None:
            self.found.append(Quotation(start=self.single_start, end=end))
        self._drop_single()

    def _drop_single(self) -> None:
        self.single_start = self.possessive = None

    def _end_paragraph(self, at: int, next_start: int) -> None:
        if self.single_start is not None and self.possessive is not None:
            self._close_single(self.possessive)
        self._drop_single()
        if self.double_start is None:
            return
        continues = self.text[next_start : next_start + 1] in ("“", '"', "„", "«")
        end = at if continues else min(at, self.double_start + _MAX_UNCLOSED_LENGTH)
        self.found.append(Quotation(start=self.double_start, end=end, continues=continues))
        self.double_start = None


def find_quotations(text: str) -> list[Quotation]:
    """Return the quotations of a text in order, apart from one another; linear in its length.

    Each mark is looked at once, with a fixed number of characters around it. Quotations within
    quotations are part of the outer one.
    """
    return _Reader(text).read()


def quotations_in(
    quotations: Sequence[Quotation], starts: Sequence[int], start: int, end: int
) -> list[Quotation]:
    """Return those of the ordered quotations that share a character with `text[start:end]`.

    `starts` are the quotations' own starts, made once by the caller.
    """
    at = max(0, bisect_right(starts, start) - 1)
    shared = []
    while at < len(quotations) and quotations[at].start < end:
        if quotations[at].end > start:
            shared.append(quotations[at])
        at += 1
    return shared
