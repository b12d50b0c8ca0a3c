"""Scores 500 sentences in fp32: `python -m training.reference_scores FP32 INT8 SENTENCES OUT`.

The fp32 twin is four times the size of the shipped model and stays out of the repository; its
scores of sentences that we wrote stay in it, and a test holds the int8 model to them. SENTENCES is
such a file already, of any model: those of the samples, and of the benchmarks' made-up articles.
"""

import argparse
import json
from pathlib import Path

from pipeline.models import SentenceInContext
from pipeline.transformer import TransformerClassifier


def main() -> None:
    """Write a line that names the int8 model, then one a sentence with its fp32 score."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("fp32", type=Path)
    parser.add_argument("int8", type=Path)
    parser.add_argument("sentences", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    _, *rows = map(json.loads, options.sentences.read_bytes().splitlines())
    predictions = TransformerClassifier(options.fp32, threads=2).classify(
        [SentenceInContext(text=r["text"], title=r["title"], before=r["before"]) for r in rows]
    )
    lines = [{"revision": TransformerClassifier(options.int8).revision}]
    lines += [
        row | {"score": round(prediction.score, 5)}
        for row, prediction in zip(rows, predictions, strict=True)
    ]
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    options.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
