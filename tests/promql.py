"""What `deploy/` asks Prometheus: its rules, the dashboard's queries, and what they name."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import promql_parser
import yaml

DEPLOY = Path(__file__).parents[1] / "deploy"
RULE_FILES = sorted((DEPLOY / "prometheus" / "rules").glob("*.yml"))
RULE_TESTS = sorted((DEPLOY / "prometheus" / "tests").glob("*.yml"))
DASHBOARD = DEPLOY / "grafana" / "dashboards" / "claimwire.json"


def load_rules() -> list[dict[str, Any]]:
    """Return all rules, recording and alerting, as they stand in their files."""
    return [
        rule
        for path in RULE_FILES
        for group in yaml.safe_load(path.read_text("utf-8"))["groups"]
        for rule in group["rules"]
    ]


def load_dashboard() -> dict[str, Any]:
    """Return the dashboard."""
    dashboard: dict[str, Any] = json.loads(DASHBOARD.read_text("utf-8"))
    return dashboard


def panels(dashboard: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the panels that show something: all but the rows' headings."""
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def queries(dashboard: Mapping[str, Any], *, rate_interval: str = "1m") -> list[tuple[str, str]]:
    """Return the title and the expression of each query, of the annotations too.

    Where Grafana fills in its variables stands what it begins with: the job claimwire, all workers.
    """
    values = {"job": "claimwire", "instance": ".*", "__rate_interval": rate_interval}
    asked = [
        *((panel["title"], target) for panel in panels(dashboard) for target in panel["targets"]),
        *((note["name"], note) for note in dashboard.get("annotations", {}).get("list", [])),
    ]
    return [
        (title, re.sub(r"\$(\w+)", lambda found: values[found[1]], query["expr"]))
        for title, query in asked
    ]


@dataclass(frozen=True, kw_only=True)
class Selector:
    """One series selector of an expression."""

    name: str
    matchers: Mapping[str, str]
    """Label names with the values they are compared with."""


def selectors(expression: str) -> list[Selector]:
    """Return every selector of an expression; raises ValueError when it does not parse."""
    found = []

    def note(node: promql_parser.Expr) -> None:
        if isinstance(node, promql_parser.VectorSelector):
            found.append(
                Selector(
                    name=node.name or "",
                    matchers={item.name: item.value for item in node.matchers.matchers},
                )
            )

    promql_parser.walk(promql_parser.parse(expression), pre_visit=note)
    return found


def grouping_labels(expression: str) -> set[str]:
    """Return the labels that the expression groups or joins by."""
    found: set[str] = set()

    def note(node: promql_parser.Expr) -> None:
        if isinstance(node, promql_parser.AggregateExpr) and node.modifier is not None:
            found.update(node.modifier.labels)
        if isinstance(node, promql_parser.BinaryExpr) and node.modifier is not None:
            if node.modifier.matching is not None:
                found.update(node.modifier.matching.labels)
            found.update(node.modifier.group_labels or [])

    promql_parser.walk(promql_parser.parse(expression), pre_visit=note)
    return found
