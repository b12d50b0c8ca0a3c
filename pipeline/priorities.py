"""How urgent a claim is to this newsroom: the user's table of weights, applied to a score. Pure.

A weight multiplies the odds of the score, score / (1 - score). So a weight of 1 changes nothing,
the order of weights does not matter, and the result stays between 0 and 1. docs/priorities.md
tells users the same.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time

_LARGEST_PRODUCT = 1e300
_LARGEST_SCORE = 1 - 2**-24
"""A score of 1 is a float32 that was rounded up: its odds are finite, so that weights count."""

_MAX_CHARACTERS = 1000
"""Of a title or a source, which every claim of an article is weighed with: a monstrous one costs
each of them no more than a long one."""

_WORD = re.compile(r"\w+")
_DATE_LENGTH = len("2031-04-12")

Words = tuple[str, ...]
"""A word or phrase as it is compared: case-folded, whatever stands between the words left out."""


def words_of(text: str) -> Words:
    """Return the words of a text as they are compared."""
    return tuple(_WORD.findall(text.casefold()))


@dataclass(frozen=True, kw_only=True, slots=True)
class Priorities:
    """A table of weights, each 0 or more; the empty one makes a score its own priority."""

    claim_types: Mapping[str, float] = field(default_factory=dict)
    topics: Mapping[Words, float] = field(default_factory=dict)
    """Words and phrases of the sentence or the title, at least one word each."""
    speakers: Mapping[Words, float] = field(default_factory=dict)
    """Words and phrases of the speaker's name."""
    sources: Mapping[Words, float] = field(default_factory=dict)
    """The whole of the article's source."""
    half_life_hours: float | None = None
    """After so long, the odds count half; more than 0."""

    def priority(
        self,
        *,
        score: float,
        text: str,
        now: datetime,
        title: str | None = None,
        claim_type: str | None = None,
        speaker: str | None = None,
        source: str | None = None,
        published_at: str | None = None,
    ) -> float:
        """Return the priority of a claim, 0 to 1: its score, the odds multiplied by the weights.

        Every row of the table that fits the claim counts, and counts once. What is not known of a
        claim (None) weighs nothing; an undated article is taken as new. Takes time in proportion
        to the length of the texts. The arguments are plain values, so that a claim read back from
        its topic serves as well.

        Args:
            score: Probability, 0 to 1, that the sentence is check-worthy.
            text: The sentence.
            now: An aware time, to count the article's age to.
            title: The article's title; topics are looked for in its beginning as well.
            claim_type: As the classifier named it.
            speaker: The speaker's name.
            source: The article's source.
            published_at: RFC 3339, or a date alone; anything else is as None.
        """
        weights = []
        if claim_type is not None and claim_type in self.claim_types:
            weights.append(self.claim_types[claim_type])
        weights += _weights_in(self.topics, text, (title or "")[:_MAX_CHARACTERS])
        weights += _weights_in(self.speakers, speaker or "")
        if self.sources and source is not None:
            weights.append(self.sources.get(words_of(source[:_MAX_CHARACTERS]), 1.0))
        if self.half_life_hours is not None and published_at is not None:
            weights.append(0.5 ** (_age_hours(published_at, now) / self.half_life_hours))
        product = 1.0
        for weight in weights:
            product = min(product * weight, _LARGEST_PRODUCT)  # inf * 0 would be no number
        return _multiply_odds(score, product)


def published_priority(claim: Mapping[str, object]) -> float:
    """Return the priority that stands in a claim's document, by claim.v1.json.

    Claims of older versions have none: theirs is the score. A foreign document that has neither
    comes last: 0.
    """
    for name in ("priority", "score"):
        value = claim.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1:
            return float(value)
    return 0.0


def rank(priorities: Sequence[float]) -> list[int]:
    """Return the rank of each claim of one article: 1 is the highest, ties by position."""
    ranks = [0] * len(priorities)
    by_priority = sorted(range(len(priorities)), key=lambda index: -priorities[index])
    for place, index in enumerate(by_priority, start=1):
        ranks[index] = place
    return ranks


def _weights_in(phrases: Mapping[Words, float], *texts: str) -> list[float]:
    """Return the weights of the phrases that stand in a text, in the table's order.

    One look-up a position and phrase length: linear in the text, however many phrases there are.
    """
    lengths = {len(words) for words in phrases}
    found: set[Words] = set()
    for text in texts if lengths else ():
        words = words_of(text)
        for length in lengths:
            runs = zip(*(words[skip:] for skip in range(length)), strict=False)
            found.update(run for run in runs if run in phrases)
    return [weight for words, weight in phrases.items() if words in found]


def _multiply_odds(score: float, product: float) -> float:
    """Return the probability whose odds are those of `score` times `product`.

    Written so that every step rises or falls with the score, rounding included: of two scores
    under the same weights, the higher never gets the lower priority.
    """
    if product == 1:
        return score
    score = min(score, _LARGEST_SCORE)
    weighted = score * product
    return 1 / (1 + (1 - score) / weighted) if weighted > 0 else 0.0


def _age_hours(published_at: str, now: datetime) -> float:
    """Return how long ago an article appeared: 0 for a time to come, and for what is no time.

    A date alone counts from its last moment, so that no article is taken for older than it is.
    """
    try:
        moment = datetime.fromisoformat(published_at)
    except ValueError:
        return 0.0
    if len(published_at) == _DATE_LENGTH:
        moment = datetime.combine(moment.date(), time.max)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max((now - moment).total_seconds() / 3600, 0.0)
