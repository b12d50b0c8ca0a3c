"""Which classifier a setting gets, and the one sentence it gets instead. Needs no torch."""

import json
import os
import subprocess
import sys
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from pipeline.errors import ConfigurationError
from pipeline.model_choice import load_model
from pipeline.model_folder import shipped_model
from pipeline.transformer import TransformerClassifier
from tests.checkpoints import without_section, write_checkpoint

# torch is made impossible to import, so that this holds in an environment that has it.
WITHOUT_TORCH = (
    "import sys; sys.modules['torch'] = None; from pipeline.cli import main; sys.exit(main())"
)


def run_without_torch(*arguments: str, stdin: str = "", **variables: str) -> CompletedProcess[str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("CLAIMWIRE_")}
    return subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH, *arguments],
        input=stdin,
        env=kept | {"CLAIMWIRE_MODEL_THREADS": "1"} | variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_no_model_named_is_the_shipped_one() -> None:
    """Without a name the installed model is loaded."""
    assert isinstance(load_model(None), TransformerClassifier)


def test_a_folder_of_our_layout() -> None:
    """ONNX with our section is served as the shipped model is."""
    with shipped_model() as folder:
        assert isinstance(load_model(str(folder)), TransformerClassifier)


@pytest.mark.parametrize("named", [True, False])
def test_label_setting_without_effect(named: bool) -> None:
    """The label setting is refused where the model leaves nothing to say."""
    with (
        shipped_model() as folder,
        pytest.raises(ConfigurationError, match="remove CLAIMWIRE_MODEL_CHECK_WORTHY_LABEL"),
    ):
        load_model(str(folder) if named else None, check_worthy_label="Yes")


@pytest.mark.parametrize(
    "model",
    ["nowhere", "./nowhere", "/no/where/at/all", "../x", "a/b/c", "org/name@", "https://h/x/y"],
)
def test_missing_folder(model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is no folder, and no hub id by its form, is told without asking anyone."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError, match="There is no model folder"):
        load_model(model)


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    """The name of a file inside the folder is not the folder's."""
    path = write_checkpoint(tmp_path) / "model.safetensors"
    with pytest.raises(ConfigurationError, match="name the folder"):
        load_model(str(path))


def test_empty_folder(tmp_path: Path) -> None:
    """A folder without weights is told so."""
    with pytest.raises(ConfigurationError, match="holds no model"):
        load_model(str(tmp_path))


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "weights.ckpt"])
def test_pickled_weights_are_refused(tmp_path: Path, name: str) -> None:
    """Pickled weights are refused without being opened."""
    folder = write_checkpoint(tmp_path)
    (folder / "model.safetensors").unlink()
    # Opened as a pickle, it would create the file it names.
    (folder / name).write_bytes(b"cbuiltins\nopen\n(V%s\nVw\ntR." % bytes(tmp_path / "ran"))
    with pytest.raises(ConfigurationError, match="pickle"):
        load_model(str(folder))
    assert not (tmp_path / "ran").exists()


def test_broken_config_of_an_onnx_folder(tmp_path: Path) -> None:
    """ONNX beside a config that cannot be read is told, whoever's it is."""
    (tmp_path / "model.onnx").write_bytes(b"")
    (tmp_path / "config.json").write_bytes(b"{")
    with pytest.raises(ConfigurationError):
        load_model(str(tmp_path))


def test_absent_extra(tmp_path: Path) -> None:
    """Without torch a safetensors folder is one sentence and exit status 2."""
    folder = write_checkpoint(tmp_path)
    ended = run_without_torch("classify", CLAIMWIRE_MODEL=str(folder))
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.count("\n") == 1
    assert 'pip install "claimwire[torch]"' in ended.stderr


def test_no_such_model_on_the_hub(tmp_path: Path) -> None:
    """A hub id that cannot be fetched is one sentence and exit status 2."""
    ended = run_without_torch(
        "classify", CLAIMWIRE_MODEL="org/none", HF_HUB_OFFLINE="1", HF_HOME=str(tmp_path)
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.count("\n") == 1
    assert "org/none is neither a folder here nor a model" in ended.stderr


def test_onnx_of_another_maker_on_the_command_line(tmp_path: Path) -> None:
    """An ONNX folder without our section runs by its name and label, without torch."""
    with shipped_model() as shipped:
        folder = without_section(shipped, tmp_path / "model")
    ended = run_without_torch(
        "classify",
        stdin='{"text": "What a lovely day!"}',
        CLAIMWIRE_MODEL=str(folder),
        CLAIMWIRE_MODEL_CHECK_WORTHY_LABEL="non_factual",
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert json.loads(ended.stdout)["score"] > 0.5
