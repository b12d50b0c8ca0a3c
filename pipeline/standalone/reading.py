"""How a sentence reads alone: its pronoun subject and its relative dates filled in.

Nothing is invented: what is filled in stands, word for word, in the article's text, its title or
its date of publication. Where the article leaves a choice, there is no reading: a fact-checker who
is given the wrong subject is worse off than one who has to look. What is wanted stands, by example,
in `tests/data/standalone.yaml`.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from pipeline.models import Sentence
from pipeline.standalone.pleonastic_it import stands_for_nothing
from pipeline.standalone.relative_dates import MONTHS, WEEKDAYS, fill_in_dates
from pipeline.standalone.sentence_subjects import (
    MAX_SENTENCE_LENGTH,
    blank_quotations,
    can_be_forename,
    is_alone,
    read_headline_subject,
    read_speaker_behind_quotation,
    read_subject,
)
from pipeline.standalone.subject_kinds import Subject, SubjectKind
from pipeline.standalone.subject_words import SPEECH_VERBS, VERBS

# How many sentences of the same pronoun are gone back through: "It rose. It rose again. It fell."
_MAX_CHAIN = 3
# How much text before a sentence is looked at, for an open quotation mark and for names.
_SIGHT = 2_000

# A pronoun as the subject: first, or behind words that hold nothing it could stand for.
_OPENER = (
    r"(?:(?:But|And|Yet|So|Still|Now|Then|However|Meanwhile|Instead|Later|Also|Overall|Since then)"
    r",? |(?:Last|This|Next) (?:night|week|month|year|spring|summer|autumn|winter),? "
    r"|(?:In|Since|By|On|During|Until) (?:[0-3]?[0-9] )?"
    rf"(?:{WEEKDAYS}|{MONTHS})(?: [0-9]{{1,4}})?,? "
    r"|(?:In|Since|By|During|Until) (?:[12][0-9]{3}|the (?:past|last|same|next|first|second)"
    r" (?:[a-z]+ )?(?:weeks?|months?|years?|quarter|decade)),? )"
)
_PRONOUN_SUBJECT = re.compile(
    rf"{_OPENER}?(?P<pronoun>[Hh]e|[Ss]he|[Ii]t|[Tt]hey) (?P<rest>\S.*)", re.DOTALL
)
# Any other sign that somebody unnamed is the subject: nothing is filled in, dates neither.
_UNREAD_PRONOUN = re.compile(
    r"(?:\W*|.{0,60}?[,—–] )(?:(?:he|she|it|they|we|i|you)\b|(?:this|that|these|those) (?:is|are"
    r"|was|were|has|have|had|will|would|can|could|may|might|must|should|did|does|do|means|meant)\b)",
    re.IGNORECASE | re.DOTALL,
)
_KINDS = {
    "he": SubjectKind.PERSON,
    "she": SubjectKind.PERSON,
    "it": SubjectKind.THING,
    "they": SubjectKind.PLURAL,
}
# A word with a capital before another, which is looked at but not passed over.
_NAME_PAIR = re.compile(r"\b([A-Z][a-z]+)(?= ((?:[A-Z]\. )?)([A-Z]\w+))")
_FIRST_PERSON = re.compile(r"[“\"]I (?P<verb>[a-z]+)(?P<rest>[^”\"]*)[”\"]")
_OTHER_FIRST_PERSON = re.compile(r"\b(?:I|me|my|mine|myself|we|us|our|ours|you|your)\b")
_AGREES_WITH_ANY = frozenset(
    """
    will would can could may might must should did had never said told asked took gave made went
    saw knew thought met paid lost won wrote spent kept found left sold bought
    """.split()
)


def standalone_reading(
    sentence: Sentence,
    sentences: Sequence[Sentence],
    index: int,
    *,
    text: str,
    title: str | None,
    published_at: str | None,
    speaker_name: str | None = None,
) -> str | None:
    """Return the sentence as it reads alone, or None when nothing is to be filled in, or safely.

    `sentences[index]` is the sentence, `text` the article's, and `speaker_name` who says what
    stands in the sentence's quotation marks. A pronoun subject becomes what it stands for; a
    relative date gets the article's date (see `relative_dates`). A pronoun that leads nowhere for
    certain means None whatever else could be filled in. Takes any text; looks a fixed number of
    characters and sentences back.
    """
    if len(sentence.text) > MAX_SENTENCE_LENGTH or _is_inside_quotation(text, sentence.start):
        return None
    outside = blank_quotations(sentence.text)
    filled: str | None = None
    found = _PRONOUN_SUBJECT.fullmatch(sentence.text)
    if found is not None and not outside[found.start("pronoun")].isspace():
        if found["pronoun"].lower() != "it" or not stands_for_nothing(found["rest"]):
            subject = _antecedent(found, sentences, index, text=text, title=title)
            if subject is None:
                return None
            filled = _put(subject, sentence.text, found)
    elif sentence.text[:1] in ("“", '"') and _UNREAD_PRONOUN.match(sentence.text):
        filled = _fill_in_speaker(sentence.text, speaker_name, text=text, title=title or "")
        if filled is None:
            return None
    elif _UNREAD_PRONOUN.match(outside):
        return None
    if published_at is None:
        return filled
    reading = filled or sentence.text
    return fill_in_dates(reading, blank_quotations(reading), published_at) or filled


def _is_inside_quotation(text: str, start: int) -> bool:
    """Tell whether, by its paragraph, a sentence begins between quotation marks."""
    before = text[max(0, start - _SIGHT) : start]
    before = before[before.rfind("\n") + 1 :]
    return before.count("“") > before.count("”") or before.count('"') % 2 == 1


def _antecedent(
    found: re.Match[str], sentences: Sequence[Sentence], index: int, *, text: str, title: str | None
) -> Subject | None:
    """Return what a pronoun subject stands for, when the sentence before leaves no choice."""
    pronoun = found["pronoun"].lower()
    verb = found["rest"].split(None, 1)[0].lower()
    if verb not in VERBS and not verb.endswith(("ed", "s", "ly")):
        return None
    for at in range(index - 1, index - 1 - _MAX_CHAIN, -1):
        if at < 0:
            return _from_title(title, pronoun, text) if index == 0 else None
        before = sentences[at]
        if len(before.text) > MAX_SENTENCE_LENGTH or _is_inside_quotation(text, before.start):
            return None
        same = _PRONOUN_SUBJECT.fullmatch(before.text)
        if same is None or same["pronoun"].lower() != pronoun:
            is_next = at == index - 1
            return _from_sentence(before, pronoun, text, says=is_next and verb in SPEECH_VERBS)
        if not is_alone(_KINDS[pronoun], same["rest"]):
            return None
    return None


def _from_sentence(before: Sentence, pronoun: str, text: str, *, says: bool) -> Subject | None:
    """Return the subject of the sentence before; of one with a quotation, the one who said it."""
    subject = None
    nearby = text[max(0, before.start - _SIGHT) : before.end + _SIGHT]
    if '"' not in before.text and "“" not in before.text:
        subject = read_subject(before.text, nearby=nearby)
    elif says:  # who goes on speaking
        subject = read_speaker_behind_quotation(before.text) or read_subject(
            blank_quotations(before.text).rstrip(" :,") + ".", nearby=nearby
        )
    if subject is None or not _agrees(subject, pronoun):
        return None
    return _with_full_name(subject, text[max(0, before.start - _SIGHT) : before.start])


def _from_title(title: str | None, pronoun: str, text: str) -> Subject | None:
    if not title or len(title) > MAX_SENTENCE_LENGTH:
        return None
    subject = read_headline_subject(title, nearby=text[:_SIGHT])
    return subject if subject is not None and _agrees(subject, pronoun) else None


def _agrees(subject: Subject, pronoun: str) -> bool:
    if subject.kind is not _KINDS[pronoun]:
        return False
    return subject.is_female is None or subject.is_female == (pronoun == "she")


def _with_full_name(subject: Subject, text_before: str) -> Subject:
    """Return a person called by surname with the one full name that the text before gives."""
    if not subject.is_name or subject.kind is not SubjectKind.PERSON or " " in subject.text:
        return subject
    full_names = {
        f"{forename} {initial}{surname}"
        for forename, initial, surname in _NAME_PAIR.findall(text_before)
        if surname == subject.text and can_be_forename(forename)
    }
    return replace(subject, text=full_names.pop()) if len(full_names) == 1 else subject


def _put(subject: Subject, sentence: str, found: re.Match[str]) -> str:
    """Return the sentence with the subject in the pronoun's place, capital or small as it was."""
    words = subject.text
    if not subject.is_name and found["pronoun"].islower() and not words[:2].isupper():
        words = words[0].lower() + words[1:]
    return f"{sentence[: found.start('pronoun')]}{words}{sentence[found.end('pronoun') :]}"


def _fill_in_speaker(
    sentence: str, speaker_name: str | None, *, text: str, title: str
) -> str | None:
    """Put the speaker's name for the "I" that a direct quotation begins with.

    Only where the verb stays right (`I will`, `I took`) and no other word of the quotation speaks
    of the speaker or of someone addressed: "I told my wife" would turn into another's wife.
    """
    found = _FIRST_PERSON.match(sentence)
    if (
        found is None
        or not speaker_name
        or (speaker_name not in text and speaker_name not in title)
    ):
        return None
    verb = found["verb"]
    if not (verb in _AGREES_WITH_ANY or verb.endswith("ed")):
        return None
    if _OTHER_FIRST_PERSON.search(found["rest"]):
        return None
    return f"{sentence[0]}{speaker_name}{sentence[2:]}"
