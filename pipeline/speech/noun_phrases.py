"""How far a noun phrase reaches, from where it begins or from where it ends.

Every walk is bounded in tokens, so that the work at each cue is too.
"""

from bisect import bisect_left

from pipeline.speech.function_words import (
    AUXILIARIES,
    DETERMINERS,
    OTHER_PRONOUNS,
    PREPOSITIONS,
    SUBJECT_PRONOUNS,
    SUBORDINATORS,
    TIME_WORDS,
    WEEKDAYS_AND_MONTHS,
)
from pipeline.speech.mention_words import BODIES, DOCUMENTS, is_group, is_speaker_noun
from pipeline.speech.mentions import Mention, MentionKind
from pipeline.speech.phrase_heads import read_phrase, skip_leading
from pipeline.speech.speech_cues import CUE_VERBS, NOUN_OR_VERB
from pipeline.speech.tokens import QUOTATION, Tokens

_MAX_PHRASE_LENGTH = 24
# How much may follow the head of a subject: "the report on the causes of the flood in May".
_MAX_TAIL_LENGTH = 12
# With these begins another statement: "the EU struck back after a probe found".
_CLAUSE_PREPOSITIONS = frozenset("after before since despite amid".split())
_PHRASE_MARKS = frozenset({"’s", "'s", "&", "%", "$", "£", "€", "#", "/", "’", "'", "-", "‑"})
_NEVER_IN_PHRASE = (
    AUXILIARIES | SUBORDINATORS | SUBJECT_PRONOUNS | (OTHER_PRONOUNS - DETERMINERS)
) - {"’s", "'s"}
_APPROXIMATIONS = frozenset("about around over nearly almost roughly under".split())
_TIME_PARTS = TIME_WORDS | {"last", "this", "next"}


def phrase_starting_at(tokens: Tokens, start: int) -> Mention | None:
    """Return the mention of the noun phrase that begins at a token."""
    if tokens.low(start) in SUBJECT_PRONOUNS:
        return _pronoun(tokens, start)
    end = start
    limit = min(len(tokens), start + _MAX_PHRASE_LENGTH)
    while end < limit and not _is_break(tokens, end):
        low = tokens.lows[end]
        if end > start and low in NOUN_OR_VERB and _looks_like_verb(tokens, end):
            break
        if low in ("and", "or") and not _joins_speakers(tokens, end):
            break
        end += 1
    return read_phrase(tokens, start, end, runs_on=True)


def phrase_ending_at(tokens: Tokens, last: int) -> Mention | None:
    """Return the mention of the noun phrase whose last token this is, as before a verb."""
    if tokens.low(last) in SUBJECT_PRONOUNS:
        return _pronoun(tokens, last)
    end = start = last + 1
    limit = max(0, end - _MAX_PHRASE_LENGTH)
    while start > limit and not _is_break(tokens, start - 1):
        if tokens.lows[start - 1] in ("and", "or") and not _joins_speakers(tokens, start - 1):
            break
        start -= 1
    start = skip_leading(tokens, start, end)
    if _is_approximate(tokens, start, end):
        start += 1
    if start < end and tokens.lows[start] in PREPOSITIONS:
        start = _after_leading_prepositions(tokens, start, end)
    mention = read_phrase(tokens, start, end)
    if mention is None or _is_out_of_reach(tokens, mention, end):
        return None
    return mention


def _is_out_of_reach(tokens: Tokens, mention: Mention, end: int) -> bool:
    """Tell whether so much stands behind a head that the verb there is hardly its own."""
    behind = bisect_left(tokens.starts, mention.end)
    return end - behind > _MAX_TAIL_LENGTH or any(
        low in _CLAUSE_PREPOSITIONS for low in tokens.lows[behind:end]
    )


def _is_break(tokens: Tokens, at: int) -> bool:
    """Tell whether a noun phrase cannot hold this token."""
    word, low = tokens.words[at], tokens.lows[at]
    if word == QUOTATION or not word[0].isalnum():
        return low not in _PHRASE_MARKS
    is_name_part = at > 0 and tokens.is_capital(at) and word != "I"
    if low in _NEVER_IN_PHRASE:
        return not is_name_part  # "May", "Will" may be names
    is_verb = low in CUE_VERBS and low not in NOUN_OR_VERB
    return is_verb and not (is_name_part and tokens.is_capital(at - 1))


def _looks_like_verb(tokens: Tokens, at: int) -> bool:
    """Tell whether a word that may be a verb or a noun is followed as only a verb is."""
    if tokens.is_capital(at):
        return False
    behind = tokens.low(at + 1)
    return behind in SUBJECT_PRONOUNS or (
        behind in ("that", ":", QUOTATION, "the", "a", "an", "there")
    )


def _joins_speakers(tokens: Tokens, at: int) -> bool:
    """Tell whether "and" stands between two names or two nouns for speakers."""
    if not 0 < at < len(tokens) - 1:
        return False
    after = at + 1
    if tokens.lows[after] in DETERMINERS and after + 1 < len(tokens):
        after += 1
    low = tokens.lows[at - 1]
    if tokens.is_capital(at - 1) and tokens.is_capital(after):
        return low not in WEEKDAYS_AND_MONTHS
    is_noun = is_group(low) or low in DOCUMENTS or low in BODIES
    return (is_noun or tokens.is_capital(at - 1)) and any(
        is_speaker_noun(near) for near in tokens.lows[after : after + 3]
    )


def _after_leading_prepositions(tokens: Tokens, start: int, end: int) -> int:
    """Return where the subject begins after "in a statement" or "on Monday" without a comma.

    It begins at the first name or determiner that no preposition leads to; at `end` if none does.
    """
    at = start
    while at < end and tokens.lows[at] in PREPOSITIONS:
        at += 1
        if at < end and tokens.lows[at] in _TIME_PARTS:
            while at < end and (tokens.lows[at] in _TIME_PARTS or tokens.words[at][0].isdigit()):
                at += 1
            continue
        if at < end and tokens.lows[at] in DETERMINERS:
            at += 1
        while at < end and not (
            tokens.lows[at] in PREPOSITIONS
            or tokens.lows[at] in DETERMINERS
            or (tokens.is_capital(at) and not tokens.is_capital(at - 1))
        ):
            at += 1
    return at


def _is_approximate(tokens: Tokens, start: int, end: int) -> bool:
    """Tell whether a quantity follows: "around a quarter of", "over 300"."""
    if start + 1 >= end or tokens.lows[start] not in _APPROXIMATIONS:
        return False
    behind = tokens.lows[start + 1]
    return behind[0].isdigit() or behind in ("a", "an", "one", "two", "three", "half")


def _pronoun(tokens: Tokens, at: int) -> Mention:
    return Mention(
        kind=MentionKind.PRONOUN,
        start=tokens.starts[at],
        end=tokens.ends[at],
        words=(tokens.words[at],),
        head=tokens.lows[at],
        is_male={"he": True, "she": False}.get(tokens.lows[at]),
    )
