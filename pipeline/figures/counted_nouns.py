"""The noun that a number counts, as far as one can tell without a parser."""

import re

from pipeline.figures.numeral_tokens import Token, token_at
from pipeline.figures.units import Unit

# Plurals without an s; those of -men and -women are told by their ending.
_IRREGULAR_PLURALS = dict(
    pair.split()
    for pair in (
        "people person, children child, men man, women woman, police police, staff staff,"
        " personnel personnel, crew crew, cattle cattle, sheep sheep, fish fish, deer deer,"
        " aircraft aircraft, spacecraft spacecraft, teeth tooth, mice mouse, geese goose,"
        " bacteria bacterium, criteria criterion, lives life, wives wife, knives knife, wolves"
        " wolf, leaves leaf, thieves thief, halves half, shelves shelf, crises crisis,"
        " analyses analysis, buses bus, viruses virus, gases gas, campuses campus, bonuses"
        " bonus, choruses chorus, species species, series series, movies movie, ties tie, lies"
        " lie, pies pie, calories calorie, cookies cookie, shoes shoe, toes toe, headquarters"
        " headquarters, troops troops"
    ).split(", ")
)
# Their singulars end in e, unlike those of boxes, coaches and heroes.
_ONLY_S_TO_DROP = frozenset(
    "shoes toes canoes axes aches headaches niches caches avalanches".split()
)
# Counted in the singular: "one person", "1 death".
_COUNTED_ONCE = frozenset("person man woman child death case vote point".split())
_ENDING_S_BUT_NO_PLURAL = frozenset(
    """
    as is was has does his its this thus us yes less across always perhaps besides towards
    afterwards unless sometimes whereas plus minus versus gas bus news politics physics economics
    mathematics athletics overseas indoors outdoors upwards downwards onwards backwards forwards
    nowadays hers ours theirs yours
    """.split()
)
# No counted noun stands beyond one of these.
_ENDS_COUNTED_NOUN = frozenset(
    """
    a an the this that these those its his her their our my your it he she they we i you them him
    us who whom whose which what when where why how of in on at by for from to into onto with
    without within about above below under over after before behind between among amid against
    across along around beyond despite down during except inside outside like near off out per
    since than through throughout till until toward towards up upon via versus
    and or but nor so yet if because although though while whereas unless as then
    is are was were be been being am has have had do does did will would shall should can could
    may might must not no never also only just even still already yet too very now ago later
    earlier there here said says say told tell tells added died dies die killed injured voted
    rose fell came went got made took left went became remain remained remains seemed including
    excluding involving following using making leaving killing causing
    goes comes gets makes takes needs wants means
    """.split()
)
_MAX_WORDS_BEFORE_NOUN = 3
# No apostrophe, no name in capitals, and not the endings of singulars (class, virus, crisis).
_REGULAR_PLURAL = re.compile(r"[^\W_]{1,29}(?<!s)(?<!u)(?<!si)s")
_NO_MEN = ("imen", "omen", "cumen", "amen")


def read_counted_noun(
    tokens: list[Token], index: int, *, value: float, may_be_compound: bool = True
) -> Unit | None:
    """Read the noun that is counted, past up to three words that describe it.

    A plural is what tells a noun here; of two in a row the later is it (`police officers`), unless
    that may be a verb (`one in five children lives`).
    """
    found = None
    position = index
    for _ in range(_MAX_WORDS_BEFORE_NOUN + 1):
        word = token_at(tokens, position)
        is_acronym = word.text.isupper() and len(word.text) > 1  # US, not us
        if word.kind != "word" or (word.lower in _ENDS_COUNTED_NOUN and not is_acronym):
            break
        following = token_at(tokens, position + 1)
        is_compound = following.text == "-" and following.joined
        if not is_compound:
            if value == 1 and word.lower in _COUNTED_ONCE:
                return Unit(last=position + 1, name=word.lower)
            singular = singularise(word.text)
            if singular is not None:
                found = Unit(last=position + 1, name=singular)
                if not may_be_compound:
                    break
            elif found is not None:
                break
            position += 1
        else:
            position += 2
            if not token_at(tokens, position).joined:
                break
    return found


def can_follow_hyphen(word: str) -> bool:
    """Tell whether `20-word` counts words: not so in `2-for-1` and `3-in-1`."""
    return len(word) > 2 and word.islower() and word not in _ENDS_COUNTED_NOUN


def singularise(noun: str) -> str | None:
    """Return the singular of an English plural, or None when it does not look like a plural.

    Names keep their capitals (`Americans`, `MPs`); other nouns are given small.
    """
    word = noun.lower()
    if word in _IRREGULAR_PLURALS:
        return _IRREGULAR_PLURALS[word]
    if word.endswith("women"):
        return f"{word[:-5]}woman"
    if word.endswith("men") and not word.endswith(_NO_MEN):
        return f"{word[:-3]}man"
    if not _REGULAR_PLURAL.fullmatch(noun) or word in _ENDING_S_BUT_NO_PLURAL:
        return None
    drops_es = word.endswith(("sses", "xes", "shes", "ches", "oes"))
    shown = noun if noun[0].isupper() else word
    if len(word) > 4 and word.endswith("ies"):
        return f"{shown[:-3]}y"
    return shown[:-2] if drops_es and word not in _ONLY_S_TO_DROP else shown[:-1]
