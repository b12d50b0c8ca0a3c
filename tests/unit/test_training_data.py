"""Reading the data folder: folds, labels, and that nothing measured is trained on."""

import csv
import json
from pathlib import Path

import pytest

from training.data import (
    of_folds,
    read_checkthat23,
    read_groundtruth,
    read_news,
    read_newsclaims,
    read_training_data,
)
from training.examples import (
    CALIBRATION_FOLD,
    CHECK_WORTHY,
    CHOICE_FOLD,
    REPORT_FOLD,
    TRAIN_FOLDS,
    fold_of,
    folded,
)

DOCS = {
    fold: next(f"doc{i}" for i in range(1000) if fold_of(f"doc{i}") == fold) for fold in range(10)
}
"""A document name in each fold."""


def news_row(text: str, fold: int, **changes: str) -> dict[str, str]:
    row = {
        "id": "N1",
        "source": "harbour-post",
        "doc": DOCS[fold],
        "title": "Port",
        "prev": "The ferry left.",
        "text": text,
        "worth": "check_worthy",
        "claim_type": "quantity",
    }
    return row | changes


def write_claimbuster(path: Path, rows: list[tuple[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["Text", "File_id", "Verdict"])
        writer.writeheader()
        writer.writerows({"Text": text, "File_id": "f", "Verdict": v} for text, v in rows)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder of a few sentences of our own, some of them in two files."""
    news = [news_row(f"Ships carried {fold} tonnes.", fold) for fold in range(10)]
    news.append(news_row("SHIPS  carried 9 tonnes.", 0))
    news.append(news_row("The toll rose to 7.", 1, source="covid-dev"))
    lines = "\n".join(json.dumps(row) for row in news)
    (tmp_path / "news_sentences.jsonl").write_text(lines, encoding="utf-8")
    write_claimbuster(
        tmp_path / "claimbuster_crowdsourced.csv",
        [("We cut taxes, twice.", "1"), ("Good evening.", "-1"), ("A test  sentence.", "0")],
    )
    write_claimbuster(tmp_path / "claimbuster_groundtruth.csv", [("GOOD evening.", "-1")])
    (tmp_path / "checkthat23_1b_english_test.tsv").write_text(
        'Sentence_id\tText\tclass_label\n1\tA "test sentence.\tNo\n2\tA test sentence.\tYes\n',
        encoding="utf-8",
    )
    article = {
        "article": "a",
        "sentences": [
            {"id": "1", "sentence": "One."},
            {"id": "2", "sentence": "Two.", "claim": {"topic": "t"}},
        ],
    }
    (tmp_path / "newsclaims_dev.jsonl").write_text(json.dumps(article), encoding="utf-8")
    return tmp_path


def test_folds_are_the_fixed_ones() -> None:
    """The fold of a document is the README's formula, so that figures stay comparable."""
    assert [fold_of(doc) for doc in ("bbc1", "abc2", "na3")] == [8, 8, 7]
    assert {CHOICE_FOLD, CALIBRATION_FOLD, REPORT_FOLD} | TRAIN_FOLDS == set(range(10))


def test_nothing_measured_is_trained_on(folder: Path) -> None:
    """No training sentence stands in a measured set, whatever its case and spacing."""
    data = read_training_data(folder)
    trained = {folded(e.text) for e in (*data.news, *data.claimbuster)}
    news = read_news(folder)
    measured = [
        *of_folds(news, {CHOICE_FOLD, CALIBRATION_FOLD, REPORT_FOLD}),
        *read_groundtruth(folder),
        *read_checkthat23(folder),
    ]
    assert trained.isdisjoint(folded(e.text) for e in measured)
    assert {e.text for e in data.claimbuster} == {"We cut taxes, twice."}
    assert {fold_of(e.doc) for e in data.news} == set(TRAIN_FOLDS)
    assert [e.text for e in data.choice] == ["Ships carried 7 tonnes."]
    assert [e.text for e in data.calibration] == ["Ships carried 8 tonnes."]


def test_a_source_can_be_left_out(folder: Path) -> None:
    """Without covid-dev none of its sentences is trained on."""
    assert any(e.source == "covid-dev" for e in read_training_data(folder).news)
    data = read_training_data(folder, without_sources=["covid-dev"])
    assert not any(e.source == "covid-dev" for e in data.news)


def test_labels_are_read(folder: Path) -> None:
    """Worth, type and context arrive; ClaimBuster's -1, 0, 1 become the three classes."""
    example = read_news(folder)[3]
    assert example.check_worthy
    assert example.claim_type is not None
    assert (example.title, example.before) == ("Port", "The ferry left.")
    verdicts = [e.worth for e in read_training_data(folder).claimbuster]
    assert verdicts == [CHECK_WORTHY]
    assert [e.check_worthy for e in read_checkthat23(folder)] == [False, True]


def test_quotes_in_the_tsv_are_text(folder: Path) -> None:
    """An unclosed quote in the CheckThat! file swallows no rows."""
    assert read_checkthat23(folder)[0].text == 'A "test sentence.'


def test_newsclaims_sentences_have_their_neighbour(folder: Path) -> None:
    """A NewsClaims sentence comes with the one before it; the first with none."""
    first, second = read_newsclaims(folder)
    assert (first.before, second.before) == ("", "One.")
    assert (first.check_worthy, second.check_worthy) == (False, True)
