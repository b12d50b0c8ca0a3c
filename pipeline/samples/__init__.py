"""The sample articles that ship with the package; README.md beside them says which is which."""

from contextlib import AbstractContextManager
from importlib.resources import as_file, files
from pathlib import Path


def sample_articles() -> AbstractContextManager[Path]:
    """Lend the JSON Lines file of sample articles."""
    return as_file(files("pipeline.samples") / "articles.jsonl")
