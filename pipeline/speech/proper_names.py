"""Names: runs of capitals, the titles before them, and whether a person or a body bears them."""

from collections.abc import Iterator, Sequence

from pipeline.speech.function_words import (
    ADVERBS,
    AUXILIARIES,
    COORDINATORS,
    DETERMINERS,
    OTHER_PRONOUNS,
    PREPOSITIONS,
    SUBJECT_PRONOUNS,
    SUBORDINATORS,
    TIME_WORDS,
)
from pipeline.speech.mention_words import (
    FEMALE,
    MALE,
    ORGANISATION_WORDS,
    POST_NOMINALS,
    ROLES,
    TITLES,
    is_role,
)
from pipeline.speech.mentions import Mention, MentionKind
from pipeline.speech.tokens import Tokens

NAME_LINKS = frozenset(
    """
    of for and the & de del della di da dos du la le el al bin ibn van von der den ter ten bint abu
    """.split()
)
"""Small words that a name may hold between its capitals."""
# What opens a sentence, or stands in a headline, with a capital and begins no name.
_NEVER_FIRST = (
    ADVERBS
    | AUXILIARIES
    | COORDINATORS
    | DETERMINERS
    | OTHER_PRONOUNS
    | PREPOSITIONS
    | SUBJECT_PRONOUNS
    | SUBORDINATORS
    | TIME_WORDS
) - {"may", "will", "march", "april", "june", "august"}
_RUN_LINKS = NAME_LINKS - {"and", "the"}
_PLAIN_TITLES = frozenset("dr prof professor mr mrs ms mx sir dame".split())
# A person's name is not longer than this, in words; what is, is a body's or a title's.
_MAX_PERSON_WORDS = 5


def titled_name_start(tokens: Tokens, start: int, end: int) -> int | None:
    """Return where "Dr Jo Hale" begins at the end of "the head of the centre Dr Jo Hale"."""
    for at in range(end - 2, max(start, end - 6), -1):
        if not tokens.is_capital(at + 1):
            return None
        if tokens.lows[at].rstrip(".") in _PLAIN_TITLES and tokens.is_capital(at):
            return at
    return None


def read_name(tokens: Tokens, start: int, end: int) -> Mention | None:
    """Read the run of capitals that ends the phrase from `start` to `end`, titles before it.

    None when there is none, or when it is a day or a bare title.
    """
    first = _run_start(tokens, start, end)
    if first >= end:
        return None
    has_article = tokens.low(first - 1) == "the" if first > start else False
    if tokens.lows[first] in DETERMINERS and first + 1 < end:
        has_article = has_article or tokens.lows[first] == "the"
        first += 1
    roles = [low for low in tokens.lows[start:first] if is_role(low) or low in TITLES]
    while end - 1 > first and tokens.lows[end - 1] in POST_NOMINALS:
        end -= 1
    name_start, more_roles = _strip_titles(tokens, first, end)
    roles += more_roles
    last_low = tokens.lows[end - 1]
    if last_low in TIME_WORDS:
        return None
    if last_low.rstrip(".") in TITLES and name_start == end - 1:
        return _capital_role(tokens, first, end) if has_article else None
    if tokens.words[first] == "The" or "The" in tokens.words[first:name_start]:
        has_article = True
    is_organisation = any(low in ORGANISATION_WORDS for low in tokens.lows[name_start:end])
    if name_start == first or is_organisation:
        is_organisation = any(low in ORGANISATION_WORDS for low in tokens.lows[first:end])
        if is_organisation and "The" not in tokens.words[first:name_start]:
            name_start = first
    words = tuple(tokens.words[name_start:end])
    return Mention(
        kind=_kind(words, is_organisation or (has_article and not roles), bool(roles)),
        start=tokens.starts[name_start],
        end=tokens.ends[end - 1],
        words=words,
        head=last_low,
        roles=tuple(roles),
        is_male=gender(roles),
    )


def _run_start(tokens: Tokens, start: int, end: int) -> int:
    """Return where the run of capitals, with the small words in it, begins."""
    first = end - 1
    while first > start and _continues_run(tokens, start, first - 1):
        first -= 1
    while first < end and (
        not tokens.is_capital(first)
        or (first == 0 and tokens.lows[first] in DETERMINERS | PREPOSITIONS)
    ):
        first += 1
    return first


def _continues_run(tokens: Tokens, start: int, at: int) -> bool:
    word, low = tokens.words[at], tokens.lows[at]
    if word[0].isupper() or word[0].isdigit():
        return True
    if at <= start:
        return False
    if low in ("’s", "'s"):
        return tokens.is_capital(at - 1)
    if low in ("’", "'"):  # "Manufacturers' Association"
        return tokens.lows[at - 1].endswith("s")
    return low in NAME_LINKS


def _strip_titles(tokens: Tokens, first: int, end: int) -> tuple[int, list[str]]:
    """Return where the name itself begins in "US President Jo Hale", and what stood before."""
    name_start = first
    roles = []
    for at in range(first, end - 1):
        low = tokens.lows[at].rstrip(".")
        is_owner = low in ("’s", "'s")
        # "The" in the middle begins a name behind a dateline or a heading
        if low in TITLES or is_owner or tokens.words[at] == "The" or _is_named_role(low, at, first):
            name_start = at + 1
            roles.append(low)
    if tokens.lows[name_start] in ("and", "&"):
        name_start = first
    return name_start, [role for role in roles if role not in ("’s", "'s", "the")]


def _is_named_role(low: str, at: int, first: int) -> bool:
    """Tell a role in capitals from a name that ends like one (Carter, Jennifer)."""
    return low in ROLES or low.endswith("ologist") or (at > first and low.endswith("woman"))


def _kind(words: tuple[str, ...], is_organisation: bool, has_role: bool) -> MentionKind:
    if "and" in words and not is_organisation:
        return MentionKind.GROUP
    is_acronym = len(words) == 1 and len(words[0]) > 1 and words[0].isupper() and not has_role
    if is_organisation or is_acronym or len(words) > _MAX_PERSON_WORDS:
        return MentionKind.ORGANISATION
    return MentionKind.PERSON


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


def gender(roles: Sequence[str]) -> bool | None:
    """Return whether what a person is called tells a man (True) or a woman (False)."""
    if any(role in MALE for role in roles):
        return True
    if any(role in FEMALE for role in roles):
        return False
    return None


def iterate_names(tokens: Tokens) -> Iterator[Mention]:
    """Yield the names in a sentence, the longest runs of capitals, in order."""
    at = 0
    count = len(tokens)
    while at < count:
        if not tokens.is_capital(at) or tokens.lows[at] in _NEVER_FIRST:
            at += 1
            continue
        end = at + 1
        while end < count and (
            tokens.is_capital(end)
            or (tokens.lows[end] in _RUN_LINKS and end + 1 < count and tokens.is_capital(end + 1))
        ):
            end += 1
        mention = read_name(tokens, at, end)
        if mention is not None:
            yield mention
        at = end
