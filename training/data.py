"""Reads the data folder into examples, by the folds and the no-leak rules of its README."""

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from training.examples import (
    CALIBRATION_FOLD,
    CHECK_WORTHY,
    CHOICE_FOLD,
    REPORT_FOLD,
    TRAIN_FOLDS,
    TYPE_LABELS,
    WORTH_LABELS,
    Example,
    fold_of,
    folded,
    part_of,
)
from training.unlabelled import passages_of, read_open_text, read_written_passages

_VERDICTS = {"-1": 0, "0": 1, "1": 2}


def read_news(folder: Path) -> list[Example]:
    """Read `news_sentences.jsonl`, all folds."""
    with (folder / "news_sentences.jsonl").open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [
        Example(
            text=row["text"],
            title=row["title"],
            before=row["prev"],
            worth=WORTH_LABELS.index(row["worth"]),
            claim_type=TYPE_LABELS.index(row["claim_type"]),
            source=row["source"],
            doc=row["doc"],
        )
        for row in rows
    ]


def of_folds(news: Iterable[Example], folds: Iterable[int]) -> list[Example]:
    """Return the examples whose document lies in one of the folds."""
    wanted = frozenset(folds)
    return [example for example in news if fold_of(example.doc) in wanted]


def read_claimbuster(path: Path) -> list[Example]:
    """Read one of the two ClaimBuster files."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Example(
                text=row["Text"],
                worth=_VERDICTS[row["Verdict"]],
                source="claimbuster",
                doc=row["File_id"],
            )
            for row in csv.DictReader(file)
        ]


def read_groundtruth(folder: Path) -> list[Example]:
    """Read ClaimBuster's expert-checked sentences (measured on, never trained on)."""
    return read_claimbuster(folder / "claimbuster_groundtruth.csv")


def read_checkthat23(folder: Path) -> list[Example]:
    """Read the CheckThat! 2023 1B English test (measured on once, never trained on)."""
    with (folder / "checkthat23_1b_english_test.tsv").open(encoding="utf-8", newline="") as file:
        return [
            Example(
                text=row["Text"],
                worth=CHECK_WORTHY if row["class_label"] == "Yes" else 0,
                source="checkthat23",
            )
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        ]


def read_newsclaims(folder: Path) -> list[Example]:
    """Read the sentences of NewsClaims dev, each with the sentence before it."""
    examples = []
    with (folder / "newsclaims_dev.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            article = json.loads(line)
            before = ""
            for sentence in article["sentences"]:
                examples.append(
                    Example(
                        text=sentence["sentence"],
                        before=before,
                        worth=CHECK_WORTHY if "claim" in sentence else 0,
                        source="newsclaims",
                        doc=article["article"],
                    )
                )
                before = sentence["sentence"]
    return examples


def without_repeats(examples: Iterable[Example], measured: Iterable[Example]) -> list[Example]:
    """Drop every example whose folded text stands in what is measured on."""
    known = {folded(example.text) for example in measured}
    return [example for example in examples if folded(example.text) not in known]


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainingData:
    """Everything a training run may see."""

    news: list[Example]
    claimbuster: list[Example]
    passages: list[Example]
    """Sentences that stand before the labelled ones in training documents; no labels."""
    written: list[Example]
    """Sentences of articles written for this training."""
    text: list[Example]
    """Sentences of texts under open licences; no labels."""
    choice: list[Example]
    """Fold 7: which model to keep."""
    calibration: list[Example]
    """Fold 8: score calibration and threshold."""


def read_training_data(
    folder: Path,
    *,
    train_folds: Iterable[int] = TRAIN_FOLDS,
    without_sources: Sequence[str] = (),
    text: Sequence[Path] = (),
    written_files: str = "*.txt",
) -> TrainingData:
    """Read what may be trained on, less every sentence that stands in a measured set.

    `text` are files of `training.open_text`, `written_files` a pattern of files in `passages/`.
    `without_sources` leaves out news sources, as `covid-dev` when NewsClaims dev is reported.
    """
    news = read_news(folder)
    choice = of_folds(news, {CHOICE_FOLD})
    calibration = of_folds(news, {CALIBRATION_FOLD})
    measured = [
        *choice,
        *calibration,
        *of_folds(news, {REPORT_FOLD}),
        *read_groundtruth(folder),
        *read_checkthat23(folder),
    ]
    train_news = [e for e in of_folds(news, train_folds) if e.source not in without_sources]
    if "covid-dev" in without_sources:
        measured += read_newsclaims(folder)
    kept_news = without_repeats(train_news, measured)
    return TrainingData(
        news=kept_news,
        passages=without_repeats(passages_of(kept_news), [*measured, *kept_news]),
        written=without_repeats(read_written_passages(files=written_files), measured),
        claimbuster=without_repeats(
            read_claimbuster(folder / "claimbuster_crowdsourced.csv"), measured
        ),
        text=without_repeats([one for path in text for one in read_open_text(path)], measured),
        choice=choice,
        calibration=calibration,
    )


def without_part(data: TrainingData, part: int) -> TrainingData:
    """Drop what comes from documents of one part out of what is trained on."""
    return replace(
        data,
        news=[e for e in data.news if part_of(e.doc) != part],
        passages=[e for e in data.passages if part_of(e.doc) != part],
    )
