"""The pictures of the model card, as SVG with text that stays text."""

from collections.abc import Sequence
from pathlib import Path

INK, SOFT_INK, ACCENT = "#1f2933", "#7b8794", "#0b69a3"


def plot_reliability(
    bins: Sequence[tuple[float, float]], path: Path, *, name: str, error: float
) -> None:
    """Draw share check-worthy over mean score of equal-mass bins.

    Raises ImportError where matplotlib is not installed (training/requirements.txt has it).
    """
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot

    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "claimwire", "font.size": 11})
    figure, axes = pyplot.subplots(figsize=(5.2, 5.0), layout="constrained")
    axes.plot([0, 1], [0, 1], color=SOFT_INK, linestyle="--", linewidth=1)
    axes.annotate(
        "perfectly calibrated",
        (0.52, 0.49),
        rotation=45,
        rotation_mode="anchor",
        color=SOFT_INK,
        fontsize=9,
    )
    axes.plot(*zip(*bins, strict=True), color=ACCENT, marker="o", linewidth=1.5, markersize=5)
    axes.set(
        xlim=(0, 1),
        ylim=(0, 1.02),
        aspect="equal",
        xlabel="mean score",
        ylabel="share check-worthy",
        title=f"{name}: calibration error {error:.3f}",
    )
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(colors=INK)
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
