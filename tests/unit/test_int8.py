"""The shipped int8 model against the scores its fp32 twin gave when it was made."""

from pathlib import Path
from statistics import median

import orjson
import pytest

from pipeline.model_folder import shipped_model
from pipeline.models import SentenceInContext
from pipeline.transformer import TransformerClassifier

SCORES = Path(__file__).parents[1] / "data" / "fp32_scores.jsonl"
MOST_DIFFERENT_DECISIONS = 0.01
LARGEST_MEDIAN_DIFFERENCE = 0.01


@pytest.fixture(scope="module")
def shipped() -> TransformerClassifier:
    with shipped_model() as folder:
        return TransformerClassifier(folder)


def test_int8_agrees_with_fp32(shipped: TransformerClassifier) -> None:
    """Of 500 sentences at most 1% are decided otherwise than in fp32; scores move 0.01 at most."""
    head, *rows = (orjson.loads(line) for line in SCORES.read_bytes().splitlines())
    assert head["revision"] == shipped.revision, "write the scores anew: training.reference_scores"
    assert len(rows) == 500
    predictions = shipped.classify(
        [SentenceInContext(text=r["text"], title=r["title"], before=r["before"]) for r in rows]
    )
    pairs = [(p.score, r["score"]) for p, r in zip(predictions, rows, strict=True)]
    at = shipped.threshold
    flagged = sum(score >= at for score, _ in pairs)
    assert 50 < flagged < 450, "sentences that are all alike cannot tell"
    differing = sum((int8 >= at) != (fp32 >= at) for int8, fp32 in pairs)
    assert differing <= MOST_DIFFERENT_DECISIONS * len(pairs)
    assert median(abs(int8 - fp32) for int8, fp32 in pairs) <= LARGEST_MEDIAN_DIFFERENCE
