"""What an epoch shows the network: which sentences, with how much context, and which targets."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from training.data import TrainingData
from training.encoding import Encoder
from training.examples import TYPE_LABELS, WORTH_LABELS, Example
from training.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Row:
    """An example as shown this epoch, its weight, and its target distributions."""

    example: Example
    weight: float
    worth: np.ndarray
    """Shape (worth labels,), sums to 1."""
    claim_type: np.ndarray
    """Shape (type labels,), sums to the row's weight among types, 0 where no type is known."""
    vector: np.ndarray | None = None
    """The teacher's sentence vector, shape (teacher's width,)."""
    tokens: np.ndarray | None = None
    """The teacher's vectors of the sentence's own tokens, shape (tokens, teacher's width)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TeacherVectors:
    """A teacher's vectors of as many examples as there are `counts`, in half precision."""

    sentences: np.ndarray
    """Shape (examples, width)."""
    tokens: np.ndarray
    """Of the own tokens of all examples in a row, shape (sum of counts, width); every column has
    mean 0 and deviation 1, for a few columns of a transformer outweigh all others."""
    counts: np.ndarray
    """How many own tokens each example has, shape (examples,)."""


class SoftLabels:
    """What teachers say of news sentences and passages: the mean of files of training.teach."""

    def __init__(self, *paths: Path) -> None:
        said: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {}
        self._vectors: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        """Of the first file that has any: vectors of different teachers have no mean."""
        for path in paths:
            with np.load(path, allow_pickle=False) as file:
                keys, worth, types = file["keys"].tolist(), file["worth"], file["claim_type"]
                if "sentences" in file and not self._vectors:
                    tokens = np.split(file["tokens"], np.cumsum(file["counts"])[:-1])
                    self._vectors = dict(
                        zip(keys, zip(file["sentences"], tokens, strict=True), strict=True)
                    )
            for row, name in enumerate(keys):
                said.setdefault(name, []).append((worth[row], types[row]))
        self._of = {
            name: tuple(np.mean([one[head] for one in parts], axis=0) for head in (0, 1))
            for name, parts in said.items()
        }

    def of(self, example: Example) -> tuple[np.ndarray, np.ndarray] | None:
        """Return the distributions over worth and type, or None if it was not scored."""
        return self._of.get(key(example))

    def vectors_of(self, example: Example) -> tuple[np.ndarray, np.ndarray] | tuple[None, None]:
        """Return the teacher's vectors of the sentence and of its own tokens, if there are any."""
        return self._vectors.get(key(example), (None, None))


def write_soft_labels(
    path: Path,
    examples: Sequence[Example],
    worth: np.ndarray,
    types: np.ndarray,
    vectors: TeacherVectors | None = None,
) -> None:
    """Write distributions of shape (examples, 3) and (examples, 7) for `SoftLabels` to read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(
        path,
        keys=np.array([key(example) for example in examples]),
        worth=worth.astype(np.float32),
        claim_type=types.astype(np.float32),
        **({} if vectors is None else asdict(vectors)),
    )


def targets(
    example: Example, recipe: Recipe, teacher: SoftLabels | None
) -> tuple[np.ndarray, np.ndarray]:
    """Mix an example's own labels with the teacher's."""
    worth = np.zeros(len(WORTH_LABELS), np.float32)
    types = np.zeros(len(TYPE_LABELS), np.float32)
    share = 1.0 if example.second is None else 0.5
    if example.worth is not None:
        worth[:] = recipe.label_smoothing / len(worth)
        worth[example.worth] += share * (1 - recipe.label_smoothing)
    if example.claim_type is not None:
        types[example.claim_type] = share
    if example.second is not None:
        worth[example.second[0]] += share * (1 - recipe.label_smoothing)
        types[example.second[1]] += share
    soft = None if teacher is None else teacher.of(example)
    if soft is None:
        return worth, types
    share = 1.0 if example.worth is None else recipe.teacher_share
    return share * soft[0] + (1 - share) * worth, share * soft[1] + (1 - share) * types


def drop_context(example: Example, share: float, random_: random.Random) -> Example:
    """Take away all context, or the title, or the text before, so that each is learnt alone."""
    draw = random_.random()
    if draw < share:
        return replace(example, title="", before="")
    if draw < 1.5 * share:
        return replace(example, title="")
    if draw < 2 * share:
        return replace(example, before="")
    return example


def epoch_rows(
    data: TrainingData, recipe: Recipe, random_: random.Random, teacher: SoftLabels | None
) -> list[Row]:
    """Return all news and open text, a fresh draw of ClaimBuster, and passages."""
    positive = [e for e in data.claimbuster if e.check_worthy]
    negative = [e for e in data.claimbuster if not e.check_worthy]
    wanted = round(recipe.claimbuster_per_epoch * recipe.claimbuster_positive)
    drawn = random_.sample(positive, min(wanted, len(positive)))
    drawn += random_.sample(negative, min(recipe.claimbuster_per_epoch - wanted, len(negative)))
    weighted = [(e, 1.0) for e in data.news] + [(e, recipe.claimbuster_weight) for e in drawn]
    if teacher is not None:
        weighted += [(e, recipe.passage_weight) for e in data.passages]
        weighted += [(e, 1.0) for e in data.text]
    if recipe.written_weight:
        taught = [e for e in data.written if e.worth is not None or teacher is not None]
        weighted += [(e, recipe.written_weight) for e in taught]
    balance = type_balance(data.news, recipe.type_balance)
    rows = []
    for example, weight in weighted:
        worth, types = targets(example, recipe, teacher)
        shown = drop_context(example, recipe.context_dropout, random_)
        vectors = (None, None) if teacher is None else teacher.vectors_of(example)
        rows.append(Row(shown, weight, worth, types * balance, *vectors))
    return rows


def type_balance(news: Sequence[Example], power: float) -> np.ndarray:
    """Return a weight a claim type, rarer ones heavier, whose mean over the news is 1.

    All are 1 where there is no news to count.
    """
    if not news:
        return np.ones(len(TYPE_LABELS), np.float32)
    counts = np.bincount(
        [e.claim_type for e in news if e.claim_type is not None], minlength=len(TYPE_LABELS)
    )
    weights = np.maximum(counts, 1) ** -power
    return (weights * counts.sum() / (weights * counts).sum()).astype(np.float32)


def key(example: Example) -> str:
    """Name an example across processes, for soft labels."""
    return "\x1f".join((example.source, example.doc, example.text, example.before))


def batches(
    rows: list[Row], encoder: Encoder, size: int, random_: random.Random
) -> Iterator[list[Row]]:
    """Shuffle, then sort by length within 32 batches' worth, so that little is padding."""
    random_.shuffle(rows)
    chunks: list[list[Row]] = []
    for start in range(0, len(rows), size * 32):
        part = rows[start : start + size * 32]
        lengths = encoder.lengths([row.example for row in part])
        order = sorted(range(len(part)), key=lengths.__getitem__)
        part = [part[i] for i in order]
        chunks += [part[i : i + size] for i in range(0, len(part), size)]
    random_.shuffle(chunks)
    yield from chunks
