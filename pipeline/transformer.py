"""The transformer behind the ClaimClassifier port: ONNX Runtime, never torch.

Only this module imports onnxruntime and transformers. What makes it quick: sentences of like
length share a model call, a call is bounded in tokens and not in sentences, nothing is scored
twice in a batch, and text is cut before it is tokenized.
"""

from collections.abc import Sequence
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
from pipeline.model_folder import (
    CONFIG_FILE,
    MAX_TOKENS,
    MODEL_FILE,
    load_tokenizer,
    read_card,
)
from pipeline.models import Prediction, SentenceInContext

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
        self._card = read_card(folder)
        self._tokenizer = load_tokenizer(folder, threads)
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
