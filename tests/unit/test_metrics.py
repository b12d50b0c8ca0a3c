"""The metrics: declared once, documented as declared, bounded whatever comes."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from prometheus_client import REGISTRY, generate_latest

from pipeline import metrics
from pipeline.batch_metrics import LagMetrics, ModelMetrics, count_article
from pipeline.drift import make_reference
from pipeline.metric_declarations import OTHER, UNKNOWN, BoundedValues, Declaration, Labelled
from pipeline.models import Article, ArticleResult, Outcome, SourcePosition
from pipeline.outputs import Examined, Message
from pipeline.watchdog import Look

DOCS = Path(__file__).parents[2] / "docs" / "metrics.md"
DECLARED = {declaration.name: declaration for declaration in metrics.DECLARATIONS.all}
LABELLED = {name: value for name, value in vars(metrics).items() if isinstance(value, Labelled)}
UNITS = ("_total", "_seconds", "_ratio", "_articles", "_partitions", "_score", "_info")
NUMBER = 10_000


@pytest.fixture(autouse=True)
def clear() -> Iterator[None]:
    """Leave no series behind, and none of the values that labels have taken."""
    before = {name: list(labelled._values) for name, labelled in LABELLED.items()}
    for labelled in LABELLED.values():
        labelled._values = [BoundedValues(known._max_values) for known in labelled._values]
    yield
    for name, labelled in LABELLED.items():
        labelled.clear()
        labelled._values = before[name]


def series(name: str) -> dict[tuple[str, ...], float]:
    """Return the samples of a metric by the values of its labels, in order."""
    declaration = DECLARED[name]
    names = [label.name for label in declaration.labels]
    return {
        tuple(sample.labels[label] for label in names): sample.value
        for family in REGISTRY.collect()
        for sample in family.samples
        if sample.name == name
    }


def examined(source: str | None, *, outcome: Outcome = Outcome.NO_CLAIMS) -> Examined:
    """Return an article of a source that came to its end."""
    return Examined(
        message=Message(
            source=SourcePosition(topic="t", partition=0, offset=0),
            key=None,
            value=b"{}",
            timestamp_seconds=90.0,
        ),
        article=Article(identity="i", body="b", source=source),
        result=ArticleResult(outcome=outcome),
    )


def test_the_docs_are_what_the_declarations_make() -> None:
    """docs/metrics.md is what `make docs` writes, so it names every metric and no other."""
    page = subprocess.run(
        [sys.executable, "-m", "pipeline.metrics"], capture_output=True, check=True, text=True
    ).stdout
    assert DOCS.read_text(encoding="utf-8") == page, "run `make docs`"
    assert re.findall(r"^### `(\w+)`$", page, re.MULTILINE) == list(DECLARED)


def test_what_is_served_is_what_is_declared() -> None:
    """Every metric of ours in the registry is declared, by its kind, and every one is there."""
    served = {
        family.name + ("_total" if family.type == "counter" else ""): family.type
        for family in REGISTRY.collect()
        if family.name.startswith("claimwire_")
    }
    assert served == {name: declaration.kind for name, declaration in DECLARED.items()}


@pytest.mark.parametrize("declaration", metrics.DECLARATIONS.all, ids=lambda d: d.name)
def test_names_say_what_and_unit(declaration: Declaration) -> None:
    """A name is `claimwire_<what>_<unit>`; `_total` stands behind counters and nothing else."""
    assert re.fullmatch(r"claimwire(_[a-z]+)+", declaration.name)
    assert declaration.name.endswith(UNITS) or declaration.unit == "1 or 0"
    assert declaration.name.endswith("_total") == (declaration.kind == "counter")
    assert declaration.meaning.endswith(".")
    assert declaration.unit
    assert bool(declaration.buckets) == (declaration.kind == "histogram")


@pytest.mark.parametrize("name", LABELLED)
def test_every_label_is_bounded(name: str) -> None:
    """Ten thousand values of each label make no more series than the label says."""
    labelled = LABELLED[name]
    declaration = next(
        d
        for d in DECLARED.values()
        if d.name == labelled._metric._name + ("_total" if d.kind == "counter" else "")
    )
    for position, label in enumerate(declaration.labels):
        for number in range(NUMBER):
            values = ["x"] * len(declaration.labels)
            values[position] = f"value {number}"
            labelled.labels(*values)
        seen = {key[position] for key in labelled._metric._metrics}
        assert OTHER in seen
        # Those named, and `other`; another label's "x" may have taken a name.
        assert label.max_values <= len(seen) <= label.max_values + 2
        labelled.clear()


def test_ten_thousand_sources() -> None:
    """The first sources keep their names, the rest are one series, and nothing is uncounted."""
    for number in range(NUMBER):
        count_article(examined(f"source {number}"), acknowledged_at=100.0)
    count_article(examined("source 0"), acknowledged_at=100.0)
    count_article(examined(None), acknowledged_at=100.0)
    counted = series("claimwire_articles_total")
    assert len(counted) == metrics.SOURCES_MAX + 2
    assert counted["no_claims", "", "source 0"] == 2
    assert counted["no_claims", "", OTHER] == NUMBER - metrics.SOURCES_MAX
    assert counted["no_claims", "", UNKNOWN] == 1
    assert sum(counted.values()) == NUMBER + 2


@given(st.text(st.characters(exclude_categories=()), max_size=200))
@example("\ud800 agency")
@example('one\n"two"\\{}')
def test_no_source_breaks_the_page(source: str) -> None:
    """Lone surrogates, control characters and long names leave a page that can be read."""
    count_article(examined(source), acknowledged_at=100.0)
    generate_latest()
    assert all(len(values[2]) <= 64 for values in series("claimwire_articles_total"))


def test_latency_is_counted_from_the_message() -> None:
    """An article with claims is observed once, from its timestamp; a clock ahead counts as 0."""

    def observed() -> tuple[float, float]:
        name = "claimwire_produce_to_claim_seconds"
        return (
            REGISTRY.get_sample_value(f"{name}_count") or 0.0,
            REGISTRY.get_sample_value(f"{name}_sum") or 0.0,
        )

    count, seconds = observed()
    count_article(examined("s", outcome=Outcome.CLAIMS), acknowledged_at=92.5)
    count_article(examined("s", outcome=Outcome.CLAIMS), acknowledged_at=80.0)
    count_article(examined("s", outcome=Outcome.NO_CLAIMS), acknowledged_at=92.5)
    assert observed() == (count + 2, pytest.approx(seconds + 2.5))


def look(lag: dict[int, int], *, is_broker_reachable: bool = True) -> Look:
    """Return a look that found this lag."""
    return Look(
        at=0.0,
        is_broker_reachable=is_broker_reachable,
        lag={("t", partition): articles for partition, articles in lag.items()},
        quiet_seconds=0.0,
        is_stalled=False,
    )


def test_lag_is_of_the_partitions_held() -> None:
    """A partition that went to another worker, or of which nothing is known, has no lag here."""
    lag = LagMetrics()
    lag.show(look({0: 5, 1: 7}))
    assert series("claimwire_consumer_lag_articles") == {("0",): 5, ("1",): 7}
    lag.show(look({1: 3}))
    assert series("claimwire_consumer_lag_articles") == {("1",): 3}
    lag.show(look({}, is_broker_reachable=False))
    assert series("claimwire_consumer_lag_articles") == {}
    assert REGISTRY.get_sample_value("claimwire_broker_reachable") == 0


def test_drift_needs_enough_and_a_reference() -> None:
    """Few sentences say nothing; with enough, recent and reference stand side by side."""
    reference = make_reference([0.2, 0.8], ["en"], revision="r")
    model = ModelMetrics(name="m", revision="r", threshold=0.5, reference=reference)
    assert series("claimwire_model_info") == {("m", "r", "0.5"): 1}
    assert series("claimwire_reference_mean_score") == {("r",): 0.5}
    assert series("claimwire_reference_flagged_ratio") == {("r",): 0.5}
    model.note_scores([0.9] * 499)
    model.note_language(None)
    model.show()
    assert series("claimwire_recent_mean_score") == {}
    model.note_scores([0.9])
    for number in range(100):
        model.note_language("en" if number < 75 else "de")
    model.show()
    assert series("claimwire_recent_mean_score")["r",] == pytest.approx(0.9)
    assert series("claimwire_recent_flagged_ratio") == {("r",): 1}
    assert series("claimwire_recent_language_ratio") == {("r", "en"): 0.75, ("r", "de"): 0.25}
    assert series("claimwire_language_drift_ratio")["r",] == pytest.approx(0.25)


def test_without_a_reference_there_is_no_drift() -> None:
    """What there is nothing to compare with is not compared."""
    model = ModelMetrics(name="m", revision="r", threshold=0.5, reference=None)
    model.note_scores([0.9] * 500)
    for _ in range(100):
        model.note_language("en")
    model.show()
    assert series("claimwire_recent_flagged_ratio") == {("r",): 1}
    assert series("claimwire_reference_flagged_ratio") == {}
    assert series("claimwire_reference_language_ratio") == {}
    assert series("claimwire_language_drift_ratio") == {}
