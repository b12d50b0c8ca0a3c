"""A sentence with its labels, and which fold its document lies in."""

import hashlib
from dataclasses import dataclass, replace

WORTH_LABELS = ("non_factual", "unimportant", "check_worthy")
CHECK_WORTHY = WORTH_LABELS.index("check_worthy")
TYPE_LABELS = ("none", "event", "quantity", "causal", "rule", "prediction", "personal")
TYPE_LETTERS = "NEQCRPX"
"""How annotators write the types, in the same order."""

TRAIN_FOLDS = frozenset(range(7))
CHOICE_FOLD = 7
CALIBRATION_FOLD = 8
REPORT_FOLD = 9
PARTS = 5
"""Parts of the documents, cut across the folds, for cross-validation and cross-fitted teachers."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """A labelled sentence. `worth` and `claim_type` index the label tuples above."""

    text: str
    worth: int | None
    """None for a sentence without labels, which only a teacher's soft labels can teach."""
    title: str = ""
    before: str = ""
    claim_type: int | None = None
    """None where the data set does not tell types."""
    second: tuple[int, int] | None = None
    """`worth` and `claim_type` as a second annotator says them, where there was one."""
    source: str = ""
    doc: str = ""

    @property
    def check_worthy(self) -> bool:
        """Whether the label is the class that F1 is counted on."""
        return self.worth == CHECK_WORTHY


def fold_of(doc: str) -> int:
    """Return the fixed fold, 0 to 9, of a news document."""
    return int(hashlib.sha256(doc.encode()).hexdigest(), 16) % 10


def part_of(doc: str) -> int:
    """Return the fixed part, 0 to 4, of a news document; it says nothing of the fold."""
    return int(hashlib.sha256(f"part {doc}".encode()).hexdigest(), 16) % PARTS


def folded(text: str) -> str:
    """Return the text lower-cased, every run of white space one space: how repeats are found."""
    return " ".join(text.lower().split())


def without_labels(example: Example) -> Example:
    """Return the example as one that nobody labelled."""
    return replace(example, worth=None, claim_type=None, second=None)
