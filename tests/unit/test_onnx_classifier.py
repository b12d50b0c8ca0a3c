"""A sequence classifier in ONNX without our section: the shipped graph, its section taken away."""

import itertools
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.checkpoint import read_folder
from pipeline.errors import ConfigurationError
from pipeline.model_choice import load_model
from pipeline.model_folder import shipped_model
from pipeline.models import SentenceInContext
from pipeline.onnx_classifier import OnnxClassifier
from pipeline.transformer import TransformerClassifier
from tests.checkpoints import without_section
from tests.classifier_behaviour import SENTENCES, ClassifierBehaviour, close


@pytest.fixture(scope="module")
def shipped() -> Iterator[Path]:
    with shipped_model() as path:
        yield path


@pytest.fixture(scope="module")
def foreign(shipped: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return without_section(shipped, tmp_path_factory.mktemp("foreign") / "model")


@pytest.fixture(scope="module")
def loaded(foreign: Path) -> OnnxClassifier:
    classifier = load_model(str(foreign))
    assert isinstance(classifier, OnnxClassifier)
    return classifier


class TestOnnxClassifier(ClassifierBehaviour):
    @pytest.fixture
    def classifier(self, loaded: OnnxClassifier) -> OnnxClassifier:
        return loaded

    def test_scores_as_the_graph_does(self, loaded: OnnxClassifier, shipped: Path) -> None:
        """A lone sentence has the score that TransformerClassifier reads from the same graph."""
        inputs = [SentenceInContext(text=text) for text in SENTENCES]
        ours = TransformerClassifier(shipped).classify(inputs)
        assert all(itertools.starmap(close, zip(loaded.classify(inputs), ours, strict=True)))
        assert [p.label for p in loaded.classify(inputs)] == [p.label for p in ours]


def test_a_label_more_than_outputs(foreign: Path, tmp_path: Path) -> None:
    """A config that names more labels than the graph gives is refused at start."""
    folder = Path(shutil.copytree(foreign, tmp_path / "model"))
    config = json.loads((folder / "config.json").read_bytes())
    config["id2label"]["3"] = "other"
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(ConfigurationError, match="4 labels"):
        OnnxClassifier(read_folder(folder))


def test_a_graph_with_fewer_positions(
    foreign: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """A graph that cannot take the longest input the files allow is refused at start, quietly."""
    folder = Path(shutil.copytree(foreign, tmp_path / "model"))
    path = folder / "tokenizer_config.json"
    tokenizer = json.loads(path.read_bytes())
    path.write_text(json.dumps(tokenizer | {"model_max_length": 500}), encoding="utf-8")
    with pytest.raises(ConfigurationError, match="cannot score"):
        OnnxClassifier(read_folder(folder))
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("content", [b"", b"\xff\x00garbage"])
def test_damaged_graph(foreign: Path, tmp_path: Path, content: bytes) -> None:
    """A damaged graph is told, not a traceback."""
    folder = Path(shutil.copytree(foreign, tmp_path / "model"))
    (folder / "model.onnx").write_bytes(content)
    with pytest.raises(ConfigurationError, match="ONNX Runtime"):
        OnnxClassifier(read_folder(folder))
