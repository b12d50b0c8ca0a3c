"""Who a sentence itself puts a claim down to: "X said", "said X", "according to X", "X's claim".

One sentence at a time, over its tokens; what leads back to other sentences is left as the pronoun
or the surname it is, for `speakers` to follow.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.speech.function_words import DETERMINERS, PREPOSITIONS, SUBJECT_PRONOUNS, TIME_WORDS
from pipeline.speech.mentions import Mention, MentionKind
from pipeline.speech.noun_phrases import phrase_ending_at, phrase_starting_at
from pipeline.speech.speech_cues import (
    CLAIM_NOUNS,
    CUE_VERBS,
    INVERTING,
    NOUN_OR_VERB,
    OWNED_CLAIM_NOUNS,
    CueVerb,
    Form,
    Sense,
)
from pipeline.speech.tokens import QUOTATION, Tokens
from pipeline.speech.verb_groups import (
    BE,
    before_verb_group,
    can_be_verb,
    has_claim_object,
    has_content,
    is_inside_name,
    is_progressive,
)
from pipeline.speech.verb_subjects import clause_subject, subject_before

_CLOSERS = frozenset({",", QUOTATION, "?", "!", "–", "—", "-", '"', "”", "’", "'"})
_OPEN_QUESTIONS = frozenset("how whether if what why where unless do does did".split())
# Groups that find things without having looked into them.
_NO_FINDERS = frozenset(
    """
    people adults children users customers consumers drivers players others many most some voters
    women men parents families patients residents
    """.split()
)
_IT_CLAIMS = frozenset(("that", ":", QUOTATION, "there", "was", "has", "had", "the"))
_AFTER_INVERTED = PREPOSITIONS | TIME_WORDS | {"who", "whose", "as", "when", "while", "last", "and"}
# How many words may stand between an owner and a claim: "Hale's much repeated claim".
_MAX_OWNED_DISTANCE = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Attribution:
    """One place where a sentence names a speaker."""

    mention: Mention
    cue: str
    cue_at: int
    """Index of the cue's first token."""
    is_verb: bool
    """Whether the cue is a verb of saying, not "according to" or a noun."""


def find_attributions(tokens: Tokens) -> list[Attribution]:
    """Return every attribution of a sentence, in order of their cues."""
    found = []
    for at, low in enumerate(tokens.lows):
        attribution = None
        if low in CUE_VERBS:
            attribution = _by_verb(tokens, at, CUE_VERBS[low])
        if attribution is None and low in CLAIM_NOUNS:
            attribution = _by_noun(tokens, at)
        elif low == "according":
            attribution = _according_to(tokens, at)
        elif low in ("per", "from") and at == 0:
            attribution = _leading_source(tokens)
        if attribution is not None:
            found.append(attribution)
    return found


def choose_attribution(attributions: Sequence[Attribution]) -> Attribution | None:
    """Return the one that the sentence's claim is put down to.

    Somebody who speaks goes before a source ("..., officials said, according to the paper"). Of
    speakers within one another ("Hale says doctors believe that ...") the innermost claims it; of
    speakers beside one another the first.
    """
    if not attributions:
        return None
    best = next((one for one in attributions if one.is_verb), attributions[0])
    for one in attributions:
        if best.is_verb and one.is_verb and _is_within(best, one):
            best = one
    return best


def _is_within(outer: Attribution, inner: Attribution) -> bool:
    """Tell whether at most "that" stands between a cue and the next one's subject."""
    return (
        inner.mention.kind is not MentionKind.PRONOUN
        and inner.mention.start > outer.mention.end
        and 0 < inner.cue_at - outer.cue_at <= len(inner.mention.words) + 4
    )


def _make(
    tokens: Tokens, mention: Mention | None, at: int, *, words: int = 1, is_verb: bool
) -> Attribution | None:
    if mention is None:
        return None
    cue = " ".join(tokens.words[at : at + words])
    return Attribution(mention=mention, cue=cue, cue_at=at, is_verb=is_verb)


def _by_verb(tokens: Tokens, at: int, verb: CueVerb) -> Attribution | None:
    if not _may_attribute(tokens, at, verb):
        return None
    subject = _inverted_subject(tokens, at, verb)
    if subject is None:
        subject = _subject(tokens, at, verb)
    return _make(tokens, subject, at, is_verb=True)


def _may_attribute(tokens: Tokens, at: int, verb: CueVerb) -> bool:
    """Tell whether a cue word is a verb that puts something down to its subject."""
    low, after = tokens.lows[at], tokens.low(at + 1)
    if is_inside_name(tokens, at) or (low in NOUN_OR_VERB and not can_be_verb(tokens, at)):
        return False
    if verb.sense == Sense.SPREAD and not has_claim_object(tokens, at):
        return False
    if after in BE or after in ("has", "have", "had"):
        return False  # "the article Hale tweeted was", "what she said is"
    return has_content(verb, after)


def _subject(tokens: Tokens, at: int, verb: CueVerb) -> Mention | None:
    """Return whose verb this is, standing before it."""
    after = tokens.low(at + 1)
    if Form.ING in verb.forms:
        if not verb.sense & (Sense.SPEECH | Sense.SPREAD) or verb.lemma in ("show", "find"):
            return None  # "people are finding more reasons to"
        if not is_progressive(tokens, at):
            return _participle_subject(tokens, at, verb)
    before = before_verb_group(tokens, at, verb)
    subject = None if before is None else subject_before(tokens, before)
    if subject is None or not _fits(subject, verb, after):
        return None
    if before == at - 1 and verb.forms == {Form.BASE} and subject.is_singular:
        return None  # "devices on walls tell", "please retweet"
    return None if _word_before(tokens, subject) in _OPEN_QUESTIONS else subject


def _participle_subject(tokens: Tokens, at: int, verb: CueVerb) -> Mention | None:
    """Return who does it in ", adding that ...": the subject of the clause."""
    if at < 2 or tokens.low(at - 1) not in (",", QUOTATION, "—", "–", "by", "while", "in"):
        return None
    subject = clause_subject(tokens, at - 1)
    return subject if subject is not None and _fits(subject, verb, tokens.low(at + 1)) else None


def _word_before(tokens: Tokens, mention: Mention) -> str:
    """Return the word right before a mention, titles and a determiner apart."""
    at = bisect_left(tokens.starts, mention.start) - 1
    limit = at - 8
    while at > max(0, limit) and (tokens.lows[at] in DETERMINERS or tokens.is_capital(at)):
        at -= 1
    return tokens.low(at)


def _inverted_subject(tokens: Tokens, at: int, verb: CueVerb) -> Mention | None:
    """Return who says it in "..., said Jo Hale" and "Still, says Hale, ..."."""
    if verb.lemma not in INVERTING or Form.ING in verb.forms:
        return None
    if at > 0 and tokens.lows[at - 1] not in _CLOSERS:
        return None
    word = tokens.low(at + 1)
    if word in TIME_WORDS or word in SUBJECT_PRONOUNS - {"he", "she", "they"}:
        return None
    mention = phrase_starting_at(tokens, at + 1)
    if mention is None or mention.kind is MentionKind.DOCUMENT:
        return None
    # Something else behind it is its verb: "..., said the campaign went on".
    after = tokens.low(bisect_left(tokens.starts, mention.end))
    return None if after[:1].isalnum() and after not in _AFTER_INVERTED else mention


def _fits(subject: Mention, verb: CueVerb, after: str) -> bool:
    """Tell whether such a subject does such a thing."""
    if subject.kind is MentionKind.PRONOUN:
        is_claimed_by_it = subject.head == "it" and after in _IT_CLAIMS
        return subject.head in ("he", "she", "they") or is_claimed_by_it
    if subject.kind is MentionKind.DOCUMENT:
        return verb.sense != Sense.THOUGHT
    if verb.sense == Sense.FINDING and (
        subject.kind in (MentionKind.ROLE, MentionKind.PERSON) or subject.head in _NO_FINDERS
    ):
        return after == "that"  # one finds keys, too
    return True


def _by_noun(tokens: Tokens, at: int) -> Attribution | None:
    """Read "Hale's claim that" and "allegations by the union"."""
    after = tokens.low(at + 1)
    owner_mark = at - 1
    limit = max(-1, at - _MAX_OWNED_DISTANCE)
    while owner_mark > limit and tokens.words[owner_mark][0].isalpha():
        owner_mark -= 1
    mention = None
    if tokens.low(owner_mark) in ("’s", "'s"):
        if tokens.lows[at] in OWNED_CLAIM_NOUNS and after != "of":
            mention = phrase_ending_at(tokens, owner_mark - 1)
    elif after in ("by", "from"):
        mention = phrase_starting_at(tokens, at + 2)
    if mention is not None and mention.kind is MentionKind.PRONOUN:
        return None
    return _make(tokens, mention, at, is_verb=False)


def _according_to(tokens: Tokens, at: int) -> Attribution | None:
    if tokens.low(at + 1) != "to":
        return None
    return _make(tokens, phrase_starting_at(tokens, at + 2), at, words=2, is_verb=False)


def _leading_source(tokens: Tokens) -> Attribution | None:
    """Read "From the agency, "..."" at the head of a sentence."""
    mention = phrase_starting_at(tokens, 1)
    if mention is None:
        return None
    behind = bisect_left(tokens.starts, mention.end)
    if tokens.low(behind) not in (",", ":") or tokens.low(behind + 1) != QUOTATION:
        return None
    return _make(tokens, mention, 0, is_verb=False)
