"""What `deploy/` asks Prometheus: its rules, the dashboard's queries, and what they name."""

import json
import re
from collections.abc import Iterator, Mapping
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


def queries(dashboard: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the panel's title and the expression of each query, its variables filled in."""
    return [
        (panel["title"], fill_variables(target["expr"]))
        for panel in panels(dashboard)
        for target in panel.get("targets", [])
    ]


def fill_variables(expression: str) -> str:
    """Put values where Grafana does: an interval for $__rate_interval, anything for the others."""
    filled = expression.replace("$__rate_interval", "5m").replace("$__interval", "1m")
    return re.sub(r"\$(\w+|\{\w+\})", ".*", filled)


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


def durations(text: str) -> Iterator[re.Match[str]]:
    """Find every duration in a rule or configuration file; those within names do not count."""
    return re.finditer(r"(?<![\w:.])(\d+)(s|m|h|d)\b", text)
