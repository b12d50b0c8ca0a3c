"""The shipped model, and what a damaged one says."""

import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.errors import ClassifierError, ConfigurationError
from pipeline.model_calls import MAX_BEFORE_CHARACTERS, MAX_SENTENCE_CHARACTERS, model_input
from pipeline.model_folder import CONFIG_FILE, MODEL_FILE, TOKENIZER_FILE, shipped_model
from pipeline.models import SentenceInContext
from pipeline.transformer import TransformerClassifier
from tests.classifier_behaviour import SENTENCES, ClassifierBehaviour
from tests.fakes import FakeClassifier


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with shipped_model() as path:
        yield path


@pytest.fixture(scope="module")
def shipped(folder: Path) -> TransformerClassifier:
    return TransformerClassifier(folder, threads=1)


class TestFakeClassifier(ClassifierBehaviour):
    @pytest.fixture
    def classifier(self) -> FakeClassifier:
        return FakeClassifier()


class TestShippedModel(ClassifierBehaviour):
    @pytest.fixture
    def classifier(self, shipped: TransformerClassifier) -> TransformerClassifier:
        return shipped

    def test_tells_claims_from_chatter(self, shipped: TransformerClassifier) -> None:
        """Plain cases of our own fall on the right side of the threshold."""
        claim, question, *_, thanks = shipped.classify(
            [SentenceInContext(text=text) for text in SENTENCES[:5]]
        )
        assert claim.score >= shipped.threshold
        assert question.score < shipped.threshold
        assert thanks.score < shipped.threshold
        assert claim.label == "check_worthy"

    def test_tells_claim_types(self, shipped: TransformerClassifier) -> None:
        """Every prediction names a claim type and how sure the model is of it."""
        predictions = shipped.classify([SentenceInContext(text=text) for text in SENTENCES])
        assert predictions[0].claim_type == "quantity"
        assert all(p.claim_type and 0 < (p.claim_type_score or 0) <= 1 for p in predictions)

    def test_batch_size_does_not_matter(self, folder: Path) -> None:
        """The smallest token budget gives the scores of the largest."""
        inputs = [
            SentenceInContext(text=text, before=before)
            for text in SENTENCES
            for before in ("", *SENTENCES)
        ]
        small = TransformerClassifier(folder, batch_max_tokens=1).classify(inputs)
        large = TransformerClassifier(folder, batch_max_tokens=100_000).classify(inputs)
        assert max(abs(a.score - b.score) for a, b in zip(small, large, strict=True)) <= 1e-3

    def test_threads_do_not_matter(self, folder: Path, shipped: TransformerClassifier) -> None:
        """Calls made side by side give the predictions of one thread, in order."""
        inputs = [
            SentenceInContext(text=f"{text} {number}", before=before)
            for number in range(8)
            for text in SENTENCES
            for before in ("", SENTENCES[0])
        ]
        calls: list[int] = []
        side_by_side = TransformerClassifier(
            folder, threads=3, on_model_call=lambda count, _: calls.append(count)
        )
        found, wanted = side_by_side.classify(inputs), shipped.classify(inputs)
        assert [p.score for p in found] == pytest.approx([p.score for p in wanted], abs=1e-3)
        assert [p.claim_type for p in found] == [p.claim_type for p in wanted]
        assert sum(calls) == len(inputs)

    def test_threads_share_a_few_sentences(self, folder: Path) -> None:
        """What one call could hold is still spread over the threads."""
        calls: list[int] = []
        classifier = TransformerClassifier(
            folder, threads=2, on_model_call=lambda count, _: calls.append(count)
        )
        classifier.classify([SentenceInContext(text=f"The council met {n}.") for n in range(6)])
        assert len(calls) >= 2
        assert sum(calls) == 6

    def test_reports_model_calls(self, folder: Path) -> None:
        """Each model call is reported, bounded in tokens, and the sentences add up."""
        calls: list[tuple[int, float]] = []
        classifier = TransformerClassifier(
            folder,
            batch_max_tokens=256,
            on_model_call=lambda count, seconds: calls.append((count, seconds)),
        )
        inputs = [SentenceInContext(text=f"{text} {i}") for i in range(8) for text in SENTENCES]
        classifier.classify(inputs)
        assert sum(count for count, _ in calls) == len(inputs)
        assert len(calls) > 4
        assert all(seconds > 0 for _, seconds in calls)

    def test_scores_repeats_once(self, folder: Path) -> None:
        """Equal inputs cost one row of one model call."""
        counts: list[int] = []
        classifier = TransformerClassifier(
            folder, on_model_call=lambda count, _seconds: counts.append(count)
        )
        classifier.classify([SentenceInContext(text=SENTENCES[0])] * 500)
        assert counts == [1]

    def test_context_matters(self, shipped: TransformerClassifier) -> None:
        """The same sentence scores otherwise in another context."""
        text = "It rose by a third."
        alone, crime, cake = shipped.classify(
            [
                SentenceInContext(text=text),
                SentenceInContext(text=text, title="Knife crime up", before="Police gave figures."),
                SentenceInContext(text=text, title="Bake a sponge", before="We baked the dough."),
            ]
        )
        assert len({alone.score, crime.score, cake.score}) == 3

    def test_long_text_is_cheap(self, shipped: TransformerClassifier) -> None:
        """A sentence of ten million characters costs what one of a thousand does."""
        started = time.monotonic()
        shipped.classify([SentenceInContext(text="word " * 2_000_000, before="x" * 10_000_000)])
        assert time.monotonic() - started < 2


def test_model_input_cuts_to_the_nearest_text() -> None:
    """The sentence keeps its start; the text before keeps its end, from a whole word on."""
    sentence = SentenceInContext(
        text="a" * 5000, title=" A title ", before="first " * 100 + "last words"
    )
    text, context = model_input(sentence)
    assert text == "a" * MAX_SENTENCE_CHARACTERS
    title, before = context.split(" | ")
    assert title == "A title"
    assert before.endswith("first last words")
    assert before.startswith("first")
    assert len(before) <= MAX_BEFORE_CHARACTERS


def test_model_input_without_context() -> None:
    """Without title and text before there is no second segment."""
    assert model_input(SentenceInContext(text=" Just this. ")) == ("Just this.", "")


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    """A copy of the shipped model to damage."""
    return Path(shutil.copytree(folder, tmp_path / "model"))


@pytest.mark.parametrize("name", [CONFIG_FILE, TOKENIZER_FILE, MODEL_FILE])
def test_missing_file(copy: Path, name: str) -> None:
    """A missing file is a ConfigurationError that names it."""
    (copy / name).unlink()
    with pytest.raises(ConfigurationError, match=name):
        TransformerClassifier(copy)


@pytest.mark.parametrize("name", [CONFIG_FILE, TOKENIZER_FILE, MODEL_FILE])
@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\x00garbage", b"[1, 2]"])
def test_damaged_file(copy: Path, name: str, content: bytes) -> None:
    """A damaged file is a ConfigurationError, not a traceback out of a library."""
    (copy / name).write_bytes(content)
    with pytest.raises(ConfigurationError):
        TransformerClassifier(copy)


def test_missing_folder(tmp_path: Path) -> None:
    """A folder that is not there is a ConfigurationError."""
    with pytest.raises(ConfigurationError, match="nowhere"):
        TransformerClassifier(tmp_path / "nowhere")


def change_config(folder: Path, **changes: object) -> None:
    """Overwrite keys of config.json; keys of the `claimwire` section go into that section."""
    path = folder / CONFIG_FILE
    config = json.loads(path.read_text(encoding="utf-8"))
    for key, value in changes.items():
        (config["claimwire"] if key in config["claimwire"] else config)[key] = value
    path.write_text(json.dumps(config), encoding="utf-8")


@pytest.mark.parametrize(
    "changes",
    [
        {"check_worthy_label": "worthy"},
        {"threshold": "high"},
        {"threshold": 1.5},
        {"claimwire": None},
        {"revision": "0123456789abcdef"},
        {"id2label": {"0": "no", "1": "check_worthy"}},
        {"claim_types": ["event"]},
    ],
    ids=str,
)
def test_wrong_config(copy: Path, changes: dict[str, object]) -> None:
    """A configuration that does not fit the weights is a ConfigurationError."""
    change_config(copy, **changes)
    with pytest.raises(ConfigurationError):
        TransformerClassifier(copy)


def test_swapped_tokenizer_is_noticed(copy: Path) -> None:
    """Another tokenizer under the same weights is told by the revision."""
    path = copy / TOKENIZER_FILE
    path.write_bytes(path.read_bytes() + b"\n")
    with pytest.raises(ConfigurationError, match="install the model again"):
        TransformerClassifier(copy)


def test_runtime_failure_becomes_classifier_error(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failure inside ONNX Runtime surfaces as ClassifierError, without the text."""
    classifier = TransformerClassifier(folder)
    monkeypatch.setattr(classifier, "_outputs", ["no_such_output"])
    with pytest.raises(ClassifierError) as raised:
        classifier.classify([SentenceInContext(text="marker-7f3a")])
    assert "marker-7f3a" not in str(raised.value)
