"""benchmarks/capacity.py: what articles a day take, and the documents that quote it."""

import math
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.capacity import LOADS, describe
from benchmarks.capacity_plan import (
    Assumed,
    Measured,
    plan_capacity,
    sentences_per_core_second,
)
from pipeline.settings import Settings

ROOT = Path(__file__).parents[2]
ROUND = Measured(
    sentences_per_article=20,
    claims_per_article=5,
    article_bytes=3000,
    claim_bytes=1200,
    outcome_bytes=1000,
    sentences_per_second_per_thread=250,
    cpu_ratio=0.8,
    memory_gib_per_worker=1,
)
ASSUMED = Assumed(
    peak_factor=2,
    utilisation=0.5,
    cores_per_worker=2,
    workers_min=1,
    partitions_per_worker=3,
    retention_days=10,
    replicas=2,
    price_per_core_hour=0.1,
    price_per_gb_month=0.2,
)


def test_a_plan_is_what_one_reckons_by_hand() -> None:
    """864,000 articles a day of 20 sentences, on cores of 200 sentences/s half used."""
    plan = plan_capacity(864_000, ROUND, ASSUMED)
    assert plan.articles_per_second == pytest.approx(20)
    assert plan.sentences_per_second == pytest.approx(400)
    assert (plan.workers, plan.cores, plan.partitions) == (2, 4, 6)
    assert plan.memory_gib == 2
    assert plan.core_hours_per_day == pytest.approx(24)
    assert plan.written_mb_per_second == pytest.approx(0.2)
    assert plan.written_gb_per_day == pytest.approx(8.64)
    assert plan.stored_gb == pytest.approx(172.8)
    assert plan.cores_price_per_month == pytest.approx(288)
    assert plan.storage_price_per_month == pytest.approx(34.56)


@given(
    articles=st.integers(1, 10**9),
    peak=st.floats(1, 20),
    utilisation=st.floats(0.05, 1),
    cores=st.integers(1, 64),
)
def test_the_workers_carry_the_peak_and_none_is_idle(
    articles: int, peak: float, utilisation: float, cores: int
) -> None:
    """At the peak the cores are used as far as assumed, and one worker less would not do."""
    assumed = replace(ASSUMED, peak_factor=peak, utilisation=utilisation, cores_per_worker=cores)
    plan = plan_capacity(articles, ROUND, assumed)
    worker = sentences_per_core_second(ROUND) * utilisation * cores
    slack = 1 + 1e-9
    assert plan.workers * worker * slack >= plan.sentences_per_second
    assert plan.workers == 1 or (plan.workers - 1) * worker < plan.sentences_per_second * slack
    assert plan.partitions >= plan.workers


def test_the_document_holds_what_the_command_prints() -> None:
    """docs/scaling.md quotes the output of `python -m benchmarks.capacity` to the letter."""
    document = (ROOT / "docs" / "scaling.md").read_text("utf-8")
    assert describe(LOADS, Measured(), Assumed()) in document


def test_the_figures_are_those_that_the_other_documents_state() -> None:
    """What was measured is what the READMEs say was measured: change both together."""
    measured = Measured()
    readme = (ROOT / "README.md").read_text("utf-8")
    benchmarks = (ROOT / "benchmarks" / "README.md").read_text("utf-8")
    (row,) = (line for line in readme.splitlines() if "sentences/s, shipped model" in line)
    assert f"| {measured.sentences_per_second_per_thread * 2:.0f} (" in row
    assert f"**{measured.cpu_ratio}**" in benchmarks
    for bytes_ in (measured.article_bytes, measured.claim_bytes, measured.outcome_bytes):
        assert f" {bytes_:,.0f} |" in benchmarks
    assert f"| {measured.sentences_per_article} |" in benchmarks
    assert f"| {measured.claims_per_article} |" in benchmarks


def test_the_document_names_settings_that_exist() -> None:
    """Every `CLAIMWIRE_` variable in docs/scaling.md is a setting."""
    document = (ROOT / "docs" / "scaling.md").read_text("utf-8")
    named = set(re.findall(r"CLAIMWIRE_([A-Z_]+)", document))
    assert {name.lower() for name in named} <= set(Settings.model_fields)
    assert "GROUP_ID" in named


def test_the_default_retention_is_the_setting_s() -> None:
    """The plan keeps records as long as a topic that Claimwire creates."""
    hours = Settings.model_fields["topic_retention_hours"].default
    assert math.isclose(Assumed().retention_days * 24, hours)
