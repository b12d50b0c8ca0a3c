"""Who a sentence itself puts a claim down to: "X said", "said X", "according to X", "X's claim".

One sentence at a time, over its tokens; what leads back to other sentences is left as the pronoun
or the surname it is, for `speakers` to follow.
"""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.mention_words import (
    ADVERBS,
    AUXILIARIES,
    COORDINATORS,
    DETERMINERS,
    PREPOSITIONS,
    SUBJECT_PRONOUNS,
    TIME_WORDS,
    is_role,
)
from pipeline.mentions import (
    Mention,
    MentionKind,
    is_capitalised,
    phrase_ending_at,
    phrase_starting_at,
    read_phrase,
)
from pipeline.speech_cues import (
    CLAIM_NOUNS,
    CUE_VERBS,
    INVERTING,
    NOUN_OR_VERB,
    OWNED_CLAIM_NOUNS,
    CueVerb,
    Form,
    Sense,
)
from pipeline.tokens import QUOTATION, Tokens

_BE = frozenset("is are was were be been being am ’s 's isn't aren't wasn't weren't".split())
_HYPOTHETICAL = frozenset(
    "would could may might should must can cannot can't couldn't wouldn't shouldn't".split()
)
_NEGATIONS = frozenset({"not", "never", "n't", "neither", "nor", "cannot", "nobody", "no"})
_CLOSERS = frozenset({",", QUOTATION, "?", "!", "–", "—", "-", '"', "”", "’", "'"})
_CLAIM_LINKS = frozenset(
    ("that", "about", "of", "-", "–", "—", ",", ":", "which", "linking", "suggesting", QUOTATION)
)
_CLAUSE_MARKS = frozenset({":", ";", ".", "?", "!", "—", "–", QUOTATION})
_OPEN_QUESTIONS = frozenset("how whether if what why where unless do does did".split())
_NEEDS_CONTENT = frozenset({"respond", "reply", "answer", "write", "call", "describe", "counter"})
_NEEDS_CLAUSE = frozenset({"recall", "state", "float", "expect", "publish"})
_CLAUSE_OPENERS = (
    frozenset({"that", "how", ":", ",", ".", "", QUOTATION, "there", "the", "a"}) | SUBJECT_PRONOUNS
)
_AFTER_INVERTED = (
    frozenset({"who", "whose", "as", "when", "while", "last", "and"}) | PREPOSITIONS | TIME_WORDS
)
# How far a cue's surroundings are searched, in tokens: it keeps the work linear.
_SIGHT = 48


@dataclass(frozen=True, kw_only=True, slots=True)
class Attribution:
    """One place where a sentence names a speaker."""

    mention: Mention
    cue: str
    cue_at: int
    """Index of the cue's token."""
    is_verb: bool
    """Whether the cue is a verb of saying, not "according to" or a noun."""
    introduces: bool = False
    """Whether a quotation is announced: the cue or the sentence ends with a colon."""


def find_attributions(tokens: Tokens) -> list[Attribution]:
    """Return every attribution of a sentence, in order of their cues."""
    found = []
    for at, low in enumerate(tokens.lows):
        if low in CUE_VERBS:
            attribution = _by_verb(tokens, at, CUE_VERBS[low])
            if attribution is None and low in CLAIM_NOUNS:
                attribution = _by_noun(tokens, at)
        elif low in CLAIM_NOUNS:
            attribution = _by_noun(tokens, at)
        elif low == "according":
            attribution = _according_to(tokens, at)
        elif low in ("per", "from") and at == 0:
            attribution = _leading_source(tokens, at)
        else:
            continue
        if attribution is not None:
            found.append(attribution)
    return found


def choose_attribution(attributions: list[Attribution]) -> Attribution | None:
    """Return the one that the sentence's claim is put down to.

    Somebody who speaks goes before a source ("..., officials said, according to the paper"). Of
    speakers within one another ("Hale says doctors believe that ...") the innermost claims it; of
    speakers beside one another the first.
    """
    if not attributions:
        return None
    best = next((one for one in attributions if one.is_verb), attributions[0])
    for one in attributions:
        follows = one.cue_at > best.cue_at and one.is_verb and best.is_verb
        if follows and _directly_follows(best, one):
            best = one
    return best


def _directly_follows(outer: Attribution, inner: Attribution) -> bool:
    # at most "that" between the outer cue and the inner subject
    return (
        inner.mention.kind is not MentionKind.PRONOUN
        and inner.cue_at - outer.cue_at - len(inner.mention.words) <= 4
        and inner.mention.start > outer.mention.end
    )


def _low(tokens: Tokens, at: int) -> str:
    return tokens.lows[at] if 0 <= at < len(tokens) else ""


def _cue_words(tokens: Tokens, first: int, last: int) -> str:
    return " ".join(tokens.words[first : last + 1])


def _by_verb(tokens: Tokens, at: int, verb: CueVerb) -> Attribution | None:
    before, after = _low(tokens, at - 1), _low(tokens, at + 1)
    low = tokens.lows[at]
    if _is_inside_name(tokens, at):
        return None
    if low in NOUN_OR_VERB and not _can_be_verb(tokens, at):
        return None
    if verb.sense == Sense.SPREAD and not _has_claim_object(tokens, at):
        return None
    if after in _BE or after in ("has", "have", "had"):
        return None  # "the article Hale tweeted was", "what she said is"
    if verb.lemma in _NEEDS_CLAUSE and after not in _CLAUSE_OPENERS:
        return None
    if verb.lemma in _NEEDS_CONTENT and after in ("to", "", "."):
        return None  # "how the ministry will respond", "has written to the firms"
    inverted = _inverted(tokens, at, verb)
    if inverted is not None:
        return inverted
    if Form.ING in verb.forms:
        if not verb.sense & (Sense.SPEECH | Sense.SPREAD) or verb.lemma in ("show", "find"):
            return None  # "people are finding more reasons to"
        if before not in _BE and not _is_progressive(tokens, at):
            return _by_participle(tokens, at, verb)
    group = _verb_group(tokens, at, verb)
    if group is None:
        return None
    subject = _subject_before(tokens, group)
    if subject is None or not _fits(subject, verb, after):
        return None
    if group == at - 1 and verb.forms == {Form.BASE} and _is_singular(subject):
        return None  # "devices on walls tell", "please retweet"
    if _word_before(tokens, subject) in _OPEN_QUESTIONS:
        return None
    return Attribution(
        mention=subject,
        cue=_cue_words(tokens, at, at),
        cue_at=at,
        is_verb=True,
        introduces=_introduces(tokens, at),
    )


def _is_singular(mention: Mention) -> bool:
    if mention.kind is MentionKind.PRONOUN:
        return mention.head in ("he", "she", "it")
    is_one = mention.kind in (MentionKind.PERSON, MentionKind.ROLE)
    return is_one and not mention.head.endswith("s")


def _is_inside_name(tokens: Tokens, at: int) -> bool:
    words = tokens.words
    if at == 0 or not is_capitalised(words[at]) or not is_capitalised(words[at - 1]):
        return False
    around = [word for word in words[max(0, at - 12) : at + 12] if word[0].isalpha()]
    return 2 * sum(word[0].islower() for word in around) > len(around)  # no headline in capitals


def _word_before(tokens: Tokens, mention: Mention) -> str:
    """Return the word right before a mention, titles and a determiner apart."""
    at = bisect_left(tokens.starts, mention.start) - 1
    while at > 0 and (tokens.lows[at] in DETERMINERS or is_capitalised(tokens.words[at])):
        at -= 1
    return _low(tokens, at)


def _introduces(tokens: Tokens, at: int) -> bool:
    return tokens.lows[-1] == ":" or _low(tokens, at + 1) == ":"


def _can_be_verb(tokens: Tokens, at: int) -> bool:
    """Tell a verb from a noun of the same form by its neighbours."""
    before, after = _low(tokens, at - 1), _low(tokens, at + 1)
    if before in DETERMINERS or before in ("’s", "'s", "of", "in", "on", "by", "for", "its"):
        return False
    if after in ("of", "by", "from", "and", "or", "were", "was", "are", "is", "has", "have", "as"):
        return tokens.lows[at] in ("thought",) and after == "of"
    if at == 0:
        return False
    return after not in ("", ".", ",") or before in SUBJECT_PRONOUNS or before == "who"


def _has_claim_object(tokens: Tokens, at: int) -> bool:
    """Tell whether "the idea that", "false claims about" is what a verb passes on."""
    for nearby in range(at + 1, min(len(tokens), at + 12)):
        low = tokens.lows[nearby]
        if low in CLAIM_NOUNS and low not in ("comment", "comments", "story", "view", "views"):
            return _low(tokens, nearby + 1) in _CLAIM_LINKS
        if low in _CLAUSE_MARKS or low in AUXILIARIES or low == ",":
            return False
    return False


def _is_progressive(tokens: Tokens, at: int) -> bool:
    at -= 1
    while at >= 0 and (tokens.lows[at] in ADVERBS or tokens.lows[at].endswith("ly")):
        at -= 1
    return _low(tokens, at) in _BE


def _verb_group(tokens: Tokens, at: int, verb: CueVerb) -> int | None:
    """Return the token before the verb with its auxiliaries and adverbs; None if nobody says it.

    That is: passive, negated, hypothetical, or an infinitive that nobody is said to carry out.
    """
    is_passive = False
    first = at - 1
    limit = max(-1, at - _SIGHT)
    while first > limit:
        low = tokens.lows[first]
        if low in _NEGATIONS or low.endswith(("n't", "n’t")):
            return None
        if low in _HYPOTHETICAL:
            return None
        if low in _BE:
            is_passive = Form.ING not in verb.forms
            if low in ("’s", "'s") and _is_owner(tokens, first, at):
                return None
        elif low == "to":
            if _low(tokens, first - 1) not in ("on", "continue", "continues", "continued"):
                return None
            first -= 1
            if _low(tokens, first - 1) in ("went", "goes", "go", "gone"):
                first -= 1
        elif not (
            low in AUXILIARIES
            or low in ADVERBS
            or (low.endswith("ly") and low not in ("family", "assembly", "italy", "july", "ally"))
        ):
            skipped = _skip_time(tokens, first)
            if skipped == first:
                break
            first = skipped
            continue
        first -= 1
    if is_passive:
        return None
    if Form.BASE in verb.forms and _low(tokens, first) == "let":
        return None
    return first


def _is_owner(tokens: Tokens, mark: int, at: int) -> bool:
    return at - mark == 1


def _skip_time(tokens: Tokens, last: int) -> int:
    """Return the token before "on Tuesday", "last week", "earlier this month"; or `last`."""
    if tokens.lows[last] not in TIME_WORDS or tokens.lows[last] in ("may", "march", "then", "now"):
        return last
    first = last - 1
    while first > 0 and (
        tokens.lows[first] in TIME_WORDS
        or tokens.lows[first] in ("last", "this", "next", "on", "in", "late", "early", "a", "the")
    ):
        first -= 1
    return first


def _subject_before(tokens: Tokens, last: int, depth: int = 0) -> Mention | None:
    """Return the subject whose phrase, with what is put in behind it, ends at a token."""
    if last < 0 or depth > 4:
        return None
    low = tokens.lows[last]
    if low == "who":
        last -= 1 + (_low(tokens, last - 1) == ",")
        return _subject_before(tokens, last, depth + 1) or _last_object(tokens, last)
    if low in (")", "]"):
        opening = _opening_bracket(tokens, last)
        return None if opening is None else _subject_before(tokens, opening - 1, depth + 1)
    if low in (",", "—", "–"):
        return _subject_before_insertion(tokens, last)
    if low in COORDINATORS:
        return _clause_subject(tokens, last)
    if low in ("which", "that", QUOTATION):
        return None
    return phrase_ending_at(tokens, last)


def _last_object(tokens: Tokens, last: int) -> Mention | None:
    """Return what the last preposition before "who" leads to: "was written by Jo Hale, who"."""
    for at in range(last, max(-1, last - 8), -1):
        if tokens.lows[at] in PREPOSITIONS:
            return read_phrase(tokens, at + 1, last + 1)
    return None


def _opening_bracket(tokens: Tokens, last: int) -> int | None:
    for at in range(last - 1, max(-1, last - 16), -1):
        if tokens.lows[at] in ("(", "["):
            return at
    return None


def _subject_before_insertion(tokens: Tokens, comma: int) -> Mention | None:
    """Return the subject of "Hale, who runs the trust, said" and "Its head, Jo Hale, said"."""
    marks = (",", "—", "–")
    segment_end = comma
    for _ in range(4):
        at = segment_end - 1
        limit = max(-1, segment_end - _SIGHT)
        while at > limit and tokens.lows[at] not in marks and tokens.lows[at] not in (":", ";"):
            at -= 1
        if at <= limit and at >= 0:
            return None
        segment_start = at + 1
        if segment_end == comma:
            whole = read_phrase(tokens, segment_start, segment_end)
            is_name = whole is not None and whole.kind is MentionKind.PERSON
            if is_name and whole is not None and len(whole.words) > 1 and _is_bare(
                tokens, segment_start, segment_end
            ):
                return whole
        if at < 0 or tokens.lows[at] not in marks:
            return _long_subject(tokens, segment_start, segment_end)
        if _is_insertion(tokens, segment_start):
            mention = _subject_before_bracket(tokens, at - 1)
            if mention is not None and mention.kind is not MentionKind.PRONOUN:
                return mention
            if mention is not None and _low(tokens, at - 2) in ("", ",", "and", "but", ":"):
                return mention
        segment_end = at
    return None


def _long_subject(tokens: Tokens, start: int, end: int) -> Mention | None:
    """Return the person of a subject so long that a comma parts it from its verb."""
    mention = _opening_subject(tokens, start, end)
    if mention is None or mention.kind is not MentionKind.PERSON:
        return None
    behind = bisect_left(tokens.starts, mention.end)
    return mention if _low(tokens, behind) in ("from", "of", "at", "with") else None


def _subject_before_bracket(tokens: Tokens, last: int) -> Mention | None:
    if _low(tokens, last) == ")":
        opening = _opening_bracket(tokens, last)
        if opening is None:
            return None
        last = opening - 1
    return phrase_ending_at(tokens, last)


def _is_bare(tokens: Tokens, start: int, end: int) -> bool:
    """Tell whether a stretch is a name and nothing else, titles apart."""
    return all(
        is_capitalised(word) or not word[0].isalpha() for word in tokens.words[start:end]
    ) and not any(tokens.lows[at] in TIME_WORDS for at in range(start, end))


def _is_insertion(tokens: Tokens, start: int) -> bool:
    """Tell whether what begins here tells more of the name before: a relative, a role, an age."""
    low = _low(tokens, start)
    if low in ("who", "which", "whose", "a", "an", "the", "however", "though", "too", "also"):
        return True
    if low in ("in", "speaking", "writing", "citing", "at", "on", "of", "from", "with", "for", "md"):
        return True
    if low[:1].isdigit() or low in ("known", "then", "now"):
        return True
    if any(near.endswith(("ing", "ed")) for near in tokens.lows[start : start + 3]):
        return True
    for at in range(start, min(len(tokens), start + 6)):
        if is_role(tokens.lows[at]) or tokens.lows[at] in ("head", "phd", "m.d.", "dean"):
            return True
        if tokens.lows[at] in PREPOSITIONS or tokens.lows[at] == ",":
            return False
    return False


def _clause_subject(tokens: Tokens, coordinator: int) -> Mention | None:
    """Return the subject of the clause in which a second verb follows "and"."""
    start = coordinator
    limit = max(0, coordinator - _SIGHT)
    while start > limit and tokens.lows[start - 1] not in _CLAUSE_MARKS:
        start -= 1
    return _opening_subject(tokens, start, coordinator)


def _opening_subject(tokens: Tokens, start: int, end: int) -> Mention | None:
    """Return the noun phrase that opens a clause, after adverbs and one stretch before a comma."""
    while start < end and (
        tokens.lows[start] in ADVERBS
        or tokens.lows[start] in COORDINATORS
        or tokens.lows[start] in ("while", "although", "though", "as")
    ):
        start += 1
    if start < end and (
        tokens.lows[start] in PREPOSITIONS or tokens.lows[start].endswith(("ing", "ly"))
    ):
        comma = next(
            (at for at in range(start, min(end, start + 20)) if tokens.lows[at] == ","), None
        )
        if comma is None:
            return None
        start = comma + 1
    mention, stop = phrase_starting_at(tokens, start)
    if mention is None or stop > end:
        return None
    return mention


def _by_participle(tokens: Tokens, at: int, verb: CueVerb) -> Attribution | None:
    """Read ", adding that ...": the subject is the clause's own."""
    before = _low(tokens, at - 1)
    if before not in (",", QUOTATION, "—", "–", "by", "while", "in") or at < 2:
        return None
    subject = _clause_subject(tokens, at - 1)
    if subject is None or not _fits(subject, verb, _low(tokens, at + 1)):
        return None
    return Attribution(
        mention=subject, cue=_cue_words(tokens, at, at), cue_at=at, is_verb=True
    )


def _inverted(tokens: Tokens, at: int, verb: CueVerb) -> Attribution | None:
    """Read "..., said Jo Hale" and "Still, says Hale, ..."."""
    if verb.lemma not in INVERTING or Form.ING in verb.forms:
        return None
    before = _low(tokens, at - 1)
    if at > 0 and before not in _CLOSERS:
        return None
    if at == 0 and not is_capitalised(tokens.words[0]) and len(tokens) > 40:
        return None
    word = _low(tokens, at + 1)
    if not word or word in SUBJECT_PRONOUNS - {"he", "she", "they"} or word in TIME_WORDS:
        return None
    mention, _ = phrase_starting_at(tokens, at + 1)
    if mention is None or mention.kind is MentionKind.DOCUMENT:
        return None
    after = _low(tokens, bisect_left(tokens.starts, mention.end))
    if after[:1].isalnum() and after not in _AFTER_INVERTED:
        return None
    if before == "," and mention.kind is MentionKind.GROUP and after not in (".", ",", ""):
        return None
    return Attribution(
        mention=mention,
        cue=_cue_words(tokens, at, at),
        cue_at=at,
        is_verb=True,
        introduces=after == ":" or tokens.lows[-1] == ":",
    )


def _fits(subject: Mention, verb: CueVerb, after: str) -> bool:
    """Tell whether such a subject does such a thing."""
    if subject.kind is MentionKind.PRONOUN:
        return subject.head in ("he", "she", "they") or (
            subject.head == "it" and after in ("that", ":", QUOTATION, "there", "was", "has", "had", "the")
        )
    if subject.kind is MentionKind.DOCUMENT:
        return bool(verb.sense & (Sense.FINDING | Sense.SPREAD)) or verb.sense == Sense.SPEECH
    if verb.sense == Sense.FINDING and subject.kind in (MentionKind.ROLE, MentionKind.PERSON):
        return after == "that"  # one person finds keys, too
    return True


def _by_noun(tokens: Tokens, at: int) -> Attribution | None:
    """Read "Hale's claim that" and "allegations by the union"."""
    low, after = tokens.lows[at], _low(tokens, at + 1)
    owner_mark = at - 1
    limit = max(-1, at - 5)
    while owner_mark > limit and tokens.lows[owner_mark] not in ("’s", "'s"):
        if not tokens.words[owner_mark][0].isalpha():
            break
        owner_mark -= 1
    mention: Mention | None = None
    if owner_mark > limit and _low(tokens, owner_mark) in ("’s", "'s"):
        if low in OWNED_CLAIM_NOUNS and after not in ("of",):
            mention = phrase_ending_at(tokens, owner_mark - 1)
    elif after in ("by", "from"):
        mention, _ = phrase_starting_at(tokens, at + 2)
    if mention is None or mention.kind is MentionKind.PRONOUN:
        return None
    return Attribution(
        mention=mention, cue=_cue_words(tokens, at, at), cue_at=at, is_verb=False
    )


def _according_to(tokens: Tokens, at: int) -> Attribution | None:
    if _low(tokens, at + 1) != "to":
        return None
    mention, _ = phrase_starting_at(tokens, at + 2)
    if mention is None:
        return None
    return Attribution(
        mention=mention, cue=_cue_words(tokens, at, at + 1), cue_at=at, is_verb=False
    )


def _leading_source(tokens: Tokens, at: int) -> Attribution | None:
    """Read "From the agency, "..."" at the head of a sentence."""
    mention, stop = phrase_starting_at(tokens, at + 1)
    if mention is None or _low(tokens, stop) not in (",", ":") or _low(tokens, stop + 1) != QUOTATION:
        return None
    return Attribution(
        mention=mention, cue=_cue_words(tokens, at, at), cue_at=at, is_verb=False
    )


def sentence_subject(tokens: Tokens) -> Mention | None:
    """Return who or what a sentence opens with, when that is somebody: its topic."""
    return _opening_subject(tokens, 0, min(len(tokens), _SIGHT))


def iterate_names(tokens: Tokens) -> Iterator[Mention]:
    """Yield the names in a sentence, longest runs of capitals, in order."""
    at = 0
    count = len(tokens)
    while at < count:
        word = tokens.words[at]
        if not is_capitalised(word) or word == QUOTATION:
            at += 1
            continue
        end = at + 1
        while end < count and (
            is_capitalised(tokens.words[end])
            or (
                tokens.lows[end] in ("of", "for", "de", "van", "von", "bin", "al", "&", "der", "la")
                and end + 1 < count
                and is_capitalised(tokens.words[end + 1])
            )
        ):
            end += 1
        first = max(0, at - 3)
        while first < at and not tokens.words[first][0].isalpha():
            first += 1
        mention = read_phrase(tokens, at if first == at else at, end)
        if mention is not None:
            yield mention
        at = end
