"""Prints every figure of the model card: `python -m training.evaluate DATA`.

Scores come from the pipeline's own TransformerClassifier, threshold and score are the shipped
ones. NewsClaims dev is left out unless the model was trained without its articles
(`--newsclaims`), because the shipped one is trained on sentences of them.
"""

import argparse
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.model_folder import shipped_model
from pipeline.models import Prediction, SentenceInContext
from pipeline.transformer import TransformerClassifier
from training.data import of_folds, read_checkthat23, read_groundtruth, read_news, read_newsclaims
from training.examples import CALIBRATION_FOLD, CHOICE_FOLD, REPORT_FOLD, TYPE_LABELS, Example
from training.metrics import (
    average_precision,
    bootstrap_f1,
    expected_calibration_error,
    f1_at,
    macro_f1,
    reliability,
)
from training.plots import plot_reliability


@dataclass(frozen=True, kw_only=True, slots=True)
class Evaluated:
    """A measured set with the model's answers."""

    name: str
    examples: Sequence[Example]
    predictions: Sequence[Prediction]

    @property
    def scores(self) -> np.ndarray:
        """Scores, shape (rows,)."""
        return np.array([p.score for p in self.predictions])

    @property
    def positive(self) -> np.ndarray:
        """Whether each row is check-worthy, shape (rows,)."""
        return np.array([e.check_worthy for e in self.examples])


def measured_sets(
    folder: Path, *, development: bool, checkthat: bool, newsclaims: bool
) -> dict[str, list[Example]]:
    """Return the sets by name; the report fold comes first, and not during development."""
    news = read_news(folder)
    sets = {} if development else {"news, report fold 9": of_folds(news, {REPORT_FOLD})}
    sets |= {
        "news, calibration fold 8": of_folds(news, {CALIBRATION_FOLD}),
        "news, choice fold 7": of_folds(news, {CHOICE_FOLD}),
        "ClaimBuster groundtruth": read_groundtruth(folder),
    }
    if checkthat:
        sets["CheckThat! 2023 1B English test"] = read_checkthat23(folder)
    if newsclaims:
        sets["NewsClaims dev"] = read_newsclaims(folder)
    return sets


def evaluate(classifier: TransformerClassifier, sets: dict[str, list[Example]]) -> list[Evaluated]:
    """Score every set."""
    return [
        Evaluated(
            name=name,
            examples=examples,
            predictions=classifier.classify(
                [SentenceInContext(text=e.text, title=e.title, before=e.before) for e in examples]
            ),
        )
        for name, examples in sets.items()
    ]


def print_table(results: Sequence[Evaluated], threshold: float) -> None:
    """Print F1 with its interval, average precision and calibration of each set."""
    print(f"| set | rows | F1 at {threshold} | 95% | precision | recall | AP | ECE |")
    print("|---|---|---|---|---|---|---|---|")
    for result in results:
        scores, positive = result.scores, result.positive
        found = f1_at(scores, positive, threshold)
        low, high = bootstrap_f1(scores, positive, threshold)
        print(
            f"| {result.name} | {len(scores)} | {found.f1:.3f} | {low:.3f} to {high:.3f} "
            f"| {found.precision:.3f} | {found.recall:.3f} "
            f"| {average_precision(scores, positive):.3f} "
            f"| {expected_calibration_error(scores, positive):.3f} |"
        )


def print_types(result: Evaluated) -> None:
    """Print macro-F1 of the claim type and the F1 of each type."""
    gold = np.array([e.claim_type for e in result.examples])
    said = np.array([TYPE_LABELS.index(p.claim_type or "none") for p in result.predictions])
    print(f"\nclaim_type macro-F1, {result.name}: {macro_f1(said, gold, len(TYPE_LABELS)):.3f}")
    for index, label in enumerate(TYPE_LABELS):
        hits = np.sum((said == index) & (gold == index))
        f1 = 2 * hits / max(np.sum(said == index) + np.sum(gold == index), 1)
        print(f"  {label}: {f1:.3f} ({np.sum(gold == index)} rows)")


def print_reliability(result: Evaluated) -> None:
    """Print the reliability table: mean score against share check-worthy, equal-mass bins."""
    print(f"\nreliability, {result.name}: mean score -> share check-worthy")
    for score, share in reliability(result.scores, result.positive):
        print(f"  {score:.3f} -> {share:.3f} {'#' * round(40 * share)}")


def print_agreement(results: Sequence[Evaluated], fp32: Sequence[Evaluated], at: float) -> None:
    """Print how the shipped int8 graph differs from the fp32 one."""
    print("\n| int8 against fp32 | decisions that differ | median difference | largest | fp32 F1 |")
    print("|---|---|---|---|---|")
    for one, other in zip(results, fp32, strict=True):
        differing = np.mean((one.scores >= at) != (other.scores >= at))
        gaps = np.abs(one.scores - other.scores)
        f1 = f1_at(other.scores, other.positive, at).f1
        print(
            f"| {one.name} | {differing:.2%} | {np.median(gaps):.4f} | {gaps.max():.3f} "
            f"| {f1:.3f} |"
        )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--model", type=Path, help="another folder than the shipped one")
    parser.add_argument("--fp32", type=Path, help="folder of the same model in fp32")
    parser.add_argument("--development", action="store_true", help="leave out the report fold")
    parser.add_argument("--checkthat", action="store_true", help="measured once, at the end")
    parser.add_argument("--newsclaims", action="store_true")
    parser.add_argument("--plot", type=Path, help="draw the reliability as SVG (.venv-train)")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    sets = measured_sets(
        options.data,
        development=options.development,
        checkthat=options.checkthat,
        newsclaims=options.newsclaims,
    )
    with nullcontext(options.model) if options.model else shipped_model() as folder:
        classifier = TransformerClassifier(folder, threads=options.threads)
        print(f"model {classifier.name}, revision {classifier.revision}\n")
        results = evaluate(classifier, sets)
    print_table(results, classifier.threshold)
    print_types(results[0])
    print_reliability(results[0])
    if options.plot:
        first = results[0]
        plot_reliability(
            reliability(first.scores, first.positive),
            options.plot,
            name=first.name,
            error=expected_calibration_error(first.scores, first.positive),
        )
    if options.fp32:
        fp32 = evaluate(TransformerClassifier(options.fp32, threads=options.threads), sets)
        print_agreement(results, fp32, classifier.threshold)


if __name__ == "__main__":
    main()
