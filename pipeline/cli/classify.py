"""`claimwire classify`: scores for sentences on standard input."""

import contextlib
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, BinaryIO

import typer

from pipeline.cli.options import ThresholdOption, load_settings

if TYPE_CHECKING:
    from pipeline.models import Prediction, SentenceInContext

LINE_MAX_BYTES = 1024 * 1024
_READ_BYTES = 1024 * 1024
_BATCH_MAX_SENTENCES = 512


def classify(threshold: ThresholdOption = None) -> None:
    """Score sentences: JSON Lines in, JSON Lines out, in order; needs no Kafka.

    In: `{"text": ..., "title": ..., "before": ...}`, of which title and before are optional.

    Out: `{"text": ..., "score": ..., "check_worthy": ..., "label": ...}`.

    A bad line is reported by its number and left out; the exit status is then 1.

    Example: `claimwire classify < sentences.jsonl > scores.jsonl`
    """
    import orjson

    from pipeline.wiring import open_detector

    settings = load_settings(threshold=threshold)
    failed = False
    with open_detector(settings) as detector:
        for lines in read_lines(sys.stdin.buffer):
            sentences: list[SentenceInContext] = []
            for number, line in lines:
                try:
                    sentences.append(parse_sentence(line))
                except ValueError as error:
                    failed = True
                    print(f"claimwire: line {number}: {error}", file=sys.stderr)
            predictions = detector.classifier.classify(sentences)
            for sentence, prediction in zip(sentences, predictions, strict=True):
                document = describe_prediction(sentence, prediction, threshold=detector.threshold)
                sys.stdout.buffer.write(orjson.dumps(document) + b"\n")
            sys.stdout.buffer.flush()
    if failed:
        raise typer.Exit(1)


def read_lines(stream: BinaryIO) -> Iterator[list[tuple[int, bytes]]]:
    """Yield the lines that are there, numbered from 1, without blank ones, in batches.

    A writer that is slow gets its answers line by line, one that is quick gets large batches. A
    line over LINE_MAX_BYTES is cut after so many bytes; it is no JSON then.
    """
    number = 0
    rest = b""
    read = getattr(stream, "read1", stream.read)
    while chunk := read(_READ_BYTES):
        *lines, rest = (rest + chunk).split(b"\n")
        rest = rest[: LINE_MAX_BYTES + 1]
        numbered = [(number + index, line.strip()) for index, line in enumerate(lines, start=1)]
        number += len(lines)
        yield from _batches([(n, line) for n, line in numbered if line])
    if rest.strip():
        yield [(number + 1, rest.strip())]


def _batches(lines: Sequence[tuple[int, bytes]]) -> Iterator[list[tuple[int, bytes]]]:
    for start in range(0, len(lines), _BATCH_MAX_SENTENCES):
        yield list(lines[start : start + _BATCH_MAX_SENTENCES])


def parse_sentence(line: bytes) -> "SentenceInContext":
    """Read one line; raises ValueError with a sentence that holds nothing of the line."""
    from pipeline.errors import ArticleError
    from pipeline.lenient_json import parse_json
    from pipeline.models import SentenceInContext

    if len(line) > LINE_MAX_BYTES:
        raise ValueError(f"longer than {LINE_MAX_BYTES:,} bytes: shorten it.")
    document: object = None
    with contextlib.suppress(ArticleError):
        document = parse_json(line)
    if not isinstance(document, dict):
        raise ValueError('not a JSON object: write {"text": "..."}.')  # noqa: TRY004 - a bad line
    fields = {}
    for name in ("text", "title", "before"):
        value = document.get(name)
        if value is not None and not isinstance(value, str):
            raise ValueError(f"{name} is not a string: correct it.")
        fields[name] = value or ""
    if not fields["text"].strip():
        raise ValueError("text is missing or blank: give it a sentence.")
    return SentenceInContext(**fields)


def describe_prediction(
    sentence: "SentenceInContext", prediction: "Prediction", *, threshold: float
) -> dict[str, object]:
    """Return the document that is printed for a sentence."""
    document: dict[str, object] = {
        "text": sentence.text,
        "score": prediction.score,
        "check_worthy": prediction.score >= threshold,
        "label": prediction.label,
    }
    if prediction.claim_type is not None:
        document["claim_type"] = prediction.claim_type
        document["claim_type_score"] = prediction.claim_type_score
    return document
