"""How long until the first prediction: `python -m benchmarks.startup`.

Two fresh interpreters in turn. One imports transformers and ONNX Runtime and ends; the other
imports the pipeline's classifier, loads the shipped model and scores one sentence. Importing
transformers alone loads none of its classes: the configuration and tokenizer that the second uses
are on its side of the ratio.
"""

import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.report import machine_facts, print_machine, print_table, spread, write_json

TARGET_RATIO = 1.5

_IMPORTS = "import transformers, onnxruntime"
_FIRST_PREDICTION = """
from pipeline.model_folder import shipped_model
from pipeline.models import SentenceInContext
from pipeline.transformer import TransformerClassifier
with shipped_model() as folder:
    classifier = TransformerClassifier(folder, threads=1)
    classifier.classify([SentenceInContext(text="Exports fell 4 percent in May.")])
"""


def seconds_of(program: str) -> float:
    """Run a program in a fresh interpreter and return how long it took, start to end."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", program], check=True, stderr=subprocess.DEVNULL)
    return time.perf_counter() - started


def main(
    *,
    rounds: Annotated[int, typer.Option(min=1, help="Times each side runs.")] = 10,
    json_path: Annotated[
        Path | None, typer.Option("--json", help="Write the figures to this file.")
    ] = None,
) -> None:
    """Measure seconds to the first prediction beside seconds to import the libraries alone."""
    machine = machine_facts(threads=1)
    print_machine(machine)
    for program in (_IMPORTS, _FIRST_PREDICTION):
        seconds_of(program)  # files come from disk once
    imports, predictions = [], []
    for _ in range(rounds):
        imports.append(seconds_of(_IMPORTS))
        predictions.append(seconds_of(_FIRST_PREDICTION))
    figures: dict[str, Any] = {
        "imports_seconds": spread(imports),
        "first_prediction_seconds": spread(predictions),
        "ratio": spread(p / i for p, i in zip(predictions, imports, strict=True)),
    }
    print_table(
        f"Start-up, {rounds} rounds",
        ("", "median (range)"),
        [
            ("import transformers and onnxruntime, s", f"{figures['imports_seconds']:.2f}"),
            ("to the first prediction, s", f"{figures['first_prediction_seconds']:.2f}"),
            (f"ratio (target {TARGET_RATIO})", f"{figures['ratio']:.2f}"),
        ],
    )
    if json_path:
        write_json(json_path, {"benchmark": "startup", "machine": machine, "figures": figures})


if __name__ == "__main__":
    typer.run(main)
