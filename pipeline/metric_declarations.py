"""How a metric is declared: once, with its kind, unit, labels and meaning, and bounded in series.

What is declared makes three things: prometheus-client's metric, its section of docs/metrics.md,
and the bound on what its labels may hold. A label's values come from outside more often than one
thinks (a source's name, a language, the reason a dead letter gives), and every new one is a series
that Prometheus keeps for weeks: so each label takes so many values, and what comes after is
counted as "other".
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from prometheus_client import Counter, Gauge, Histogram

OTHER = "other"
"""Stands for every value that comes after a label is full."""
UNKNOWN = "unknown"
"""Stands for a value that is not there: an article that names no source."""

_VALUE_MAX_CHARACTERS = 64

Metric = TypeVar("Metric", Counter, Gauge, Histogram)


@dataclass(frozen=True, kw_only=True, slots=True)
class Label:
    """A label of a metric, and how many values of it are told apart."""

    name: str
    meaning: str
    max_values: int
    """Values kept by name, the first to come; all others together are `other`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Declaration:
    """What is to be known of a metric."""

    name: str
    """As Prometheus shows it: `claimwire_<what>_<unit>`, `_total` behind a counter's."""
    kind: str
    """counter, gauge or histogram."""
    unit: str
    meaning: str
    labels: tuple[Label, ...] = ()
    buckets: tuple[float, ...] = ()
    """Upper bounds of a histogram's buckets, +Inf left out."""


class BoundedValues:
    """The values one label of one metric has taken, up to its bound."""

    def __init__(self, max_values: int) -> None:
        """Let the first `max_values` different values through."""
        self._max_values = max_values
        self._seen: set[str] = set()

    def bound(self, value: str | None) -> str:
        """Return the value as a label may hold it: short, encodable, one of a bounded number."""
        if value is None:
            return UNKNOWN
        # A lone surrogate in one article's source would break the page of metrics for good.
        kept = value[:_VALUE_MAX_CHARACTERS].encode("utf-8", "replace").decode("utf-8")
        if kept in self._seen:
            return kept
        if len(self._seen) >= self._max_values:
            return OTHER
        self._seen.add(kept)
        return kept


class Labelled(Generic[Metric]):
    """A metric with labels; the only way to its series leads through their bounds."""

    def __init__(self, metric: Metric, labels: Sequence[Label]) -> None:
        """Bound the labels of `metric`, in order."""
        self._metric: Metric = metric
        self._values = [BoundedValues(label.max_values) for label in labels]

    def labels(self, *values: str | None) -> Metric:
        """Return the series of these values, in the order of the declaration."""
        bounded = (known.bound(value) for known, value in zip(self._values, values, strict=True))
        series: Metric = self._metric.labels(*bounded)
        return series

    def remove(self, *values: str | None) -> None:
        """Drop a series that stands for nothing any more."""
        self._metric.remove(
            *(known.bound(value) for known, value in zip(self._values, values, strict=True))
        )

    def clear(self) -> None:
        """Drop all series."""
        self._metric.clear()


@dataclass(frozen=True, kw_only=True, slots=True)
class Declarations:
    """All metrics of a program, in the order they are declared."""

    all: list[Declaration] = field(default_factory=list)

    def counter(self, name: str, meaning: str, *, unit: str) -> Counter:
        """Declare something counted; `name` ends in `_total`."""
        self.all.append(Declaration(name=name, kind="counter", unit=unit, meaning=meaning))
        return Counter(name, meaning)

    def labelled_counter(
        self, name: str, meaning: str, *, unit: str, labels: Sequence[Label]
    ) -> Labelled[Counter]:
        """Declare something counted by labels."""
        self.all.append(
            Declaration(name=name, kind="counter", unit=unit, meaning=meaning, labels=tuple(labels))
        )
        return Labelled(Counter(name, meaning, [label.name for label in labels]), labels)

    def gauge(self, name: str, meaning: str, *, unit: str) -> Gauge:
        """Declare something that goes up and down."""
        self.all.append(Declaration(name=name, kind="gauge", unit=unit, meaning=meaning))
        return Gauge(name, meaning)

    def labelled_gauge(
        self, name: str, meaning: str, *, unit: str, labels: Sequence[Label]
    ) -> Labelled[Gauge]:
        """Declare something that goes up and down, by labels; absent until it is set."""
        self.all.append(
            Declaration(name=name, kind="gauge", unit=unit, meaning=meaning, labels=tuple(labels))
        )
        return Labelled(Gauge(name, meaning, [label.name for label in labels]), labels)

    def histogram(
        self, name: str, meaning: str, *, unit: str, buckets: Sequence[float]
    ) -> Histogram:
        """Declare something whose distribution is kept."""
        self.all.append(
            Declaration(
                name=name, kind="histogram", unit=unit, meaning=meaning, buckets=tuple(buckets)
            )
        )
        return Histogram(name, meaning, buckets=buckets)

    def labelled_histogram(
        self,
        name: str,
        meaning: str,
        *,
        unit: str,
        buckets: Sequence[float],
        labels: Sequence[Label],
    ) -> Labelled[Histogram]:
        """Declare something whose distribution is kept, by labels."""
        self.all.append(
            Declaration(
                name=name,
                kind="histogram",
                unit=unit,
                meaning=meaning,
                labels=tuple(labels),
                buckets=tuple(buckets),
            )
        )
        names = [label.name for label in labels]
        return Labelled(Histogram(name, meaning, names, buckets=buckets), labels)


def describe_metrics(declarations: Sequence[Declaration]) -> str:
    """Return what docs/metrics.md says of each: a section a metric, in the order of declaration."""
    return "\n".join(_describe(declaration) for declaration in declarations)


def _describe(declaration: Declaration) -> str:
    lines = [
        f"### `{declaration.name}`",
        "",
        f"{declaration.kind}, in {declaration.unit}. {declaration.meaning}",
        "",
    ]
    if declaration.labels:
        lines += ["| label | what it holds | values at most |", "|---|---|---|"]
        lines += [
            f"| `{label.name}` | {label.meaning} | {label.max_values} |"
            for label in declaration.labels
        ]
        lines.append("")
    if declaration.buckets:
        bounds = ", ".join(f"{bound:g}" for bound in declaration.buckets)
        lines += [f"Buckets up to {bounds}.", ""]
    return "\n".join(lines)
