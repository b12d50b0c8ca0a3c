"""Sentences beside the labelled news: those before them, written for it, and of open text."""

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from training.examples import TYPE_LETTERS, WORTH_LABELS, Example, folded

WRITTEN_PASSAGES = Path(__file__).parent / "passages"

_SENTENCE_START = re.compile(r"(?<=[.!?])[\"”’']?\s+(?=[\"“‘A-Z])")
_LABEL = re.compile(f"[0-{len(WORTH_LABELS) - 1}][{TYPE_LETTERS}]")
_SHORTEST_PASSAGE = 25
CUT_BEFORE = 199
"""Texts before a sentence are cut to their last 200 characters in the data."""


def passages_of(news: Iterable[Example]) -> list[Example]:
    """Return the sentences in the text before each example, as unlabelled examples.

    The first of a text before that was cut may be half a sentence and only gives context.
    """
    passages: dict[str, Example] = {}
    for example in news:
        sentences = _SENTENCE_START.split(example.before)
        first = 1 if len(example.before) >= CUT_BEFORE else 0
        for at, sentence in enumerate(sentences[first:], first):
            if len(sentence) >= _SHORTEST_PASSAGE:
                passages.setdefault(
                    folded(sentence),
                    Example(
                        text=sentence,
                        title=example.title,
                        before=" ".join(sentences[:at]),
                        worth=None,
                        source=example.source,
                        doc=example.doc,
                    ),
                )
    return list(passages.values())


def read_written_passages(
    folder: Path = WRITTEN_PASSAGES, *, files: str = "*.txt"
) -> list[Example]:
    """Read the articles that were written for this training (the folder's README says how).

    An empty line stands between articles; an article's first line is its title, each other line
    a sentence. Of `1a.txt` the labels stand in `1a.labels`, if there are any.

    Raises ValueError when labels and sentences of a file are not as many, or one cannot be read.
    """
    examples = []
    for path in sorted(folder.glob(files)):
        examples += _labelled(_read_articles(path), path.with_suffix(".labels"))
    return examples


def _read_articles(path: Path) -> list[Example]:
    examples = []
    articles = path.read_text(encoding="utf-8").strip().split("\n\n")
    for number, article in enumerate(articles):
        title, *sentences = (line.strip() for line in article.strip().splitlines())
        before = ""
        for sentence in filter(None, sentences):
            examples.append(
                Example(
                    text=sentence,
                    title=title,
                    before=before[-CUT_BEFORE:],
                    worth=None,
                    source="written",
                    doc=f"written-{path.stem}-{number}",
                )
            )
            before = f"{before} {sentence}".strip()
    return examples


def _labelled(examples: list[Example], labels: Path) -> list[Example]:
    """Put the labels of a file to its sentences: a line `2Q 1E` a sentence, an annotator a word."""
    if not labels.is_file():
        return examples
    lines = labels.read_text(encoding="utf-8").split("\n")[:-1]
    if len(lines) != len(examples):
        raise ValueError(f"{labels}: {len(lines)} labels for {len(examples)} sentences")
    return [_with_label(example, line) for example, line in zip(examples, lines, strict=True)]


def _with_label(example: Example, line: str) -> Example:
    words = line.split()
    if not words or not all(_LABEL.fullmatch(word) for word in words):
        raise ValueError(f"{line!r} is no label of {example.doc}: {example.text}")
    (worth, claim_type), *others = ((int(word[0]), TYPE_LETTERS.index(word[1])) for word in words)
    second = others[0] if others else None
    return replace(example, worth=worth, claim_type=claim_type, second=second)


def read_open_text(path: Path) -> list[Example]:
    """Read the sentences that `training.open_text` wrote."""
    with path.open(encoding="utf-8") as lines:
        return [Example(worth=None, source="open", **json.loads(line)) for line in lines]


def write_open_text(path: Path, examples: Iterable[Example]) -> int:
    """Write sentences for `read_open_text`, and return how many they were."""
    count = 0
    with path.open("w", encoding="utf-8") as lines:
        for one in examples:
            row = {"text": one.text, "title": one.title, "before": one.before, "doc": one.doc}
            lines.write(json.dumps(row, ensure_ascii=False) + "\n")
            count += 1
    return count
