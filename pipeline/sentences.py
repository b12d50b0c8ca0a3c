"""Step 6 of the flow: the sentences of a plain text, each with its exact place.

`sentencex` proposes where sentences end; a small pass of ours gives it text it can read in
linear time and corrects what it gets wrong in news copy (`sentence_ends`). What is wanted stands,
by example, in `tests/data/sentences.yaml`.
"""

import re
from collections.abc import Iterator, Set
from itertools import accumulate, pairwise

from sentencex import segment

from pipeline.detection import SentenceSplitter
from pipeline.models import Sentence
from pipeline.sentence_ends import ends_sentence

# What sentencex is given at a time, in characters. Its cost is not linear in every input, so it
# never sees more than this; a sentence may be longer (see `_proposed_cuts`).
_WINDOW_LENGTH = 10_000
# Part of a window that the next one sees again: whether a sentence ends at a window's very end
# shows only beside what follows it.
_WINDOW_OVERLAP = 100
# What the rules see to either side of a cut, in characters.
_SIGHT = 80

# Quotation marks and round brackets are shown to sentencex as spaces: it never cuts inside a
# pair, but a fact-checker wants each sentence of a quotation; and it searches all that follows
# for the partner of a mark that never closes.
_PAIRED_MARKS = '"“”„‟«»‹›「」『』(){}'
# ' and ’ are quotation marks unless a letter stands on both sides.
_SINGLE_MARK = re.compile(r"‘|['’](?:(?<!\w.)|(?!\w))")
# All white space but the plain space and the tab. sentencex 1.0.32 panics, and prints the text, on
# a full stop behind a space that is not ASCII (`A\u00a0.`).
_ODD_SPACE = re.compile(
    "[\n\r\v\f\x1c-\x1f\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")

# Ends that sentencex passes over: an ellipsis, and words it takes for abbreviations when a
# capital follows. Whether each is one is for `ends_sentence` to say.
_STOP_BEFORE_CAPITAL = re.compile(r"[.…]\s+(?=[A-Z])")
_UNPROPOSED_END = re.compile(
    r".*\w(?:…|\.\.\.)|(?:.*\W)?(?:Inc|Corp|Ltd|Co|Bros|Jr|Sr|No|May|[a-z]{2,}|[A-Z])\."
)
_SPACES = re.compile(r"\s*")
_WORD = re.compile(r"\w")
# Which of the marks between two sentences belong to the first.
_CLOSING_MARKS = re.compile(r"[^\s“‘„«‹(\[{「『]*(?:\s+[”»›’)\]}」』]+(?=\s|\Z))*")


class SentencexSplitter(SentenceSplitter):
    """Splits English news text; without state, safe to share between threads."""

    def split(self, text: str) -> list[Sentence]:
        """Return the sentences in order; every character but white space is in exactly one.

        Takes any text, with sentences of any length; a lone surrogate is a character like
        another. No sentence crosses a blank line, nor a line end unless the lines look wrapped.
        """
        legible = _make_legible(text)
        sentences = []
        for block_start, block_end in _blocks(text):
            start = block_start
            for cut in [*_cuts(text, legible, block_start, block_end), block_end]:
                stripped = text[start:cut].lstrip()
                sentence_start = cut - len(stripped)
                stripped = stripped.rstrip()
                if stripped:
                    sentence_end = sentence_start + len(stripped)
                    sentences.append(
                        Sentence(text=stripped, start=sentence_start, end=sentence_end)
                    )
                start = cut
        return sentences


def _make_legible(text: str) -> str:
    """Return the text as sentencex should see it, of the same length."""
    for mark in _PAIRED_MARKS:
        text = text.replace(mark, " ")  # all of these together cost less than one str.translate
    text = _ODD_SPACE.sub(" ", _SINGLE_MARK.sub(" ", text))
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of each part of the text that no sentence crosses."""
    paragraph: list[tuple[int, int]] = []
    position = 0
    for line in text.splitlines(keepends=True):
        end = position + len(line)
        if line.isspace():
            yield from _join_wrapped(text, paragraph)
            paragraph = []
        else:
            paragraph.append((position, end))
        position = end
    yield from _join_wrapped(text, paragraph)


def _join_wrapped(text: str, lines: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield the blocks of a paragraph: its lines, joined where they are one text wrapped.

    A line end is taken for wrapping when the line is of some length and the next begins with a
    small letter; and throughout a paragraph in which most lines do and each is as full as it
    can be.
    """
    if len(lines) < 2:
        yield from lines
        return
    contents = list(pairwise(text[start:end].strip() for start, end in lines))
    continues = [40 <= len(a) <= 100 and b[0].islower() for a, b in contents]
    width = max(end - start for start, end in lines) - 1
    are_wrapped = (
        width <= 100
        and 2 * sum(continues) >= len(continues)
        and all(len(a) + 1 + len(b.split(None, 1)[0]) > width for a, b in contents)
    )
    block_start = lines[0][0]
    for continued, ((_, end), (next_start, _)) in zip(continues, pairwise(lines), strict=True):
        if not (continued or are_wrapped):
            yield block_start, end
            block_start = next_start
    yield block_start, lines[-1][1]


def _cuts(text: str, legible: str, start: int, end: int) -> Iterator[int]:
    """Yield the places in a block where one sentence ends and the next may begin."""
    block = legible[start:end].rstrip()
    proposed = set(_proposed_cuts(block))
    proposed |= set(_unproposed_cuts(block, proposed))
    sentence_start = 0
    for cut in sorted(proposed):
        gap_start = cut
        while gap_start > sentence_start and block[gap_start - 1].isspace():
            gap_start -= 1
        gap_end = _end_of_spaces(block, cut)
        before = block[max(sentence_start, gap_start - _SIGHT) : gap_start].lstrip()
        after = block[gap_end : gap_end + _SIGHT]
        if not before or not _WORD.search(after):  # marks alone stay with the sentence before
            continue
        gap = text[start + gap_start : start + gap_end]
        if ends_sentence(before, gap, after):
            marks = _CLOSING_MARKS.match(gap)
            sentence_start = gap_start + (marks.end() if marks else 0)
            yield start + sentence_start


def _end_of_spaces(block: str, start: int) -> int:
    match = _SPACES.match(block, start)
    return match.end() if match else start


def _proposed_cuts(block: str) -> Iterator[int]:
    """Yield where sentencex would cut a block, read window by window."""
    start = 0
    while True:
        window = block[start : start + _WINDOW_LENGTH]
        cuts = list(accumulate(map(len, segment("en", window)[:-1]), initial=start))[1:]
        yield from cuts
        if start + _WINDOW_LENGTH >= len(block):
            return
        # The last piece may go on beyond the window: read it again from its start, or, when it
        # fills the window, from the last space before the overlap.
        overlap_start = start + _WINDOW_LENGTH - _WINDOW_OVERLAP
        space = block.rfind(" ", overlap_start - _WINDOW_OVERLAP, overlap_start)
        start = cuts[-1] if cuts else space if space > 0 else overlap_start


def _unproposed_cuts(block: str, proposed: Set[int]) -> Iterator[int]:
    """Yield where sentencex might have cut a block and did not."""
    for stop in _STOP_BEFORE_CAPITAL.finditer(block):
        if stop.end() not in proposed:
            last_word = block[max(0, stop.start() - _SIGHT) : stop.start() + 1].rsplit(None, 1)[-1]
            if _UNPROPOSED_END.fullmatch(last_word):
                yield stop.end()
