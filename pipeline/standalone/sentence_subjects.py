"""What a sentence is about, when its beginning says so plainly.

There is no parser here. A subject is believed when the sentence begins with a short, definite noun
phrase or a name, right in front of a word that is known for a verb; everything else is not read.
"""

import re

from pipeline.figures.numeral_tokens import Token, token_at, tokenise
from pipeline.standalone.rivals import has_rival
from pipeline.standalone.subject_kinds import Subject, SubjectKind, classify, person
from pipeline.standalone.subject_words import (
    ADVERBS,
    BODIES,
    DATE_WORDS,
    HEADLINE_FILLERS,
    NO_SUBJECT,
    ROLES,
    SPEECH_VERBS,
    TITLES,
    VERBS,
)

MAX_SENTENCE_LENGTH = 2_000
"""Longer sentences are not read, in characters."""
_MAX_SUBJECT_WORDS = 8


_ENDS = frozenset(".!?”\"’'")
_QUOTATION = re.compile(r"“[^”]*(?:”|\Z)|\"[^\"]*(?:\"|\Z)")


def blank_quotations(sentence: str) -> str:
    """Return the sentence, of the same length, with blanks for what stands in quotation marks."""
    return _QUOTATION.sub(lambda match: " " * len(match[0]), sentence)


def read_subject(sentence: str, *, nearby: str) -> Subject | None:
    """Return what the sentence is about, or None when that is not plain, or not alone in its kind.

    `nearby` is the article's text around: what tells `Inflation fell` from `Orr fell`, by how the
    word is written elsewhere.
    """
    if len(sentence) > MAX_SENTENCE_LENGTH or sentence[-1:] not in _ENDS:
        return None
    tokens = tokenise(sentence)
    end = _subject_end(tokens)
    if end is None:
        return None
    subject = classify(sentence, tokens[:end], nearby)
    if subject is None or has_rival(subject, tokens[end:]):
        return None
    return subject


def read_headline_subject(headline: str, *, nearby: str) -> Subject | None:
    """Return what a headline is about, when it gives but figures of it: `Inflation falls to 2%`.

    Headlines leave out articles, so that any further word may be a rival.
    """
    subject = read_subject(f"{headline}.", nearby=nearby)
    if subject is None:
        return None
    rest = [token.lower for token in tokenise(headline.partition(subject.text)[2])][1:]
    return subject if all(not word.isalpha() or word in HEADLINE_FILLERS for word in rest) else None


def can_be_forename(word: str) -> bool:
    """Tell whether a word before a surname may be a first name: no title, role, body or date."""
    return word.lower() not in TITLES | ROLES | BODIES | DATE_WORDS | NO_SUBJECT


def is_alone(kind: SubjectKind, rest: str) -> bool:
    """Tell whether what a sentence says of its subject names no other of its kind."""
    subject = Subject(text="", kind=kind, is_name=False)
    return len(rest) <= MAX_SENTENCE_LENGTH and not has_rival(subject, tokenise(rest))


def read_speaker_behind_quotation(sentence: str) -> Subject | None:
    """Return the one person of `“...,” said Jane Orr.` and `“...,” Orr said.`"""
    if len(sentence) > MAX_SENTENCE_LENGTH:
        return None
    tokens = tokenise(blank_quotations(sentence))
    tokens = [token for token in tokens if token.kind == "word"]
    names = [i for i, token in enumerate(tokens) if token.text[0].isupper()]
    verbs = [i for i, token in enumerate(tokens) if token.lower in SPEECH_VERBS]
    if not names or len(verbs) != 1 or len(tokens) > 5 or _QUOTATION.match(sentence) is None:
        return None
    first, last = names[0], names[-1] + 1
    if [*range(first, last)] != names or (verbs[0] not in (first - 1, last)) or len(names) > 3:
        return None
    if last - first + 1 != len(tokens):
        return None
    return person(sentence, tokens[first:last])


def _subject_end(tokens: list[Token]) -> int | None:
    """Return the index behind the subject: only a short noun phrase stands before the first verb.

    An age (`Jane Orr, 45, said`) and an adverb (`Ms Orr also said`) may stand between.
    """
    for index, token in enumerate(tokens[: _MAX_SUBJECT_WORDS + 1]):
        if index and token.lower in VERBS and token.text.islower():
            return index
        following = token_at(tokens, index + 1)
        if index and token.lower in ADVERBS and following.lower in VERBS:
            return index
        if token.text == "," and following.kind == "figure":
            is_age = token_at(tokens, index + 2).text == ","
            return index if is_age and token_at(tokens, index + 3).lower in VERBS else None
        is_of = token.lower in ("of", "the") and index
        is_title_stop = token.text == "." and token_at(tokens, index - 1).lower in TITLES
        if (token.kind == "mark" and not is_title_stop) or token.kind == "link":
            return None
        if token.lower in NO_SUBJECT and not is_of:
            return None
    return None
