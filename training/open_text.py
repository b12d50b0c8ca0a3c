"""Unlabelled text under open licences, for a teacher to speak on: `python -m training.open_text`.

Reads clones of public repositories (CLONES, a folder each) and writes one JSON line a sentence,
with title and text before: articles, speeches and the like, or (`--books`) textbooks and the posts
of agencies. None of it is committed here; `training/README.md` says where it comes from, at which
commit and under which licence.
"""

import argparse
import csv
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from nltk.tokenize.treebank import TreebankWordDetokenizer

from pipeline.sentences import SentencexSplitter
from training.agency_posts import posts
from training.examples import Example
from training.textbooks import modules
from training.unlabelled import CUT_BEFORE, write_open_text

MASC_GENRES = frozenset(
    "newspaper journal essays non-fiction govt-docs technical travel-guides blog letters "
    "court-transcript".split()
)
"""What reads like an article or a letter to its reader. Its debates are left out: ClaimBuster's
groundtruth, which is measured on, has the same ones."""
GUM_GENRES = frozenset("news interview speech bio academic court voyage textbook".split())
"""Those whose texts GUM's licence page gives as CC BY or CC BY-SA, and two that it does not list:
speeches, of public bodies for the most part, and textbooks, mostly OpenStax's."""

AGENCIES = ("18f.gsa.gov", "digitalgov.gov")
"""Of the United States; what they post is in the public domain."""

_LENGTHS = range(20, 500)
"""Characters of a sentence that is kept; shorter ones are captions and cut words."""
_TAG = re.compile(r"_[A-Z$.,:()'`#-]+$")


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """A text in sentences, in order."""

    name: str
    title: str
    sentences: list[str]


def documents_of(clones: Path) -> Iterator[Document]:
    """Yield every document of the four repositories of articles, speeches and the like.

    Raises FileNotFoundError when one of them, or what is read of it, is not there.
    """
    yield from wikinews(clones / "wikinews")
    yield from one_stop_english(clones / "OneStopEnglishCorpus")
    yield from masc(clones / "nltk_data")
    yield from addresses(clones / "nltk_data")
    yield from gum(clones / "gum")


def books_of(clones: Path) -> Iterator[Document]:
    """Yield every section of the textbooks and every post of the agencies.

    Raises FileNotFoundError when there is no textbook, or one of the agencies is not there.
    """
    books = sorted(clones.glob("osbooks-*")) or [clones / "osbooks-*"]
    parts = [modules(book) for book in books]
    parts += [posts(clones / agency) for agency in AGENCIES]
    for name, title, paragraphs in chain.from_iterable(parts):
        sentences = [sentence for paragraph in paragraphs for sentence in split(paragraph)]
        yield Document(name=name, title=title, sentences=sentences)


def _files(clone: Path, pattern: str) -> list[Path]:
    paths = sorted(clone.glob(pattern))
    if not paths:
        raise FileNotFoundError(f"{clone / pattern}: no such files; is {clone} a clone?")
    return paths


def split(text: str) -> list[str]:
    """Return the sentences of a plain text."""
    return [" ".join(one.text.split()) for one in SentencexSplitter().split(text)]


def wikinews(clone: Path) -> Iterator[Document]:
    """Yield the articles of two years."""
    for path in _files(clone, "data/*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                yield Document(
                    name=f"wikinews {row['url']}", title=row["title"], sentences=split(row["text"])
                )


def one_stop_english(clone: Path) -> Iterator[Document]:
    """Yield newspaper articles as rewritten for advanced learners."""
    for path in _files(clone, "Texts-SeparatedByReadingLevel/Adv-Txt/*.txt"):
        text = path.read_text(encoding="utf-8-sig", errors="replace")
        yield Document(name=f"onestop {path.stem}", title="", sentences=split(text))


def masc(clone: Path) -> Iterator[Document]:
    """Yield the texts of the Manually Annotated Sub-Corpus, its tokens put together again."""
    join = TreebankWordDetokenizer().detokenize
    with zipfile.ZipFile(clone / "packages/corpora/masc_tagged.zip") as archive:
        listing = archive.read("masc_tagged/categories.txt").decode()
        for line in listing.splitlines():
            name, genre = line.split()
            if genre not in MASC_GENRES:
                continue
            text = archive.read(f"masc_tagged/{name}").decode("utf-8", "replace")
            lines = ([_TAG.sub("", token) for token in one.split()] for one in text.splitlines())
            yield Document(
                name=f"masc {name}", title="", sentences=[join(one) for one in lines if one]
            )


def addresses(clone: Path) -> Iterator[Document]:
    """Yield the presidents' State of the Union and inaugural addresses since 1945."""
    for corpus in ("state_union", "inaugural"):
        with zipfile.ZipFile(clone / f"packages/corpora/{corpus}.zip") as archive:
            for name in sorted(archive.namelist()):
                if name.endswith(".txt") and Path(name).name >= "1945":
                    text = archive.read(name).decode("utf-8", "replace")
                    yield Document(name=name, title="", sentences=split(text))


def gum(clone: Path) -> Iterator[Document]:
    """Yield the openly licensed texts of the Georgetown University Multilayer corpus."""
    for path in _files(clone, "dep/GUM_*.conllu"):
        if path.stem.split("_")[1] not in GUM_GENRES:
            continue
        title, sentences = "", []
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("# meta::title = "):
                title = line.partition(" = ")[2]
            elif line.startswith("# text = "):
                sentences.append(line.partition(" = ")[2])
        yield Document(name=f"gum {path.stem}", title=title, sentences=sentences)


def examples_of(documents: Iterable[Document]) -> Iterator[Example]:
    """Yield each sentence once, with the title and the end of the text before it."""
    seen: set[str] = set()
    for document in documents:
        before = ""
        for sentence in document.sentences:
            if len(sentence) in _LENGTHS and sentence not in seen:
                seen.add(sentence)
                yield Example(
                    text=sentence,
                    title=document.title,
                    before=before[-CUT_BEFORE:],
                    worth=None,
                    source="open",
                    doc=document.name,
                )
            before = f"{before} {sentence}".strip()


def main() -> None:
    """Write the sentences."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clones", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--books", action="store_true", help="textbooks and posts, not articles")
    options = parser.parse_args()
    documents = (books_of if options.books else documents_of)(options.clones)
    print(f"{write_open_text(options.out, examples_of(documents))} sentences")


if __name__ == "__main__":
    main()
