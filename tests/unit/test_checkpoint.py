"""What a foreign checkpoint says of itself."""

import json
from pathlib import Path

import pytest

from pipeline.checkpoint import Checkpoint, read_folder
from pipeline.errors import ConfigurationError
from tests.checkpoints import write_checkpoint


def test_reads_a_folder(tmp_path: Path) -> None:
    """Without a section of ours: the folder's name, threshold 0.5, the sentence alone."""
    checkpoint = read_folder(write_checkpoint(tmp_path / "tiny", labels=("a", "cfs", "b")))
    assert checkpoint.name == "tiny"
    assert checkpoint.labels == ("a", "cfs", "b")
    assert checkpoint.check_worthy == 1
    assert checkpoint.threshold == 0.5
    assert not checkpoint.reads_context
    assert checkpoint.origin["local_files_only"] is True


def test_reads_the_section(tmp_path: Path) -> None:
    """The section names the model, its label and threshold, and that it knows context."""
    section = {
        "name": "ours",
        "check_worthy_label": "no",
        "threshold": 0.3,
        "context": True,
    }
    checkpoint = read_folder(write_checkpoint(tmp_path, claimwire=section))
    assert (checkpoint.name, checkpoint.check_worthy) == ("ours", 0)
    assert (checkpoint.threshold, checkpoint.reads_context) == (0.3, True)


@pytest.mark.parametrize(
    ("section", "word"),
    [
        ({"threshold": 1.5}, "threshold"),
        ({"threshold": 0}, "threshold"),
        ({"threshold": True}, "threshold"),
        ({"threshold": "0.4"}, "threshold"),
        ({"threshold": float("nan")}, "threshold"),
        ({"context": "yes"}, "context"),
        ({"check_worthy_label": "worthy"}, "label"),
        (["threshold"], "not an object"),
    ],
    ids=str,
)
def test_wrong_section(tmp_path: Path, section: object, word: str) -> None:
    """What is wrong in the section is named."""
    with pytest.raises(ConfigurationError, match=word):
        read_folder(write_checkpoint(tmp_path, claimwire=section))


@pytest.mark.parametrize(
    "config",
    [
        {"id2label": {"0": "score"}, "label2id": {"score": 0}},
        {"problem_type": "regression"},
        {"id2label": {"0": "no", "2": "yes"}},
        {"id2label": {"zero": "no", "one": "yes"}},
        {"model_type": "no-such-model"},
        {"model_type": "new", "auto_map": {"AutoConfig": "configuration_new.NewConfig"}},
        {"hidden_size": "large"},
    ],
    ids=str,
)
def test_wrong_config(tmp_path: Path, config: dict[str, object]) -> None:
    """A config of no classifier, or of none that transformers knows, is refused."""
    with pytest.raises(ConfigurationError):
        read_folder(write_checkpoint(tmp_path, **config))


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff\x00", b"{", b"null"])
def test_damaged_config(tmp_path: Path, content: bytes) -> None:
    """A config.json that is no JSON object is refused."""
    (write_checkpoint(tmp_path) / "config.json").write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"config\.json"):
        read_folder(tmp_path)


def test_missing_config(tmp_path: Path) -> None:
    """A folder without config.json is refused with its name."""
    with pytest.raises(ConfigurationError, match=r"No config\.json"):
        read_folder(tmp_path)


def revision(folder: Path) -> str:
    checkpoint: Checkpoint = read_folder(folder)
    return checkpoint.revision


def test_revision_names_the_content(tmp_path: Path) -> None:
    """Equal folders have one revision; a change of weights, tokenizer or config changes it."""
    one = write_checkpoint(tmp_path / "one")
    first = revision(one)
    assert len(first) == 16
    assert first == revision(write_checkpoint(tmp_path / "two"))
    assert first != revision(write_checkpoint(tmp_path / "three", seed=1))
    assert first != revision(write_checkpoint(tmp_path / "four", hidden_act="relu"))
    (one / "README.md").write_text("A card.", encoding="utf-8")
    assert first == revision(one)
    tokenizer = one / "tokenizer.json"
    changed = json.loads(tokenizer.read_bytes()) | {"truncation": None}
    tokenizer.write_text(json.dumps(changed), encoding="utf-8")
    assert first != revision(one)
