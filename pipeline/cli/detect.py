"""`claimwire detect`: the claims of articles in files, without Kafka."""

import heapq
import sys
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.article_files import (
    STDIN,
    ArticleMessage,
    FileFormat,
    Readable,
    check_readable,
    format_by_name,
    read_articles,
)
from pipeline.cli.display import (
    count,
    document_of,
    inert,
    open_console,
    render_claim,
    render_claim_table,
)
from pipeline.cli.emit_text import print_texts
from pipeline.cli.options import PrioritiesOption, ThresholdOption, TopOption, load_settings
from pipeline.errors import ArticleError, ConfigurationError
from pipeline.format_guess import read_guessed
from pipeline.models import Article, ArticleResult, Claim, Outcome

if TYPE_CHECKING:
    from rich.console import Console

    from pipeline.detection import Detector
    from pipeline.settings import Settings

NamedArticle = tuple[str, Article]


def detect(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE|-", help="A file, a folder of files, or - for standard input."
        ),
    ],
    json: Annotated[
        bool, typer.Option("--json", help="Print claims as JSON Lines by claim.v1.json.")
    ] = False,
    threshold: ThresholdOption = None,
    top: TopOption = None,
    priorities: PrioritiesOption = None,
    file_format: Annotated[
        FileFormat | None,
        typer.Option(
            "--format",
            help="What FILE holds; else its name or its first line tells.",
            show_default=False,
        ),
    ] = None,
    emit_text: Annotated[
        bool,
        typer.Option(
            "--emit-text", help="Print the text that a claim's start and end count in, no claims."
        ),
    ] = False,
) -> None:
    """Find the claims of articles: text, HTML, article JSON or JSON Lines; needs no Kafka.

    Example: `claimwire detect article.html`

    Example: `claimwire detect --json - < articles.jsonl > claims.jsonl`

    Example: `claimwire detect --top 10 --priorities priorities.toml articles/`
    """
    if emit_text and top is not None:
        raise ConfigurationError("--emit-text prints no claims, so --top has none to order.")
    settings = load_settings(threshold=threshold, priorities=priorities)
    items = _open(file, file_format)
    problems = _Problems()
    articles = _decode(items, settings, problems)
    if emit_text:
        print_texts(
            articles,
            html_timeout_seconds=settings.html_timeout_seconds,
            report=problems.report,
            json=json,
        )
    else:
        with closing(_results(articles, settings, problems)) as results:
            if top is not None:
                _print_top(results, top, json=json)
            else:
                _print_claims(results, json=json)
    if problems.count:
        raise typer.Exit(1)


class _Problems:
    """Prints what went wrong with single articles, and counts it."""

    def __init__(self) -> None:
        self.count = 0

    def report(self, name: str, message: str) -> None:
        self.count += 1
        print(f"claimwire: {name}: {message}", file=sys.stderr)


def _open(file: str, file_format: FileFormat | None) -> Iterator[Readable]:
    if file == STDIN:
        return read_guessed(sys.stdin.buffer, file_format, name="stdin")
    path = Path(file)
    if file_format is None and (path.is_dir() or format_by_name(path) is not None):
        return read_articles(path)
    check_readable(path)
    if path.is_dir():
        raise ConfigurationError("--format is for one file: a folder's files go by their names.")
    return _open_file(path, file_format)


def _open_file(path: Path, file_format: FileFormat | None) -> Iterator[Readable]:
    with path.open("rb") as stream:
        yield from read_guessed(stream, file_format, name=str(path))


def _decode(
    items: Iterable[Readable], settings: "Settings", problems: _Problems
) -> Iterator[NamedArticle]:
    from pipeline.records import decode_article

    for item in items:
        if not isinstance(item, ArticleMessage):
            problems.report(item.name, item.reason)
            continue
        try:
            article = decode_article(item.value, body_max_characters=settings.body_max_characters)
        except ArticleError as error:
            problems.report(item.name, error.message)
        else:
            yield item.name, article


def _results(
    articles: Iterable[NamedArticle], settings: "Settings", problems: _Problems
) -> Generator[tuple[str, Article, ArticleResult], None, None]:
    """Yield what became of each article that could be processed, and report the others."""
    from pipeline.wiring import open_detector

    with open_detector(settings) as detector:
        for batch in _batches(articles, settings):
            for (name, article), result in zip(batch, _detect(batch, detector), strict=True):
                if result.error is not None:
                    problems.report(name, result.error.message)
                else:
                    yield name, article, result


def _print_claims(results: Iterable[tuple[str, Article, ArticleResult]], *, json: bool) -> None:
    """Print the claims article by article, as they are found."""
    console = open_console()
    for name, article, result in results:
        if json:
            _print_json(result.claims)
        else:
            _print_result(name, article, result, console)


def _print_top(
    results: Iterable[tuple[str, Article, ArticleResult]], top: int, *, json: bool
) -> None:
    """Print the claims of highest priority of all articles, highest first, ties as they came."""
    claims = (claim for *_, result in results for claim in result.claims)
    highest = heapq.nlargest(top, claims, key=_priority)
    if json:
        _print_json(highest)
        return
    console = open_console()
    for claim in highest:
        console.print(render_claim(document_of(claim)))


def _priority(claim: Claim) -> float:
    return claim.score if claim.priority is None else claim.priority


def _detect(batch: list[NamedArticle], detector: "Detector") -> list[ArticleResult]:
    from pipeline.detection import detect_claims

    return detect_claims([article for _, article in batch], detector)


def _batches(
    articles: Iterable[NamedArticle], settings: "Settings"
) -> Iterator[list[NamedArticle]]:
    batch: list[NamedArticle] = []
    characters = 0
    for named in articles:
        batch.append(named)
        characters += len(named[1].body)
        if len(batch) >= settings.batch_max_articles or characters >= settings.batch_max_bytes:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def _print_json(claims: Iterable[Claim]) -> None:
    from datetime import UTC, datetime

    from pipeline import __version__
    from pipeline.records import encode_claim

    for claim in claims:
        line = encode_claim(claim, detected_at=datetime.now(UTC), pipeline_version=__version__)
        sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()


def _print_result(name: str, article: Article, result: ArticleResult, console: "Console") -> None:
    from rich.text import Text

    console.print(Text(inert(article.title or name), style="bold"))
    console.print(Text(_summarise(result), style="dim"))
    if result.claims:
        console.print(render_claim_table(result.claims))
    console.print()


def _summarise(result: ArticleResult) -> str:
    if result.outcome is Outcome.SKIPPED:
        language = f" ({result.language})" if result.language else ""
        return f"skipped: {result.reason}{language}"
    return f"{count(len(result.claims), 'claim')} in {count(result.sentence_count, 'sentence')}"
