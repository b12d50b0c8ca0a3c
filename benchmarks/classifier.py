"""The shipped classifier beside what one would write instead: `python -m benchmarks.classifier`.

Instead means `transformers.pipeline("text-classification", batch_size=32)` with torch on the
same six-layer network in fp32: the same inputs with their context, cut alike, the same threads,
rounds in turn. Its weights are random: speed does not read them. Needs torch (the environment
of `make test-all` has it). The worker's memory of scores is off in this ratio; a second ratio has
it on, for a stream in which every article comes twice. The last figure is the share of the
machine's own int8
matrix-product peak, measured in the same run with a plain MatMulInteger.
"""

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import onnxruntime
import orjson
import typer

from benchmarks.corpus import Corpus
from benchmarks.report import (
    machine_facts,
    print_machine,
    print_table,
    spread,
    write_json,
)
from pipeline.detection import in_context
from pipeline.model_calls import model_input
from pipeline.model_folder import MAX_TOKENS, shipped_model
from pipeline.models import SentenceInContext
from pipeline.remembered_scores import RememberingClassifier
from pipeline.sentences import SentencexSplitter
from pipeline.transformer import TransformerClassifier

TARGET_RATIO = 6.0
_BASELINE_BATCH = 32
_PEAK_SIZE = 1024
"""Rows, depth and columns of the matrix product that stands for the peak."""


def sentences_of(articles: int, seed: int) -> list[SentenceInContext]:
    """Return the distinct sentences of made-up articles, in reading order."""
    splitter = SentencexSplitter()
    sentences: list[SentenceInContext] = []
    for message in Corpus(seed).articles(articles):
        article = orjson.loads(message)
        found = splitter.split(article["body"])
        sentences += in_context(article.get("title"), found)
    return list({model_input(sentence): sentence for sentence in sentences}.values())


def seconds_of(work: Callable[[], object]) -> float:
    """Return how long a call takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def baseline(
    folder: Path, sentences: Sequence[SentenceInContext], threads: int
) -> Callable[[], object]:
    """Return a call that scores the sentences through transformers.pipeline and torch, fp32."""
    try:
        import torch
    except ImportError as error:
        raise typer.BadParameter(
            "This benchmark compares with torch, which is not installed here; "
            "run it in the environment that `make test-all` makes (.venv-torch)."
        ) from error
    from transformers import (
        AutoConfig,
        AutoModelForSequenceClassification,
        AutoTokenizer,
        pipeline,
    )

    torch.set_num_threads(threads)
    config = AutoConfig.from_pretrained(folder, local_files_only=True)
    model = AutoModelForSequenceClassification.from_config(config).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    classify = pipeline("text-classification", model=model, tokenizer=tokenizer, device="cpu")
    inputs: list[Any] = []
    for sentence in sentences:
        text, context = model_input(sentence)
        inputs.append({"text": text, "text_pair": context} if context else {"text": text})

    def run() -> object:
        return classify(
            inputs,
            batch_size=_BASELINE_BATCH,
            truncation=True,
            max_length=MAX_TOKENS,
            padding=True,
        )

    return run


def classify_twice(ours: TransformerClassifier, sentences: Sequence[SentenceInContext]) -> None:
    """Score a stream in which every article comes twice, as the worker does, with its memory."""
    remembering = RememberingClassifier(ours, max_sentences=2 * len(sentences))
    remembering.classify(sentences)
    remembering.classify(sentences)


def peak_products_per_second(threads: int) -> float:
    """Return multiply-adds a second of the best of ten u8 by s8 products of 1024 cubed."""
    from onnx import TensorProto, helper, numpy_helper

    shape = [_PEAK_SIZE, _PEAK_SIZE]
    weights = np.random.default_rng(0).integers(-127, 127, shape).astype(np.int8)
    graph = helper.make_graph(
        [helper.make_node("MatMulInteger", ["a", "b", "zero"], ["c"])],
        "peak",
        [helper.make_tensor_value_info("a", TensorProto.UINT8, shape)],
        [helper.make_tensor_value_info("c", TensorProto.INT32, shape)],
        [
            numpy_helper.from_array(weights, "b"),
            numpy_helper.from_array(np.array(128, np.uint8), "zero"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    feed = {"a": np.random.default_rng(1).integers(0, 255, shape).astype(np.uint8)}
    repeats = 20
    best = min(
        seconds_of(lambda: [session.run(None, feed) for _ in range(repeats)]) for _ in "x" * 10
    )
    return repeats * float(_PEAK_SIZE) ** 3 / best


def products_of(folder: Path, sentences: Sequence[SentenceInContext]) -> float:
    """Return the multiply-adds in the encoder's int8 products for these inputs, unpadded.

    The last layer makes keys and values of all tokens, the rest of the sentence's own alone.
    """
    from transformers import AutoConfig, AutoTokenizer

    config = AutoConfig.from_pretrained(folder, local_files_only=True)
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True).backend_tokenizer
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    pairs = [model_input(sentence) for sentence in sentences]
    encodings = tokenizer.encode_batch([(a, b) if b else a for a, b in pairs])
    tokens = sum(len(encoding) for encoding in encodings)
    own = sum(encoding.type_ids.count(0) for encoding in encodings)
    square = config.hidden_size**2
    rest = 2 * square + 2 * config.hidden_size * config.intermediate_size
    all_but_last = (config.num_hidden_layers - 1) * (2 * square + rest)
    return float(tokens * all_but_last + tokens * 2 * square + own * rest)


def measure(*, threads: int, rounds: int, articles: int, seed: int) -> dict[str, Any]:
    """Run both sides in turn and return sentences a second, their ratio and the peak share."""
    sentences = sentences_of(articles, seed)
    with shipped_model() as folder:
        ours = TransformerClassifier(folder, threads=threads)
        theirs = baseline(folder, sentences, threads)
        ours.classify(sentences[:64])
        theirs()
        our_seconds, their_seconds, remembering_seconds = [], [], []
        for _ in range(rounds):
            our_seconds.append(seconds_of(lambda: ours.classify(sentences)))
            their_seconds.append(seconds_of(theirs))
            remembering_seconds.append(seconds_of(lambda: classify_twice(ours, sentences)))
        peak = peak_products_per_second(threads)
        products = products_of(folder, sentences)
    return {
        "sentences": len(sentences),
        "ours_per_second": spread(len(sentences) / s for s in our_seconds),
        "baseline_per_second": spread(len(sentences) / s for s in their_seconds),
        "remembering_per_second": spread(2 * len(sentences) / s for s in remembering_seconds),
        "remembering_ratio": spread(
            2 * t / r for r, t in zip(remembering_seconds, their_seconds, strict=True)
        ),
        "ratio": spread(t / o for o, t in zip(our_seconds, their_seconds, strict=True)),
        "int8_peak_share": spread(products / s / peak for s in our_seconds),
        "int8_peak_giga_multiply_adds_per_second": peak / 1e9,
    }


def main(
    *,
    threads: Annotated[list[int], typer.Option(min=1, help="Repeat for several.")] = [1, 2],  # noqa: B006
    rounds: Annotated[int, typer.Option(min=1, help="Times each side runs.")] = 5,
    articles: Annotated[int, typer.Option(min=1, help="Made-up articles to score.")] = 40,
    seed: Annotated[int, typer.Option(help="Seed of the articles.")] = 1,
    json_path: Annotated[
        Path | None, typer.Option("--json", help="Write the figures to this file.")
    ] = None,
) -> None:
    """Measure sentences a second of the shipped classifier and of transformers with torch."""
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    report: dict[str, Any] = {"benchmark": "classifier", "seed": seed, "runs": []}
    for count in threads:
        machine = machine_facts(threads=count)
        print_machine(machine)
        figures = measure(threads=count, rounds=rounds, articles=articles, seed=seed)
        report["runs"].append({"machine": machine, "figures": figures})
        print_table(
            f"{figures['sentences']} sentences, {count} threads, {rounds} rounds",
            ("", "median (range)"),
            [
                ("shipped model, sentences/s", f"{figures['ours_per_second']:.0f}"),
                ("transformers.pipeline, torch fp32", f"{figures['baseline_per_second']:.0f}"),
                (f"ratio (target {TARGET_RATIO:.0f})", f"{figures['ratio']:.2f}"),
                ("with memory, articles twice, /s", f"{figures['remembering_per_second']:.0f}"),
                ("ratio with memory", f"{figures['remembering_ratio']:.2f}"),
                ("share of the int8 peak", f"{figures['int8_peak_share']:.2f}"),
            ],
        )
    if json_path:
        write_json(json_path, report)


if __name__ == "__main__":
    typer.run(main)
