"""From the scored sentences of one article to its claims, with what a fact-checker needs of each.

Pure, as everything under `detection`: who says it (`speech`), its figures (`figures`), what
carried the decision (the classifier's own reasons), how it reads alone (`standalone`), how urgent
it is (priorities.py).
"""

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pipeline.figures.quantities import find_quantities
from pipeline.models import (
    Article,
    ArticleText,
    Claim,
    Prediction,
    Reason,
    Sentence,
    Speaker,
)
from pipeline.priorities import Priorities, rank
from pipeline.speech.speakers import find_speakers
from pipeline.standalone.reading import standalone_reading

_LONGEST_MARK_RUN = 128

_LANGUAGES = frozenset({"en", None})
"""None: too short to tell, and read as English by every step before."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadArticle:
    """An article taken to its sentences."""

    article: Article
    text: ArticleText
    language: str | None
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class FlaggingModel:
    """Which model flags, and from which score on."""

    name: str
    revision: str
    threshold: float


def make_claims(
    read: ReadArticle,
    predictions: Sequence[Prediction],
    model: FlaggingModel,
    *,
    priorities: Priorities,
    now: datetime,
) -> tuple[Claim, ...]:
    """Return the claims of an article in reading order; `predictions` are one a sentence."""
    flagged = [i for i, found in enumerate(predictions) if found.score >= model.threshold]
    if not flagged:
        return ()
    ids = _claim_ids(read)
    claims = [_claim(read, index, predictions[index], model, ids[index]) for index in flagged]
    if read.language in _LANGUAGES:
        speakers = find_speakers(read.text.text, read.sentences, flagged)
        claims = [
            _with_english_details(claim, read, speaker)
            for claim, speaker in zip(claims, speakers, strict=True)
        ]
    return _prioritized(claims, priorities, now)


def _claim(
    read: ReadArticle,
    index: int,
    prediction: Prediction,
    model: FlaggingModel,
    claim_id: str,
) -> Claim:
    sentences, sentence = read.sentences, read.sentences[index]
    return Claim(
        claim_id=claim_id,
        article=read.article,
        text=sentence.text,
        start=sentence.start,
        end=sentence.end,
        sentence_index=index,
        text_basis=read.text.basis,
        text_sha256=read.text.sha256,
        extractor=read.text.extractor,
        language=read.language,
        sentence_before=sentences[index - 1].text if index else None,
        sentence_after=sentences[index + 1].text if index + 1 < len(sentences) else None,
        score=prediction.score,
        threshold=model.threshold,
        model_name=model.name,
        model_revision=model.revision,
        claim_type=prediction.claim_type,
        claim_type_score=prediction.claim_type_score,
        reasons=tuple(_in_article(reason, sentence) for reason in prediction.reasons),
    )


def _with_english_details(claim: Claim, read: ReadArticle, speaker: Speaker) -> Claim:
    """Add what takes a grammar to find, and so far there is one of English alone."""
    sentence = read.sentences[claim.sentence_index]
    return replace(
        claim,
        speaker=speaker,
        quantities=find_quantities(sentence.text, offset=sentence.start),
        standalone=standalone_reading(
            sentence,
            read.sentences,
            claim.sentence_index,
            text=read.text.text,
            title=read.article.title,
            published_at=read.article.published_at,
            speaker_name=speaker.name,
        ),
    )


def _in_article(reason: Reason, sentence: Sentence) -> Reason:
    """Count a reason's place from the start of the article's text."""
    return replace(reason, start=sentence.start + reason.start, end=sentence.start + reason.end)


def _prioritized(
    claims: Sequence[Claim], priorities: Priorities, now: datetime
) -> tuple[Claim, ...]:
    """Give each claim its priority, and its rank among the article's claims."""
    values = [
        priorities.priority(
            score=claim.score,
            text=claim.text,
            now=now,
            title=claim.article.title,
            claim_type=claim.claim_type,
            speaker=claim.speaker.name if claim.speaker else None,
            source=claim.article.source,
            published_at=claim.article.published_at,
        )
        for claim in claims
    ]
    return tuple(
        replace(claim, priority=value, rank=place)
        for claim, value, place in zip(claims, values, rank(values), strict=True)
    )


def _claim_ids(read: ReadArticle) -> list[str]:
    """Return the claim_id each sentence has, were it a claim."""
    seen: Counter[str] = Counter()
    ids = []
    for sentence in read.sentences:
        folded = fold(sentence.text)
        ids.append(claim_id(read.article.identity, folded, seen[folded]))
        seen[folded] += 1
    return ids


def fold(text: str) -> str:
    """Return the text in Unicode NFC with every run of white space made one space.

    A run of more than 128 combining marks, which no language has, is normalised 128 at a time:
    sorting a run takes time in proportion to the square of its length.
    """
    return " ".join("".join(map(_compose, _pieces(text))).split())


def _compose(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _pieces(text: str) -> Iterator[str]:
    """Cut a text where a run of combining marks gets too long; short texts are never cut."""
    if len(text) <= _LONGEST_MARK_RUN or text.isascii():
        yield text
        return
    start = run = 0
    for at, character in enumerate(text):
        run = run + 1 if unicodedata.combining(character) else 0
        if run > _LONGEST_MARK_RUN:
            yield text[start:at]
            start, run = at, 1
    yield text[start:]


def claim_id(article_identity: str, folded_sentence: str, occurrence: int) -> str:
    """Name a claim so that retries, restarts and small edits elsewhere name it the same.

    SHA-256 over the article's identity, the folded sentence and how many times that sentence
    stood in the article before (from 0), joined by U+001F; the first 32 hex digits.
    Golden vectors: `schemas/claim_id.vectors.json`. Model, threshold and offsets are no part
    of it (docs/adr/0004).
    """
    material = "\x1f".join((article_identity, folded_sentence, str(occurrence)))
    return hashlib.sha256(material.encode("utf-8")).hexdigest()[:32]
