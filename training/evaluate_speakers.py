"""Prints how well speakers are told on NewsClaims: `python -m training.evaluate_speakers DATA`.

The matching is the benchmark's own, written anew from its evaluation script
(`eval/eval_claim_detection.py` and `eval/eval_F1.py` of github.com/uiucnlp/NewsClaims; Reddy et
al., "NewsClaims: A New Benchmark for Claim Detection from News with Attribute Knowledge", EMNLP
2022):

- A claim whose claimer the annotators found scores the F1 of the words of the name given and the
  claimer's, as in SQuAD: small letters, without punctuation and articles, as bags of words. No
  speaker at all stands as the word `author`, so it scores nothing there.
- Claims without a claimer score the F1 of "nobody" as a class: precision over the claims for which
  nobody was given, recall over those that have no claimer.
- The figure reported is the mean of both, weighted by how many claims there are of each.

A sentence in the outlet's own voice counts as "nobody"; direct or reported speech whose speaker we
cannot name counts as a claimer given with no name, which scores nothing either way.
Sentences are used as the file gives them: no splitting, no check-worthiness.
"""

import argparse
import json
import random
import re
import string
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.models import Quoted, Sentence, Speaker
from pipeline.speech.speakers import find_speakers

FILE_NAME = "newsclaims_dev.jsonl"
# From this F1 of words a name counts as right, where a figure needs right and wrong.
RIGHT_F1 = 0.5
_PUNCTUATION = re.compile(f"[{re.escape(string.punctuation)}]")
_ARTICLES = re.compile(r"\b(?:a|an|the)\b")


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """One claim: what the annotators say and what we say."""

    article: str
    text: str
    claimer: str | None
    in_sentence: bool
    speaker: Speaker

    @property
    def score(self) -> float:
        """F1 of the words of our name and theirs; 0 where either has none."""
        return word_f1(self.speaker.name or "", self.claimer or "")


def words_of(name: str) -> list[str]:
    """Return a name's words as the benchmark compares them."""
    return _ARTICLES.sub(" ", _PUNCTUATION.sub("", name.lower())).split()


def word_f1(given: str, wanted: str) -> float:
    """Return the F1 of two names as bags of words, 0 to 1."""
    given_words, wanted_words = words_of(given), words_of(wanted)
    shared = sum((Counter(given_words) & Counter(wanted_words)).values())
    if shared == 0:
        return 0.0
    return 2 * shared / (len(given_words) + len(wanted_words))


def read_article(row: dict[str, Any]) -> tuple[str, list[Sentence]]:
    """Lay an article's sentences out at their own offsets; what lies between is lost.

    `end_char` is the offset of the last character. One character between two sentences is taken
    for a space, more for the end of a paragraph.
    """
    text = ""
    sentences = []
    for one in row["sentences"]:
        gap = one["start_char"] - len(text)
        text += " " * gap if gap < 2 else "\n" * gap
        sentence = one["sentence"]
        sentences.append(Sentence(text=sentence, start=len(text), end=len(text) + len(sentence)))
        text += sentence
    return text, sentences


def judge(path: Path) -> list[Judged]:
    """Run `find_speakers` on the sentences of every labelled claim."""
    judged = []
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        text, sentences = read_article(row)
        claims = [(index, one) for index, one in enumerate(row["sentences"]) if "claim" in one]
        speakers = find_speakers(text, sentences, [index for index, _ in claims])
        for (_, one), speaker in zip(claims, speakers, strict=True):
            claim = one["claim"]
            judged.append(
                Judged(
                    article=row["article"],
                    text=one["sentence"],
                    claimer=claim["claimer"] if claim["has_claimer"] else None,
                    in_sentence=bool(claim["claimer_in_sentence"]),
                    speaker=speaker,
                )
            )
    return judged


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _harmonic_mean(precision: float, recall: float) -> float:
    return _ratio(2 * precision * recall, precision + recall)


def figures(judged: list[Judged]) -> dict[str, float]:
    """Return every figure of the report, 0 to 1, and the counts they rest on."""
    with_claimer = [one for one in judged if one.claimer is not None]
    without = [one for one in judged if one.claimer is None]
    nobody = [one for one in judged if one.speaker.quoted is Quoted.OUTLET]
    named = [one for one in judged if one.speaker.name is not None]
    claimer_f1 = _ratio(sum(one.score for one in with_claimer), len(with_claimer))
    nobody_hits = sum(one.claimer is None for one in nobody)
    nobody_precision = _ratio(nobody_hits, len(nobody))
    nobody_recall = _ratio(nobody_hits, len(without))
    nobody_f1 = _harmonic_mean(nobody_precision, nobody_recall)
    inside = [one.score for one in with_claimer if one.in_sentence]
    outside = [one.score for one in with_claimer if not one.in_sentence]
    name_precision = _ratio(sum(one.score for one in named), len(named))
    return {
        "claims": len(judged),
        "with a claimer": len(with_claimer),
        "benchmark F1": _ratio(
            claimer_f1 * len(with_claimer) + nobody_f1 * len(without), len(judged)
        ),
        "claimer F1 (reported)": claimer_f1,
        "claimer F1, in the sentence": _ratio(sum(inside), len(inside)),
        "claimer F1, outside the sentence": _ratio(sum(outside), len(outside)),
        "nobody: precision": nobody_precision,
        "nobody: recall": nobody_recall,
        "nobody: F1 (journalist)": nobody_f1,
        "names: precision (mean word F1 of names given)": name_precision,
        "names: recall (mean word F1 over claimers)": claimer_f1,
        "names: F1 of these": _harmonic_mean(name_precision, claimer_f1),
        "names: share right of names given": _ratio(
            sum(one.score >= RIGHT_F1 for one in named), len(named)
        ),
        "names given": len(named),
        "share of claims where we name nobody": _ratio(len(judged) - len(named), len(judged)),
    }


def interval(judged: list[Judged], draws: int = 1_000, seed: int = 0) -> tuple[float, float]:
    """Return the 95% interval of the benchmark F1, articles drawn with replacement."""
    by_article: dict[str, list[Judged]] = {}
    for one in judged:
        by_article.setdefault(one.article, []).append(one)
    articles = list(by_article.values())
    generator = random.Random(seed)
    drawn = sorted(
        figures(
            [one for article in generator.choices(articles, k=len(articles)) for one in article]
        )["benchmark F1"]
        for _ in range(draws)
    )
    return drawn[int(0.025 * draws)], drawn[int(0.975 * draws)]


def main() -> None:
    """Print the figures; with --show, each claim too (for the eye: the text is not ours)."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("data", type=Path, help=f"the folder with {FILE_NAME}, or such a file")
    parser.add_argument("--show", action="store_true", help="list every claim and what was said")
    arguments = parser.parse_args()
    path = arguments.data / FILE_NAME if arguments.data.is_dir() else arguments.data
    judged = judge(path)
    if arguments.show:
        for one in judged:
            mark = "ok " if one.score >= RIGHT_F1 else "-- "
            if one.claimer is None:
                mark = "ok " if one.speaker.quoted is Quoted.OUTLET else "-- "
            given = f"{one.speaker.quoted}: {one.speaker.name!r} ({one.speaker.cue})"
            print(f"{mark}{one.claimer!r} | {given} | {one.text[:200]!r}")
    low, high = interval(judged)
    print(f"{'benchmark F1, 95% interval over articles':52} {low:.3f} to {high:.3f}")
    for name, figure in figures(judged).items():
        print(f"{name:52} {figure:.3f}" if isinstance(figure, float) else f"{name:52} {figure}")


if __name__ == "__main__":
    main()
