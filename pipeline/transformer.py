"""The transformer behind the ClaimClassifier port: ONNX Runtime, never torch.

What makes it quick: sentences of like
length share a model call, a call is bounded in tokens and not in sentences, nothing is scored
twice in a batch, and text is cut before it is tokenized. With several threads each works on a call
of its own: threads that share the products of one call wait for each other (docs/adr/0009).
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
    MODEL_FILE,
    load_tokenizer,
    read_card,
)
from pipeline.models import Prediction, Reason, SentenceInContext
from pipeline.onnx_session import RUNTIME_ERRORS, load_session
from pipeline.reasons import reasons_of
from pipeline.token_weights import own_spans, token_weights

REASONS_OUTPUT = "token_logits"
"""The output that reasons are made from; a model in this layout may lack it."""


class TransformerClassifier(ClaimClassifier):
    """Scores sentences with an ONNX model out of a folder.

    The folder holds `model.onnx` (inputs input_ids, attention_mask, token_type_ids; outputs
    logits and, if it tells claim types, claim_type_logits, and, if it gives reasons,
    token_logits), `tokenizer.json` and a
    `config.json` as transformers writes it, whose `claimwire` section names the threshold and
    the revision.

    Args:
        folder: Where the model is; `shipped_model()` lends the one that is installed along.
        threads: Model calls made side by side; also whether tokenizing may use several.
        batch_max_tokens: Most tokens of one model call, padding included; a single sentence
            is at most MAX_TOKENS long. What a call of 512 works on stays in the cache (2,048 took
            a fifth longer a sentence).
        reasons_at: Score from which a prediction comes with its reasons; None: the threshold.
        on_model_call: Told after each model call, on the calling thread.

    Raises:
        ConfigurationError: The folder holds no model that can be loaded.
    """

    def __init__(
        self,
        folder: Path,
        *,
        threads: int = 1,
        batch_max_tokens: int = 512,
        reasons_at: float | None = None,
        on_model_call: OnModelCall | None = None,
    ) -> None:
        self._batch_max_tokens = batch_max_tokens
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, "model-call") if threads > 1 else None
        self._on_model_call = on_model_call
        self._card = read_card(folder)
        self._reasons_at = self._card.threshold if reasons_at is None else reasons_at
        self._tokenizer = load_tokenizer(folder, threads)
        self._session = load_session(
            folder / MODEL_FILE, threads=1, remedy="install the model again"
        )
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
        found = score_distinct([model_input(sentence) for sentence in sentences], self._score)
        return [_shifted(p, s.text) for p, s in zip(found, sentences, strict=True)]

    def explain(self, sentence: SentenceInContext) -> list[tuple[int, int, float]]:
        """Return each word piece's start and end in the stripped sentence, and its weight.

        Weights are in logits of check-worthy over the strongest other class (token_weights.py).
        Empty for a model that gives no reasons. Raises ClassifierError when the runtime fails.
        """
        if REASONS_OUTPUT not in self._outputs:
            return []
        segments = model_input(sentence)
        encoding = self._encode([segments])[0]
        outputs = self._call([encoding])
        return self._weigh(segments, encoding, outputs, 0)

    def _encode(self, window: Sequence[Segments]) -> list[Any]:
        """Tokenize, offsets left out: they take as long again, and few sentences need them."""
        encodings: list[Any] = self._tokenizer.encode_batch_fast(
            [(first, second) if second else first for first, second in window]
        )
        return encodings

    def _score(self, window: Sequence[Segments]) -> list[Prediction]:
        """Score a window of inputs in batches of like length."""
        encodings = self._encode(window)
        lengths = [len(encoding) for encoding in encodings]
        share = ceil(sum(lengths) / self._threads)  # of a few sentences each thread takes some
        return score_by_length(
            list(zip(window, encodings, strict=True)),
            lengths,
            self._run,
            max_tokens=min(self._batch_max_tokens, share),
            on_model_call=self._on_model_call,
            pool=self._pool,
        )

    def _call(self, encodings: Sequence[Any]) -> dict[str, NDArray[np.float32]]:
        """Run the model on one batch; returns its outputs by name."""
        try:
            outputs = self._session.run(self._outputs, _feed(encodings))
        except RUNTIME_ERRORS as error:
            raise ClassifierError(
                f"The model {self.name} failed on a batch of {len(encodings)} sentences "
                f"({type(error).__name__}); check memory and the model's files, then retry."
            ) from error
        return dict(zip(self._outputs, outputs, strict=True))

    def _run(self, batch: Sequence[tuple[Segments, Any]]) -> list[Prediction]:
        """Score one batch."""
        outputs = self._call([encoding for _, encoding in batch])
        card = self._card
        worth = _softmax(outputs["logits"])
        if not np.isfinite(worth).all():
            raise ClassifierError(
                f"The model {self.name} returned something other than numbers; "
                "its files are damaged: install it again."
            )
        types = _softmax(outputs["claim_type_logits"]) if card.claim_types else None
        predictions = []
        for row, (segments, encoding) in enumerate(batch):
            score = float(worth[row, card.check_worthy])
            kind = None if types is None else int(types[row].argmax())
            predictions.append(
                Prediction(
                    label=card.labels[int(worth[row].argmax())],
                    score=score,
                    claim_type=None if kind is None else card.claim_types[kind],
                    claim_type_score=(
                        None if types is None or kind is None else float(types[row, kind])
                    ),
                    reasons=(
                        self._reasons(segments, encoding, outputs, row)
                        if score >= self._reasons_at and REASONS_OUTPUT in outputs
                        else ()
                    ),
                )
            )
        return predictions

    def _reasons(
        self, segments: Segments, encoding: Any, outputs: dict[str, NDArray[np.float32]], row: int
    ) -> tuple[Reason, ...]:
        weighed = self._weigh(segments, encoding, outputs, row)
        spans = [(start, end) for start, end, _ in weighed]
        return reasons_of(segments[0], spans, [weight for *_, weight in weighed])

    def _weigh(
        self, segments: Segments, encoding: Any, outputs: dict[str, NDArray[np.float32]], row: int
    ) -> list[tuple[int, int, float]]:
        """Pair each own token's place in the sentence with its weight."""
        types = encoding.type_ids
        weights = token_weights(
            outputs[REASONS_OUTPUT][row, : types.count(0)],
            outputs["logits"][row],
            self._card.check_worthy,
        )
        first, second = segments
        offsets = self._tokenizer.encode(first, second or None).offsets
        spans = own_spans(offsets, types)
        return [(*span, float(w)) for span, w in zip(spans, weights, strict=True)]

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
        if widths.get(REASONS_OUTPUT) == len(self._card.labels):
            self._outputs.append(REASONS_OUTPUT)


def _shifted(prediction: Prediction, sentence: str) -> Prediction:
    """Count reasons from the start of the sentence as given: the model read it stripped."""
    lead = len(sentence) - len(sentence.lstrip()) if prediction.reasons else 0
    if not lead:
        return prediction
    moved = (replace(r, start=r.start + lead, end=r.end + lead) for r in prediction.reasons)
    return replace(prediction, reasons=tuple(moved))


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
