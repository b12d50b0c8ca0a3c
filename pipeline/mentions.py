"""Mentions of those who may speak: a person, a body, a group of people, a document, a pronoun.

A small noun-phrase grammar over tokens: it takes a phrase from where it begins or from where it
ends, cuts off what only tells more of it, and says what kind of speaker its head is. It would
rather give nothing than a phrase it cannot place.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from pipeline.mention_words import (
    ADVERBS,
    AUXILIARIES,
    BODIES,
    DETERMINERS,
    DOCUMENTS,
    FEMALE,
    GROUPS,
    MALE,
    ORGANISATION_WORDS,
    OTHER_PRONOUNS,
    PARTICIPLES,
    PREPOSITIONS,
    QUANTITY_NOUNS,
    ROLES,
    SUBJECT_PRONOUNS,
    SUBORDINATORS,
    TIME_WORDS,
    TITLES,
    WEEKDAYS_AND_MONTHS,
    is_group,
    is_role,
)
from pipeline.speech_cues import CUE_VERBS, NOUN_OR_VERB
from pipeline.tokens import QUOTATION, Tokens

# How many tokens a noun phrase is followed for. It bounds the work at every cue, and so keeps the
# whole linear in the length of a sentence.
_MAX_PHRASE_LENGTH = 24

_NAME_LINKS = frozenset({"of", "for", "and", "the", "&", "de", "del", "della", "van", "von", "der"})
_NAME_PARTICLES = frozenset(
    "de del della di da dos du la le el al bin ibn van von der den ter ten bint abu y e".split()
)
_PLAIN_TITLES = frozenset("dr prof professor mr mrs ms mx sir dame".split())
_POST_NOMINALS = frozenset("phd ph.d. md m.d. mph mba qc kc obe cbe mbe mp rn".split())
_PHRASE_MARKS = frozenset({"’s", "'s", "&", "%", "$", "£", "€", "#", "/", "’", "'", "-", "‑"})
_LEADING_WORDS = (
    ADVERBS | SUBORDINATORS | frozenset({"and", "or", "but", "then", "only", "-", "’", "'", "/"})
)


class MentionKind(StrEnum):
    """What is mentioned."""

    PERSON = "person"
    ORGANISATION = "organisation"
    ROLE = "role"
    """One person, by what they are: "the spokesman", "a doctor at the clinic"."""
    GROUP = "group"
    DOCUMENT = "document"
    BODY = "body"
    """An organisation, by what it is: "the ministry"."""
    PRONOUN = "pronoun"


@dataclass(frozen=True, kw_only=True, slots=True)
class Mention:
    """A phrase that stands for a possible speaker."""

    kind: MentionKind
    start: int
    end: int
    """Half-open, in code points of the article's text; without titles before a name."""
    words: tuple[str, ...]
    """The phrase's tokens as written, titles left out."""
    head: str
    """Its head noun, pronoun or last name, in small letters."""
    roles: tuple[str, ...] = ()
    """What else the phrase says a person is: titles, "spokesman", in small letters."""
    is_definite: bool = False
    """Whether "the" (or "that", "this") begins it: it may lead back to something named before."""
    is_male: bool | None = None
    """Where a title or a role tells."""

    @property
    def is_surname(self) -> bool:
        """Whether it is a single name, which may stand for a longer one."""
        return self.kind is MentionKind.PERSON and len(self.words) == 1


def is_capitalised(word: str) -> bool:
    """Tell whether a token can be part of a name."""
    return word[:1].isupper()


def is_phrase_break(tokens: Tokens, at: int) -> bool:
    """Tell whether a noun phrase cannot hold this token."""
    word, low = tokens.words[at], tokens.lows[at]
    if word == QUOTATION:
        return True
    if not word[0].isalnum():
        return low not in _PHRASE_MARKS
    if low in AUXILIARIES or low in SUBORDINATORS or low in SUBJECT_PRONOUNS:
        # "US", "May", "IT" are names; "the I" never matters
        return not (is_capitalised(word) and at > 0 and word != "I")
    if low in OTHER_PRONOUNS and low not in DETERMINERS:
        return not (is_capitalised(word) and at > 0)
    return low in CUE_VERBS and low not in NOUN_OR_VERB and not _is_in_name(tokens, at)


def _is_in_name(tokens: Tokens, at: int) -> bool:
    return at > 0 and is_capitalised(tokens.words[at]) and is_capitalised(tokens.words[at - 1])


def phrase_starting_at(tokens: Tokens, start: int) -> tuple[Mention | None, int]:
    """Return the mention of the noun phrase that begins at a token, and where the phrase ends.

    The end is the index of the first token that is no part of it.
    """
    if start >= len(tokens):
        return None, start
    if tokens.lows[start] in SUBJECT_PRONOUNS:
        return _pronoun(tokens, start), start + 1
    end = start
    limit = min(len(tokens), start + _MAX_PHRASE_LENGTH)
    while end < limit and not is_phrase_break(tokens, end):
        low = tokens.lows[end]
        if end > start and low in NOUN_OR_VERB and _looks_like_verb(tokens, end):
            break
        if low in ("and", "or") and not _joins_speakers(tokens, end):
            break
        end += 1
    return read_phrase(tokens, start, end, runs_on=True), end


def _looks_like_verb(tokens: Tokens, at: int) -> bool:
    """Tell whether a word that may be a verb or a noun is followed as only a verb is."""
    if is_capitalised(tokens.words[at]):
        return False
    next_low = tokens.lows[at + 1] if at + 1 < len(tokens) else ""
    return next_low in ("that", ":", QUOTATION, "the", "a", "an", "there") or (
        next_low in SUBJECT_PRONOUNS
    )


def phrase_ending_at(tokens: Tokens, last: int) -> Mention | None:
    """Return the mention of the noun phrase whose last token this is, as before a verb."""
    if last < 0:
        return None
    if tokens.lows[last] in SUBJECT_PRONOUNS and tokens.words[last] not in ("US", "IT"):
        return _pronoun(tokens, last)
    start = last + 1
    limit = max(0, last + 1 - _MAX_PHRASE_LENGTH)
    while start > limit and not is_phrase_break(tokens, start - 1):
        low = tokens.lows[start - 1]
        if low in ("and", "or") and not _joins_speakers(tokens, start - 1):
            break
        start -= 1
    start = _skip_leading(tokens, start, last + 1)
    if _is_approximate(tokens, start, last + 1):
        start += 1
    if start <= last and _is_preposition(tokens, start):
        start = _after_leading_prepositions(tokens, start, last + 1)
    return read_phrase(tokens, start, last + 1) if start <= last else None


def _joins_speakers(tokens: Tokens, at: int) -> bool:
    """Tell whether "and" stands between two names or two nouns for speakers."""
    if not 0 < at < len(tokens) - 1:
        return False
    before, after = tokens.words[at - 1], tokens.words[at + 1]
    if after.lower() in ("the", "a", "an", "several", "some", "many", "other") and at + 2 < len(
        tokens
    ):
        after = tokens.words[at + 2]
    if is_capitalised(before) and is_capitalised(after):
        return tokens.lows[at - 1] not in WEEKDAYS_AND_MONTHS
    low = before.lower()
    is_noun = is_group(low) or low in DOCUMENTS or low in BODIES or low.endswith("ese")
    if is_noun or is_capitalised(before):
        return is_speaker_noun(after.lower()) or any(
            is_speaker_noun(near) for near in tokens.lows[at + 2 : at + 4]
        )
    return False


def _skip_leading(tokens: Tokens, start: int, end: int) -> int:
    while start < end and (
        tokens.lows[start] in _LEADING_WORDS
        or (
            tokens.lows[start] in ("last", "this", "next", "late", "early", "that", "one")
            and end - start > 2
            and tokens.lows[start + 1] in TIME_WORDS
        )
        or (tokens.lows[start] in TIME_WORDS and end - start > 1)
        or (tokens.lows[start].endswith("ly") and end - start > 1 and start == 0)
    ):
        start += 1
    return start


def _is_preposition(tokens: Tokens, at: int) -> bool:
    return tokens.lows[at] in PREPOSITIONS


def _after_leading_prepositions(tokens: Tokens, start: int, end: int) -> int:
    """Return where the subject begins after "in a statement" or "on Monday" without a comma.

    It begins at the last name, determiner or plural that no preposition leads to.
    """
    at = start
    while at < end and _is_preposition(tokens, at):
        at += 1  # the object of the preposition: to its first noun that another phrase follows
        if at < end and tokens.lows[at] in DETERMINERS:
            at += 1
        if at < end and tokens.lows[at] in TIME_WORDS | {"last", "this", "next"}:
            while at < end and (
                tokens.lows[at] in TIME_WORDS | {"last", "this", "next"}
                or tokens.words[at][0].isdigit()
            ):
                at += 1
            continue
        while at < end and not (
            _is_preposition(tokens, at)
            or tokens.lows[at] in DETERMINERS
            or (is_capitalised(tokens.words[at]) and not is_capitalised(tokens.words[at - 1]))
        ):
            at += 1
    return at if at > start else end


def _is_approximate(tokens: Tokens, start: int, end: int) -> bool:
    """Tell whether a quantity follows: "around a quarter of", "over 300"."""
    return (
        start + 1 < end
        and tokens.lows[start] in ("about", "around", "over", "nearly", "almost", "roughly", "under")
        and (
            tokens.words[start + 1][0].isdigit()
            or (tokens.lows[start + 1] in ("a", "an", "one", "two", "three", "half"))
        )
    )


def _pronoun(tokens: Tokens, at: int) -> Mention:
    return Mention(
        kind=MentionKind.PRONOUN,
        start=tokens.starts[at],
        end=tokens.ends[at],
        words=(tokens.words[at],),
        head=tokens.lows[at],
        is_male={"he": True, "she": False}.get(tokens.lows[at]),
    )


def read_phrase(
    tokens: Tokens, start: int, end: int, *, runs_on: bool = False
) -> Mention | None:
    """Return what a noun phrase, `start` to `end` in tokens, mentions; None for no speaker.

    With `runs_on` its end is not known, and a verb of no list may be among the tokens.
    """
    start = _skip_leading(tokens, start, end)
    head_end = _head_end(tokens, start, end, runs_on=runs_on)
    if head_end <= start:
        return None
    last = head_end - 1
    if tokens.lows[last] in QUANTITY_NOUNS and head_end < end and tokens.lows[head_end] == "of":
        counted = read_phrase(tokens, head_end + 1, end, runs_on=runs_on)
        if counted is None or counted.kind is MentionKind.PRONOUN:
            return None
        is_plural = counted.kind in (MentionKind.PERSON, MentionKind.ORGANISATION)
        return replace(
            counted,
            kind=MentionKind.GROUP if is_plural or counted.kind is MentionKind.ROLE else counted.kind,
            start=tokens.starts[start],
            words=(*tokens.words[start : head_end + 1], *counted.words),
        )
    titled = _titled_name_start(tokens, start, end)
    if titled is not None:
        return _name(tokens, titled, end)
    if is_capitalised(tokens.words[last]) and not _is_common_noun(tokens, start, last):
        return _name(tokens, start, head_end)
    return _common(tokens, start, head_end, end)


def _titled_name_start(tokens: Tokens, start: int, end: int) -> int | None:
    """Return where "Dr Jo Hale" begins at the end of "the head of the centre Dr Jo Hale"."""
    for at in range(end - 2, max(start, end - 6), -1):
        if not is_capitalised(tokens.words[at + 1]):
            return None
        if tokens.lows[at].rstrip(".") in _PLAIN_TITLES and is_capitalised(tokens.words[at]):
            return at
    return None


def _is_common_noun(tokens: Tokens, start: int, last: int) -> bool:
    """Tell a capital that only opens a sentence, or stands in a headline, from a name's."""
    low = tokens.lows[last]
    if low in GROUPISH_NAMES:
        return True
    if last > start and is_capitalised(tokens.words[last - 1]):
        return False
    if is_group(low) and low not in ORGANISATION_WORDS:
        return True
    is_first = last == 0 or (start == last and start > 0 and tokens.words[start - 1] in (":", "–"))
    return is_first and (low in ROLES or low in DOCUMENTS or low in BODIES or low in GROUPS)


# Capitalised nouns that are groups, not names.
GROUPISH_NAMES = frozenset(
    """
    americans britons europeans africans asians australians canadians germans russians italians
    indians iranians ukrainians israelis palestinians mexicans brazilians democrats republicans
    conservatives liberals christians muslims catholics californians texans scots chinese japanese
    french british spanish swedes danes
    """.split()
)


def _head_end(tokens: Tokens, start: int, end: int, *, runs_on: bool = False) -> int:
    """Return where the part with the head ends: before what follows the noun to tell more."""
    at = start
    while at < end:
        low, word = tokens.lows[at], tokens.words[at]
        if at > start and low in PREPOSITIONS:
            is_link = (
                low in _NAME_LINKS
                and is_capitalised(tokens.words[at - 1])
                and _name_goes_on(tokens, at + 1, end)
            )
            if not is_link:
                return at
        elif (
            at > start
            and low in PARTICIPLES
            and not is_capitalised(word)
            and (at + 1 >= end or tokens.lows[at + 1] in PREPOSITIONS or tokens.lows[at + 1] in TIME_WORDS)
        ):
            return at
        elif at > start and (low in TIME_WORDS or low in ADVERBS) and low not in ("may", "first"):
            return at
        elif at > start and (
            _takes_object(tokens, at, end) or (runs_on and _is_past_head(tokens, at, end))
        ):
            return at
        at += 1
    return end


def _takes_object(tokens: Tokens, at: int, end: int) -> bool:
    """Tell a verb of no list by its object: no noun phrase holds "cited a"."""
    low = tokens.lows[at]
    return (
        at + 1 < end
        and (
            (tokens.lows[at + 1] in DETERMINERS and tokens.lows[at + 1] != "that")
            or tokens.words[at + 1][0].isdigit()
        )
        and tokens.words[at].islower()
        and low not in ("and", "or", "all", "both", "half")
        and low not in DETERMINERS
    )


def _is_past_head(tokens: Tokens, at: int, end: int) -> bool:
    """Tell whether a word behind a name or a noun for a speaker leads to no further such noun."""
    before = tokens.words[at - 1]
    if not tokens.words[at].islower() or tokens.lows[at] in _NAME_LINKS | _NAME_PARTICLES:
        return False
    if not (is_capitalised(before) or is_speaker_noun(tokens.lows[at - 1])):
        return False
    return not any(
        is_speaker_noun(low) or is_capitalised(word)
        for word, low in zip(
            tokens.words[at : min(end, at + 3)], tokens.lows[at : min(end, at + 3)], strict=True
        )
    )


def is_speaker_noun(low: str) -> bool:
    """Tell whether a common noun can stand for a speaker."""
    return is_role(low) or is_group(low) or low in DOCUMENTS or low in BODIES


def _name_goes_on(tokens: Tokens, at: int, end: int) -> bool:
    if at < end and tokens.lows[at] == "the":
        at += 1
    return (
        at < end and is_capitalised(tokens.words[at]) and tokens.lows[at] not in WEEKDAYS_AND_MONTHS
    )


def _name(tokens: Tokens, start: int, end: int) -> Mention | None:
    """Read the run of capitals that ends a phrase, with titles before it."""
    first = end - 1
    while first > start and (
        is_capitalised(tokens.words[first - 1])
        or tokens.words[first - 1][0].isdigit()
        or (tokens.lows[first - 1] in _NAME_PARTICLES | _NAME_LINKS and first - 1 > start)
        or (
            tokens.words[first - 1] in ("’s", "'s")
            and first - 2 >= start
            and is_capitalised(tokens.words[first - 2])
        )
        or (
            tokens.words[first - 1] in ("’", "'")  # "Manufacturers' Association"
            and first - 2 >= start
            and tokens.lows[first - 2].endswith("s")
        )
    ):
        first -= 1
    while first < end and (
        not is_capitalised(tokens.words[first])
        or (first == 0 and tokens.lows[first] in DETERMINERS | PREPOSITIONS)
    ):
        first += 1
    if first >= end:
        return None
    has_article = (first > start and tokens.lows[first - 1] == "the") or (
        tokens.lows[first] == "the" and first + 1 < end
    )
    if tokens.lows[first] in DETERMINERS and first + 1 < end:
        first += 1
    roles = [low for low in tokens.lows[start:first] if is_role(low) or low in TITLES]
    name_start = first
    names = tokens.lows[first:end]
    is_organisation = any(low in ORGANISATION_WORDS for low in names)
    # A person's name is what follows the last title or owner: "US President Jo Hale".
    for at in range(first, end - 1):
        low = tokens.lows[at]
        if low.rstrip(".") in TITLES or low in ("’s", "'s") or _is_named_role(low, at - first):
            name_start = at + 1
            roles.append(low.rstrip("."))
        elif tokens.words[at] == "The":  # a name behind a dateline or a heading
            first = name_start = at + 1
            has_article = True
    if tokens.lows[name_start] in ("and", "&"):
        name_start = first
    rest = tokens.lows[name_start:end]
    if name_start > first and not any(low in ORGANISATION_WORDS for low in rest):
        is_organisation = False
    elif is_organisation:
        name_start = first
    while end - 1 > name_start and tokens.lows[end - 1] in _POST_NOMINALS:
        end -= 1
    last_low = tokens.lows[end - 1]
    if last_low in TIME_WORDS or (last_low.rstrip(".") in TITLES and name_start == end - 1):
        if last_low in TIME_WORDS or not has_article:
            return None
        return _capital_role(tokens, first, end)
    words = tuple(tokens.words[name_start:end])
    has_role = bool(roles)
    if "and" in words and not is_organisation:
        kind = MentionKind.GROUP
    elif is_organisation or (has_article and not has_role):
        kind = MentionKind.ORGANISATION
    elif len(words) == 1 and len(words[0]) > 1 and words[0].isupper() and not has_role:
        kind = MentionKind.ORGANISATION
    elif len(words) > 5:
        kind = MentionKind.ORGANISATION
    else:
        kind = MentionKind.PERSON
    return Mention(
        kind=kind,
        start=tokens.starts[name_start],
        end=tokens.ends[end - 1],
        words=words,
        head=last_low,
        roles=tuple(roles),
        is_male=_gender(roles),
    )


def _is_named_role(low: str, position: int) -> bool:
    """Tell a role in capitals from a name that ends like one (Carter, Jennifer)."""
    return low in ROLES or low.endswith("ologist") or (position > 0 and low.endswith("woman"))


def _capital_role(tokens: Tokens, first: int, end: int) -> Mention:
    """Read "the President", "the Prime Minister"."""
    return Mention(
        kind=MentionKind.ROLE,
        start=tokens.starts[first],
        end=tokens.ends[end - 1],
        words=tuple(tokens.words[first:end]),
        head=tokens.lows[end - 1],
        is_definite=True,
    )


def _gender(roles: list[str]) -> bool | None:
    if any(role in MALE for role in roles):
        return True
    if any(role in FEMALE for role in roles):
        return False
    return None


def _common(tokens: Tokens, start: int, head_end: int, end: int) -> Mention | None:
    """Read a phrase whose head is a common noun: a role, a group, a body, a document."""
    head_at = head_end - 1
    if tokens.lows[head_at] in ("’s", "'s"):
        return None
    while head_at > start and not tokens.words[head_at][0].isalnum():
        head_at -= 1
    head = tokens.lows[head_at]
    if tokens.words[head_at - 1 : head_at] and tokens.words[head_at - 1] in ("%",):
        return None
    if head in TIME_WORDS:
        return None
    if is_role(head):
        kind = MentionKind.ROLE
    elif head in DOCUMENTS:
        kind = MentionKind.DOCUMENT
    elif is_group(head) or head in GROUPISH_NAMES:
        kind = MentionKind.GROUP
    elif head in BODIES:
        kind = MentionKind.BODY
    elif head in ("%", "percent"):
        kind = MentionKind.GROUP
    else:
        return None
    stop = _with_complement(tokens, head_end, end, kind)
    first_low = tokens.lows[start]
    return Mention(
        kind=kind,
        start=tokens.starts[start],
        end=tokens.ends[stop - 1],
        words=tuple(tokens.words[start:stop]),
        head=head,
        is_definite=first_low in ("the", "that", "this", "these", "those", "his", "her", "its"),
        is_male=_gender([head]),
    )


def _with_complement(tokens: Tokens, head_end: int, end: int, kind: MentionKind) -> int:
    """Return where the phrase ends with one "of", "at", "from" or "for" behind its head."""
    links = {"of", "at", "from", "for"}
    if kind is MentionKind.DOCUMENT:
        links |= {"by", "in"}
    at = head_end
    if (
        kind is MentionKind.DOCUMENT
        and at + 1 < end
        and tokens.lows[at] in PARTICIPLES
        and tokens.lows[at + 1] in ("in", "by")
    ):
        at += 1
    if at >= end or tokens.lows[at] not in links:
        return head_end
    stop = _head_end(tokens, at + 1, end, runs_on=True)
    while stop > at and tokens.lows[stop - 1] in DETERMINERS | {"and", "or"}:
        stop -= 1
    is_short = 1 < stop - at <= 8
    is_time = any(low in WEEKDAYS_AND_MONTHS for low in tokens.lows[at + 1 : stop])
    return stop if is_short and not is_time else head_end
