"""Why a sentence was flagged: the phrases of it that spoke for the decision. Pure.

The classifier says how much each word piece adds to the check-worthy log-odds. A reader wants
phrases: pieces are summed to words, and around the words that speak loudest their neighbours that
speak nearly as loud are joined to phrases.
"""

import math
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipeline.models import Reason

MAX_REASONS = 4
_FEWEST_REASONS = 2
_MAX_PHRASE_WORDS = 5

# Most words of a flagged sentence speak for it a little: without a bar a phrase would run on to its
# limit. How the two bars were set stands in training/occlusion.py.
_LOUD_BESIDE_ITS_CORE = 0.6
"""Share of the core word's weight that a neighbour needs to be joined to it."""
_LOUD_BESIDE_THE_FIRST = 0.4
"""Share of the first reason's weight that a third or fourth reason needs to be told."""

# A figure keeps the signs that make it one: "$1.5bn", "3.9%". Marks inside a word belong to it
# ("year-on-year", "U.S", "minister's"); separators and word characters never overlap, so that
# there is one way to match and the time is linear.
_WORD = re.compile(r"[$£€¥]?[\w\u0300-\u036f]+(?:[.,:'’&/–-][\w\u0300-\u036f]+)*[%‰°]?")

_LIGHT_WORDS = frozenset(
    """a an the of per in on at to by for from with as than and or nor but that this these those
    i he she it we you they him them us me its his her their our my your it's they're
    is are was were be been being has have had will would
    """.split()
)
"""Words that say nothing alone: they join two others, and stand at no end of a phrase."""

Span = tuple[int, int]
"""Start and end of a stretch of text, half-open, in code points."""


@dataclass(slots=True)
class _Words:
    """The words of a sentence, in order, with what each adds to the log-odds."""

    spans: list[Span]
    weights: list[float]
    light: list[bool]
    joined: list[bool]
    """Whether nothing but white space stands between a word and the next one."""
    free: list[bool]
    """Whether a word stands in no phrase yet."""


def find_words(text: str) -> list[Span]:
    """Return where the words of a text stand, in order: no space or stop at either end."""
    return [match.span() for match in _WORD.finditer(text)]


def reasons_of(text: str, tokens: Sequence[Span], weights: Sequence[float]) -> tuple[Reason, ...]:
    """Return two to four phrases that carried the decision, heaviest first.

    Fewer only where fewer words speak for it, light ones ("of", "the") left aside. A phrase is one
    to five words without punctuation between them; a light word stands only between two others.
    Takes time in proportion to the text, and n log n in its words.

    Args:
        text: The sentence that the offsets count in.
        tokens: Where each word piece stands in it; an empty span is a marker of the model's.
        weights: What each adds to the check-worthy log-odds, in logits; negative speaks against.

    Returns:
        Each reason's weight is its share of all that speaks for the decision: of the sum over
        words, markers and punctuation that have a positive sum. So the weights of all reasons
        add up to 1 at most.

    Raises:
        ValueError: There are not as many weights as tokens.
    """
    spans = find_words(text)
    word_weights, speaking_beside = _weigh(spans, tokens, weights)
    total = speaking_beside + sum(weight for weight in word_weights if weight > 0)
    if not 0 < total < math.inf:
        return ()
    words = _Words(
        spans=spans,
        weights=word_weights,
        light=[text[start:end].lower().replace("’", "'") in _LIGHT_WORDS for start, end in spans],
        joined=[text[end:start].isspace() for (_, end), (start, _) in pairwise(spans)],
        free=[True] * len(spans),
    )
    reasons = [
        Reason(start=spans[first][0], end=spans[last][1], weight=min(weight / total, 1.0))
        for first, last, weight in _phrases(words)
        if weight / total > 0  # beside a weight of 1e200 the next one's share may be nothing
    ]
    return tuple(sorted(reasons, key=lambda reason: (-reason.weight, reason.start)))


def _weigh(
    spans: Sequence[Span], tokens: Sequence[Span], weights: Sequence[float]
) -> tuple[list[float], float]:
    """Sum the tokens to words; returns what the rest (markers, punctuation) speaks for it, too."""
    sums = [0.0] * len(spans)
    beside = 0.0
    starts = [start for start, _ in spans]
    for (start, end), weight in zip(tokens, weights, strict=True):
        if not math.isfinite(weight):
            continue
        # The last word that begins before the token ends is the only one it can stand in.
        word = bisect_right(starts, end - 1) - 1 if start < end else -1
        if word >= 0 and start < spans[word][1]:
            sums[word] += weight
        else:
            beside += max(weight, 0.0)
    return sums, beside


def _phrases(words: _Words) -> Iterator[tuple[int, int, float]]:
    """Yield first word, last word and weight of each phrase, from the loudest core word on."""
    loudness = sorted(
        (index for index, weight in enumerate(words.weights) if weight > 0),
        # Light words come last: one is a reason only where no other word speaks.
        key=lambda index: (words.light[index], -words.weights[index], index),
    )
    found = 0
    heaviest = 0.0
    for core in loudness:
        if found == MAX_REASONS:
            return
        if not words.free[core]:
            continue
        if found and words.light[core]:
            return
        first, last, weight = _grow(words, core)
        if found >= _FEWEST_REASONS and weight < _LOUD_BESIDE_THE_FIRST * heaviest:
            continue
        words.free[first : last + 1] = [False] * (last + 1 - first)
        heaviest = max(heaviest, weight)
        found += 1
        yield first, last, weight


def _grow(words: _Words, core: int) -> tuple[int, int, float]:
    """Join neighbours to a core word, the louder side first, as long as they speak loud enough."""
    first = last = core
    weight = words.weights[core]
    bar = _LOUD_BESIDE_ITS_CORE * weight
    while True:
        steps = [
            step
            for step in (_step(words, first, -1, bar), _step(words, last, 1, bar))
            if step is not None and last - first + 1 + step[0] <= _MAX_PHRASE_WORDS
        ]
        if not steps:
            return first, last, weight
        count, gain, direction = max(steps, key=lambda step: step[1] / step[0])
        weight += gain
        if direction < 0:
            first -= count
        else:
            last += count


def _step(words: _Words, end: int, direction: int, bar: float) -> tuple[int, float, int] | None:
    """Return how many words one step outwards takes, what it adds, and the direction."""
    gain = 0.0
    for count in (1, 2):
        index = end + direction * count
        if not 0 <= index < len(words.spans) or not words.free[index]:
            return None
        if not words.joined[min(index, index - direction)]:
            return None
        gain += words.weights[index]
        if not words.light[index]:
            return (count, gain, direction) if words.weights[index] >= bar and gain > 0 else None
    return None
