"""An article's sentences read in order: what each puts down to whom, led back to names."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.models import Sentence
from pipeline.speech.antecedents import Antecedents, Names
from pipeline.speech.attributions import Attribution, choose_attribution, find_attributions
from pipeline.speech.mentions import Mention, MentionKind
from pipeline.speech.quotations import Quotation, quotations_in
from pipeline.speech.speech_cues import CUE_VERBS, Sense
from pipeline.speech.tokens import Tokens, tokenize
from pipeline.speech.verb_subjects import sentence_subject

_SAYS = CUE_VERBS["says"]

_DATELINE = re.compile(
    r"[A-Z][A-Z.'’-]+(?:,? [A-Z][A-Z.'’-]+){0,4}(?:, [A-Z][a-z]{2,12}\.? ?\d{0,2})?"
    r"(?: ?\([A-Z][A-Za-z ]{1,20}\))?(?: ?[—–] ?| --? )(?=[A-Z“\"‘'])"
)
"""The place, and perhaps day and agency, before copy: "NORWICK (Wire) — ". It speaks for nobody."""


@dataclass(slots=True)
class Reading:
    """What one sentence tells by itself, and then in its place."""

    sentence: Sentence
    quotations: Sequence[Quotation]
    """Those that share a character with it, in order."""
    tokens: Tokens
    attribution: Attribution | None = None
    speaker: Mention | None = None
    """Whom its own attribution leads to; None when there is none, or to nobody known."""
    topic: Mention | None = None
    """Whom or what it opens with, led back to the name."""

    def shared_length(self, quotation: Quotation) -> int:
        """Return how many of a quotation's characters stand in the sentence."""
        start, end = self.sentence.start, self.sentence.end
        return max(0, min(end, quotation.end) - max(start, quotation.start))

    @property
    def quoted_share(self) -> float:
        """The share of the sentence that stands between quotation marks, 0 to 1."""
        length = max(1, self.sentence.end - self.sentence.start)
        return sum(map(self.shared_length, self.quotations)) / length


def read_sentences(
    text: str, sentences: Sequence[Sentence], quotations: Sequence[Quotation]
) -> list[Reading]:
    """Return a reading of each sentence; linear in the text's length."""
    starts = [one.start for one in quotations]
    readings = []
    for sentence in sentences:
        shared = quotations_in(quotations, starts, sentence.start, sentence.end)
        dateline = _DATELINE.match(text, sentence.start, sentence.end)
        start = sentence.start if dateline is None else dateline.end()
        tokens = tokenize(text, start, sentence.end, shared)
        readings.append(Reading(sentence=sentence, quotations=shared, tokens=tokens))
    names = Names([reading.tokens for reading in readings])
    antecedents = Antecedents(names)
    for index, reading in enumerate(readings):
        if len(reading.tokens):
            _read_in_place(reading, index, names, antecedents)
    return readings


def _read_in_place(reading: Reading, index: int, names: Names, antecedents: Antecedents) -> None:
    subject = sentence_subject(reading.tokens)
    if subject is not None:
        reading.topic = antecedents.resolve(subject, index)
        if reading.topic is not None and reading.topic.kind is not MentionKind.ROLE:
            antecedents.remember(reading.topic, index)
    chosen = choose_attribution(
        [
            one
            for one in find_attributions(reading.tokens)
            if not _is_opening_noun(one, reading.tokens, names)
        ]
    )
    if chosen is None:
        return
    reading.speaker = antecedents.resolve(chosen.mention, index)
    if reading.speaker is not None:
        antecedents.remember(reading.speaker, index)
    elif chosen.mention.head in ("it", "they"):
        return  # "it suggests": nothing is put down to anybody
    reading.attribution = chosen


def _is_opening_noun(attribution: Attribution, tokens: Tokens, names: Names) -> bool:
    """Tell whether a sentence's first word only looks like a name: "Evidence suggests"."""
    mention = attribution.mention
    return (
        mention.kind is MentionKind.PERSON
        and mention.start == tokens.starts[0]
        and CUE_VERBS.get(attribution.cue.lower(), _SAYS).sense != Sense.SPEECH
        and not names.is_known(mention)
    )
