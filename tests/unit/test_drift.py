"""The reference a model ships with, and what the latest articles are compared by."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.drift import (
    RECENT_ARTICLES,
    RECENT_ARTICLES_MIN,
    RECENT_SENTENCES,
    RECENT_SENTENCES_MIN,
    REFERENCE_FILE,
    RecentLanguages,
    RecentScores,
    make_reference,
    mix_distance,
    read_reference,
    write_reference,
)
from pipeline.model_folder import read_card, shipped_model
from pipeline.settings import Settings
from pipeline.wiring import find_reference

scores = st.lists(st.floats(0, 1), min_size=1, max_size=50)


def test_the_shipped_reference_is_of_the_shipped_model() -> None:
    """The reference beside the model names that model's revision."""
    with shipped_model() as folder:
        reference = read_reference(folder)
        assert reference is not None
        assert reference.revision == read_card(folder).revision, (
            "write it anew: python -m training.reference"
        )
    assert reference.sentences > 500
    assert 0 < reference.flagged_share(0.5) < 1
    assert sum(reference.languages.values()) == pytest.approx(1)


@given(scores)
def test_a_reference_survives_its_file(tmp_path_factory: pytest.TempPathFactory, s: list) -> None:
    """What is written is what is read, to six digits."""
    folder = tmp_path_factory.mktemp("model")
    reference = make_reference(s, ["en", "en", "de"], revision="r")
    write_reference(reference, folder)
    read = read_reference(folder)
    assert read is not None
    assert (read.revision, read.sentences) == ("r", len(s))
    assert read.mean_score == pytest.approx(reference.mean_score, abs=1e-6)
    assert read.score_shares == pytest.approx(reference.score_shares, abs=1e-6)
    assert read.languages == pytest.approx({"en": 2 / 3, "de": 1 / 3}, abs=1e-6)


@given(scores, st.integers(0, 100))
def test_flagged_share_counts_scores_at_or_over(s: list[float], hundredth: int) -> None:
    """At a whole hundredth the flagged share is the counted one."""
    binned = [min(int(score * 100), 99) for score in s]
    expected = sum(b >= hundredth for b in binned) / len(s)
    reference = make_reference(s, ["en"], revision="r")
    assert reference.flagged_share(hundredth / 100) == pytest.approx(expected, abs=1e-6)


def test_flagged_share_within_a_hundredth() -> None:
    """Within a hundredth the share is what lies above, in proportion."""
    reference = make_reference([0.505] * 4 + [0.9] * 4, ["en"], revision="r")
    assert reference.flagged_share(0.5) == pytest.approx(1)
    assert reference.flagged_share(0.5075) == pytest.approx(0.5 + 0.25 * 0.5)
    assert reference.flagged_share(0.51) == pytest.approx(0.5)


@pytest.mark.parametrize(
    "text",
    [None, "", "{", "[]", "{}", "null", '{"revision": "r"}', json.dumps({"score_shares": 3})],
)
def test_a_reference_that_is_missing_or_broken_is_none(tmp_path: Path, text: str | None) -> None:
    """No file and no sense both mean: no reference."""
    if text is not None:
        (tmp_path / REFERENCE_FILE).write_text(text)
    assert read_reference(tmp_path) is None


def test_a_reference_with_too_few_bins_is_none(tmp_path: Path) -> None:
    """Shares of another number of bins would be misread."""
    write_reference(make_reference([0.5], ["en"], revision="r"), tmp_path)
    document = json.loads((tmp_path / REFERENCE_FILE).read_bytes())
    document["score_shares"].pop()
    (tmp_path / REFERENCE_FILE).write_text(json.dumps(document))
    assert read_reference(tmp_path) is None


def test_the_worker_takes_only_the_reference_of_its_model(tmp_path: Path) -> None:
    """A reference of another revision is none; so is that of a model without a folder."""
    write_reference(make_reference([0.5], ["en"], revision="r"), tmp_path)
    settings = Settings(model=str(tmp_path))
    assert find_reference(settings, "r") == read_reference(tmp_path)
    assert find_reference(settings, "other") is None
    assert find_reference(Settings(model="organisation/name"), "r") is None
    with shipped_model() as folder:
        shipped = find_reference(Settings(model=None), read_card(folder).revision)
    assert shipped is not None


def test_nothing_makes_no_reference() -> None:
    """A reference of nothing is refused."""
    with pytest.raises(ValueError, match="needs scores"):
        make_reference([], ["en"], revision="r")


def test_mix_distance() -> None:
    """Equal mixes lie 0 apart, mixes with nothing in common 1, and half-way 0.5."""
    assert mix_distance({"en": 1.0}, {"en": 1.0}) == 0
    assert mix_distance({"en": 1.0}, {"de": 1.0}) == 1
    assert mix_distance({"en": 1.0}, {"en": 0.5, "de": 0.5}) == pytest.approx(0.5)


def test_recent_scores_are_the_latest() -> None:
    """Mean and share are of the latest sentences alone; too few do not suffice."""
    recent = RecentScores(threshold=0.5)
    recent.add([0.0] * (RECENT_SENTENCES_MIN - 1))
    assert not recent.suffice
    recent.add([0.0])
    assert recent.suffice
    recent.add([0.5] * RECENT_SENTENCES)
    assert (recent.mean, recent.flagged_share) == (0.5, 1.0)
    recent.add([0.25] * RECENT_SENTENCES)
    assert (recent.mean, recent.flagged_share) == (0.25, 0.0)


def test_recent_languages_need_enough_articles() -> None:
    """The mix is that of the latest articles, once there are enough."""
    recent = RecentLanguages()
    for _ in range(RECENT_ARTICLES_MIN - 1):
        recent.add("en")
    assert not recent.suffice
    recent.add("de")
    assert recent.suffice
    assert recent.shares == {"en": 0.99, "de": 0.01}
    for _ in range(RECENT_ARTICLES):
        recent.add("de")
    assert recent.shares == {"en": 0.0, "de": 1.0}
