"""What a noun phrase at the beginning of a sentence stands for: a person, a thing, several."""

from dataclasses import dataclass
from enum import StrEnum

from pipeline.figures.counted_nouns import singularise
from pipeline.figures.numeral_tokens import Token
from pipeline.standalone.subject_words import (
    BODIES,
    DATE_WORDS,
    DETERMINERS,
    FEMALE_WORDS,
    MALE_WORDS,
    MASS_NOUNS,
    NUMBERS,
    ROLES,
    TITLES,
)


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


def classify(sentence: str, tokens: list[Token], nearby: str) -> Subject | None:
    """Return the subject that these tokens are, or None when they are not plainly one."""
    words = [token for token in tokens if token.kind != "mark"]
    lows = [word.lower for word in words]
    head_at = lows.index("of") - 1 if "of" in lows else len(words) - 1
    if head_at < 0:
        return None
    named = _behind_role(words)
    if named:
        return person(sentence, named)
    text = sentence[tokens[0].start : tokens[-1].end]
    first = words[0]
    if lows[0] in DETERMINERS or first.kind == "figure" or lows[0] in NUMBERS:
        return _classify_common(text, words, words[head_at]) if head_at else None
    if all(word.text[0].isupper() for word in words):
        if BODIES & set(lows) or (len(words) == 1 and first.text.isupper() and len(first.text) > 1):
            return Subject(text=text, kind=SubjectKind.THING, is_name=True)
        if len(words) > 1 or _stands_as(first.text, nearby):
            return person(sentence, words)
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


def person(sentence: str, words: list[Token]) -> Subject | None:
    """Return the person that these words name, or None when they name none."""
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
