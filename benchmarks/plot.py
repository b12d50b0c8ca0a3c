"""Draws what benchmarks.classifier wrote: `python -m benchmarks.plot FIGURES.json OUT.svg`.

Needs matplotlib, which training/requirements.txt pins (.venv-train has it).
"""

import argparse
import json
from pathlib import Path

import matplotlib as mpl

mpl.use("svg")
from matplotlib import pyplot

INK, SOFT, ACCENT = "#1f2933", "#cbd2d9", "#0b69a3"
SIDES = (
    ("remembering_per_second", "Claimwire, every article sent twice", "#62b0e8"),
    ("ours_per_second", "Claimwire", ACCENT),
    ("baseline_per_second", "transformers.pipeline, torch fp32", SOFT),
)


def draw(report: dict, out: Path) -> None:
    """Draw sentences a second of each side, a group of bars a number of threads."""
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "claimwire", "font.size": 11})
    runs = report["runs"]
    figure, axes = pyplot.subplots(figsize=(7.2, 1.2 + 1.3 * len(runs)), layout="constrained")
    places, labels = [], []
    for group, run in enumerate(reversed(runs)):
        for row, (key, label, colour) in enumerate(reversed(SIDES)):
            place = group * (len(SIDES) + 0.8) + row
            figures = run["figures"][key]
            median = figures["median"]
            ends = [[median - figures["least"]], [figures["greatest"] - median]]
            axes.barh(place, median, color=colour, height=0.8)
            axes.errorbar(median, place, xerr=ends, color=INK, linewidth=1, capsize=2)
            axes.text(figures["greatest"] * 1.01, place, f"  {median:,.0f}", va="center", color=INK)
            threads = run["machine"]["model_threads"]
            places.append(place)
            labels.append(f"{label}, {threads} thread{'s' if threads > 1 else ''}")
    axes.set_yticks(places, labels)
    axes.set(xlabel="sentences a second")
    axes.margins(x=0.12)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    figure.savefig(out, metadata={"Date": None})


def main() -> None:
    """Read the figures and draw them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("figures", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    draw(json.loads(options.figures.read_bytes()), options.out)


if __name__ == "__main__":
    main()
