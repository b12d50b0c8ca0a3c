"""Who makes a claim, as far as the article says so: step one of what a fact-checker asks.

Each sentence is read for its own attribution (`attributions`); a sentence without one that stands
in a quotation takes the speaker of that quotation, from the sentences in which it opens and ends
and from those beside it; everything else is the outlet's own voice. Pronouns, surnames and "the
spokesman" are led back to the name (`antecedents`). What is wanted stands, by example, in
`tests/data/speakers.yaml`; what is reached, and what is not, in `docs/speakers.md`.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.antecedents import Antecedents, Names
from pipeline.attributions import (
    Attribution,
    choose_attribution,
    find_attributions,
    sentence_subject,
)
from pipeline.mentions import Mention, MentionKind
from pipeline.models import Quoted, Sentence, Speaker
from pipeline.quotations import Quotation, find_quotations, quotations_in
from pipeline.speech_cues import CUE_VERBS, Sense
from pipeline.tokens import Tokens, tokenize

# A quotation of fewer words is a term in quotation marks, not speech.
_MIN_SPEECH_WORDS = 4
# The share of a sentence between quotation marks from which the sentence is direct speech.
_MIN_QUOTED_SHARE = 0.5
# A sentence of at most this many tokens can be nothing but the "Jo Hale said." of a quotation.
_MAX_TAG_LENGTH = 8
# A line of fewer tokens is a heading, a caption or a source, not a sentence about somebody.
_MIN_SENTENCE_LENGTH = 5
_SAYS = CUE_VERBS["says"]


@dataclass(slots=True)
class _Reading:
    """What one sentence tells by itself, and then in its place."""

    sentence: Sentence
    quotations: list[Quotation]
    tokens: Tokens
    attribution: Attribution | None = None
    speaker: Mention | None = None
    """Whom its own attribution leads to."""
    topic: Mention | None = None
    """Whom it opens with, led back to the name."""

    @property
    def quoted_share(self) -> float:
        length = max(1, self.sentence.end - self.sentence.start)
        return (
            sum(
                min(self.sentence.end, one.end) - max(self.sentence.start, one.start)
                for one in self.quotations
            )
            / length
        )


def find_speakers(
    text: str, sentences: Sequence[Sentence], indexes: Sequence[int]
) -> list[Speaker]:
    """Return one Speaker for each sentence index asked for, in order.

    `sentences` are all of the article's, in order, with offsets into `text`; they are the context
    in which pronouns and quotations are followed. Raises IndexError for an index beyond them.
    """
    quotations = find_quotations(text)
    starts = [one.start for one in quotations]
    readings = []
    for sentence in sentences:
        shared = quotations_in(quotations, starts, sentence.start, sentence.end)
        tokens = tokenize(text, sentence.start, sentence.end, shared)
        readings.append(_Reading(sentence=sentence, quotations=shared, tokens=tokens))
    _follow(readings)
    quoted_by = _speakers_of_quotations(quotations, readings)
    return [_speaker(text, readings[index], quotations, starts, quoted_by) for index in indexes]


def _follow(readings: Sequence[_Reading]) -> None:
    """Read the sentences in order: find each one's attribution and lead it back to a name."""
    names = Names([reading.tokens for reading in readings])
    antecedents = Antecedents(names)
    for index, reading in enumerate(readings):
        if not reading.tokens:
            continue
        subject = sentence_subject(reading.tokens)
        if subject is not None:
            reading.topic = antecedents.resolve(subject, index)
        if reading.topic is not None and reading.topic.kind is not MentionKind.ROLE:
            antecedents.remember(reading.topic, index)
        chosen = choose_attribution(
            [
                one
                for one in find_attributions(reading.tokens)
                if not _is_opening_noun(one, reading, names)
            ]
        )
        if chosen is None:
            continue
        reading.speaker = antecedents.resolve(chosen.mention, index)
        if reading.speaker is None and chosen.mention.head in ("it", "they"):
            continue  # "it suggests": nothing is put down to anybody
        reading.attribution = chosen
        if reading.speaker is not None:
            antecedents.remember(reading.speaker, index)


def _is_opening_noun(attribution: Attribution, reading: _Reading, names: Names) -> bool:
    """Tell whether a sentence's first word only looks like a name: "Evidence suggests"."""
    mention = attribution.mention
    return (
        mention.kind is MentionKind.PERSON
        and mention.start == reading.tokens.starts[0]
        and not (CUE_VERBS.get(attribution.cue.lower(), _SAYS).sense == Sense.SPEECH)
        and not names.is_known(mention)
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Voice:
    speaker: Mention | None
    cue: str | None


def _speakers_of_quotations(
    quotations: Sequence[Quotation], readings: Sequence[_Reading]
) -> dict[int, _Voice]:
    """Return who speaks each quotation, by the offset at which it starts."""
    sentence_starts = [reading.sentence.start for reading in readings]
    voices: dict[int, _Voice] = {}
    before: Quotation | None = None
    for position, quotation in enumerate(quotations):
        first = max(0, bisect_right(sentence_starts, quotation.start) - 1)
        last = max(first, bisect_left(sentence_starts, quotation.end) - 1)
        voice = _voice_beside(quotation, first, last, readings)
        if voice is None and before is not None:
            goes_on = before.continues or _are_adjacent(before, first, quotation, readings)
            voice = voices.get(before.start) if goes_on else None
        if voice is None:
            voice = _voice_of_topic(quotation, first, readings)
        if voice is not None:
            voices[quotation.start] = voice
            # A quotation of several paragraphs is often put down to its speaker only at the end.
            at = position - 1
            while at >= 0 and quotations[at].continues and quotations[at].start not in voices:
                voices[quotations[at].start] = voice
                at -= 1
        before = quotation
    return voices


def _voice(reading: _Reading) -> _Voice | None:
    if reading.attribution is None:
        return None
    return _Voice(speaker=reading.speaker, cue=reading.attribution.cue)


def _voice_beside(
    quotation: Quotation, first: int, last: int, readings: Sequence[_Reading]
) -> _Voice | None:
    """Return whom the sentences around a quotation put it down to."""
    for index in (last, first):
        voice = _voice(readings[index]) if index < len(readings) else None
        if voice is not None:
            return voice
    opens_sentence = first < len(readings) and (
        quotation.start <= readings[first].sentence.start + 1
    )
    if opens_sentence and last + 1 < len(readings):
        after = readings[last + 1]
        is_tag = len(after.tokens) <= _MAX_TAG_LENGTH and not after.quotations
        is_tag = is_tag and bool(after.tokens) and after.tokens.words[0].islower()
        if is_tag and (voice := _voice(after)) is not None:
            return voice
    if opens_sentence and first > 0:
        return _voice(readings[first - 1])
    return None


def _are_adjacent(
    before: Quotation, first: int, quotation: Quotation, readings: Sequence[_Reading]
) -> bool:
    """Tell whether nothing but the end of a sentence stands between two quotations."""
    if first == 0 or quotation.start > readings[first].sentence.start + 1:
        return False
    return before.end >= readings[first - 1].sentence.end - 1


def _voice_of_topic(
    quotation: Quotation, first: int, readings: Sequence[_Reading]
) -> _Voice | None:
    """Return the person the sentence before is about: "Ms Hale was furious. "They lied.""."""
    if first == 0 or quotation.start > readings[first].sentence.start + 1:
        return None
    topic = readings[first - 1].topic
    if topic is None or len(readings[first - 1].tokens) < _MIN_SENTENCE_LENGTH:
        return None
    is_somebody = topic.kind is MentionKind.PERSON and not topic.is_surname
    if not is_somebody and topic.kind is not MentionKind.ORGANISATION:
        return None
    return _Voice(speaker=topic, cue=None)


def _speaker(
    text: str,
    reading: _Reading,
    quotations: Sequence[Quotation],
    starts: Sequence[int],
    quoted_by: dict[int, _Voice],
) -> Speaker:
    if reading.attribution is not None:
        is_direct = _is_direct(text, reading)
        return _make_speaker(
            text,
            Quoted.DIRECT if is_direct else Quoted.REPORTED,
            reading.speaker,
            reading.attribution.cue,
        )
    if reading.quoted_share >= _MIN_QUOTED_SHARE:
        quotation = max(
            reading.quotations,
            key=lambda one: min(reading.sentence.end, one.end)
            - max(reading.sentence.start, one.start),
        )
        if len(text[quotation.start : quotation.end].split(None, 4)) >= _MIN_SPEECH_WORDS:
            voice = quoted_by.get(quotation.start)
            return _make_speaker(
                text, Quoted.DIRECT, voice.speaker if voice else None, voice.cue if voice else None
            )
    return Speaker(quoted=Quoted.OUTLET)


def _is_direct(text: str, reading: _Reading) -> bool:
    """Tell whether a sentence with an attribution of its own quotes whole clauses."""
    if reading.quoted_share >= _MIN_QUOTED_SHARE:
        return True
    for quotation in reading.quotations:
        inner = text[max(quotation.start, reading.sentence.start) : quotation.end]
        letters = inner.strip("“”„‟«»\"‘’' ")
        opens_sentence = quotation.start <= reading.sentence.start
        is_clause = letters[:1].isupper() or opens_sentence
        ends = letters[-1:] in ",.?!…—" or text[quotation.end : quotation.end + 1] == ","
        if is_clause and ends and len(letters.split(None, 4)) >= _MIN_SPEECH_WORDS:
            return True
    return False


def _make_speaker(text: str, quoted: Quoted, mention: Mention | None, cue: str | None) -> Speaker:
    if mention is None:
        return Speaker(quoted=quoted, cue=cue)
    return Speaker(
        quoted=quoted,
        name=text[mention.start : mention.end],
        start=mention.start,
        end=mention.end,
        cue=cue,
    )



