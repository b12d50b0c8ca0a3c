"""Any sequence classifier that somebody exported to ONNX, without torch.

The shipped model, and any in its layout, is transformer.py's.
"""

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from pipeline.checkpoint import Checkpoint
from pipeline.errors import ConfigurationError
from pipeline.model_folder import MODEL_FILE
from pipeline.sequence_classifier import ModelInput, SequenceClassifier
from pipeline.transformer import SLOW_OPTIMIZERS

_INPUTS = {"input_ids", "attention_mask", "token_type_ids"}
_TYPES = {"tensor(int64)": np.int64, "tensor(int32)": np.int32}


class OnnxClassifier(SequenceClassifier):
    """Scores sentences with the `model.onnx` of a folder, on the CPU.

    The graph takes the tokenizer's outputs by their usual names, of any batch size and length,
    and gives `logits`; exporters for transformers (Optimum, for one) write it so.
    """

    def _load(self, checkpoint: Checkpoint, threads: int) -> None:
        path = Path(checkpoint.source) / MODEL_FILE
        self._session = _load_session(path, threads)
        inputs = {i.name: _TYPES.get(i.type) for i in self._session.get_inputs()}
        outputs = {output.name for output in self._session.get_outputs()}
        if not inputs.keys() <= _INPUTS or None in inputs.values() or "logits" not in outputs:
            raise ConfigurationError(
                f"{path} is no sequence classifier over a tokenizer's output: it takes "
                f"{', '.join(inputs)} and gives {', '.join(outputs)}; export it for "
                "text classification."
            )
        self._types = inputs

    def _logits(self, batch: ModelInput) -> NDArray[np.float32]:
        # A tokenizer may leave out segments that the graph asks for: all are the first then.
        given = {"token_type_ids": np.zeros_like(batch["input_ids"]), **batch}
        feed = {name: given[name].astype(kind) for name, kind in self._types.items()}
        return np.asarray(self._session.run(["logits"], feed)[0])


def _load_session(path: Path, threads: int) -> Any:
    """Load the graph into ONNX Runtime."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # As for the shipped model: waiting threads sleep, and a fusion that slows it down is off.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 4  # errors reach us as exceptions; no need to print them too
    try:
        return onnxruntime.InferenceSession(
            path,
            options,
            providers=["CPUExecutionProvider"],
            disabled_optimizers=SLOW_OPTIMIZERS,
        )
    except Exception as error:  # its exceptions have nothing else in common
        raise ConfigurationError(
            f"{path} is not a model that ONNX Runtime can load; export it again."
        ) from error
