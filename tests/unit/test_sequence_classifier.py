"""What all runtimes for foreign checkpoints share, on a model of two lines of arithmetic."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.checkpoint import Checkpoint, read_folder
from pipeline.errors import ClassifierError, ConfigurationError
from pipeline.model_calls import batches_by_length
from pipeline.models import SentenceInContext
from pipeline.sequence_classifier import ModelInput, SequenceClassifier
from tests.checkpoints import write_checkpoint
from tests.classifier_behaviour import SENTENCES, ClassifierBehaviour


class FakeRuntime(SequenceClassifier):
    """Adds up what its tokens are; padding and segments must not and must count."""

    calls: list[dict[str, np.ndarray]]
    fault: Exception | None = None
    labels_given: int | None = None

    def _load(self, checkpoint: Checkpoint, threads: int) -> None:
        self.calls = []

    def _logits(self, batch: ModelInput) -> np.ndarray:
        if self.fault is not None:
            raise self.fault
        self.calls.append(dict(batch))
        tokens = batch["input_ids"] * batch["attention_mask"]
        worth = np.sin(tokens.sum(-1)) + batch["token_type_ids"].sum(-1)
        logits = np.zeros((len(worth), self.labels_given or len(self._checkpoint.labels)))
        logits[:, -1] = worth
        return logits.astype(np.float32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_checkpoint(tmp_path_factory.mktemp("fake"))


@pytest.fixture(scope="module")
def shared(folder: Path) -> FakeRuntime:
    return FakeRuntime(read_folder(folder))


class TestFakeRuntime(ClassifierBehaviour):
    @pytest.fixture
    def classifier(self, shared: FakeRuntime) -> FakeRuntime:
        return shared


@given(
    lengths=st.lists(st.integers(1, 600)),
    max_tokens=st.integers(1, 3000),
    max_rows=st.none() | st.integers(1, 5),
)
def test_batches_hold_every_row_once(
    lengths: list[int], max_tokens: int, max_rows: int | None
) -> None:
    """Batches neither lose nor repeat a row, and keep both bounds unless a row is alone."""
    batches = list(batches_by_length(lengths, max_tokens=max_tokens, max_rows=max_rows))
    assert sorted(row for batch in batches for row in batch) == list(range(len(lengths)))
    for batch in batches:
        assert batch
        assert len(batch) <= (max_rows or len(lengths))
        assert len(batch) == 1 or len(batch) * max(lengths[row] for row in batch) <= max_tokens


def test_the_sentence_alone(folder: Path) -> None:
    """A checkpoint that never saw context gets none."""
    bare, with_context = FakeRuntime(read_folder(folder)).classify(
        [
            SentenceInContext(text="It rose."),
            SentenceInContext(text="It rose.", title="Crime", before="Police gave figures."),
        ]
    )
    assert bare == with_context


def test_context_as_second_segment(tmp_path: Path) -> None:
    """A checkpoint that says it was trained with context gets it, as second segment."""
    classifier = FakeRuntime(read_folder(write_checkpoint(tmp_path, claimwire={"context": True})))
    classifier.calls.clear()
    classifier.classify([SentenceInContext(text="It rose.", title="Crime", before="Police.")])
    [call] = classifier.calls
    words = classifier._tokenizer.decode(call["input_ids"][0]).split("[SEP]")
    assert words[0] == "[CLS] it rose. "
    assert words[1].replace(" ", "") == "crime|police."
    assert call["token_type_ids"].sum() > 0


def test_repeats_are_scored_once_and_calls_reported(folder: Path) -> None:
    """Equal inputs cost one row; every call is reported and bounded in tokens."""
    calls: list[int] = []
    classifier = FakeRuntime(
        read_folder(folder),
        batch_max_tokens=100,
        on_model_call=lambda count, seconds: calls.append(count if seconds >= 0 else -1),
    )
    assert calls == []
    classifier.classify([SentenceInContext(text=text) for text in SENTENCES * 3])
    assert sum(calls) == len(SENTENCES)
    assert all(
        call["input_ids"].size <= 100 or len(call["input_ids"]) == 1 for call in classifier.calls
    )


def test_no_padding_token_means_rows_alone(tmp_path: Path) -> None:
    """Without a padding token nothing is padded, and every sentence is still scored."""
    folder = write_checkpoint(tmp_path)
    classifier = FakeRuntime(read_folder(folder))
    padded = classifier.classify([SentenceInContext(text=text) for text in SENTENCES])
    classifier._pad_id = None
    classifier.calls.clear()
    alone = classifier.classify([SentenceInContext(text=text) for text in SENTENCES])
    assert all(len(call["input_ids"]) == 1 for call in classifier.calls)
    assert alone == padded


def test_pads_on_the_models_side(folder: Path) -> None:
    """A tokenizer that pads on the left is followed."""
    classifier = FakeRuntime(read_folder(folder))
    classifier._tokenizer.padding_side = "left"
    classifier.calls.clear()
    classifier.classify([SentenceInContext(text="a"), SentenceInContext(text="b c d")])
    assert classifier.calls[0]["attention_mask"].tolist() == [[0, 0, 1, 1, 1], [1, 1, 1, 1, 1]]


def test_long_input_is_cut_to_the_models_positions(folder: Path) -> None:
    """No input is longer than the checkpoint's positions allow."""
    classifier = FakeRuntime(read_folder(folder))
    classifier.calls.clear()
    classifier.classify([SentenceInContext(text="word " * 1000)])
    assert classifier.calls[0]["input_ids"].shape == (1, 126)


@pytest.mark.parametrize("problem_type", [None, "multi_label_classification"])
def test_multi_label_scores_are_by_themselves(tmp_path: Path, problem_type: str | None) -> None:
    """The score is a softmax over the labels, or the label's own sigmoid if labels may join."""
    folder = write_checkpoint(tmp_path, labels=("a", "b", "cfs"), problem_type=problem_type)
    classifier = FakeRuntime(read_folder(folder))
    classifier.calls.clear()
    [prediction] = classifier.classify([SentenceInContext(text=SENTENCES[0])])
    worth = np.exp(np.sin(classifier.calls[0]["input_ids"].sum()))
    others = 1 if problem_type else 2  # the other two logits are 0
    assert prediction.score == pytest.approx(worth / (worth + others), abs=1e-6)


def test_failure_while_scoring(folder: Path) -> None:
    """Whatever the model raises becomes a ClassifierError without the text."""
    classifier = FakeRuntime(read_folder(folder))
    classifier.fault = IndexError("index out of range in marker-7f3a")
    with pytest.raises(ClassifierError, match="IndexError") as raised:
        classifier.classify([SentenceInContext(text="marker-7f3a")])
    assert "marker-7f3a" not in str(raised.value)


def test_numbers_that_are_none(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights that give NaN are an error, not a score."""
    classifier = FakeRuntime(read_folder(folder))
    monkeypatch.setattr(
        classifier, "_logits", lambda batch: np.full((len(batch["input_ids"]), 2), np.nan)
    )
    with pytest.raises(ClassifierError, match="damaged"):
        classifier.classify([SentenceInContext(text="It rose.")])


def test_what_does_not_fit_is_told_at_start(folder: Path) -> None:
    """A model with another number of outputs than labels does not start."""

    class FakeOfThreeLabels(FakeRuntime):
        labels_given = 3

    with pytest.raises(ConfigurationError, match="2 labels"):
        FakeOfThreeLabels(read_folder(folder))


@pytest.mark.parametrize("content", [None, b"", b"{}", b"\xff\x00"])
def test_missing_or_damaged_tokenizer(tmp_path: Path, content: bytes | None) -> None:
    """A folder without a tokenizer that can be read does not start."""
    path = write_checkpoint(tmp_path) / "tokenizer.json"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError, match="tokenizer"):
        FakeRuntime(read_folder(tmp_path))
