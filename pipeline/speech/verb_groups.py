"""Whether a cue word is a verb at all, and where its auxiliaries and adverbs begin."""

from pipeline.speech.function_words import (
    ADVERBS,
    AUXILIARIES,
    DETERMINERS,
    SUBJECT_PRONOUNS,
    TIME_WORDS,
)
from pipeline.speech.speech_cues import CLAIM_NOUNS, CueVerb, Form
from pipeline.speech.tokens import QUOTATION, Tokens
from pipeline.speech.verb_subjects import CLAUSE_MARKS, SIGHT

BE = frozenset("is are was were be been being am ’s 's isn't aren't wasn't weren't".split())
_HYPOTHETICAL = frozenset(
    "would could may might should must can cannot can't couldn't wouldn't shouldn't".split()
)
_NEGATIONS = frozenset("not never n't neither nor cannot nobody no".split())
_NO_ADVERBS = frozenset("family assembly italy july ally reply".split())
_TIME_LEADS = frozenset("last this next on in late early a the".split())
_NOUN_FOLLOWERS = frozenset("of by from and or were was are is has have as".split())
_NOUN_LEADERS = DETERMINERS | {"’s", "'s", "of", "in", "on", "by", "for"}
_CLAIM_LINKS = frozenset(
    ("that", "about", "of", "-", "–", "—", ",", ":", "which", "linking", "suggesting", QUOTATION)
)
_NEEDS_CONTENT = frozenset("respond reply answer write call describe counter".split())
_NEEDS_CLAUSE = frozenset("recall state float expect publish".split())
_CLAUSE_OPENERS = SUBJECT_PRONOUNS | {
    "that",
    "how",
    ":",
    ",",
    ".",
    "",
    QUOTATION,
    "there",
    "the",
    "a",
}
_NEEDS_QUOTATION = frozenset({"continue", "gush"})
_OBJECT_SIGHT = 12


def can_be_verb(tokens: Tokens, at: int) -> bool:
    """Tell a verb from a noun of the same form by its neighbours."""
    before, after = tokens.low(at - 1), tokens.low(at + 1)
    if at == 0 or before in _NOUN_LEADERS or after in _NOUN_FOLLOWERS:
        return False
    return after not in ("", ".", ",") or before in SUBJECT_PRONOUNS or before == "who"


def is_inside_name(tokens: Tokens, at: int) -> bool:
    """Tell whether a cue word is part of a name, as in "the Late Show"."""
    if at == 0 or not tokens.is_capital(at) or not tokens.is_capital(at - 1):
        return False
    around = [word for word in tokens.words[max(0, at - 12) : at + 12] if word[0].isalpha()]
    return 2 * sum(word[0].islower() for word in around) > len(around)  # no headline in capitals


def has_claim_object(tokens: Tokens, at: int) -> bool:
    """Tell whether "the idea that", "false claims about" is what a verb passes on."""
    for near in range(at + 1, min(len(tokens), at + _OBJECT_SIGHT)):
        low = tokens.lows[near]
        if low in CLAIM_NOUNS and low not in ("comment", "comments", "story", "view", "views"):
            return tokens.low(near + 1) in _CLAIM_LINKS
        if low in CLAUSE_MARKS or low in AUXILIARIES or low == ",":
            return False
    return False


def is_progressive(tokens: Tokens, at: int) -> bool:
    """Tell whether a form in -ing has its "is" or "were" before it."""
    at -= 1
    while at >= 0 and _is_adverb(tokens.lows[at]):
        at -= 1
    return tokens.low(at) in BE


def _is_adverb(low: str) -> bool:
    return low in ADVERBS or (low.endswith("ly") and low not in _NO_ADVERBS)


def before_verb_group(tokens: Tokens, at: int, verb: CueVerb) -> int | None:
    """Return the token before the verb with its auxiliaries and adverbs; None if nobody says it.

    That is: passive, negated, hypothetical, or an infinitive that nobody is said to carry out.
    """
    last = at - 1
    limit = max(-1, at - SIGHT)
    while last > limit:
        low = tokens.lows[last]
        is_negated = low in _NEGATIONS or low.endswith(("n't", "n’t"))
        is_passive = low in BE and Form.ING not in verb.forms
        if is_negated or is_passive or low in _HYPOTHETICAL:
            return None
        if low == "to":
            carried_out = _before_carried_out(tokens, last)
            if carried_out is None:
                return None
            last = carried_out
        elif low in AUXILIARIES or _is_adverb(low):
            last -= 1
        else:
            skipped = _before_time(tokens, last)
            if skipped == last:
                break
            last = skipped
    return None if tokens.low(last) == "let" else last


def _before_carried_out(tokens: Tokens, to: int) -> int | None:
    """Return the token before "went on to", "continues to"; None before any other "to"."""
    before = tokens.low(to - 1)
    if before in ("continue", "continues", "continued"):
        return to - 2
    if before == "on" and tokens.low(to - 2) in ("went", "goes", "go", "gone"):
        return to - 3
    return None


def _before_time(tokens: Tokens, last: int) -> int:
    """Return the token before "on Tuesday", "last week", "earlier this month"; or `last`."""
    if tokens.lows[last] not in TIME_WORDS or tokens.lows[last] in ("may", "march", "then", "now"):
        return last
    first = last - 1
    while first > 0 and (tokens.lows[first] in TIME_WORDS or tokens.lows[first] in _TIME_LEADS):
        first -= 1
    return first


def has_content(verb: CueVerb, after: str) -> bool:
    """Tell by the token behind a verb whether something said may follow, or have gone before."""
    if verb.lemma in _NEEDS_CLAUSE:
        return after in _CLAUSE_OPENERS
    if verb.lemma in _NEEDS_QUOTATION:
        return after in (",", ":", QUOTATION, "", ".")
    if verb.lemma in _NEEDS_CONTENT:  # "how the ministry will respond", "has written to the firms"
        return after not in ("to", "", ".")
    # "rising rents add to", "she agreed to step down"
    return verb.lemma not in ("add", "agree") or after != "to"
