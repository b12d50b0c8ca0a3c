"""Which of a foreign classifier's labels is the check-worthy one."""

import json
import logging
from collections.abc import Sequence

from pipeline.errors import ConfigurationError

LABEL_SETTING = "CLAIMWIRE_MODEL_CHECK_WORTHY_LABEL"

# Names that published models give the class; written as _plain() writes them.
_KNOWN_NAMES = {"checkworthy", "cfs", "checkworthyfactualstatement", "checkworthyfactualsentence"}
_KNOWN_PAIRS = {("no", "yes"): "yes"}  # the labels of CheckThat!
_UNNAMED_PAIR = ("label0", "label1")  # what transformers writes when a trainer named nothing

logger = logging.getLogger(__name__)


def choose_check_worthy(
    labels: Sequence[str], *, source: str, wanted: str | None, own: str | None
) -> int:
    """Return the index of the check-worthy label.

    `wanted` is the user's word and comes first, `own` the checkpoint's; else the names must
    leave no doubt, because a wrong guess would publish the very sentences to be left out.

    Raises ConfigurationError when the named label is absent, or none is named and none known.
    """
    if wanted is not None or own is not None:
        named = wanted if wanted is not None else str(own)
        found = [i for i, label in enumerate(labels) if label == named]
        found = found or [i for i, label in enumerate(labels) if _plain(label) == _plain(named)]
        if len(found) == 1:
            return found[0]
        where = LABEL_SETTING if wanted is not None else "The claimwire section of config.json"
        raise ConfigurationError(
            f"{where} names a label that {source} has {'not' if not found else 'more than once'}; "
            f"its labels are {_listed(labels)}."
        )
    plain = [_plain(label) for label in labels]
    known = [i for i, label in enumerate(plain) if label in _KNOWN_NAMES]
    if len(known) == 1:
        return known[0]
    pair = tuple(sorted(plain))
    if pair in _KNOWN_PAIRS:
        return plain.index(_KNOWN_PAIRS[pair])
    if pair == _UNNAMED_PAIR:
        index = plain.index(_UNNAMED_PAIR[1])
        logger.warning(
            "%s does not name its labels; %s is taken for check-worthy. Set %s if it is not.",
            source,
            labels[index],
            LABEL_SETTING,
        )
        return index
    raise ConfigurationError(
        f"{source} does not say which of its labels is check-worthy: set {LABEL_SETTING} "
        f"to one of {_listed(labels)}."
    )


def _plain(label: str) -> str:
    """Return a label without case, spaces and punctuation."""
    return "".join(letter for letter in label.casefold() if letter.isalnum())


def _listed(labels: Sequence[str]) -> str:
    """Return labels for a message: quoted, inert, not too many."""
    shown = ", ".join(json.dumps(label[:40]) for label in labels[:8])
    return f"{shown} and {len(labels) - 8} more" if len(labels) > 8 else shown
