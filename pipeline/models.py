"""The words of Claimwire as frozen data; docs/glossary.md defines each of them."""

from dataclasses import dataclass
from enum import StrEnum

from pipeline.errors import ArticleError


@dataclass(frozen=True, kw_only=True, slots=True)
class SourcePosition:
    """Where an article came from in Kafka: the one name for it that needs no parsing."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        """Return it as people and logs write it: `topic/partition/offset`."""
        return f"{self.topic}/{self.partition}/{self.offset}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Article:
    """One news article as its producer sent it, checked against `schemas/article.v1.json`."""

    identity: str
    """Names the article across edits: from source and id, else the URL, else the body's hash."""
    body: str
    """The text as sent: plain, an HTML fragment or a full page."""
    id: str | None = None
    updated_at: str | None = None
    url: str | None = None
    source: str | None = None
    title: str | None = None
    content_type: str | None = None
    """Media type of `body`; None means: look at it."""
    language: str | None = None
    """The producer's language tag (BCP 47), believed for short texts only."""
    published_at: str | None = None
    author: str | None = None
    invalid_dates: tuple[str, ...] = ()
    """Names of the date fields that held something else and were set to None."""


class TextBasis(StrEnum):
    """What a claim's offsets count in."""

    BODY = "body"
    """The body itself: same length, bad characters replaced one for one."""
    EXTRACTED = "extracted"
    """Text taken out of an HTML body by the named extractor."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ArticleText:
    """The plain text of an article; every offset downstream counts code points in it."""

    text: str
    basis: TextBasis
    sha256: str
    """Hex digest of the text's UTF-8, so that a consumer can tell it sliced the same text."""
    extractor: str | None = None
    """Name and version of what extracted it, as `name/version`; None for `body`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sentence:
    """A sentence and where it stands: `article_text.text[start:end] == text`."""

    text: str
    start: int
    end: int
    """Half-open, in Unicode code points."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SentenceInContext:
    """What a classifier sees: the sentence to score, and what may help to understand it."""

    text: str
    title: str = ""
    """The article's title; context only, never scored itself."""
    before: str = ""
    """The text that stands right before the sentence."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reason:
    """A span that speaks for the classifier's decision, and how much of it."""

    start: int
    end: int
    """Half-open, in code points: in the sentence for a prediction, in the text for a claim."""
    weight: float
    """Its share of all that speaks for check-worthiness, 0 to 1."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Prediction:
    """What the classifier says of one sentence."""

    label: str
    """The most probable class, by the classifier's own names."""
    score: float
    """Probability, 0 to 1, that the sentence is check-worthy."""
    claim_type: str | None = None
    """The most probable claim type, when the classifier tells types."""
    claim_type_score: float | None = None
    """Probability, 0 to 1, of `claim_type`."""
    reasons: tuple[Reason, ...] = ()
    """Heaviest first, where the classifier gives reasons and the sentence is flagged."""


class Quoted(StrEnum):
    """In whose voice a claim stands."""

    DIRECT = "direct"
    """In the speaker's own words, between quotation marks."""
    REPORTED = "reported"
    """In the outlet's words, put down to a speaker ("officials said that ...")."""
    OUTLET = "outlet"
    """Put down to nobody: the outlet says it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Speaker:
    """Who makes a claim, as far as the text says so."""

    quoted: Quoted
    name: str | None = None
    """As written where the text names it best; None in the outlet's voice or when unnamed."""
    start: int | None = None
    """Where that name stands: `text[start:end] == name`, in Unicode code points."""
    end: int | None = None
    cue: str | None = None
    """The words that put the claim down to the speaker: "said", "according to"."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Quantity:
    """A figure of a sentence, parsed."""

    start: int
    end: int
    """Half-open, in Unicode code points of the article's text; the unit's words included."""
    value: float
    unit: str | None = None
    """A unit of measure, or the noun counted, in the singular; None for percent and currency."""
    percent: bool = False
    currency: str | None = None
    """ISO 4217, where the text says so ("$" alone reads as USD)."""
    approximate: bool = False
    """Whether the text says about, nearly, more than, and the like."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """A sentence worth a fact-checker's time, and what is needed to find and judge it."""

    claim_id: str
    """First 32 hex digits of a SHA-256; stable over retries, models and small edits."""
    article: Article
    text: str
    start: int
    end: int
    sentence_index: int
    """Position among the article's sentences, from 0."""
    text_basis: TextBasis
    text_sha256: str
    extractor: str | None
    language: str | None
    """What the language identifier decided, not what the producer claimed."""
    sentence_before: str | None
    sentence_after: str | None
    score: float
    threshold: float
    model_name: str
    model_revision: str
    speaker: Speaker | None = None
    """None when speakers were not looked for."""
    claim_type: str | None = None
    claim_type_score: float | None = None
    quantities: tuple[Quantity, ...] = ()
    reasons: tuple[Reason, ...] = ()
    standalone: str | None = None
    """The sentence with its pronoun or relative date filled in from the article, if it can be."""
    priority: float | None = None
    """0 to 1, by the user's table; the score without one."""
    rank: int | None = None
    """1 for the highest priority of its article, ties by position."""


class Outcome(StrEnum):
    """How an article ended; every article has exactly one."""

    CLAIMS = "claims"
    NO_CLAIMS = "no_claims"
    SKIPPED = "skipped"
    DEAD_LETTERED = "dead_lettered"


class SkipReason(StrEnum):
    """Why an article was passed over on purpose."""

    TOMBSTONE = "tombstone"
    EMPTY = "empty"
    LANGUAGE = "language"


@dataclass(frozen=True, kw_only=True, slots=True)
class ArticleResult:
    """What became of one article: claims, a skip with its reason, or an error."""

    outcome: Outcome
    reason: str | None = None
    """Of a skip (`SkipReason`) or an error (`ArticleError.reason`)."""
    language: str | None = None
    sentence_count: int = 0
    claims: tuple[Claim, ...] = ()
    error: ArticleError | None = None
    """Set exactly when the outcome is `dead_lettered`."""
