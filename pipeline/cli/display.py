"""How articles and claims look in a terminal, and the proof against what stands in them.

All text from Kafka and from files is untrusted. It is shown through `inert`, as `Text` and never
as Rich markup: no escape sequence, no control character, no right-to-left trick reaches the
terminal.
"""

import os
import re
import sys
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, TextIO

import orjson
from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from pipeline.models import Claim, Quoted

if TYPE_CHECKING:
    from pipeline.tail import Record

_NO_WRAP_WIDTH = 1_000_000
_INDENT = 7
_MIN_TEXT_WIDTH = 20

_ESCAPE_SEQUENCE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f]).*?(?:\x1b\\|\x07|\x9c)"  # OSC and its like
    r"|\x1b[ -/]*[0-~]",  # two-character escapes
    re.DOTALL,
)
_JOINERS = frozenset("\u200c\u200d")  # scripts and emoji need them, and they do no harm


def inert(text: object) -> str:
    """Return the text as one line that does nothing but show itself.

    Escape sequences go, control and format characters (bidirectional controls among them) go,
    lone surrogates become U+FFFD, and all white space becomes single spaces.
    """
    line = " ".join(_ESCAPE_SEQUENCE.sub("", str(text)).split())
    return "".join(_inert_character(character) for character in line)


def inert_row(text: str) -> str:
    """Return one line with its spaces kept, and otherwise as `inert` makes it."""
    return "".join(map(_inert_character, _ESCAPE_SEQUENCE.sub("", text)))


def inert_lines(text: str) -> str:
    """Return the text with its lines and tabs kept, and otherwise as `inert` makes it."""
    return "\n".join("\t".join(map(inert_row, line.split("\t"))) for line in text.split("\n"))


def _inert_character(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cs":
        return "\ufffd"
    if category in {"Cc", "Cf", "Zl", "Zp"} and character not in _JOINERS:
        return ""
    return character


def open_console(stream: TextIO | None = None) -> Console:
    """Return a console for standard output, or for `stream`.

    Piped output is not wrapped, so that a sentence stays a line for grep; COLUMNS wraps it all
    the same. NO_COLOR counts. Strings are never read as markup.
    """
    stream = stream or sys.stdout
    width = None if stream.isatty() or "COLUMNS" in os.environ else _NO_WRAP_WIDTH
    return Console(file=stream, width=width, highlight=False, markup=False, emoji=False)


@dataclass(frozen=True, slots=True)
class ClaimBlock:
    """A claim as a few lines: score and sentence, then where it comes from."""

    claim: Mapping[str, object]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the lines, wrapped with a hanging indent."""
        article = self.claim.get("article")
        article = article if isinstance(article, Mapping) else {}
        text = mark_reasons(self.claim)
        score = Text(_format_score(self.claim.get("score")), style="bold cyan")
        yield from _hang(console, options, text, indent=_INDENT, first=score)
        if details := describe(self.claim):
            yield from _hang(console, options, Text(details, style="dim"), indent=_INDENT)
        origin = [inert(article[name]) for name in ("title", "source") if article.get(name)]
        if origin:
            yield from _hang(
                console, options, Text(" \u00b7 ".join(origin), style="italic"), indent=_INDENT
            )
        if article.get("url"):
            yield from _hang(
                console, options, Text(inert(article["url"]), style="dim"), indent=_INDENT
            )
        yield Text()


def render_claim(claim: Mapping[str, object]) -> ClaimBlock:
    """Return what to print for a claim, a document by claim.v1.json; fields may be missing."""
    return ClaimBlock(claim)


def read_claim(record: "Record") -> dict[str, object] | None:
    """Return the claim in a record of the claims topic, or None when it holds none."""
    try:
        claim = orjson.loads(record.value or b"")
    except orjson.JSONDecodeError:
        return None
    return claim if isinstance(claim, dict) else None


@dataclass(frozen=True, slots=True)
class Indented:
    """A text with an indent before each of its lines."""

    text: Text
    indent: int

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the lines, without spaces at their ends."""
        yield from _hang(console, options, self.text, indent=self.indent)


@dataclass(frozen=True, slots=True)
class ClaimTable:
    """Claims of one article, a row each; a sentence may take several lines."""

    claims: Sequence[Claim]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the lines, wrapped with a hanging indent, without spaces at their ends."""
        digits = max(len("Start"), *(len(str(claim.end)) for claim in self.claims))
        indent = _INDENT + 2 * (digits + 2)
        yield Text(f"Score  {'Start':>{digits}}  {'End':>{digits}}  Claim", style="bold")
        for claim in self.claims:
            margin = Text.assemble(
                (_format_score(claim.score), "bold cyan"),
                f"  {claim.start:>{digits}}  {claim.end:>{digits}}",
            )
            document = document_of(claim)
            yield from _hang(console, options, mark_reasons(document), indent=indent, first=margin)
            if details := describe(document):
                yield from _hang(console, options, Text(details, style="dim"), indent=indent)


def render_claim_table(claims: Sequence[Claim]) -> ClaimTable:
    """Return what to print for an article's claims, of which there is at least one."""
    return ClaimTable(claims)


def document_of(claim: Claim) -> dict[str, object]:
    """Return what is shown of a claim, in the shape that claim.v1.json gives it."""
    article = claim.article
    return {
        **{name: getattr(claim, name) for name in ("text", "start", "score", "priority")},
        "article": {"title": article.title, "source": article.source, "url": article.url},
        "claim_type": claim.claim_type,
        "speaker": asdict(claim.speaker) if claim.speaker else None,
        "reasons": [asdict(reason) for reason in claim.reasons],
    }


def mark_reasons(claim: Mapping[str, object]) -> Text:
    """Return a claim's sentence with the spans that carried the decision underlined."""
    raw = str(claim.get("text") or "(no text)")
    shown = inert(raw)
    text = Text(shown)
    for first, last in _reason_spans(claim):
        # Offsets count in the text as it came; what is shown may have lost characters before.
        phrase = inert(raw[first:last])
        at = shown.find(phrase, len(inert(raw[:first])))
        if phrase and at >= 0:
            text.stylize("underline", at, at + len(phrase))
    return text


def _reason_spans(claim: Mapping[str, object]) -> Iterator[tuple[int, int]]:
    """Yield where in the sentence its reasons stand; whatever is no such place is passed over."""
    start, reasons = claim.get("start"), claim.get("reasons")
    for reason in reasons if isinstance(reasons, list) else ():
        span = reason if isinstance(reason, Mapping) else {}
        first, last = span.get("start"), span.get("end")
        if (
            isinstance(start, int)
            and isinstance(first, int)
            and isinstance(last, int)
            and start <= first < last
        ):
            yield first - start, last - start


def describe(claim: Mapping[str, object]) -> str:
    """Return what kind of claim it is, who makes it, and a priority that is not its score."""
    parts = []
    kind = claim.get("claim_type")
    if isinstance(kind, str) and kind != "none":
        parts.append(inert(kind))
    speaker = claim.get("speaker")
    if isinstance(speaker, Mapping):
        parts.append(_describe_speaker(speaker))
    score, priority = claim.get("score"), claim.get("priority")
    if isinstance(priority, float) and _format_score(priority) != _format_score(score):
        parts.append(f"priority {priority:.2f}")
    return " \u00b7 ".join(filter(None, parts))


def _describe_speaker(speaker: Mapping[str, object]) -> str:
    name, quoted = speaker.get("name"), speaker.get("quoted")
    if name:
        voice = "quoted" if quoted == Quoted.DIRECT else "reported"
        return f"{inert(name)} ({voice})"
    return {
        Quoted.OUTLET.value: "the outlet's own voice",
        Quoted.DIRECT.value: "quoted, speaker not named",
        Quoted.REPORTED.value: "reported, speaker not named",
    }.get(str(quoted), "")


def count(number: int, noun: str) -> str:
    """Return `1 claim`, `2 claims`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _hang(
    console: Console,
    options: ConsoleOptions,
    text: Text,
    *,
    indent: int,
    first: Text | None = None,
) -> Iterator[Text]:
    """Wrap the text into the width that is left beside the indent; `first` stands in it."""
    width = max(options.max_width - indent, _MIN_TEXT_WIDTH)
    for number, line in enumerate(text.wrap(console, width)):
        line.rstrip()
        margin = first if first is not None and number == 0 else Text()
        yield Text.assemble(margin, " " * (indent - len(margin)), line)


def _format_score(score: object) -> str:
    return f" {score:.2f}" if isinstance(score, int | float) else " ?"
