"""ONNX Runtime, loaded the way both classifiers that use it want it."""

import os
from pathlib import Path
from typing import Any

# Since 1.29 it reports its use to its maker, unless it is told not to before it is loaded.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as onnxruntime_errors

from pipeline.errors import ConfigurationError

SLOW_OPTIMIZERS = ["SkipLayerNormFusion"]
"""Fusions that slow the model down: SkipLayerNormalization on a CPU costs eight times the
addition and the normalization that it replaces (ONNX Runtime 1.32)."""

RUNTIME_ERRORS = (
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
"""What ONNX Runtime raises; its exceptions have no base of their own."""


def load_session(path: Path, *, threads: int, remedy: str) -> Any:
    """Load a graph for the CPU; `remedy` says what to do when it cannot be.

    Raises ConfigurationError.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Threads that wait for work sleep: spinning took half as much CPU time again, and beside a
    # busy broker it doubled the time of a call.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 4  # errors reach us as exceptions; no need to print them too
    try:
        return onnxruntime.InferenceSession(
            path,
            options,
            providers=["CPUExecutionProvider"],
            disabled_optimizers=SLOW_OPTIMIZERS,
        )
    except RUNTIME_ERRORS as error:
        raise ConfigurationError(
            f"{path} is not a model that ONNX Runtime can load; {remedy}."
        ) from error
