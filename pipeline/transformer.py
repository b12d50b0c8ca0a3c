"""The transformer behind the ClaimClassifier port: ONNX Runtime, never torch.

Only this module imports onnxruntime and transformers. What makes it quick: sentences of like
length share a model call, a call is bounded in tokens and not in sentences, nothing is scored
twice in a batch, and text is cut before it is tokenized.
"""

import hashlib
import json
import os
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as onnxruntime_errors

from pipeline.classifier import ClaimClassifier
from pipeline.errors import ClassifierError, ConfigurationError
from pipeline.model_calls import (
    OnModelCall,
    Segments,
    model_input,
    score_by_length,
    score_distinct,
)
from pipeline.models import Prediction, SentenceInContext

MODEL_FILE = "model.onnx"
TOKENIZER_FILE = "tokenizer.json"
CONFIG_FILE = "config.json"

MAX_TOKENS = 192

SLOW_OPTIMIZERS = ["SkipLayerNormFusion"]
"""Fusions that slow the model down: SkipLayerNormalization on a CPU costs eight times the
addition and the normalization that it replaces (ONNX Runtime 1.32)."""


_RUNTIME_ERRORS = (
    onnxruntime_errors.EPFail,
    onnxruntime_errors.EngineError,
    onnxruntime_errors.Fail,
    onnxruntime_errors.InvalidArgument,
    onnxruntime_errors.InvalidGraph,
    onnxruntime_errors.InvalidProtobuf,
    onnxruntime_errors.ModelLoaded,
    onnxruntime_errors.NoModel,
    onnxruntime_errors.NoSuchFile,
    onnxruntime_errors.NotImplemented,
    onnxruntime_errors.RuntimeException,
    RuntimeError,
    MemoryError,
)


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
class _Card:
    """What config.json says about the model, checked."""

    name: str
    revision: str
    threshold: float
    labels: tuple[str, ...]
    check_worthy: int
    """Index of the class whose probability is the score."""
    claim_types: tuple[str, ...]
    """Empty when the model does not tell types."""


class TransformerClassifier(ClaimClassifier):
    """Scores sentences with an ONNX model out of a folder.

    The folder holds `model.onnx` (inputs input_ids, attention_mask, token_type_ids; outputs
    logits and, if it tells claim types, claim_type_logits), `tokenizer.json` and a
    `config.json` as transformers writes it, whose `claimwire` section names the threshold and
    the revision.

    Args:
        folder: Where the model is; `shipped_model()` lends the one that is installed along.
        threads: CPU threads of a model call; also whether tokenizing may use several.
        batch_max_tokens: Most tokens of one model call, padding included; a single sentence
            is at most MAX_TOKENS long. By default 512 a thread: what a call works on then
            stays in the cache (2,048 took a fifth longer a sentence).
        on_model_call: Told after each model call, on the calling thread.

    Raises:
        ConfigurationError: The folder holds no model that can be loaded.
    """

    def __init__(
        self,
        folder: Path,
        *,
        threads: int = 1,
        batch_max_tokens: int | None = None,
        on_model_call: OnModelCall | None = None,
    ) -> None:
        self._batch_max_tokens = max(batch_max_tokens or 512 * threads, MAX_TOKENS)
        self._on_model_call = on_model_call
        self._card = _read_card(folder)
        self._tokenizer = _load_tokenizer(folder, threads)
        self._session = _load_session(folder, threads)
        self._check_outputs(folder)

    @property
    def name(self) -> str:
        """What the model's config calls it."""
        return self._card.name

    @property
    def revision(self) -> str:
        """Digest of the weights and the tokenizer."""
        return self._card.revision

    @property
    def threshold(self) -> float:
        """The threshold chosen on the calibration fold."""
        return self._card.threshold

    def classify(self, sentences: Sequence[SentenceInContext]) -> list[Prediction]:
        """Score sentences, in order; equal inputs are scored once.

        Raises ClassifierError when the runtime fails.
        """
        return score_distinct([model_input(sentence) for sentence in sentences], self._score)

    def _score(self, window: Sequence[Segments]) -> list[Prediction]:
        """Tokenize a window of inputs and score it in batches of like length."""
        encodings = self._tokenizer.encode_batch_fast(
            [(first, second) if second else first for first, second in window]
        )
        return score_by_length(
            encodings,
            [len(encoding) for encoding in encodings],
            self._run,
            max_tokens=self._batch_max_tokens,
            on_model_call=self._on_model_call,
        )

    def _run(self, encodings: Sequence[Any]) -> list[Prediction]:
        """Score one batch."""
        try:
            outputs = self._session.run(self._outputs, _feed(encodings))
        except _RUNTIME_ERRORS as error:
            raise ClassifierError(
                f"The model {self.name} failed on a batch of {len(encodings)} sentences "
                f"({type(error).__name__}); check memory and the model's files, then retry."
            ) from error
        card = self._card
        worth = _softmax(outputs[0])
        if not np.isfinite(worth).all():
            raise ClassifierError(
                f"The model {self.name} returned something other than numbers; "
                "its files are damaged: install it again."
            )
        labels = worth.argmax(-1)
        scores = worth[:, card.check_worthy]
        if not card.claim_types:
            return [
                Prediction(label=card.labels[label], score=float(score))
                for label, score in zip(labels, scores, strict=True)
            ]
        types = _softmax(outputs[1])
        best = types.argmax(-1)
        return [
            Prediction(
                label=card.labels[label],
                score=float(score),
                claim_type=card.claim_types[kind],
                claim_type_score=float(row[kind]),
            )
            for label, score, kind, row in zip(labels, scores, best, types, strict=True)
        ]

    def _check_outputs(self, folder: Path) -> None:
        """Compare the outputs' widths with the labels that config.json names."""
        widths = {output.name: output.shape[-1] for output in self._session.get_outputs()}
        wanted = {"logits": len(self._card.labels)}
        if self._card.claim_types:
            wanted["claim_type_logits"] = len(self._card.claim_types)
        for name, count in wanted.items():
            if widths.get(name) != count:
                raise ConfigurationError(
                    f"{folder / MODEL_FILE} gives {widths.get(name, 'no')} {name} and "
                    f"{CONFIG_FILE} names {count} labels; use the two files of one model."
                )
        self._outputs = list(wanted)


def _feed(encodings: Sequence[Any]) -> dict[str, NDArray[np.int64]]:
    """Return the model's inputs, zero-padded to the longest row, shape (batch, length)."""
    shape = (len(encodings), max(len(encoding) for encoding in encodings))
    ids, mask, types = (np.zeros(shape, np.int64) for _ in range(3))
    for row, encoding in enumerate(encodings):
        length = len(encoding)
        ids[row, :length] = encoding.ids
        types[row, :length] = encoding.type_ids
        mask[row, :length] = 1
    return {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}


def _softmax(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return row-wise probabilities of a (rows, classes) array."""
    shifted = np.exp(logits.astype(np.float64) - logits.max(-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(-1, keepdims=True))


def _read_card(folder: Path) -> _Card:
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
        card = _Card(
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
    from transformers import AutoConfig

    try:
        json.loads((folder / CONFIG_FILE).read_bytes())
        return AutoConfig.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(
            f"{folder / CONFIG_FILE} is not a model configuration that transformers can read; "
            "install the model again."
        ) from error


def _load_tokenizer(folder: Path, threads: int) -> Any:
    """Load the tokenizer through transformers; only its Rust half is used afterwards."""
    from transformers import AutoTokenizer

    # The Rust half reads this at every call and has no other switch; said outright, it also
    # does not complain when the process forks later.
    os.environ["TOKENIZERS_PARALLELISM"] = "true" if threads > 1 else "false"
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True).backend_tokenizer
    except Exception as error:  # the Rust half raises bare Exception
        raise ConfigurationError(
            f"{folder / TOKENIZER_FILE} is not a tokenizer that transformers can read; "
            "install the model again."
        ) from error
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer


def _load_session(folder: Path, threads: int) -> Any:
    """Load the graph into ONNX Runtime."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Threads that wait for work sleep: spinning took half as much CPU time again, and beside a
    # busy broker it doubled the time of a call.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3  # errors; they reach us as exceptions as well
    try:
        return onnxruntime.InferenceSession(
            folder / MODEL_FILE,
            options,
            providers=["CPUExecutionProvider"],
            disabled_optimizers=SLOW_OPTIMIZERS,
        )
    except _RUNTIME_ERRORS as error:
        raise ConfigurationError(
            f"{folder / MODEL_FILE} is not a model that ONNX Runtime can load; "
            "install the model again."
        ) from error
