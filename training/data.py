"""Reads the data folder into examples, by the folds and the no-leak rules of its README."""

import csv
import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

WORTH_LABELS = ("non_factual", "unimportant", "check_worthy")
CHECK_WORTHY = WORTH_LABELS.index("check_worthy")
TYPE_LABELS = ("none", "event", "quantity", "causal", "rule", "prediction", "personal")

TRAIN_FOLDS = frozenset(range(7))
CHOICE_FOLD = 7
CALIBRATION_FOLD = 8
REPORT_FOLD = 9
PARTS = 5
"""Parts of the documents, cut across the folds, for cross-validation and cross-fitted teachers."""

WRITTEN_PASSAGES = Path(__file__).parent / "passages"

_SENTENCE_START = re.compile(r"(?<=[.!?])[\"”’']?\s+(?=[\"“‘A-Z])")
_SHORTEST_PASSAGE = 25
_CUT_BEFORE = 199
"""Texts before a sentence are cut to their last 200 characters in the data."""

_VERDICTS = {"-1": 0, "0": 1, "1": 2}


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """A labelled sentence. `worth` and `claim_type` index the label tuples above."""

    text: str
    worth: int | None
    """None for a sentence without labels, which only a teacher's soft labels can teach."""
    title: str = ""
    before: str = ""
    claim_type: int | None = None
    """None where the data set does not tell types."""
    source: str = ""
    doc: str = ""

    @property
    def check_worthy(self) -> bool:
        """Whether the label is the class that F1 is counted on."""
        return self.worth == CHECK_WORTHY


def fold_of(doc: str) -> int:
    """Return the fixed fold, 0 to 9, of a news document."""
    return int(hashlib.sha256(doc.encode()).hexdigest(), 16) % 10


def part_of(doc: str) -> int:
    """Return the fixed part, 0 to 4, of a news document; it says nothing of the fold."""
    return int(hashlib.sha256(f"part {doc}".encode()).hexdigest(), 16) % PARTS


def folded(text: str) -> str:
    """Return the text lower-cased, every run of white space one space: how repeats are found."""
    return " ".join(text.lower().split())


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


def passages_of(news: Iterable[Example]) -> list[Example]:
    """Return the sentences in the text before each example, as unlabelled examples.

    The first of a text before that was cut may be half a sentence and only gives context.
    """
    passages: dict[str, Example] = {}
    for example in news:
        sentences = _SENTENCE_START.split(example.before)
        first = 1 if len(example.before) >= _CUT_BEFORE else 0
        for at, sentence in enumerate(sentences[first:], first):
            if len(sentence) >= _SHORTEST_PASSAGE:
                passages.setdefault(
                    folded(sentence),
                    Example(
                        text=sentence,
                        title=example.title,
                        before=" ".join(sentences[:at]),
                        worth=None,
                        source=example.source,
                        doc=example.doc,
                    ),
                )
    return list(passages.values())


def read_written_passages(folder: Path = WRITTEN_PASSAGES) -> list[Example]:
    """Read the unlabelled articles that were written for this training (its README says how).

    An empty line stands between articles; an article's first line is its title, each other line
    a sentence.
    """
    examples = []
    for path in sorted(folder.glob("*.txt")):
        articles = path.read_text(encoding="utf-8").strip().split("\n\n")
        for number, article in enumerate(articles):
            title, *sentences = (line.strip() for line in article.strip().splitlines())
            before = ""
            for sentence in filter(None, sentences):
                examples.append(
                    Example(
                        text=sentence,
                        title=title,
                        before=before[-_CUT_BEFORE:],
                        worth=None,
                        source="written",
                        doc=f"written-{path.stem}-{number}",
                    )
                )
                before = f"{before} {sentence}".strip()
    return examples


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainingData:
    """Everything a training run may see."""

    news: list[Example]
    claimbuster: list[Example]
    passages: list[Example]
    """Sentences that stand before the labelled ones in training documents; no labels."""
    written: list[Example]
    """Sentences of articles written for this training; no labels."""
    choice: list[Example]
    """Fold 7: which model to keep."""
    calibration: list[Example]
    """Fold 8: score calibration and threshold."""


def read_training_data(
    folder: Path,
    *,
    train_folds: Iterable[int] = TRAIN_FOLDS,
    without_sources: Sequence[str] = (),
) -> TrainingData:
    """Read what may be trained on, less every sentence that stands in a measured set.

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
        written=without_repeats(read_written_passages(), measured),
        claimbuster=without_repeats(
            read_claimbuster(folder / "claimbuster_crowdsourced.csv"), measured
        ),
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
