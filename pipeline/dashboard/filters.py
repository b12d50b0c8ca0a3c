"""Which claims are asked for, and in which order. Pure.

static/filters.js does the same in the browser; a test in a real one holds the two together.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from pipeline.dashboard.held_claim import HeldClaim, comparable

QUERY_MAX_CHARACTERS = 200


class Order(StrEnum):
    """How claims are ordered."""

    NEWEST = "newest"
    """Latest on the topic first."""
    PRIORITY = "priority"
    """Highest priority first, the newer of two equal ones first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ClaimFilter:
    """What a claim must be like; what is empty or None asks for nothing."""

    sources: frozenset[str] = frozenset()
    """Any of these, exactly."""
    languages: frozenset[str] = frozenset()
    claim_types: frozenset[str] = frozenset()
    speaker: str = ""
    """Part of the speaker's name, in whatever case."""
    article: str | None = None
    """The article's identity, exactly."""
    min_score: float = 0.0
    words: str = ""
    """Each of these, white space between them, is part of sentence, title or speaker's name."""

    def select(self, claims: Iterable[HeldClaim]) -> list[HeldClaim]:
        """Return the claims that fit, in the order they came in."""
        speaker = comparable(self.speaker.strip())
        words = comparable(self.words).split()
        return [
            claim
            for claim in claims
            if claim.score >= self.min_score
            and (not self.sources or claim.source in self.sources)
            and (not self.languages or claim.language in self.languages)
            and (not self.claim_types or claim.claim_type in self.claim_types)
            and (self.article is None or claim.article == self.article)
            and speaker in claim.speaker
            and all(word in claim.searchable for word in words)
        ]


def sort_claims(newest_first: list[HeldClaim], order: Order) -> list[HeldClaim]:
    """Return the claims, given newest first, in that order."""
    if order is Order.NEWEST:
        return newest_first
    return sorted(newest_first, key=lambda claim: -claim.priority)
