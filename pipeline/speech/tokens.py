"""The words and marks of a sentence, quotations folded into one token each."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.speech.quotations import Quotation

QUOTATION = "“”"
"""The word that stands for a whole quotation."""
# Names that would read as function words in small letters.
_ACRONYMS = frozenset({"WHO", "US", "IT", "AM", "AS", "IS", "NO"})

# Alternatives begin with different characters or end at the first that does not fit, so that a
# text is read once, whatever it holds. Zero-width characters part nothing and are passed over.
_TOKEN = re.compile(
    r"(?:Mr|Mrs|Ms|Mx|Dr|Drs|Prof|Sen|Sens|Rep|Reps|Gov|Gen|Lt|Col|Sgt|Capt|Maj|Cmdr|Adm|Rev|Hon"
    r"|St|Jr|Sr|Inc|Corp|Co|Ltd)\.(?!\w)"
    r"|(?:[A-Za-z]\.)+"
    r"|[’']s\b"
    r"|\d[\d.,]*\d(?!\w)"
    r"|\w+(?:[-&.‑]\w+|[’'](?!s\b)\w+)*"
    r"|[^\w\s\u200b-\u200d\u2060\ufeff\u00ad]"
)


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of one sentence, as columns of equal length."""

    words: Sequence[str]
    lows: Sequence[str]
    """The words in small letters, but for names such as WHO and US."""
    starts: Sequence[int]
    ends: Sequence[int]
    """Half-open, in code points of the article's text."""

    def __len__(self) -> int:
        return len(self.words)

    def low(self, at: int) -> str:
        """Return the token at an index in small letters; nothing beyond either end."""
        return self.lows[at] if 0 <= at < len(self.lows) else ""

    def is_capital(self, at: int) -> bool:
        """Tell whether the token at an index begins with a capital, as a name does."""
        return self.words[at][0].isupper()


def tokenize(text: str, start: int, end: int, quotations: Sequence[Quotation]) -> Tokens:
    """Return the tokens of `text[start:end]`; the ordered quotations in it are one token each."""
    words: list[str] = []
    starts: list[int] = []
    ends: list[int] = []

    def read(read_start: int, read_end: int) -> None:
        for match in _TOKEN.finditer(text, read_start, read_end):
            words.append(match[0])
            starts.append(match.start())
            ends.append(match.end())

    position = start
    for quotation in quotations:
        quotation_start = max(position, quotation.start)
        quotation_end = min(end, quotation.end)
        if quotation_end <= quotation_start:
            continue
        read(position, quotation_start)
        words.append(QUOTATION)
        starts.append(quotation_start)
        ends.append(quotation_end)
        position = quotation_end
    read(position, end)
    lows = [word if word in _ACRONYMS else word.lower() for word in words]
    return Tokens(words, lows, starts, ends)
