"""What a sentence is about, when its beginning says so plainly.

There is no parser here. A subject is believed when the sentence begins with a short, definite noun
phrase or a name, right in front of a word that is known for a verb; everything else is not read.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from pipeline.figures.counted_nouns import singularise
from pipeline.figures.numeral_tokens import Token, token_at, tokenise
from pipeline.standalone.subject_words import (
    ADJUNCT_OPENERS,
    ADVERBS,
    BODIES,
    DATE_WORDS,
    DETERMINERS,
    FEMALE_WORDS,
    HEADLINE_FILLERS,
    MALE_WORDS,
    MASS_NOUNS,
    NO_SUBJECT,
    NUMBERS,
    PLACE_OPENERS,
    ROLES,
    SINGULAR_DETERMINERS,
    SPEECH_VERBS,
    TITLES,
    VERBS,
)

MAX_SENTENCE_LENGTH = 2_000
"""Longer sentences are not read, in characters."""
_MAX_SUBJECT_WORDS = 8


class SubjectKind(StrEnum):
    """Which pronoun can lead back to a subject."""

    PERSON = "person"
    THING = "thing"
    PLURAL = "plural"


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """The subject of a sentence, as written."""

    text: str
    kind: SubjectKind
    is_name: bool
    is_female: bool | None = None
    """What its words say; None when nothing."""


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
    subject = _classify(sentence, tokens[:end], nearby)
    if subject is None or _has_rival(subject, tokens[end:]):
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
    return len(rest) <= MAX_SENTENCE_LENGTH and not _has_rival(subject, tokenise(rest))


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
    return _person(sentence, tokens[first:last])


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


def _classify(sentence: str, tokens: list[Token], nearby: str) -> Subject | None:
    words = [token for token in tokens if token.kind != "mark"]
    lows = [word.lower for word in words]
    head_at = lows.index("of") - 1 if "of" in lows else len(words) - 1
    if head_at < 0:
        return None
    named = _behind_role(words)
    if named:
        return _person(sentence, named)
    text = sentence[tokens[0].start : tokens[-1].end]
    first = words[0]
    if lows[0] in DETERMINERS or first.kind == "figure" or lows[0] in NUMBERS:
        return _classify_common(text, words, words[head_at]) if head_at else None
    if all(word.text[0].isupper() for word in words):
        if BODIES & set(lows) or (len(words) == 1 and first.text.isupper() and len(first.text) > 1):
            return Subject(text=text, kind=SubjectKind.THING, is_name=True)
        if len(words) > 1 or _stands_as(first.text, nearby):
            return _person(sentence, words)
    is_common = all(word.text.islower() for word in words[1:])
    if len(words) == 1:  # a noun, not a name at the beginning
        is_common = (
            _stands_as(first.lower, nearby)
            or lows[0] in MASS_NOUNS
            or singularise(lows[0]) in ROLES
        )
    return _classify_common(text, words, words[head_at]) if is_common else None


def _behind_role(words: list[Token]) -> list[Token]:
    """Return the name behind the last role of `chief economist Jane Orr`, if it is all a name."""
    for index in range(len(words) - 1, 0, -1):
        role = words[index - 1].lower
        if role in ROLES:
            start = index - 1 if role in TITLES and index == 1 else index
            name = words[index:]
            is_name = all(word.text[0].isupper() for word in name) and len(name) <= 3
            return words[start:] if is_name else []
    return []


def _stands_as(word: str, nearby: str) -> bool:
    """Tell whether a word, as written, stands inside a sentence nearby."""
    at = nearby.find(f" {word}")
    while at >= 0:
        end = at + 1 + len(word)
        if nearby[at - 1 : at].islower() and not nearby[end : end + 1].isalpha():
            return True
        at = nearby.find(f" {word}", end)
    return False


def _classify_common(text: str, words: list[Token], head: Token) -> Subject | None:
    lows = {word.lower for word in words}
    singular = singularise(head.text)
    if singular is not None or head.lower == "police":
        return Subject(text=text, kind=SubjectKind.PLURAL, is_name=False)
    if words[0].kind == "figure" or words[0].lower in NUMBERS:
        return None
    if head.lower in ROLES and words[0].lower in DETERMINERS:
        return Subject(
            text=text, kind=SubjectKind.PERSON, is_name=False, is_female=_is_female(lows)
        )
    if head.kind == "figure" or lows & ROLES:
        return None
    return Subject(text=text, kind=SubjectKind.THING, is_name=False)


def _person(sentence: str, words: list[Token]) -> Subject | None:
    lows = {word.lower for word in words}
    if lows & (BODIES | DATE_WORDS) or len(words) > 5 or lows <= TITLES:
        return None
    return Subject(
        text=sentence[words[0].start : words[-1].end],
        kind=SubjectKind.PERSON,
        is_name=True,
        is_female=_is_female(lows),
    )


def _is_female(lows: set[str]) -> bool | None:
    if lows & FEMALE_WORDS:
        return None if lows & MALE_WORDS else True
    return False if lows & MALE_WORDS else None


def _has_rival(subject: Subject, predicate: list[Token]) -> bool:
    """Tell whether the rest of the sentence names another of the subject's kind.

    Names are of every kind, since nothing tells what they name. What stands in a phrase of time or
    place is no rival, but for the persons in it.
    """
    openers = PLACE_OPENERS if subject.kind is SubjectKind.PERSON else ADJUNCT_OPENERS
    in_adjunct = False
    own = set(subject.text.lower().split()) - SINGULAR_DETERMINERS
    for index, token in enumerate(predicate):
        if token.lower in openers:
            in_adjunct = True
            continue
        if token.lower in VERBS or token.kind == "mark":
            in_adjunct = False
        if token.kind != "word" or token.lower in DATE_WORDS or token.lower in own:
            continue
        if token.text[0].isupper() and not in_adjunct:
            if not _is_name_used_of_a_noun(predicate, index):
                return True
            continue
        if subject.kind is SubjectKind.PERSON:
            if token.lower in ROLES:
                return True
        elif in_adjunct:
            continue
        elif subject.kind is SubjectKind.PLURAL:
            if _is_plural_noun(predicate, index):
                return True
        elif token.lower in SINGULAR_DETERMINERS:
            return True
    return False


def _is_name_used_of_a_noun(tokens: list[Token], index: int) -> bool:
    """Tell `Scottish regiments`, which are no rival to a Scot, from `Orr said`."""
    following = token_at(tokens, index + 1)
    is_adjective = tokens[index].lower.endswith(("ish", "ese", "ian", "ean", "ch", "ican"))
    return is_adjective and following.kind == "word" and following.lower not in VERBS | NO_SUBJECT


def _is_plural_noun(tokens: list[Token], index: int) -> bool:
    """Tell a plural that "they" may mean: not `20 years`, nor a verb like `says`."""
    token = tokens[index]
    if token.lower in VERBS or singularise(token.text) is None:
        return False
    before = token_at(tokens, index - 1)
    return not (before.kind == "figure" and token.lower in ("years", "days", "weeks", "months"))
