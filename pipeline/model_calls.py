"""From sentences to model calls and back: what every runtime of a transformer shares.

The cost of scoring is kept down here: text is cut before it is tokenized, equal inputs are scored
once, inputs of like length share a call so that little is padding, and a call is bounded in tokens
rather than in sentences.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from typing import Any

from pipeline.models import Prediction, SentenceInContext

# What the shipped model is trained to see of a sentence; training cuts with this same function.
MAX_SENTENCE_CHARACTERS = 800
MAX_TITLE_CHARACTERS = 80
MAX_BEFORE_CHARACTERS = 120

# Inputs tokenized at a time: bounds memory, and is plenty to find neighbours of like length.
_WINDOW_INPUTS = 2048

Segments = tuple[str, str]
"""The two segments a model reads: the sentence, and its context (or "")."""

OnModelCall = Callable[[int, float], None]
"""Told after each model call: how many sentences it scored, and the seconds it took."""


def model_input(sentence: SentenceInContext) -> Segments:
    """Return what a model reads of a sentence in its context.

    Cutting characters first keeps the cost of a monstrous sentence that of a long one.
    """
    before = sentence.before[-MAX_BEFORE_CHARACTERS:]
    if len(sentence.before) > MAX_BEFORE_CHARACTERS:
        before = before.partition(" ")[2] or before  # start at a whole word, if there is one
    parts = (sentence.title[:MAX_TITLE_CHARACTERS].strip(), before.strip())
    context = " | ".join(part for part in parts if part)
    return _encodable(sentence.text[:MAX_SENTENCE_CHARACTERS].strip()), _encodable(context)


def score_distinct(
    inputs: Sequence[Segments], score: Callable[[Sequence[Segments]], Sequence[Prediction]]
) -> list[Prediction]:
    """Score each different input once, a bounded number at a time; one prediction an input."""
    distinct = list(dict.fromkeys(inputs))
    predictions: dict[Segments, Prediction] = {}
    for start in range(0, len(distinct), _WINDOW_INPUTS):
        window = distinct[start : start + _WINDOW_INPUTS]
        predictions.update(zip(window, score(window), strict=True))
    return [predictions[segments] for segments in inputs]


def score_by_length(
    encodings: Sequence[Any],
    lengths: Sequence[int],
    call_model: Callable[[list[Any]], Sequence[Prediction]],
    *,
    max_tokens: int,
    max_rows: int | None = None,
    on_model_call: OnModelCall | None = None,
    pool: Executor | None = None,
) -> list[Prediction]:
    """Score tokenized inputs, `lengths` tokens long, in calls of inputs of like length.

    With a pool, calls run side by side in it, the longest first, so that none is left to the end.
    """

    def timed_call(rows: list[int]) -> tuple[Sequence[Prediction], float]:
        started = time.monotonic()
        return call_model([encodings[row] for row in rows]), time.monotonic() - started

    batches = list(batches_by_length(lengths, max_tokens=max_tokens, max_rows=max_rows))[::-1]
    calls = map(timed_call, batches) if pool is None else pool.map(timed_call, batches)
    results: dict[int, Prediction] = {}
    for rows, (predictions, seconds) in zip(batches, calls, strict=True):
        results.update(zip(rows, predictions, strict=True))
        if on_model_call is not None:
            on_model_call(len(rows), seconds)
    return [results[row] for row in range(len(encodings))]


def batches_by_length(
    lengths: Sequence[int], *, max_tokens: int, max_rows: int | None = None
) -> Iterator[list[int]]:
    """Yield row numbers, shortest rows first, in batches bounded in padded tokens and in rows.

    A row longer than `max_tokens` is a batch of its own.
    """
    batch: list[int] = []
    for row in sorted(range(len(lengths)), key=lengths.__getitem__):
        full = (len(batch) + 1) * lengths[row] > max_tokens or len(batch) == max_rows
        if batch and full:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def _encodable(text: str) -> str:
    """Replace lone surrogates, which no tokenizer can read, with question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")
