"""Throughput against the number of workers: `python -m benchmarks.scaling`.

The workers are real, the classifier is a fake that waits instead of computing, as if each worker
had cores of its own: what shows is what Kafka, Faust and the partitions allow, not what the cores
of this machine do. README.md here says how, and what it does not show.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.equal_articles import HOT_SHARE, SENTENCES, EqualArticles
from benchmarks.report import (
    console,
    machine_facts,
    print_machine,
    print_table,
    spread,
    write_json,
)
from benchmarks.worker_group import (
    ArticleToSend,
    DisturbedStretchError,
    GroupStretch,
    WorkerGroup,
)
from pipeline.settings import Settings
from tests.rebalancing_broker import RebalancingBroker
from tests.worker_process import Workbench

_WARM_UP_ARTICLES = 48
_TRIES = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Round:
    """The stretches of 1, 2, 3 ... workers, by the kind of topic; up or down."""

    stretches: dict[str, dict[int, GroupStretch]] = field(
        default_factory=lambda: {"even": {}, "hot": {}}
    )

    def ratio(self, kind: str, workers: int) -> float:
        """Return sentences a second over those of one worker in the same round."""
        return _rate(self.stretches[kind][workers]) / _rate(self.stretches[kind][1])


def run_rounds(
    group: WorkerGroup, *, rounds: int, workers_max: int, articles: int
) -> tuple[list[Round], list[float], list[float]]:
    """Work with 1, 2, 3 ... workers, then back down, and so on.

    Returns the rounds, and the seconds without partitions each time one joined, and one left.
    """
    source = EqualArticles()
    done: list[Round] = []

    def measure(make_articles: Callable[[], list[ArticleToSend]]) -> GroupStretch:
        for _ in range(_TRIES - 1):
            try:
                return group.work_through(make_articles())
            except DisturbedStretchError as error:
                console.print(f"A stretch is done again. {error}")
        return group.work_through(make_articles())

    joins: list[float] = []
    leaves: list[float] = []
    group.add_worker()
    running = 1
    group.work_through(source.even(_WARM_UP_ARTICLES))
    for number in range(rounds):
        this = Round()
        up = range(1, workers_max + 1)
        for workers in up if number % 2 == 0 else reversed(up):
            while running < workers:
                joins += _known(group.add_worker())
                running += 1
            while running > workers:
                leaves += _known(group.stop_worker())
                running -= 1
            this.stretches["even"][workers] = measure(lambda: source.even(articles))
            this.stretches["hot"][workers] = measure(lambda: source.hot(articles))
        done.append(this)
        console.print(f"Round {number + 1} of {rounds} done.")
    return done, joins, leaves


def summarize(rounds: Sequence[Round], kind: str, *, seconds_per_sentence: float) -> dict[str, Any]:
    """Return the figures of one kind of topic, by the number of workers."""
    figures: dict[str, Any] = {}
    for workers in sorted(rounds[0].stretches[kind]):
        stretches = [r.stretches[kind][workers] for r in rounds]
        figures[str(workers)] = {
            "articles_per_second": spread(s.articles / s.wall_seconds for s in stretches),
            "sentences_per_second": spread(map(_rate, stretches)),
            "ratio_to_one_worker": spread(r.ratio(kind, workers) for r in rounds),
            "ratio_at_most": spread(1 / s.largest_share for s in stretches),
            "busiest_worker_busy": spread(
                s.sentences * s.largest_share * seconds_per_sentence / s.wall_seconds
                for s in stretches
            ),
            "rounds": stretches,
        }
    return figures


def print_summary(title: str, figures: dict[str, Any]) -> None:
    """Print the figures of one kind of topic."""
    print_table(
        title,
        ["Workers", "Articles/s", "Over one worker", "At most", "Busy"],
        [
            (
                workers,
                f"{of['articles_per_second']:.1f}",
                f"{of['ratio_to_one_worker']:.2f}",
                f"{of['ratio_at_most'].median:.2f}",
                f"{of['busiest_worker_busy'].median:.2f}",
            )
            for workers, of in figures.items()
        ],
    )


@contextmanager
def run_group(
    directory: Path, *, partitions: int, sentence_milliseconds: float
) -> Iterator[WorkerGroup]:
    """Run a broker that rebalances, and a group without workers, with the settings' defaults."""
    with RebalancingBroker(directory / "broker") as broker:
        bench = Workbench(
            bootstrap_servers=broker.bootstrap_servers,
            state_dir=directory / "state",
            partitions=partitions,
            # The sentences of all articles are alike: remembered ones would take no time.
            settings={"REMEMBERED_SENTENCES": "0"},
            is_static_member=False,
        )
        bench.create_topics()
        command = (
            sys.executable,
            "-m",
            "benchmarks.waiting_worker",
            str(sentence_milliseconds),
        )
        with WorkerGroup(bench, command) as group:
            yield group


def main(
    *,
    workers: Annotated[int, typer.Option(min=1, help="Workers at most.")] = 4,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds of 1, 2, 3 ... workers.")] = 4,
    articles: Annotated[int, typer.Option(min=1, help="Articles a stretch.")] = 240,
    partitions: Annotated[int, typer.Option(min=1, help="Of the articles topic.")] = 12,
    sentence_milliseconds: Annotated[
        float, typer.Option(min=0.1, help="How long the classifier waits for each sentence.")
    ] = 5.0,
    quick: Annotated[bool, typer.Option("--quick", help="Try it out; no figure to quote.")] = False,
    json_path: Annotated[
        Path | None, typer.Option("--json", help="Write the figures to this file.")
    ] = None,
) -> None:
    """Measure articles/s of one group of 1, 2, 3 ... workers whose model only waits."""
    if quick:
        workers, rounds, articles, sentence_milliseconds = 2, 2, 48, 1.0
    if workers > partitions:
        raise typer.BadParameter(f"{workers} workers on {partitions} partitions: some stand by")
    machine = machine_facts(threads=1)
    print_machine(machine)
    with (
        tempfile.TemporaryDirectory(prefix="claimwire-benchmark-") as directory,
        run_group(
            Path(directory), partitions=partitions, sentence_milliseconds=sentence_milliseconds
        ) as group,
    ):
        done, joins, leaves = run_rounds(
            group, rounds=rounds, workers_max=workers, articles=articles
        )
    titles = {
        "even": f"{partitions} partitions, evenly filled",
        "hot": f"{HOT_SHARE:.0%} of the articles under one key",
    }
    figures: dict[str, Any] = {
        kind: summarize(done, kind, seconds_per_sentence=sentence_milliseconds / 1000)
        for kind in titles
    }
    for kind, title in titles.items():
        print_summary(f"{title}: {rounds} rounds of {articles} articles", figures[kind])
    rebalances = {"join": joins, "leave": leaves}
    for name, seconds in rebalances.items():
        if seconds:
            console.print(
                f"Seconds without partitions when a worker {name}s an idle group: "
                f"{spread(seconds):.1f}; {len(seconds)} times."
            )
    if json_path:
        write_json(
            json_path,
            {
                "benchmark": "scaling",
                "machine": machine,
                "partitions": partitions,
                "sentences_per_article": SENTENCES,
                "sentence_milliseconds": sentence_milliseconds,
                "session_timeout_seconds": Settings.model_fields["session_timeout_seconds"].default,
                "figures": figures,
                "rebalance_seconds": rebalances,
            },
        )


def _rate(stretch: GroupStretch) -> float:
    return stretch.sentences / stretch.wall_seconds


def _known(seconds: float | None) -> list[float]:
    return [] if seconds is None else [seconds]


if __name__ == "__main__":
    typer.run(main)
