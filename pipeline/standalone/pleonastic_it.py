"""Tells the "it" of `It is raining` and `It is clear that` from one that stands for a thing."""

import re

from pipeline.standalone.subject_words import AUXILIARIES

_WORD = re.compile(r"[a-z]+(?:-[a-z]+)*", re.IGNORECASE)

# What "it" does when it stands for nothing: weather, time, and the place of a clause to come.
_EMPTY_AFTER_IT = frozenset(
    """
    seems seemed appears appeared turns turned takes took emerged emerges happens happened matters
    mattered remains remained means meant helps helped follows followed transpired rained rains
    snowed snows makes made feels felt looks looked sounds pays paid comes came cost costs
    seem appear turn take emerge happen matter remain mean help follow rain snow make feel look pay
    come became becomes become hurts hurt looks goes went go
    """.split()
)
_BE = frozenset("is was be been being are were".split())
_ADVERBS = frozenset(
    "also now then still already just only even since later once again not".split()
)
_SAID_OF_CLAUSES = frozenset(
    """
    announced reported said told claimed alleged believed thought understood known hoped feared
    expected estimated confirmed agreed decided revealed learned learnt shown found noted argued
    suggested rumoured rumored assumed supposed felt seen heard proposed recommended recalled
    raining snowing pouring freezing
    """.split()
)
_BUILT = frozenset(
    "built held made sold bought set run led owned given sent kept shut cut hit won lost".split()
)
_CLAUSE_WORDS = frozenset("that who whom whose whether how why what".split())


def stands_for_nothing(rest: str) -> bool:
    """Tell whether the "it" before these words is, or may be, no pronoun for a thing.

    `It is raining`, `It is important that`, `It was announced that`, `It took a year to`, `It was
    Orr who`. A predicate that could be said of a whole event (`It was a mistake`) counts too.
    """
    words = [match[0].lower() for match in _WORD.finditer(rest[:200])]
    while words and (words[0] in AUXILIARIES - _BE or words[0] in _ADVERBS):
        words.pop(0)
    if not words:
        return True
    verb, *others = words
    if verb in _EMPTY_AFTER_IT:
        return True
    if verb not in _BE:
        return False
    while others and (others[0] in _ADVERBS or others[0] in _BE or others[0].endswith("ly")):
        others.pop(0)
    if not others:
        return not rest[:60].strip()[-1:].isdigit()
    is_passive = others[0].endswith("ed") or others[0] in _BUILT
    return (
        others[0] in _SAID_OF_CLAUSES
        or not (is_passive or others[0].endswith("ing"))
        or bool(_CLAUSE_WORDS & set(others[1:3]))
    )
