"""The words that put a claim down to somebody: say, believe, find, according to, claim (the noun).

The lists are ours, of the kind that reporting-verb lists in newsroom style books hold. What a word
needs around it to count is for `attributions` to say.
"""

from dataclasses import dataclass
from enum import Flag, StrEnum, auto


class Sense(Flag):
    """What a reporting verb tells of its subject."""

    SPEECH = auto()
    """The subject says it: anybody who can speak, and documents."""
    THOUGHT = auto()
    """The subject holds it to be so: people and bodies of people."""
    FINDING = auto()
    """The subject has found it: documents, and those who write them."""
    SPREAD = auto()
    """The subject passes it on; counts with an object such as "the idea that"."""


class Form(StrEnum):
    """Which form of its verb a cue word is."""

    BASE = "base"
    THIRD_PERSON = "third person"
    PAST = "past"
    PARTICIPLE = "participle"
    ING = "ing"


@dataclass(frozen=True, kw_only=True, slots=True)
class CueVerb:
    """One form of a reporting verb."""

    lemma: str
    sense: Sense
    forms: frozenset[Form]


# Base forms, regular unless they stand in _IRREGULAR.
_SPEECH = """
acknowledge add admit advise affirm allege announce answer argue assert assure bemoan boast brag
caution claim clarify comment complain concede conclude confess confirm contend continue counter
declare decry deny forecast gush
describe disclose elaborate emphasise emphasize exclaim explain hint imply insist joke lament
maintain mention muse note observe opine pledge predict proclaim promise propose quip reaffirm
reassure recall recommend recount reiterate remark repeat reply report respond retort reveal say
state stress suggest tell testify tweet retweet underline underscore urge vow warn write accuse
attribute blame call characterise characterize condemn criticise criticize praise
"""
_THOUGHT = """
agree assume believe conclude determine doubt estimate expect fear reckon speculate suspect
theorise theorize think hypothesise hypothesize
"""
_FINDING = """
conclude confirm demonstrate determine discover establish estimate find indicate predict prove
report reveal say show state suggest warn note claim argue recommend
"""
_SPREAD = """
advance amplify back echo endorse float make peddle promote push raise reiterate repeat share
spread support tout voice publish post
"""

# past and participle
_IRREGULAR = {
    "say": ("said", "said"),
    "tell": ("told", "told"),
    "write": ("wrote", "written"),
    "think": ("thought", "thought"),
    "find": ("found", "found"),
    "show": ("showed", "shown"),
    "make": ("made", "made"),
    "spread": ("spread", "spread"),
    "prove": ("proved", "proven"),
    "admit": ("admitted", "admitted"),
    "quip": ("quipped", "quipped"),
    "brag": ("bragged", "bragged"),
    "forecast": ("forecast", "forecast"),
}
_ING = {"admit": "admitting", "quip": "quipping", "brag": "bragging"}

NOUN_OR_VERB = frozenset(
    """
    answer answers call calls caution claim claims comment comments counter counters doubt doubts
    estimate estimates fear fears find finds hint hints joke jokes note notes pledge pledges post
    posts praise promise promises remark remarks repeat repeats reply replies report reports
    retweet retweets show shows state states stress support tweet tweets vow vows finding
    warning blame back backs float floats share shares push raise raises
    advance advances forecast forecasts voice voices spread thought
    """.split()
)
"""Verb forms that are as often nouns: only what stands around them can tell."""

INVERTING = frozenset(
    """
    acknowledge add admit argue assert boast caution claim comment complain concede conclude
    confirm continue contend counter declare exclaim explain insist joke lament maintain muse note
    observe predict quip recall remark repeat reply report respond say state stress suggest tweet
    urge warn write
    """.split()
)
"""Verbs whose subject may follow them beside a quotation: "..., said Ms Okafor"."""

CLAIM_NOUNS = frozenset(
    """
    accusation accusations allegation allegations argument arguments assertion assertions
    assessment belief beliefs claim claims comment comments conclusion conclusions contention
    contentions hypothesis idea ideas insinuation narrative notion opinion possibility prediction
    predictions remark remarks rumor rumors rumour rumours speculation statement statements
    suggestion suggestions suspicion suspicions theory theories view views warning warnings
    falsehood falsehoods falsity misinformation myth lie lies story
    """.split()
)
"""Nouns for something claimed: "her allegation that", "the theory that", "remarks by"."""

OWNED_CLAIM_NOUNS = CLAIM_NOUNS - {"possibility", "story", "misinformation", "myth", "narrative"}
"""Those that count with an owner alone: "the mayor's assertion"."""


def _regular(base: str) -> tuple[str, str, str]:
    """Return third person, past and -ing form of a regular verb."""
    if base.endswith("e"):
        return base + "s", base + "d", base[:-1] + "ing"
    if base.endswith("y") and base[-2] not in "aeiou":
        return base[:-1] + "ies", base[:-1] + "ied", base + "ing"
    third_person = base + ("es" if base.endswith(("s", "sh", "ch", "x")) else "s")
    return third_person, base + "ed", base + "ing"


def _forms(base: str) -> dict[str, set[Form]]:
    third_person, past, ing = _regular(base)
    past, participle = _IRREGULAR.get(base, (past, past))
    forms: dict[str, set[Form]] = {}
    for word, form in (
        (base, Form.BASE),
        (third_person, Form.THIRD_PERSON),
        (past, Form.PAST),
        (participle, Form.PARTICIPLE),
        (_ING.get(base, ing), Form.ING),
    ):
        forms.setdefault(word, set()).add(form)
    return forms


def _cue_verbs() -> dict[str, CueVerb]:
    senses: dict[str, Sense] = {}
    for bases, sense in (
        (_SPEECH, Sense.SPEECH),
        (_THOUGHT, Sense.THOUGHT),
        (_FINDING, Sense.FINDING),
        (_SPREAD, Sense.SPREAD),
    ):
        for base in bases.split():
            senses[base] = senses.get(base, sense) | sense
    return {
        word: CueVerb(lemma=base, sense=sense, forms=frozenset(forms))
        for base, sense in senses.items()
        for word, forms in _forms(base).items()
    }


CUE_VERBS = _cue_verbs()
"""Every form of every reporting verb, in small letters."""
