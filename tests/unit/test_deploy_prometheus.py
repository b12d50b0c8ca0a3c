"""The rules in `deploy/prometheus/`: what they name exists, and what they call has its runbook."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline import metrics
from tests.promql import (
    RULE_TESTS,
    grouping_labels,
    load_dashboard,
    load_rules,
    queries,
    selectors,
)

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"
RULES = load_rules()
ALERTS = {rule["alert"]: rule for rule in RULES if "alert" in rule}
RECORDED = {rule["record"] for rule in RULES if "record" in rule}
EXPRESSIONS = [
    *(
        pytest.param(rule["expr"], id=f"rule {rule.get('alert') or rule['record']}")
        for rule in RULES
    ),
    *(
        pytest.param(expression, id=f"panel {title}: {expression[:40]}")
        for title, expression in queries(load_dashboard())
    ),
]

STANDARD: dict[str, set[str]] = {
    "up": set(),
    "ALERTS": {"alertname", "alertstate", "severity"},
    "process_start_time_seconds": set(),
    "process_resident_memory_bytes": set(),
    "process_cpu_seconds_total": set(),
    "process_open_fds": set(),
    "python_gc_collections_total": {"generation"},
}
"""Series of Prometheus' own and of prometheus-client's, with their labels."""
TARGET_LABELS = {"job", "instance"}


def series_and_labels() -> dict[str, set[str]]:
    """Return the name of every series the worker can show, with the labels it has."""
    found: dict[str, set[str]] = {}
    for metric in metrics.DECLARATIONS.all:
        labels = {label.name for label in metric.labels}
        if metric.kind == "histogram":
            found[f"{metric.name}_bucket"] = labels | {"le"}
            found[f"{metric.name}_count"] = found[f"{metric.name}_sum"] = labels
        else:
            found[metric.name] = labels
    return found


SERIES = series_and_labels()


def recorded_labels(name: str) -> set[str]:
    """Return the labels of a recorded series: what its rule, or the rules below it, group by."""
    (rule,) = (rule for rule in RULES if rule.get("record") == name)
    grouped = grouping_labels(rule["expr"])
    below = {item.name for item in selectors(rule["expr"])} & RECORDED
    return grouped.union(*(recorded_labels(each) for each in below if not grouped))


def unknown_names(expression: str) -> list[str]:
    """Return what an expression names and nothing shows: series, labels, bounds of buckets."""
    unknown = []
    known_labels = set(TARGET_LABELS)
    for selector in selectors(expression):
        name = selector.name
        if name in SERIES:
            labels = SERIES[name]
        elif name in RECORDED:
            labels = recorded_labels(name)
        elif name in STANDARD:
            labels = STANDARD[name]
        else:
            unknown.append(name)
            continue
        known_labels |= labels
        unknown += [
            f"{name}{{{label}}}"
            for label in selector.matchers
            if label not in labels | TARGET_LABELS
        ]
        if "le" in selector.matchers and float(selector.matchers["le"]) not in bounds(name):
            unknown.append(f"{name}{{le={selector.matchers['le']}}}")
    return unknown + [label for label in grouping_labels(expression) if label not in known_labels]


def bounds(bucket_series: str) -> tuple[float, ...]:
    """Return the bounds of a histogram's buckets."""
    (metric,) = (
        metric for metric in metrics.DECLARATIONS.all if f"{metric.name}_bucket" == bucket_series
    )
    return metric.buckets


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_every_name_in_an_expression_exists(expression: str) -> None:
    """Rules and panels parse as PromQL and name series, labels and buckets that a worker shows."""
    assert not unknown_names(expression)


@pytest.mark.parametrize(
    ("expression", "unknown"),
    [
        ("rate(claimwire_article_total[5m])", ["claimwire_article_total"]),
        ('claimwire_articles_total{result="claims"}', ["claimwire_articles_total{result}"]),
        ("sum by (origin) (claimwire_articles_total)", ["origin"]),
        (
            'claimwire_produce_to_claim_seconds_bucket{le="12"}',
            ["claimwire_produce_to_claim_seconds_bucket{le=12}"],
        ),
        ("sum by (source) (claimwire:articles:rate5m)", ["source"]),
        ("claimwire_produce_to_claim_seconds", ["claimwire_produce_to_claim_seconds"]),
    ],
)
def test_a_wrong_name_is_found(expression: str, unknown: list[str]) -> None:
    """The test above finds a series, a label and a bucket that are not there."""
    assert unknown_names(expression) == unknown


def test_an_expression_that_is_none() -> None:
    """What does not parse is an error, not an expression without names."""
    with pytest.raises(ValueError, match="parenthesis"):
        selectors("sum(rate(claimwire_articles_total[5m])")


def runbook() -> dict[str, str]:
    """Return the text under each heading of the alerts' chapter, by heading."""
    text = OPERATIONS.read_text("utf-8")
    chapter = text.split("\n## Alerts\n", 1)[1].split("\n## ", 1)[0]
    entries = chapter.split("\n### ")[1:]
    return {entry.splitlines()[0]: entry for entry in entries}


def test_every_alert_has_its_runbook_entry_and_the_other_way_round() -> None:
    """Operations has an entry for each alert, and for nothing else."""
    assert sorted(runbook()) == sorted(ALERTS)


@pytest.mark.parametrize("name", ALERTS)
def test_a_runbook_entry_is_whole(name: str) -> None:
    """An entry says what the alert means, what to look at and what to do."""
    parts = re.findall(r"^\*\*(.+)\.\*\* \S", runbook()[name], re.MULTILINE)
    assert parts == ["Means", "Look at", "Do"]


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_says_what_it_needs_to(name: str) -> None:
    """An alert has a severity, a summary, a description and the address of its runbook entry."""
    alert = ALERTS[name]
    assert alert["labels"]["severity"] in {"critical", "warning"}
    assert set(alert["annotations"]) == {"summary", "description", "runbook_url"}
    assert "{{" not in alert["annotations"]["summary"]
    assert alert["annotations"]["runbook_url"] == f"docs/operations.md#{name.lower()}"


def alert_tests() -> list[dict[str, Any]]:
    """Return every expectation of an alert in the rule tests."""
    return [
        expectation
        for path in RULE_TESTS
        for case in yaml.safe_load(path.read_text("utf-8"))["tests"]
        for expectation in case.get("alert_rule_test", [])
    ]


@pytest.mark.parametrize("fires", [True, False])
def test_every_alert_is_played(fires: bool) -> None:
    """The rule tests have each alert fire on some series and stay quiet on others."""
    played = {test["alertname"] for test in alert_tests() if bool(test["exp_alerts"]) is fires}
    assert played == set(ALERTS)


def test_links_in_operations_lead_somewhere() -> None:
    """A link within operations.md leads to a heading that is there."""
    text = OPERATIONS.read_text("utf-8")
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= anchors


@pytest.mark.parametrize("name", [metric.name for metric in metrics.DECLARATIONS.all])
def test_every_metric_is_looked_at(name: str) -> None:
    """What a worker measures is on the dashboard or in a rule: nobody watches the rest."""
    expressions = [
        *(rule["expr"] for rule in RULES),
        *(expression for _, expression in queries(load_dashboard())),
    ]
    read = {selector.name for expression in expressions for selector in selectors(expression)}
    assert read & {name, f"{name}_bucket", f"{name}_sum"}
