"""Whose verb it is: the subject of a verb, over what is put in between, and of a whole clause."""

from bisect import bisect_left

from pipeline.speech.function_words import ADVERBS, COORDINATORS, PREPOSITIONS, TIME_WORDS
from pipeline.speech.mention_words import POST_NOMINALS, is_role
from pipeline.speech.mentions import Mention, MentionKind
from pipeline.speech.noun_phrases import phrase_ending_at, phrase_starting_at
from pipeline.speech.phrase_heads import read_phrase
from pipeline.speech.tokens import QUOTATION, Tokens

SIGHT = 48
"""How far a cue's surroundings are searched, in tokens: it keeps the work linear."""
CLAUSE_MARKS = frozenset({":", ";", ".", "?", "!", "—", "–", QUOTATION})
"""What ends a clause for certain."""

_INSERTION_MARKS = (",", "—", "–")
_MAX_INSERTIONS = 4
# What opens a stretch that tells more of the name before it, or stands between it and its verb.
_INSERTION_OPENERS = frozenset(
    """
    who which whose a an the however though too also in at on of from with for meanwhile known then
    now
    """.split()
)
_MAX_BRACKET_LENGTH = 16
_OPENING_ADVERBS = ADVERBS | COORDINATORS | {"while", "although", "though", "as"}


def subject_before(tokens: Tokens, last: int) -> Mention | None:
    """Return the subject of a verb, which `last` is the token before."""
    for _ in range(3):  # a bracket and "who" may both stand before the verb
        low = tokens.low(last)
        if low in (")", "]"):
            last = _before_bracket(tokens, last)
        elif low == "who":
            last -= 1 + (tokens.low(last - 1) == ",")
            return phrase_ending_at(tokens, last) or _last_object(tokens, last)
        else:
            break
    low = tokens.low(last)
    if low in _INSERTION_MARKS:
        return _subject_before_insertion(tokens, last)
    if low in COORDINATORS:
        return clause_subject(tokens, last)
    if low in ("", "which", "that", QUOTATION):
        return None
    return phrase_ending_at(tokens, last)


def _last_object(tokens: Tokens, last: int) -> Mention | None:
    """Return what the last preposition before "who" leads to: "was written by Jo Hale, who"."""
    for at in range(last, max(-1, last - 8), -1):
        if tokens.lows[at] in PREPOSITIONS:
            return read_phrase(tokens, at + 1, last + 1)
    return None


def _before_bracket(tokens: Tokens, last: int) -> int:
    """Return the token before the bracket that closes here, -1 when none opened near."""
    for at in range(last - 1, max(-1, last - _MAX_BRACKET_LENGTH), -1):
        if tokens.lows[at] in ("(", "["):
            return at - 1
    return -1


def _subject_before_insertion(tokens: Tokens, comma: int) -> Mention | None:
    """Return the subject of "Hale, who runs the trust, said" and "Its head, Jo Hale, said"."""
    end = comma
    for _ in range(_MAX_INSERTIONS):
        start = _segment_start(tokens, end)
        if start is None:
            return None
        if end == comma and (name := _bare_name(tokens, start, end)) is not None:
            return name
        if tokens.low(start - 1) not in _INSERTION_MARKS:
            return _long_subject(tokens, start, end)
        if _is_insertion(tokens, start):
            before = start - 2
            if tokens.low(before) == ")":
                before = _before_bracket(tokens, before)
            mention = phrase_ending_at(tokens, before)
            if mention is not None:
                return mention
        end = start - 1
    return None


def _segment_start(tokens: Tokens, end: int) -> int | None:
    """Return where the stretch before a comma begins; None when that is out of sight."""
    for at in range(end - 1, max(-1, end - SIGHT), -1):
        if tokens.lows[at] in _INSERTION_MARKS or tokens.lows[at] in (":", ";"):
            return at + 1
    return 0 if end < SIGHT else None


def _bare_name(tokens: Tokens, start: int, end: int) -> Mention | None:
    """Return the person of a stretch that is a full name and nothing else, titles apart."""
    is_bare = all(
        tokens.is_capital(at) or not tokens.words[at][0].isalpha() for at in range(start, end)
    ) and not any(tokens.lows[at] in TIME_WORDS for at in range(start, end))
    name = read_phrase(tokens, start, end) if is_bare else None
    if name is None or name.kind is not MentionKind.PERSON or len(name.words) < 2:
        return None
    return name


def _long_subject(tokens: Tokens, start: int, end: int) -> Mention | None:
    """Return the person of a subject so long that a comma parts it from its verb."""
    mention = _opening_subject(tokens, start, end)
    if mention is None or mention.kind is not MentionKind.PERSON:
        return None
    behind = tokens.low(bisect_left(tokens.starts, mention.end))
    return mention if behind in ("from", "of", "at", "with") else None


def _is_insertion(tokens: Tokens, start: int) -> bool:
    """Tell whether what begins here tells more of the name before: a relative, a role, an age."""
    low = tokens.low(start)
    if low in _INSERTION_OPENERS or low[:1].isdigit():
        return True
    if any(near.endswith(("ing", "ed")) for near in tokens.lows[start : start + 3]):
        return True
    for near in tokens.lows[start : start + 6]:
        if is_role(near) or near in POST_NOMINALS or near in ("head", "dean"):
            return True
        if near in PREPOSITIONS or near == ",":
            break
    return False


def clause_subject(tokens: Tokens, before: int) -> Mention | None:
    """Return the subject of the clause that a token stands in, for a later verb of the same."""
    start = before
    limit = max(0, before - SIGHT)
    while start > limit and tokens.lows[start - 1] not in CLAUSE_MARKS:
        start -= 1
    return _opening_subject(tokens, start, before)


def sentence_subject(tokens: Tokens) -> Mention | None:
    """Return who or what a sentence opens with, when that is somebody: its topic."""
    return _opening_subject(tokens, 0, min(len(tokens), SIGHT))


def _opening_subject(tokens: Tokens, start: int, end: int) -> Mention | None:
    """Return the noun phrase that opens a clause, after adverbs and one stretch before a comma."""
    while start < end and tokens.lows[start] in _OPENING_ADVERBS:
        start += 1
    if start >= end:
        return None
    if tokens.lows[start] in PREPOSITIONS or tokens.lows[start].endswith(("ing", "ly")):
        near = range(start, min(end, start + 20))
        comma = next((at for at in near if tokens.lows[at] == ","), None)
        if comma is None:
            return None
        start = comma + 1
    mention = phrase_starting_at(tokens, start)
    if mention is None or mention.end > tokens.ends[end - 1]:
        return None
    return mention
