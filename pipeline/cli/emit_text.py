"""`claimwire detect --emit-text`: the text that a claim's offsets count in."""

import sys
from collections.abc import Callable, Iterable

from pipeline.cli.display import inert_lines
from pipeline.errors import ArticleError, ConfigurationError
from pipeline.models import Article


def print_texts(
    articles: Iterable[tuple[str, Article]],
    *,
    html_timeout_seconds: float,
    report: Callable[[str, str], None],
    json: bool,
) -> None:
    """Print the text of each article; `report` is told the name and what is wrong with it.

    Raises ConfigurationError when there are several articles and no JSON was asked for.
    """
    import orjson

    from pipeline.text import BodyExtractor

    extractor = BodyExtractor(html_timeout_seconds=html_timeout_seconds)
    try:
        for number, (name, article) in enumerate(articles):
            if number and not json:
                raise ConfigurationError(
                    "There are several articles: add --json for a document of each text."
                )
            try:
                extracted = extractor.extract(article)
            except ArticleError as error:
                report(name, error.message)
                continue
            if json:
                document = {
                    "identity": article.identity,
                    "text": extracted.text,
                    "text_basis": extracted.basis,
                    "text_sha256": extracted.sha256,
                    "extractor": extracted.extractor,
                }
                sys.stdout.buffer.write(orjson.dumps(document) + b"\n")
            elif sys.stdout.isatty():
                print(inert_lines(extracted.text))
            else:  # to the byte: offsets and text_sha256 hold for what is written
                sys.stdout.buffer.write(extracted.text.encode())
    finally:
        extractor.close()
