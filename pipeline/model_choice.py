"""Which classifier serves the model that the settings name."""

import json
import re
from pathlib import Path
from typing import Any

from pipeline.checkpoint import read_folder, read_hub
from pipeline.classifier import ClaimClassifier
from pipeline.errors import ConfigurationError
from pipeline.label_choice import LABEL_SETTING
from pipeline.model_calls import OnModelCall
from pipeline.model_folder import CONFIG_FILE, MODEL_FILE, shipped_model
from pipeline.transformer import TransformerClassifier

# organisation/name, perhaps @ and a branch, tag or commit.
_HUB_ID = re.compile(r"(?P<id>[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*)(?:@(?P<revision>[\w./-]+))?")

_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt")


def load_model(
    model: str | None,
    *,
    check_worthy_label: str | None = None,
    threads: int = 1,
    on_model_call: OnModelCall | None = None,
) -> ClaimClassifier:
    """Load the model that is named, or the shipped one.

    Args:
        model: A folder (ONNX goes before safetensors where it holds both), a hub id as
            `organisation/name` or `organisation/name@revision`, or None.
        check_worthy_label: The label whose probability is the score; None: as its config says.
        threads: CPU threads that the model uses.
        on_model_call: Told after each model call, on the calling thread.

    Raises:
        ConfigurationError: There is no such model, or it cannot be used.
    """
    if model is None:
        _refuse_label(check_worthy_label, "The shipped model")
        with shipped_model() as folder:
            return TransformerClassifier(folder, threads=threads, on_model_call=on_model_call)
    folder = Path(model).expanduser()
    if not folder.exists():
        return _load_hub_model(model, check_worthy_label, threads, on_model_call)
    if not folder.is_dir():
        raise ConfigurationError(
            f"CLAIMWIRE_MODEL names the file {folder}; name the folder that holds the model."
        )
    if (folder / MODEL_FILE).is_file():
        if _has_our_section(folder):
            _refuse_label(check_worthy_label, f"The model in {folder}")
            return TransformerClassifier(folder, threads=threads, on_model_call=on_model_call)
        from pipeline.onnx_classifier import OnnxClassifier

        return OnnxClassifier(
            read_folder(folder, check_worthy_label=check_worthy_label),
            threads=threads,
            on_model_call=on_model_call,
        )
    _require_safetensors(folder)
    from pipeline.torch_classifier import TorchClassifier

    return TorchClassifier(
        read_folder(folder, check_worthy_label=check_worthy_label),
        threads=threads,
        on_model_call=on_model_call,
    )


def _load_hub_model(
    model: str, check_worthy_label: str | None, threads: int, on_model_call: OnModelCall | None
) -> ClaimClassifier:
    """Load a model by its hub id; what cannot be one is a folder that is missing."""
    found = _HUB_ID.fullmatch(model)
    if found is None:
        raise ConfigurationError(
            f"There is no model folder {model}; correct CLAIMWIRE_MODEL "
            "(a hub id has the form organisation/name)."
        )
    from pipeline.torch_classifier import TorchClassifier

    return TorchClassifier(
        read_hub(found["id"], revision=found["revision"], check_worthy_label=check_worthy_label),
        threads=threads,
        on_model_call=on_model_call,
    )


def _has_our_section(folder: Path) -> bool:
    """Say whether config.json is of our layout; a missing or broken one is for its reader."""
    try:
        config: Any = json.loads((folder / CONFIG_FILE).read_bytes())
    except (OSError, ValueError):
        return True  # TransformerClassifier says what is wrong with it
    return isinstance(config, dict) and config.get("claimwire") is not None


def _require_safetensors(folder: Path) -> None:
    if any(folder.glob("*.safetensors")):
        return
    if any(path for pattern in _PICKLES for path in folder.glob(pattern)):
        raise ConfigurationError(
            f"The weights in {folder} are pickled, and loading a pickle can run any code: "
            "have whoever made them save them as safetensors."
        )
    raise ConfigurationError(
        f"The folder {folder} holds no model: neither {MODEL_FILE} nor a *.safetensors file."
    )


def _refuse_label(label: str | None, model: str) -> None:
    """A setting that would be without effect is a mistake to be told."""
    if label is not None:
        raise ConfigurationError(
            f"{model} says itself which label is check-worthy: remove {LABEL_SETTING}."
        )
