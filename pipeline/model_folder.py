"""The folder a model of ours is kept in: its files, its card, its tokenizer.

`model.onnx` is the graph, `tokenizer.json` the tokenizer, and `config.json` what transformers
reads, with a `claimwire` section that names the threshold and the revision.
"""

import hashlib
import json
import os
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from pipeline.errors import ConfigurationError

MODEL_FILE = "model.onnx"
TOKENIZER_FILE = "tokenizer.json"
CONFIG_FILE = "config.json"

MAX_TOKENS = 192


def shipped_model() -> AbstractContextManager[Path]:
    """Lend the folder of the model that is installed with the package."""
    return resources.as_file(resources.files("pipeline") / "model")


def revision_of(folder: Path) -> str:
    """Return the first 16 hex digits of the SHA-256 of the weights and the tokenizer."""
    digest = hashlib.sha256()
    for name in (MODEL_FILE, TOKENIZER_FILE):
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()[:16]


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelCard:
    """What config.json says about the model, checked."""

    name: str
    revision: str
    threshold: float
    labels: tuple[str, ...]
    check_worthy: int
    """Index of the class whose probability is the score."""
    claim_types: tuple[str, ...]
    """Empty when the model does not tell types."""


def read_card(folder: Path) -> ModelCard:
    """Read config.json and check that the files beside it are the ones it speaks of."""
    for name in (CONFIG_FILE, TOKENIZER_FILE, MODEL_FILE):
        if not (folder / name).is_file():
            raise ConfigurationError(
                f"No {name} in the model folder {folder}; name a folder that holds "
                f"{CONFIG_FILE}, {TOKENIZER_FILE} and {MODEL_FILE}."
            )
    config = _load_config(folder)
    section: Any = getattr(config, "claimwire", None)
    labels = tuple(config.id2label[i] for i in range(len(config.id2label)))
    try:
        label = section["check_worthy_label"]
        card = ModelCard(
            name=str(section["name"]),
            revision=str(section["revision"]),
            threshold=float(section["threshold"]),
            labels=labels,
            check_worthy=labels.index(label),
            claim_types=tuple(section["claim_types"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigurationError(
            f"{folder / CONFIG_FILE} does not say which label is check-worthy, at which "
            "threshold, in its `claimwire` section; see the shipped model's."
        ) from error
    if not 0 < card.threshold < 1:
        raise ConfigurationError(
            f"{folder / CONFIG_FILE} names a threshold outside 0 to 1; correct it."
        )
    if card.revision != revision_of(folder):
        raise ConfigurationError(
            f"{folder / MODEL_FILE} or {TOKENIZER_FILE} is not the file {CONFIG_FILE} was "
            f"written for (revision {card.revision}); install the model again."
        )
    return card


def _load_config(folder: Path) -> Any:
    """Read config.json through transformers."""
    # Else the import advises at length to install torch, which is left out on purpose.
    os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")
    # Not AutoConfig, whose tables of every model take a quarter of a second to import.
    from transformers import PreTrainedConfig

    try:
        json.loads((folder / CONFIG_FILE).read_bytes())
        return PreTrainedConfig.from_json_file(folder / CONFIG_FILE)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(
            f"{folder / CONFIG_FILE} is not a model configuration that transformers can read; "
            "install the model again."
        ) from error


def load_tokenizer(folder: Path, threads: int) -> Any:
    """Load the tokenizer through transformers; only its Rust half is used afterwards."""
    from transformers import PreTrainedTokenizerFast

    # The Rust half reads this at every call and has no other switch; said outright, it also
    # does not complain when the process forks later.
    os.environ["TOKENIZERS_PARALLELISM"] = "true" if threads > 1 else "false"
    try:
        fast = PreTrainedTokenizerFast.from_pretrained(folder, local_files_only=True)
        tokenizer = fast.backend_tokenizer
    except Exception as error:  # the Rust half raises bare Exception
        raise ConfigurationError(
            f"{folder / TOKENIZER_FILE} is not a tokenizer that transformers can read; "
            "install the model again."
        ) from error
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer
