"""What a foreign checkpoint says of itself, and what it must not leave in doubt."""

import json
from pathlib import Path

import pytest

from pipeline.checkpoint import Checkpoint, choose_check_worthy, read_folder
from pipeline.errors import ConfigurationError
from tests.checkpoints import write_checkpoint


@pytest.mark.parametrize(
    ("labels", "index"),
    [
        (["not_check_worthy", "check_worthy"], 1),
        (["Check-Worthy", "Unimportant", "Non-Factual"], 0),
        (["NFS", "UFS", "CFS"], 2),
        (["No", "Yes"], 1),
        (["yes", "no"], 0),
        (["LABEL_0", "LABEL_1"], 1),
    ],
    ids=str,
)
def test_guesses_where_names_leave_no_doubt(labels: list[str], index: int) -> None:
    """Names that published models use are understood."""
    assert choose_check_worthy(labels, source="m", wanted=None, own=None) == index


@pytest.mark.parametrize(
    "labels",
    [
        ["negative", "positive"],
        ["LABEL_0", "LABEL_1", "LABEL_2"],
        ["no", "yes", "perhaps"],
        ["yes", "yes please"],
        ["check_worthy", "checkworthy"],
        ["not check-worthy", "claim"],
        ["0", "1"],
    ],
    ids=str,
)
def test_guesses_nothing_else(labels: list[str]) -> None:
    """Names that leave a doubt ask for the setting, and are listed."""
    with pytest.raises(ConfigurationError, match="CLAIMWIRE_MODEL_CHECK_WORTHY_LABEL") as raised:
        choose_check_worthy(labels, source="m", wanted=None, own=None)
    assert all(f'"{label}"' in str(raised.value) for label in labels)


def test_taking_an_unnamed_label_is_said(caplog: pytest.LogCaptureFixture) -> None:
    """LABEL_1 is taken with a warning that names the setting."""
    choose_check_worthy(["LABEL_0", "LABEL_1"], source="m", wanted=None, own=None)
    assert "CLAIMWIRE_MODEL_CHECK_WORTHY_LABEL" in caplog.text


def test_the_users_word_comes_first() -> None:
    """The setting goes before the checkpoint's own word, and that before any guess."""
    labels = ["claim", "check_worthy", "Claim"]
    assert choose_check_worthy(labels, source="m", wanted="Claim", own="claim") == 2
    assert choose_check_worthy(labels, source="m", wanted=None, own="claim") == 0
    assert choose_check_worthy(labels, source="m", wanted="CHECK WORTHY", own=None) == 1


@pytest.mark.parametrize("wanted", ["absent", "", "CLAIM"])
def test_a_named_label_must_be_there_once(wanted: str) -> None:
    """A label that is absent, or fits two, is told with the labels there are."""
    with pytest.raises(ConfigurationError, match='"claim", "Claim"'):
        choose_check_worthy(["claim", "Claim"], source="m", wanted=wanted, own=None)


def test_labels_are_listed_inert_and_short() -> None:
    """A message shows no control characters and no endless list of labels."""
    labels = ["\x1b[2J\n" + "x" * 500, *(f"topic {i}" for i in range(500))]
    with pytest.raises(ConfigurationError) as raised:
        choose_check_worthy(labels, source="m", wanted=None, own=None)
    message = str(raised.value)
    assert message.isprintable()
    assert len(message) < 500
    assert "493 more" in message


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
