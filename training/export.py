"""Turns a trained network into the folder the pipeline ships: `python -m training.export`.

Quantizes to int8, calibrates the score on the calibration fold, chooses the threshold on that
fold and on ClaimBuster's groundtruth, and writes model.onnx, the tokenizer, config.json.
"""

import argparse
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from torch.nn import functional
from transformers import AutoConfig

from pipeline.model_folder import (
    CONFIG_FILE,
    MAX_TOKENS,
    MODEL_FILE,
    TOKENIZER_FILE,
    revision_of,
)
from pipeline.models import SentenceInContext
from pipeline.onnx_session import SLOW_OPTIMIZERS
from pipeline.transformer import TransformerClassifier
from training.data import read_groundtruth, read_training_data
from training.encoding import Encoder
from training.examples import CHECK_WORTHY, TYPE_LABELS, WORTH_LABELS, Example
from training.graph import Shape, build, product_inputs
from training.metrics import best_threshold
from training.network import pretrained_folder
from training.quantization import Quantization, quantization_of

NAME = "claimwire-minilm-l6"
CALIBRATION_SENTENCES = 512
"""Training sentences whose activations set how the int8 products' inputs are quantized."""


def weights_of(state: dict[str, torch.Tensor]) -> dict[str, np.ndarray]:
    """Return a state dict as float32 arrays."""
    return {name: value.float().numpy() for name, value in state.items()}


def shape_of(folder: Path) -> Shape:
    """Read the encoder's sizes from its config."""
    config = AutoConfig.from_pretrained(folder, local_files_only=True)
    return Shape(
        layers=config.num_hidden_layers,
        heads=config.num_attention_heads,
        max_tokens=MAX_TOKENS,
    )


def session_of(model: onnx.ModelProto, *, threads: int) -> onnxruntime.InferenceSession:
    """Load a graph straight from memory."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(
        model.SerializeToString(),
        options,
        providers=["CPUExecutionProvider"],
        disabled_optimizers=SLOW_OPTIMIZERS,
    )


def feeds(encoder: Encoder, examples: Sequence[Example]) -> dict[str, np.ndarray]:
    """Encode examples as the arrays a graph takes."""
    return {name: tensor.numpy() for name, tensor in encoder(examples).items()}


def logits_of(
    session: onnxruntime.InferenceSession, encoder: Encoder, examples: Sequence[Example]
) -> np.ndarray:
    """Return the worth logits, in order."""
    lengths = encoder.lengths(examples)
    order = sorted(range(len(examples)), key=lengths.__getitem__)
    logits = np.zeros((len(examples), len(WORTH_LABELS)), np.float32)
    for start in range(0, len(order), 32):
        part = order[start : start + 32]
        logits[part] = session.run(["logits"], feeds(encoder, [examples[i] for i in part]))[0]
    return logits


def measure_activations(
    weights: dict[str, np.ndarray],
    shape: Shape,
    encoder: Encoder,
    examples: Sequence[Example],
    *,
    threads: int,
) -> dict[str, Quantization]:
    """Run training sentences in fp32 and see how to quantize what enters each product."""
    session = session_of(build(weights, shape, expose_activations=True), threads=threads)
    names = product_inputs(shape)
    seen: dict[str, list[np.ndarray]] = {name: [] for name in names}
    for start in range(0, len(examples), 32):
        batch = feeds(encoder, examples[start : start + 32])
        for name, values in zip(names, session.run(names, batch), strict=True):
            seen[name].append(counted_tokens(values, batch))
    return {name: quantization_of(np.concatenate(values)) for name, values in seen.items()}


def counted_tokens(values: np.ndarray, batch: dict[str, np.ndarray]) -> np.ndarray:
    """Return what of (batch, length, width) counts, as (tokens, width): all that is not padding.

    The last layer's values are cut to the sentences' own tokens, and only those count there.
    """
    counted = batch["attention_mask"].astype(bool)
    length = values.shape[1]
    if length < counted.shape[1]:
        counted = (counted & (batch["token_type_ids"] == 0))[:, :length]
    return values[counted]


def calibrate(logits: np.ndarray, positive: np.ndarray) -> tuple[float, float]:
    """Return the temperature and the shift of the check-worthy logit of least log loss."""
    raw = torch.tensor(logits, dtype=torch.float64)
    gold = torch.tensor(positive)
    others = [i for i in range(raw.shape[1]) if i != CHECK_WORTHY]
    log_temperature = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    shift = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [log_temperature, shift], max_iter=200, line_search_fn="strong_wolfe"
    )

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        scaled = raw / log_temperature.exp()
        odds = scaled[:, CHECK_WORTHY] + shift - scaled[:, others].logsumexp(1)
        value = functional.binary_cross_entropy_with_logits(odds, gold.double())
        value.backward()
        return value

    optimizer.step(loss)
    return float(log_temperature.exp()), float(shift)


def with_calibration(
    weights: dict[str, np.ndarray], temperature: float, shift: float
) -> dict[str, np.ndarray]:
    """Fold temperature and shift into the head, so that a plain softmax is the probability."""
    changed = dict(weights)
    changed["worth.weight"] = (weights["worth.weight"] / temperature).astype(np.float32)
    bias = weights["worth.bias"] / temperature
    bias[CHECK_WORTHY] += shift
    changed["worth.bias"] = bias.astype(np.float32)
    return changed


def write_config(folder: Path, pretrained: Path, *, threshold: float, calibration: dict) -> None:
    """Write config.json with the labels and the `claimwire` section."""
    config = AutoConfig.from_pretrained(
        pretrained,
        local_files_only=True,
        architectures=["BertForSequenceClassification"],
        id2label=dict(enumerate(WORTH_LABELS)),
        label2id={label: i for i, label in enumerate(WORTH_LABELS)},
    )
    config.claimwire = {
        "name": NAME,
        "revision": revision_of(folder),
        "threshold": threshold,
        "check_worthy_label": WORTH_LABELS[CHECK_WORTHY],
        "claim_types": list(TYPE_LABELS),
        "max_tokens": MAX_TOKENS,
        "calibration": calibration,
    }
    settings = config.to_diff_dict()
    settings.pop("_name_or_path", None)  # a path of this machine
    text = json.dumps(settings, indent=2, sort_keys=True) + "\n"
    (folder / CONFIG_FILE).write_text(text, encoding="utf-8")


def export(
    weights: dict[str, np.ndarray],
    data_folder: Path,
    out: Path,
    *,
    fp32: Path | None = None,
    threads: int = 2,
) -> None:
    """Write the shipped folder; the same model in fp32 too where `fp32` names a folder."""
    pretrained = pretrained_folder()
    shape, encoder = shape_of(pretrained), Encoder(pretrained)
    data = read_training_data(data_folder)
    random_ = np.random.default_rng(0)
    pool = [*data.news, *data.claimbuster[: len(data.news)]]
    seen = [pool[i] for i in random_.choice(len(pool), CALIBRATION_SENTENCES, replace=False)]
    quantizations = measure_activations(weights, shape, encoder, seen, threads=threads)

    positive = np.array([e.check_worthy for e in data.calibration])
    raw = session_of(build(weights, shape, quantizations=quantizations), threads=threads)
    temperature, shift = calibrate(logits_of(raw, encoder, data.calibration), positive)
    calibrated = with_calibration(weights, temperature, shift)

    out.mkdir(parents=True, exist_ok=True)
    onnx.save(build(calibrated, shape, quantizations=quantizations), out / MODEL_FILE)
    if fp32 is not None:
        fp32.mkdir(parents=True, exist_ok=True)
        onnx.save(build(calibrated, shape), fp32 / MODEL_FILE)
    folders = [folder for folder in (out, fp32) if folder is not None]
    for folder in folders:
        for name in (TOKENIZER_FILE, "tokenizer_config.json"):
            shutil.copyfile(pretrained / name, folder / name)
    calibration = {"temperature": round(temperature, 4), "shift": round(shift, 4)}
    write_config(out, pretrained, threshold=0.5, calibration=calibration)
    # The threshold is chosen on what the pipeline itself will compute, for news and for debates,
    # of which the news folds tell nothing.
    classifier = TransformerClassifier(out, threads=threads)
    validation = (data.calibration, read_groundtruth(data_folder))
    threshold = best_threshold(
        *((scores_of(classifier, e), np.array([one.check_worthy for one in e])) for e in validation)
    )
    for folder in folders:
        write_config(folder, pretrained, threshold=threshold, calibration=calibration)
    print(json.dumps(calibration | {"threshold": threshold, "revision": revision_of(out)}))


def scores_of(classifier: TransformerClassifier, examples: Sequence[Example]) -> np.ndarray:
    """Return the published score of each example."""
    sentences = [SentenceInContext(text=e.text, title=e.title, before=e.before) for e in examples]
    return np.array([p.score for p in classifier.classify(sentences)])


def main() -> None:
    """Export a network that training.train saved."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("network", type=Path, help="network.pt of training.train")
    parser.add_argument("out", type=Path)
    parser.add_argument("--fp32", type=Path, help="also write the model in fp32 to this folder")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    state = torch.load(options.network, map_location="cpu", weights_only=True)
    export(weights_of(state), options.data, options.out, fp32=options.fp32, threads=options.threads)


if __name__ == "__main__":
    main()
