"""What every runtime for somebody else's model shares: sentences in, predictions out.

Cost is kept down as for the shipped model (transformer.py): equal inputs are scored once,
sentences of like length share a model call, and a call is bounded in tokens.
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.checkpoint import Checkpoint, load_tokenizer
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

ModelInput = Mapping[str, NDArray[np.int64]]
"""input_ids, attention_mask and perhaps token_type_ids, each of shape (rows, tokens)."""

MAX_TOKENS = 512
"""Longest input where the checkpoint allows as much; a sentence is cut at 800 characters."""


# Two lengths in one call, and the longest input there may be.
_PROBE = [("The council met.", ""), ("It spent 40 million euros on the new bridge in May.", "")]
_LONG_PROBE = [("1, 2, " * MAX_TOKENS, "")]


class SequenceClassifier(ClaimClassifier):
    """Scores sentences with a checkpoint of any maker; a subclass runs the model.

    A checkpoint that was not trained with context gets the sentence alone: a second segment it
    never saw would move its scores in ways nobody measured. `"context": true` in the `claimwire`
    section of its config.json says that it was.

    Args:
        checkpoint: What the checkpoint says of itself.
        threads: CPU threads of a model call; also whether tokenizing may use several.
        batch_max_tokens: Most tokens of one model call, padding included; a single input
            may be longer.
        on_model_call: Told after each model call, on the calling thread.

    Raises:
        ConfigurationError: The checkpoint cannot be loaded, or its parts do not fit.
    """

    def __init__(
        self,
        checkpoint: Checkpoint,
        *,
        threads: int = 1,
        batch_max_tokens: int = 2048,
        on_model_call: OnModelCall | None = None,
    ) -> None:
        self._checkpoint = checkpoint
        self._batch_max_tokens = batch_max_tokens
        self._on_model_call = on_model_call
        self._tokenizer = load_tokenizer(checkpoint, threads)
        self._max_tokens = _max_tokens(checkpoint.config, self._tokenizer)
        self._pad_id: int | None = self._tokenizer.pad_token_id
        self._load(checkpoint, threads)
        self._probe()

    @abstractmethod
    def _load(self, checkpoint: Checkpoint, threads: int) -> None:
        """Load the weights. Raises ConfigurationError."""

    @abstractmethod
    def _logits(self, batch: ModelInput) -> NDArray[np.float32]:
        """Run the model on one batch; returns shape (rows, labels). May raise anything."""

    @property
    def name(self) -> str:
        """What its config calls it, else the folder's name or the hub id."""
        return self._checkpoint.name

    @property
    def revision(self) -> str:
        """Digest of the folder, or the commit on the hub."""
        return self._checkpoint.revision

    @property
    def threshold(self) -> float:
        """The config's own, else 0.5."""
        return self._checkpoint.threshold

    def classify(self, sentences: Sequence[SentenceInContext]) -> list[Prediction]:
        """Score sentences, in order; equal inputs are scored once.

        Raises ClassifierError when the model fails.
        """
        return score_distinct([self._segments(sentence) for sentence in sentences], self._score)

    def _segments(self, sentence: SentenceInContext) -> Segments:
        text, context = model_input(sentence)
        return text, context if self._checkpoint.reads_context else ""

    def _score(self, window: Sequence[Segments]) -> list[Prediction]:
        """Tokenize a window of inputs and score it in batches of like length."""
        encodings = self._encode(window)
        lengths = [len(encoding["input_ids"]) for encoding in encodings]
        return score_by_length(
            encodings,
            lengths,
            self._predict,
            max_tokens=self._batch_max_tokens,
            # Without a padding token rows of unlike length cannot share a call.
            max_rows=1 if self._pad_id is None else None,
            on_model_call=self._on_model_call,
        )

    def _encode(self, window: Sequence[Segments]) -> list[dict[str, list[int]]]:
        """Tokenize; an input without second segment is not a pair with an empty one."""
        encodings: dict[int, dict[str, list[int]]] = {}
        for paired in (False, True):
            rows = [row for row, segments in enumerate(window) if bool(segments[1]) is paired]
            if rows:
                firsts = [window[row][0] for row in rows]
                seconds = [window[row][1] for row in rows] if paired else None
                encodings.update(zip(rows, self._tokenize(firsts, seconds), strict=True))
        for row, encoding in encodings.items():
            if not encoding["input_ids"]:  # blank text, and a tokenizer that adds nothing
                encodings[row] = self._tokenize(["."], None)[0]
        return [encodings[row] for row in range(len(window))]

    def _tokenize(self, firsts: list[str], seconds: list[str] | None) -> list[dict[str, list[int]]]:
        encoded = self._tokenizer(
            firsts,
            seconds,
            truncation=True,
            max_length=self._max_tokens,
            return_attention_mask=True,
        )
        return [{name: encoded[name][row] for name in encoded} for row in range(len(firsts))]

    def _predict(self, encodings: Sequence[dict[str, list[int]]]) -> list[Prediction]:
        """Score one batch."""
        checkpoint = self._checkpoint
        try:
            logits = np.asarray(self._logits(self._pad(encodings)), np.float64)
        except Exception as error:  # whatever a model's own code raises
            raise ClassifierError(
                f"The model {self.name} failed on a batch of {len(encodings)} sentences "
                f"({type(error).__name__}); check memory and the model's files, then retry."
            ) from error
        if logits.shape != (len(encodings), len(checkpoint.labels)):
            raise ClassifierError(
                f"The model {self.name} gives scores of shape {logits.shape} for {len(encodings)} "
                f"sentences and {len(checkpoint.labels)} labels; use files of one model."
            )
        if not np.isfinite(logits).all():
            raise ClassifierError(
                f"The model {self.name} returned something other than numbers; "
                "its files are damaged: install it again."
            )
        probabilities = _probabilities(logits, checkpoint.config.problem_type)
        return [
            Prediction(label=checkpoint.labels[label], score=float(row[checkpoint.check_worthy]))
            for label, row in zip(logits.argmax(-1), probabilities, strict=True)
        ]

    def _pad(self, encodings: Sequence[dict[str, list[int]]]) -> ModelInput:
        """Return arrays of shape (rows, longest row), padded on the side the model wants."""
        length = max(len(encoding["input_ids"]) for encoding in encodings)
        left = self._tokenizer.padding_side == "left"
        padding = {"input_ids": self._pad_id or 0}
        arrays = {
            name: np.full((len(encodings), length), padding.get(name, 0), np.int64)
            for name in encodings[0]
        }
        for row, encoding in enumerate(encodings):
            for name, values in encoding.items():
                start = length - len(values) if left else 0
                arrays[name][row, start : start + len(values)] = values
        return arrays

    def _probe(self) -> None:
        """Score a few sentences, so that files which do not fit are told at start, not at work."""
        encodings = self._encode(_PROBE)
        batches = [encodings] if self._pad_id is not None else [[one] for one in encodings]
        try:
            for batch in (*batches, self._encode(_LONG_PROBE)):
                self._predict(batch)
        except ClassifierError as error:
            raise ConfigurationError(
                f"The model {self._checkpoint.source} loads but cannot score: {error}"
            ) from error


def _probabilities(logits: NDArray[np.float64], problem_type: str | None) -> NDArray[np.float64]:
    """Return probabilities of a (rows, labels) array, as the checkpoint was trained to mean it."""
    if problem_type == "multi_label_classification":
        return np.asarray(np.exp(-np.logaddexp(0, -logits)))
    shifted = np.exp(logits - logits.max(-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(-1, keepdims=True))


def _max_tokens(config: Any, tokenizer: Any) -> int:
    """Return the longest input that the checkpoint takes, in tokens."""
    limits = [MAX_TOKENS, tokenizer.model_max_length]
    positions = getattr(config, "max_position_embeddings", None)
    if isinstance(positions, int) and positions > 2:
        # RoBERTa and its kin number positions from 2: two of them are never free.
        limits.append(positions - 2)
    return int(min(limits))
