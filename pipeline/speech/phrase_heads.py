"""What a noun phrase is about: finds its head, and says what kind of speaker that is.

It would rather give nothing than a phrase it cannot place.
"""

from dataclasses import replace

from pipeline.speech.function_words import (
    ADVERBS,
    COORDINATORS,
    DETERMINERS,
    PREPOSITIONS,
    SUBORDINATORS,
    TIME_WORDS,
    WEEKDAYS_AND_MONTHS,
)
from pipeline.speech.mention_words import (
    BODIES,
    DOCUMENTS,
    GROUPS,
    ORGANISATION_WORDS,
    PARTICIPLES,
    PEOPLES,
    QUANTITY_NOUNS,
    ROLES,
    is_group,
    is_role,
    is_speaker_noun,
)
from pipeline.speech.mentions import Mention, MentionKind
from pipeline.speech.proper_names import NAME_LINKS, gender, read_name, titled_name_start
from pipeline.speech.tokens import Tokens

_LEADING_WORDS = ADVERBS | SUBORDINATORS | COORDINATORS | {"only", "-", "’", "'", "/"}
_DEFINITE = frozenset("the that this these those his her its their".split())
_TIME_LEADS = frozenset("last this next late early that one".split())
_MAX_COMPLEMENT_LENGTH = 8


def read_phrase(tokens: Tokens, start: int, end: int, *, runs_on: bool = False) -> Mention | None:
    """Return what a noun phrase, `start` to `end` in tokens, mentions; None for no speaker.

    With `runs_on` its end is not known, and a verb of no list may be among the tokens.
    """
    start = skip_leading(tokens, start, end)
    head_end = _head_end(tokens, start, end, runs_on=runs_on)
    while tokens.low(head_end - 1) in QUANTITY_NOUNS and head_end < end:
        if tokens.lows[head_end] != "of":
            break
        counted_start = head_end + 1
        head_end = _head_end(tokens, counted_start, end, runs_on=runs_on)
        if head_end <= counted_start:
            return None
        if tokens.lows[head_end - 1] not in QUANTITY_NOUNS:
            counted = _read_head(tokens, counted_start, head_end, end, runs_on=runs_on)
            return None if counted is None else _many_of(tokens, start, counted_start, counted)
    if head_end <= start:
        return None
    return _read_head(tokens, start, head_end, end, runs_on=runs_on)


def _many_of(tokens: Tokens, start: int, counted_start: int, counted: Mention) -> Mention:
    """Return "a quarter of farmers" for its part "farmers"."""
    is_thing = counted.kind in (MentionKind.DOCUMENT, MentionKind.BODY)
    return replace(
        counted,
        kind=counted.kind if is_thing else MentionKind.GROUP,
        start=tokens.starts[start],
        words=(*tokens.words[start:counted_start], *counted.words),
    )


def _read_head(
    tokens: Tokens, start: int, head_end: int, end: int, *, runs_on: bool
) -> Mention | None:
    titled = titled_name_start(tokens, start, end)
    if titled is not None:
        return read_name(tokens, titled, end)
    last = head_end - 1
    if tokens.is_capital(last) and not _is_common_noun(tokens, start, last):
        return read_name(tokens, start, head_end)
    return _read_common(tokens, start, head_end, end, runs_on=runs_on)


def skip_leading(tokens: Tokens, start: int, end: int) -> int:
    """Return where a phrase begins behind adverbs, conjunctions and "last week"."""
    while start < end:
        low = tokens.lows[start]
        is_last = end - start == 1
        if low in _LEADING_WORDS or (low in TIME_WORDS and not is_last):
            start += 1
        elif low in _TIME_LEADS and end - start > 2 and tokens.lows[start + 1] in TIME_WORDS:
            start += 2
        elif low.endswith("ly") and not is_last and start == 0:
            start += 1
        else:
            break
    return start


def _is_common_noun(tokens: Tokens, start: int, last: int) -> bool:
    """Tell a capital that only opens a sentence, or stands in a headline, from a name's."""
    low = tokens.lows[last]
    if low in PEOPLES:
        return True
    is_linked = last - 2 >= start and tokens.lows[last - 1] in NAME_LINKS
    if last > start and tokens.is_capital(last - 1 - is_linked):
        return False
    if is_group(low) and low not in ORGANISATION_WORDS:
        return True
    is_first = last == 0 or (start == last and tokens.low(start - 1) in (":", "–"))
    return is_first and (low in ROLES or low in DOCUMENTS or low in BODIES or low in GROUPS)


def _head_end(tokens: Tokens, start: int, end: int, *, runs_on: bool = False) -> int:
    """Return where the part with the head ends: before what follows the noun to tell more."""
    for at in range(start + 1, end):
        low = tokens.lows[at]
        if low in PREPOSITIONS:
            ends = not (low in NAME_LINKS and _is_link(tokens, start, at, end))
        elif low in PARTICIPLES and not tokens.is_capital(at):
            behind = tokens.low(at + 1) if at + 1 < end else ""
            ends = not behind or behind in PREPOSITIONS or behind in TIME_WORDS
            ends = ends or _takes_object(tokens, at, end)
        else:
            ends = (
                (low in TIME_WORDS and low != "may")
                or (low in ADVERBS and low != "first")
                or _takes_object(tokens, at, end)
                or (runs_on and _is_past_head(tokens, at, end))
            )
        if ends:
            return at
    return max(start, end)


def _takes_object(tokens: Tokens, at: int, end: int) -> bool:
    """Tell a verb of no list by its object: no noun phrase holds "cited a", "covers ten"."""
    low = tokens.lows[at]
    if at + 1 >= end or not tokens.words[at].islower() or low in DETERMINERS or low in COORDINATORS:
        return False
    behind = tokens.lows[at + 1]
    return (behind in DETERMINERS and behind != "that") or behind[0].isdigit()


def _is_past_head(tokens: Tokens, at: int, end: int) -> bool:
    """Tell whether a word behind a name or a noun for a speaker leads to no further such noun."""
    if not tokens.words[at].islower() or tokens.lows[at] in NAME_LINKS:
        return False
    if not (tokens.is_capital(at - 1) or is_speaker_noun(tokens.lows[at - 1])):
        return False
    for near in range(at, min(end, at + 3)):
        if tokens.is_capital(near):
            break  # "Jo Hale met Ann Moss", but "the Herald's chief editor Jo Hale"
        if is_speaker_noun(tokens.lows[near]):
            return False
    return True


def _is_link(tokens: Tokens, start: int, link: int, end: int) -> bool:
    """Tell "Bank of England" from "Jo Hale of England"."""
    if not tokens.is_capital(link - 1):
        return False
    first = link - 1
    while first > start and tokens.is_capital(first - 1):
        first -= 1
    before = tokens.lows[first:link]
    is_person = len(before) > 1 and not any(low in ORGANISATION_WORDS for low in before)
    return not is_person and _name_goes_on(tokens, link + 1, end)


def _name_goes_on(tokens: Tokens, at: int, end: int) -> bool:
    if at < end and tokens.lows[at] == "the":
        at += 1
    return at < end and tokens.is_capital(at) and tokens.lows[at] not in WEEKDAYS_AND_MONTHS


def _read_common(
    tokens: Tokens, start: int, head_end: int, end: int, *, runs_on: bool
) -> Mention | None:
    """Read a phrase whose head is a common noun: a role, a group, a body, a document."""
    head_at = head_end - 1
    head = tokens.lows[head_at]
    kind = _common_kind(head)
    if kind is None or head in TIME_WORDS or tokens.low(head_at - 1) == "%":
        return None
    stop = _with_complement(tokens, head_end, end, kind)
    if runs_on and not (tokens.is_capital(stop - 1) or is_speaker_noun(tokens.lows[stop - 1])):
        stop = head_end  # "a study of wells came out"
    return Mention(
        kind=kind,
        start=tokens.starts[start],
        end=tokens.ends[stop - 1],
        words=tuple(tokens.words[start:stop]),
        head=head,
        is_definite=tokens.lows[start] in _DEFINITE,
        is_male=gender([head]),
    )


def _common_kind(head: str) -> MentionKind | None:
    if is_role(head):
        return MentionKind.ROLE
    if head in DOCUMENTS:
        return MentionKind.DOCUMENT
    if is_group(head) or head in PEOPLES or head in ("%", "percent"):
        return MentionKind.GROUP
    return MentionKind.BODY if head in BODIES else None


def _with_complement(tokens: Tokens, head_end: int, end: int, kind: MentionKind) -> int:
    """Return where the phrase ends with one "of", "at", "from" or "for" behind its head."""
    links = {"of", "at", "from", "for"}
    at = head_end
    if kind is MentionKind.DOCUMENT:
        links |= {"by", "in"}
        if tokens.low(at) in PARTICIPLES and tokens.low(at + 1) in ("in", "by"):
            at += 1
    if at >= end or tokens.lows[at] not in links:
        return head_end
    stop = _head_end(tokens, at + 1, end, runs_on=True)
    while stop > at and tokens.lows[stop - 1] in DETERMINERS | {"and", "or"}:
        stop -= 1
    is_short = 1 < stop - at <= _MAX_COMPLEMENT_LENGTH
    is_time = any(low in WEEKDAYS_AND_MONTHS for low in tokens.lows[at + 1 : stop])
    return stop if is_short and not is_time else head_end
