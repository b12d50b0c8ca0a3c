"""Sentences without labels, which a teacher can teach: of the data, written for it, and open."""

import json
import re
from collections.abc import Iterable
from pathlib import Path

from training.examples import Example, folded

WRITTEN_PASSAGES = Path(__file__).parent / "passages"

_SENTENCE_START = re.compile(r"(?<=[.!?])[\"”’']?\s+(?=[\"“‘A-Z])")
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


def read_written_passages(folder: Path = WRITTEN_PASSAGES) -> list[Example]:
    """Read the unlabelled articles that were written for this training (its README says how).

    An empty line stands between articles; an article's first line is its title, each other line
    a sentence.
    """
    examples = []
    for path in sorted(folder.glob("*.txt")):
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


def read_open_text(path: Path) -> list[Example]:
    """Read the sentences that `training.open_text` wrote."""
    with path.open(encoding="utf-8") as lines:
        return [Example(worth=None, source="open", **json.loads(line)) for line in lines]
