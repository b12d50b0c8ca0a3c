"""What both benchmarks say beside their figures: the machine, a table 80 columns wide, JSON."""

import os
import platform
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson
import psutil
from rich.console import Console
from rich.table import Table

WIDTH = 80
console = Console(width=WIDTH, highlight=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Spread:
    """Median, least and greatest of some rounds."""

    median: float
    least: float
    greatest: float

    def __format__(self, spec: str) -> str:
        """Return `median (least to greatest)`, each number by `spec`."""
        return f"{self.median:{spec}} ({self.least:{spec}} to {self.greatest:{spec}})"


def spread(values: Iterable[float]) -> Spread:
    """Sum up the values of several rounds."""
    listed = list(values)
    return Spread(median=statistics.median(listed), least=min(listed), greatest=max(listed))


def machine_facts(*, threads: int) -> dict[str, Any]:
    """Return what a reader needs to know of the machine; take it before the work begins."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None,
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "onnxruntime": version("onnxruntime"),
        "model_threads": threads,
        "load_before": round(os.getloadavg()[0], 2),
    }


def print_machine(facts: dict[str, Any]) -> None:
    """Print the facts, and a warning when others were at work on the machine."""
    console.print(
        f"{facts['processor']}, {facts['cores']} cores, {facts['memory_gib']} GiB, "
        f"{facts['system']}; Python {facts['python']}, "
        f"onnxruntime {facts['onnxruntime']}, {facts['model_threads']} threads of the model; "
        f"load before the run {facts['load_before']:.2f}."
    )
    if facts["load_before"] > 0.5:
        console.print(
            "[bold]The machine was not idle before the run: "
            "do not quote wall-clock figures of it.[/bold]"
        )


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table whose first column is text and whose others are numbers."""
    table = Table(title=title, title_justify="left", width=WIDTH)
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left")
    for row in rows:
        table.add_row(*row)
    console.print(table)


def write_json(path: Path, report: dict[str, Any]) -> None:
    """Write a report as indented JSON; dataclasses become objects."""
    path.write_bytes(
        orjson.dumps(report, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS) + b"\n"
    )


def _processor() -> str:
    """Return the processor's name; Linux tells it in a file, elsewhere platform has it."""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
