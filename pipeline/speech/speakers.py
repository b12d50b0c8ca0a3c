"""Who makes a claim, as far as the article says so.

Each sentence is read for its own attribution (`attributions`); a sentence without one that stands
in a quotation takes the speaker of that quotation, from the sentences in which it opens and ends
and from those beside it; everything else is the outlet's own voice. Pronouns, surnames and "the
spokesman" are led back to the name (`antecedents`). What is wanted stands, by example, in
`tests/data/speakers.yaml`; what is reached, and what is not, in `docs/speakers.md`.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.models import Quoted, Sentence, Speaker
from pipeline.speech.mentions import Mention, MentionKind
from pipeline.speech.quotations import Quotation, find_quotations
from pipeline.speech.readings import Reading, read_sentences

# A quotation of fewer words is a term in quotation marks, not speech.
_MIN_SPEECH_WORDS = 4
# The share of a sentence between quotation marks from which the sentence is direct speech.
_MIN_QUOTED_SHARE = 0.5
# A sentence of at most this many tokens can be nothing but the "she said." of a quotation.
_MAX_TAG_LENGTH = 8
# A line of fewer tokens is a heading, a caption or a source, not a sentence about somebody.
_MIN_SENTENCE_LENGTH = 5
_MARKS = "“”„‟«»\"‘’' "


@dataclass(frozen=True, kw_only=True, slots=True)
class _Voice:
    """Whose words a quotation is, and by which cue."""

    speaker: Mention | None = None
    cue: str | None = None


def find_speakers(
    text: str, sentences: Sequence[Sentence], indexes: Sequence[int]
) -> list[Speaker]:
    """Return one Speaker for each sentence index asked for, in order.

    `sentences` are all of the article's, in order, with offsets into `text`; they are the context
    in which pronouns and quotations are followed. Raises IndexError for an index beyond them.
    """
    quotations = find_quotations(text)
    readings = read_sentences(text, sentences, quotations)
    voices = _voices(quotations, readings)
    return [_speaker(text, readings[index], voices) for index in indexes]


def _voices(
    quotations: Sequence[Quotation], readings: Sequence[Reading]
) -> Mapping[Quotation, _Voice]:
    """Return who speaks each quotation, where that can be told."""
    sentence_starts = [reading.sentence.start for reading in readings]
    voices: dict[Quotation, _Voice] = {}
    before: Quotation | None = None
    for position, quotation in enumerate(quotations):
        first = max(0, bisect_right(sentence_starts, quotation.start) - 1)
        last = max(first, bisect_left(sentence_starts, quotation.end) - 1)
        voice = _voice_beside(quotation, first, last, readings)
        if voice is None and before is not None:
            goes_on = before.continues or _are_adjacent(before, quotation, first, readings)
            voice = voices.get(before) if goes_on else None
        if voice is None:
            voice = _voice_of_topic(quotation, first, readings)
        if voice is not None:
            voices[quotation] = voice
            # A quotation of several paragraphs is often put down to its speaker only at the end.
            at = position - 1
            while at >= 0 and quotations[at].continues and quotations[at] not in voices:
                voices[quotations[at]] = voice
                at -= 1
        before = quotation
    return voices


def _voice(reading: Reading) -> _Voice | None:
    if reading.attribution is None:
        return None
    return _Voice(speaker=reading.speaker, cue=reading.attribution.cue)


def _opens_sentence(quotation: Quotation, index: int, readings: Sequence[Reading]) -> bool:
    return index < len(readings) and quotation.start <= readings[index].sentence.start + 1


def _voice_beside(
    quotation: Quotation, first: int, last: int, readings: Sequence[Reading]
) -> _Voice | None:
    """Return whom the sentences around a quotation put it down to.

    First those it ends and opens in; then a "she said." that the splitter made a sentence of its
    own; then the sentence before.
    """
    near = [last, first]
    if _opens_sentence(quotation, first, readings):
        if last + 1 < len(readings) and _is_tag(readings[last + 1]):
            near.append(last + 1)
        if first > 0:
            near.append(first - 1)
    voices = (_voice(readings[index]) for index in near if index < len(readings))
    return next((voice for voice in voices if voice is not None), None)


def _is_tag(reading: Reading) -> bool:
    tokens = reading.tokens
    return 0 < len(tokens) <= _MAX_TAG_LENGTH and tokens.words[0].islower()


def _are_adjacent(
    before: Quotation, quotation: Quotation, first: int, readings: Sequence[Reading]
) -> bool:
    """Tell whether nothing but the end of a sentence stands between two quotations."""
    if first == 0 or not _opens_sentence(quotation, first, readings):
        return False
    return before.end >= readings[first - 1].sentence.end - 1


def _voice_of_topic(quotation: Quotation, first: int, readings: Sequence[Reading]) -> _Voice | None:
    """Return whom the sentence before is about: "Ms Hale was furious. "They lied."."""
    if first == 0 or not _opens_sentence(quotation, first, readings):
        return None
    before = readings[first - 1]
    if before.topic is None or len(before.tokens) < _MIN_SENTENCE_LENGTH:
        return None
    is_person = before.topic.kind is MentionKind.PERSON and not before.topic.is_surname
    is_somebody = is_person or before.topic.kind is MentionKind.ORGANISATION
    return _Voice(speaker=before.topic) if is_somebody else None


def _speaker(text: str, reading: Reading, voices: Mapping[Quotation, _Voice]) -> Speaker:
    own = _voice(reading)
    if own is not None:
        quoted = Quoted.DIRECT if _quotes_clauses(text, reading) else Quoted.REPORTED
        return _make_speaker(text, quoted, own)
    if reading.quoted_share >= _MIN_QUOTED_SHARE:
        longest = max(reading.quotations, key=reading.shared_length)
        if _is_speech(text[longest.start : longest.end]):
            return _make_speaker(text, Quoted.DIRECT, voices.get(longest, _Voice()))
    return Speaker(quoted=Quoted.OUTLET)


def _is_speech(quotation: str) -> bool:
    return len(quotation.split(None, _MIN_SPEECH_WORDS)) >= _MIN_SPEECH_WORDS


def _quotes_clauses(text: str, reading: Reading) -> bool:
    """Tell whether a sentence with an attribution of its own quotes more than a few words."""
    if reading.quoted_share >= _MIN_QUOTED_SHARE:
        return True
    for quotation in reading.quotations:
        start = max(quotation.start, reading.sentence.start)
        words = text[start : quotation.end].strip(_MARKS)
        begins = words[:1].isupper() or quotation.start <= reading.sentence.start
        ends = words[-1:] in (",", ".", "?", "!", "…", "—")
        ends = ends or text[quotation.end : quotation.end + 1] == ","
        if begins and ends and " " in words:
            return True
    return False


def _make_speaker(text: str, quoted: Quoted, voice: _Voice) -> Speaker:
    mention = voice.speaker
    if mention is None:
        return Speaker(quoted=quoted, cue=voice.cue)
    return Speaker(
        quoted=quoted,
        name=text[mention.start : mention.end],
        start=mention.start,
        end=mention.end,
        cue=voice.cue,
    )
