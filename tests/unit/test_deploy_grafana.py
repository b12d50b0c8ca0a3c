"""The dashboard in `deploy/grafana/`: whole, readable, at home anywhere, tied to the runbook."""

import json
import re
from itertools import combinations
from typing import Any

import pytest
import yaml

from tests.promql import DEPLOY, load_dashboard, load_rules, panels

DASHBOARD = load_dashboard()
PANELS = panels(DASHBOARD)
ALERTS = {rule["alert"].lower() for rule in load_rules() if "alert" in rule}
PROVISIONING = DEPLOY / "grafana" / "provisioning"

COLUMNS = 24
PAGE_PIXELS = 1280
STAT_MIN_PIXELS = 200
PANEL_MIN_PIXELS = 400


def by_title(panel: dict[str, Any]) -> str:
    """Name a parametrized test after its panel."""
    return str(panel["title"])


@pytest.mark.parametrize("panel", PANELS, ids=by_title)
def test_a_panel_says_what_it_shows(panel: dict[str, Any]) -> None:
    """A panel has a title, a description, a unit, thresholds and the chosen data source."""
    assert panel["title"]
    assert panel["description"].endswith(".")
    defaults = panel["fieldConfig"]["defaults"]
    assert defaults["unit"]
    if panel["type"] != "heatmap":
        assert defaults["thresholds"]["steps"][0]["value"] is None
    for asked in [panel, *panel["targets"]]:
        assert asked["datasource"] == {"type": "prometheus", "uid": "${datasource}"}


@pytest.mark.parametrize("panel", PANELS, ids=by_title)
def test_a_panel_is_readable_at_1280_pixels(panel: dict[str, Any]) -> None:
    """No panel is narrower on a small screen than its kind can be read at."""
    pixels = panel["gridPos"]["w"] * PAGE_PIXELS / COLUMNS
    assert pixels >= (STAT_MIN_PIXELS if panel["type"] == "stat" else PANEL_MIN_PIXELS)
    assert len(panel["title"]) <= pixels / 8  # at 14 px a letter takes 7 to 8


def test_panels_do_not_overlap() -> None:
    """Every panel lies within the page, on no other, and has an id of its own."""
    for one, other in combinations([panel["gridPos"] for panel in DASHBOARD["panels"]], 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        below = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or below, (one, other)
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in PANELS)
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)


def test_links_lead_to_the_runbook() -> None:
    """Each link is to an entry of an alert there is, and each alert is linked from some panel."""
    links = [link["url"] for panel in PANELS for link in panel.get("links", [])]
    anchors = {url.removeprefix("${runbooks}#") for url in links}
    assert anchors - {"alerts"} == ALERTS


def test_the_dashboard_is_at_home_anywhere() -> None:
    """The dashboard has a fixed address within Grafana and names no host."""
    assert DASHBOARD["uid"] == "claimwire"
    assert "id" not in DASHBOARD  # Grafana gives one; a number would be another's somewhere else
    assert not re.search(r"https?://|localhost|:\d{4}\b", json.dumps(DASHBOARD))


def test_variables_are_all_there() -> None:
    """Every variable that is used is defined, and every one that is defined is used."""
    text = json.dumps({key: DASHBOARD[key] for key in ("panels", "links", "annotations")})
    used = {name or bare for name, bare in re.findall(r"\$(?:\{(\w+)\}|(\w+))", text)}
    defined = {variable["name"] for variable in DASHBOARD["templating"]["list"]}
    assert used - {"__rate_interval"} == defined


def test_provisioning_fits_the_dashboard() -> None:
    """The data source that is provisioned is the one the dashboard begins with."""
    (source,) = yaml.safe_load((PROVISIONING / "datasources" / "claimwire.yml").read_text("utf-8"))[
        "datasources"
    ]
    (chosen,) = (v for v in DASHBOARD["templating"]["list"] if v["name"] == "datasource")
    assert chosen["current"]["value"] == source["uid"]
    assert source["type"] == chosen["query"] == "prometheus"
    prometheus = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text("utf-8"))
    assert source["jsonData"]["timeInterval"] == prometheus["global"]["scrape_interval"]
    (provider,) = yaml.safe_load(
        (PROVISIONING / "dashboards" / "claimwire.yml").read_text("utf-8")
    )["providers"]
    readme = (DEPLOY / "README.md").read_text("utf-8")
    for variable in (source["url"], provider["options"]["path"]):
        assert f"export {variable.removeprefix('$')}=" in readme
