"""Which label is the check-worthy one, and when that is not guessed."""

import pytest

from pipeline.errors import ConfigurationError
from pipeline.label_choice import choose_check_worthy


@pytest.mark.parametrize(
    ("labels", "index"),
    [
        (["not_check_worthy", "check_worthy"], 1),
        (["Check-Worthy", "Unimportant", "Non-Factual"], 0),
        (["NFS", "UFS", "CFS"], 2),
        (["No", "Yes"], 1),
        (["yes", "no"], 0),
        (["LABEL_0", "LABEL_1"], 1),
    ],
    ids=str,
)
def test_guesses_where_names_leave_no_doubt(labels: list[str], index: int) -> None:
    """Names that published models use are understood."""
    assert choose_check_worthy(labels, source="m", wanted=None, own=None) == index


@pytest.mark.parametrize(
    "labels",
    [
        ["negative", "positive"],
        ["LABEL_0", "LABEL_1", "LABEL_2"],
        ["no", "yes", "perhaps"],
        ["yes", "yes please"],
        ["check_worthy", "checkworthy"],
        ["not check-worthy", "claim"],
        ["0", "1"],
    ],
    ids=str,
)
def test_guesses_nothing_else(labels: list[str]) -> None:
    """Names that leave a doubt ask for the setting, and are listed."""
    with pytest.raises(ConfigurationError, match="CLAIMWIRE_MODEL_CHECK_WORTHY_LABEL") as raised:
        choose_check_worthy(labels, source="m", wanted=None, own=None)
    assert all(f'"{label}"' in str(raised.value) for label in labels)


def test_taking_an_unnamed_label_is_said(caplog: pytest.LogCaptureFixture) -> None:
    """LABEL_1 is taken with a warning that names the setting."""
    choose_check_worthy(["LABEL_0", "LABEL_1"], source="m", wanted=None, own=None)
    assert "CLAIMWIRE_MODEL_CHECK_WORTHY_LABEL" in caplog.text


def test_the_users_word_comes_first() -> None:
    """The setting goes before the checkpoint's own word, and that before any guess."""
    labels = ["claim", "check_worthy", "Claim"]
    assert choose_check_worthy(labels, source="m", wanted="Claim", own="claim") == 2
    assert choose_check_worthy(labels, source="m", wanted=None, own="claim") == 0
    assert choose_check_worthy(labels, source="m", wanted="CHECK WORTHY", own=None) == 1


@pytest.mark.parametrize("wanted", ["absent", "", "CLAIM"])
def test_a_named_label_must_be_there_once(wanted: str) -> None:
    """A label that is absent, or fits two, is told with the labels there are."""
    with pytest.raises(ConfigurationError, match='"claim", "Claim"'):
        choose_check_worthy(["claim", "Claim"], source="m", wanted=wanted, own=None)


def test_labels_are_listed_inert_and_short() -> None:
    """A message shows no control characters and no endless list of labels."""
    labels = ["\x1b[2J\n" + "x" * 500, *(f"topic {i}" for i in range(500))]
    with pytest.raises(ConfigurationError) as raised:
        choose_check_worthy(labels, source="m", wanted=None, own=None)
    message = str(raised.value)
    assert message.isprintable()
    assert len(message) < 500
    assert "493 more" in message
