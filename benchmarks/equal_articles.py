"""Articles that all take the same time, for partitions that are filled evenly or not at all so."""

from benchmarks.worker_group import ArticleToSend
from tests.worker_process import article

SENTENCES = 16
"""In each article: as many as the other benchmarks' articles have on average."""
HOT_SHARE = 0.6
_HOT_KEY = b"one-desk"


class EqualArticles:
    """Makes articles of the same length, each with an identity of its own."""

    def __init__(self) -> None:
        """Begin with number 1."""
        self._made = 0

    def even(self, count: int) -> list[ArticleToSend]:
        """Return articles for the partitions in turn."""
        return [(self._make(), None) for _ in range(count)]

    def hot(self, count: int) -> list[ArticleToSend]:
        """Return articles most of which have one key, spread over the others."""
        return [
            (self._make(), _HOT_KEY if int((n + 1) * HOT_SHARE) > int(n * HOT_SHARE) else None)
            for n in range(count)
        ]

    def _make(self) -> bytes:
        self._made += 1
        return article(self._made, " ".join(map(self._sentence, range(SENTENCES))))

    def _sentence(self, place: int) -> str:
        if place % 3 == 0:
            return (
                f"Ward {place + 1} of the clinic treated {self._made + 1000} patients in spring, "
                "a tenth more than a year before, its director said."
            )
        return (
            "The members of the committee met again after the summer, heard what the guests had to "
            "say and rose for the evening."
        )
