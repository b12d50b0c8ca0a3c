"""What a sequence classifier of any maker says of itself, read from its config and checked.

The shipped model does not come this way: its folder says everything outright (transformer.py).
"""

import hashlib
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import ConfigurationError
from pipeline.label_choice import choose_check_worthy
from pipeline.model_folder import CONFIG_FILE

DEFAULT_THRESHOLD = 0.5

_REVISION_SUFFIXES = {".json", ".model", ".onnx", ".onnx_data", ".safetensors", ".txt"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Checkpoint:
    """A sequence classifier that can be loaded, and how to read its output."""

    source: str
    """Folder or hub id; what transformers is given, and what messages name."""
    commit: str | None
    """Commit on the hub; None for a folder, which is never looked for anywhere else."""
    name: str
    revision: str
    """The commit, or the first 16 hex digits of a folder's digest."""
    config: Any
    """As transformers read it."""
    labels: tuple[str, ...]
    check_worthy: int
    """Index of the label whose probability is the score."""
    threshold: float
    reads_context: bool
    """Whether it was trained with the sentence's context as second segment."""

    @property
    def origin(self) -> dict[str, Any]:
        """What every `from_pretrained` is told: where from, and to run no code from there."""
        return {
            "pretrained_model_name_or_path": self.source,
            "revision": self.commit,
            "local_files_only": self.commit is None,
            "trust_remote_code": False,
        }


def import_transformers() -> Any:
    """Import transformers, told to leave saying what is wrong to us."""
    # Else the import itself advises at length to install torch, which may be left out on purpose.
    os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    import transformers

    if not sys.stderr.isatty():
        transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    return transformers


def read_folder(folder: Path, *, check_worthy_label: str | None = None) -> Checkpoint:
    """Read what a folder holds, without the network.

    Raises ConfigurationError when its config.json is missing or tells too little.
    """
    path = folder / CONFIG_FILE
    if not path.is_file():
        raise ConfigurationError(
            f"No {CONFIG_FILE} in the model folder {folder}; name a folder that transformers' "
            "save_pretrained wrote."
        )
    try:
        json.loads(path.read_bytes())
        config = import_transformers().AutoConfig.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
    except Exception as error:  # a config's class may raise anything over what it is given
        raise ConfigurationError(
            f"{path} is not a model configuration that transformers can read; "
            "only model types that transformers itself knows can be used."
        ) from error
    return _check(
        config,
        source=str(folder),
        commit=None,
        name=folder.resolve().name,
        revision=_digest(folder),
        check_worthy_label=check_worthy_label,
    )


def read_hub(
    hub_id: str, *, revision: str | None = None, check_worthy_label: str | None = None
) -> Checkpoint:
    """Read what a model on the hub says, and note the commit that all else is fetched by.

    Args:
        hub_id: As `organisation/name`.
        revision: Branch, tag or commit; None: the newest.
        check_worthy_label: Overrides what the config says.

    Raises:
        ConfigurationError: It cannot be fetched, or tells too little.
    """
    try:
        config = import_transformers().AutoConfig.from_pretrained(
            hub_id, revision=revision, trust_remote_code=False
        )
    except Exception as error:  # network, hub, cache and config classes: kinds without number
        wanted = f"{hub_id}@{revision}" if revision else hub_id
        raise ConfigurationError(
            f"{wanted} is neither a folder here nor a model that could be fetched from the hub "
            f"({type(error.__cause__ or error).__name__}); correct the name, or see to the "
            "network and access."
        ) from error
    commit = getattr(config, "_commit_hash", None)
    if not commit:
        raise ConfigurationError(
            f"The hub does not say which commit of {hub_id} it sent; "
            "download the model and name its folder."
        )
    return _check(
        config,
        source=hub_id,
        commit=commit,
        name=hub_id,
        revision=commit,
        check_worthy_label=check_worthy_label,
    )


def load_tokenizer(checkpoint: Checkpoint, threads: int) -> Any:
    """Load the tokenizer, and see that it has a vocabulary."""
    # The Rust half reads this at every call and has no other switch; said outright, it also
    # does not complain when the process forks later.
    os.environ["TOKENIZERS_PARALLELISM"] = "true" if threads > 1 else "false"
    try:
        tokenizer = import_transformers().AutoTokenizer.from_pretrained(**checkpoint.origin)
        # Without its files, some classes make a tokenizer that knows its special tokens alone.
        if len(tokenizer) <= len(tokenizer.all_special_tokens):
            raise ValueError("no vocabulary")
    except Exception as error:  # the Rust half raises bare Exception
        raise ConfigurationError(
            f"{checkpoint.source} has no tokenizer that transformers can read; save the model's "
            "tokenizer beside it, with save_pretrained."
        ) from error
    return tokenizer


def _check(
    config: Any,
    *,
    source: str,
    commit: str | None,
    name: str,
    revision: str,
    check_worthy_label: str | None,
) -> Checkpoint:
    """Check what the config says, and put it together."""
    labels = _read_labels(config, source)
    section = _read_section(config, source)
    threshold = section.get("threshold", DEFAULT_THRESHOLD)
    if isinstance(threshold, bool) or not isinstance(threshold, int | float):
        raise _wrong_section(source, "threshold")
    if not 0 < threshold < 1:
        raise _wrong_section(source, "threshold")
    reads_context = section.get("context", False)
    if not isinstance(reads_context, bool):
        raise _wrong_section(source, "context")
    own_label = section.get("check_worthy_label")
    return Checkpoint(
        source=source,
        commit=commit,
        name=str(section.get("name") or name),
        revision=revision,
        config=config,
        labels=labels,
        check_worthy=choose_check_worthy(
            labels,
            source=source,
            wanted=check_worthy_label,
            own=None if own_label is None else str(own_label),
        ),
        threshold=float(threshold),
        reads_context=reads_context,
    )


def _read_labels(config: Any, source: str) -> tuple[str, ...]:
    """Return the names of the classes, by index."""
    named: Mapping[int, Any] = config.id2label or {}
    if len(named) < 2 or config.problem_type == "regression":
        raise ConfigurationError(
            f"{source} is no classifier with two labels or more (its {CONFIG_FILE} tells of "
            f"{'a regression' if len(named) >= 2 else len(named)}); name one that is."
        )
    if sorted(named) != list(range(len(named))):
        raise ConfigurationError(
            f"The labels of {source} are not numbered from 0 on; correct id2label in {CONFIG_FILE}."
        )
    return tuple(str(named[index]) for index in range(len(named)))


def _read_section(config: Any, source: str) -> Mapping[str, Any]:
    """Return the config's `claimwire` section; without one, an empty one."""
    section = getattr(config, "claimwire", None)
    if section is None:
        return {}
    if not isinstance(section, Mapping):
        raise ConfigurationError(
            f"The claimwire section of the {CONFIG_FILE} of {source} is not an object; correct it."
        )
    return section


def _wrong_section(source: str, key: str) -> ConfigurationError:
    wanted = {"threshold": "a number between 0 and 1", "context": "true or false"}[key]
    return ConfigurationError(
        f"The {key} in the claimwire section of the {CONFIG_FILE} of {source} is not {wanted}; "
        "correct it."
    )


def _digest(folder: Path) -> str:
    """Return 16 hex digits of the SHA-256 over all files that can change a score, and names."""
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        if path.suffix in _REVISION_SUFFIXES and path.is_file():
            with path.open("rb") as file:
                content = hashlib.file_digest(file, "sha256").digest()
            digest.update(path.name.encode("utf-8", "surrogateescape") + b"\0" + content)
    return digest.hexdigest()[:16]
