"""Whether the model sees what it was made for: the latest articles against a shipped reference.

A classifier that meets other texts than it was trained on goes on answering. What changes first is
what it says on the whole: how high it scores, how much it flags, in which languages articles come.
`reference.json` beside the model says how that was on news the model had not been trained on
(`python -m training.reference` writes it). It names the model's revision, and is left alone when
that is another: no reference is better than a wrong one.
"""

import json
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

REFERENCE_FILE = "reference.json"
SCORE_BINS = 100

RECENT_SENTENCES = 5_000
RECENT_SENTENCES_MIN = 500
RECENT_ARTICLES = 1_000
RECENT_ARTICLES_MIN = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """What a model says of the news it was measured on."""

    revision: str
    """Of the model that gave the scores."""
    sentences: int
    mean_score: float
    score_shares: tuple[float, ...]
    """Share of sentences by hundredths of the score, SCORE_BINS of them; they add up to 1."""
    languages: Mapping[str, float]
    """Share of articles by ISO 639-1 code."""

    def flagged_share(self, threshold: float) -> float:
        """Return the share of sentences at or over a threshold, even within its hundredth."""
        whole = min(int(threshold * SCORE_BINS), SCORE_BINS - 1)
        part = (whole + 1 - threshold * SCORE_BINS) * self.score_shares[whole]
        return sum(self.score_shares[whole + 1 :]) + part


def make_reference(
    scores: Sequence[float], languages: Sequence[str], *, revision: str
) -> Reference:
    """Return the reference of these scores, 0 to 1, and of these articles' languages."""
    if not scores or not languages:
        raise ValueError("a reference needs scores and languages")
    bins = Counter(min(int(score * SCORE_BINS), SCORE_BINS - 1) for score in scores)
    return Reference(
        revision=revision,
        sentences=len(scores),
        mean_score=sum(scores) / len(scores),
        score_shares=tuple(bins[index] / len(scores) for index in range(SCORE_BINS)),
        languages={code: n / len(languages) for code, n in Counter(languages).items()},
    )


def write_reference(reference: Reference, folder: Path) -> None:
    """Write a reference beside its model."""
    document = {
        "revision": reference.revision,
        "sentences": reference.sentences,
        "mean_score": round(reference.mean_score, 6),
        "score_shares": [round(share, 6) for share in reference.score_shares],
        "languages": {code: round(share, 6) for code, share in reference.languages.items()},
    }
    text = json.dumps(document, indent=2, sort_keys=True) + "\n"
    (folder / REFERENCE_FILE).write_text(text, encoding="utf-8")


def read_reference(folder: Path) -> Reference | None:
    """Read the reference beside a model; None when there is none or it cannot be read."""
    try:
        document = json.loads((folder / REFERENCE_FILE).read_bytes())
        reference = Reference(
            revision=str(document["revision"]),
            sentences=int(document["sentences"]),
            mean_score=float(document["mean_score"]),
            score_shares=tuple(float(share) for share in document["score_shares"]),
            languages={str(code): float(share) for code, share in document["languages"].items()},
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return reference if len(reference.score_shares) == SCORE_BINS else None


def mix_distance(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """Return the total variation distance of two mixes: 0 the same, 1 nothing in common."""
    keys = one.keys() | other.keys()
    return sum(abs(one.get(key, 0.0) - other.get(key, 0.0)) for key in keys) / 2


class RecentScores:
    """The scores of the latest sentences; sums go along, so that asking costs nothing."""

    def __init__(self, *, threshold: float) -> None:
        """Count as flagged what is at or over `threshold`."""
        self._threshold = threshold
        self._scores: deque[float] = deque()
        self._sum = 0.0
        self._flagged = 0

    def add(self, scores: Sequence[float]) -> None:
        """Take in the scores of further sentences."""
        for score in scores:
            self._scores.append(score)
            self._sum += score
            self._flagged += score >= self._threshold
            if len(self._scores) > RECENT_SENTENCES:
                oldest = self._scores.popleft()
                self._sum -= oldest
                self._flagged -= oldest >= self._threshold

    @property
    def suffice(self) -> bool:
        """Whether there are enough to say anything."""
        return len(self._scores) >= RECENT_SENTENCES_MIN

    @property
    def mean(self) -> float:
        """The mean score."""
        return self._sum / len(self._scores)

    @property
    def flagged_share(self) -> float:
        """The share of sentences at or over the threshold."""
        return self._flagged / len(self._scores)


class RecentLanguages:
    """The languages of the latest articles."""

    def __init__(self) -> None:
        """Begin with none."""
        self._languages: deque[str] = deque()
        self._counts: Counter[str] = Counter()

    def add(self, language: str) -> None:
        """Take in one more article's language."""
        self._languages.append(language)
        self._counts[language] += 1
        if len(self._languages) > RECENT_ARTICLES:
            self._counts[self._languages.popleft()] -= 1

    @property
    def suffice(self) -> bool:
        """Whether there are enough to say anything."""
        return len(self._languages) >= RECENT_ARTICLES_MIN

    @property
    def shares(self) -> dict[str, float]:
        """The share of each language; 0 of one that came and is gone."""
        return {code: number / len(self._languages) for code, number in self._counts.items()}
