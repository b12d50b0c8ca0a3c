"""Throughput of the real worker beside the classifier alone: `python -m benchmarks.throughput`.

The figure is CPU-seconds of the classifier alone over CPU-seconds of the worker's process, on the
same sentences in the same micro-batches. What the worker adds to each claim (speaker, figures,
priority) is work it is there for, as the model is: a second figure has it on both sides.
README.md here says how, and what is fair about it.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.alone import Alone, Cost, Way
from benchmarks.corpus import Corpus
from benchmarks.measured_worker import MeasuredWorker, Stretch, run_measured_worker
from benchmarks.report import (
    Spread,
    console,
    machine_facts,
    print_machine,
    print_table,
    spread,
    write_json,
)
from pipeline.settings import Settings

TARGET_CPU_RATIO = 0.9
TARGET_DETAILS_SHARE = 0.25
_WARM_UP_ARTICLES = 32
_HTML_SHARE = 0.3


@dataclass(frozen=True, kw_only=True, slots=True)
class Round:
    """One stretch of the worker and, right after it, the same work without Kafka."""

    worker: Stretch
    alone: dict[Way, Cost]

    def cpu_ratio(self, way: Way) -> float:
        """Return CPU-seconds of this way over those of the worker."""
        return self.alone[way].cpu_seconds / self.worker.cpu_seconds

    def cpu_milliseconds(self, cost: Cost | Stretch) -> float:
        """Return what a cost comes to for one article."""
        return 1000 * cost.cpu_seconds / self.worker.articles


def run_rounds(
    worker: MeasuredWorker,
    alone: Alone,
    corpus: Corpus,
    *,
    rounds: int,
    articles: int,
    html_share: float,
) -> list[Round]:
    """Alternate worker and classifier; new articles in every round."""
    done = []
    for number in range(rounds):
        stretch = worker.work_through(corpus.articles(articles, html_share=html_share))
        # A different one first in every round, so that none is always nearest to the worker.
        ways = [*Way][number % len(Way) :] + [*Way][: number % len(Way)]
        done.append(Round(worker=stretch, alone=alone.do(stretch.batches, ways)))
    return done


def summarize(rounds: Sequence[Round]) -> dict[str, Any]:
    """Return the figures of one kind of article."""

    def rate(of: str) -> Spread:
        return spread(getattr(r.worker, of) / r.worker.wall_seconds for r in rounds)

    return {
        "articles_per_round": rounds[0].worker.articles,
        "sentences": sum(r.worker.sentences for r in rounds),
        "claims": sum(r.worker.claims for r in rounds),
        "articles_per_batch": spread(r.worker.articles / len(r.worker.batches) for r in rounds),
        "worker_articles_per_second": rate("articles"),
        "worker_sentences_per_second": rate("sentences"),
        "classifier_sentences_per_second": spread(
            r.worker.sentences / r.alone[Way.CLASSIFIER].wall_seconds for r in rounds
        ),
        "cpu_ratio": spread(r.cpu_ratio(Way.CLASSIFIER) for r in rounds),
        "cpu_ratio_with_details": spread(
            r.cpu_ratio(Way.CLASSIFIER) + r.cpu_ratio(Way.DETAILS) for r in rounds
        ),
        "details_share": spread(
            r.alone[Way.DETAILS].cpu_seconds / r.alone[Way.CLASSIFIER].cpu_seconds for r in rounds
        ),
        "cpu_ratio_at_once": spread(r.cpu_ratio(Way.CLASSIFIER_AT_ONCE) for r in rounds),
        "wall_ratio": spread(
            r.alone[Way.CLASSIFIER].wall_seconds / r.worker.wall_seconds for r in rounds
        ),
        "cpu_milliseconds_per_article": {
            "worker": spread(r.cpu_milliseconds(r.worker) for r in rounds),
            **{way: spread(r.cpu_milliseconds(r.alone[way]) for r in rounds) for way in Way},
        },
        "rounds": rounds_as_data(rounds),
    }


def rounds_as_data(rounds: Sequence[Round]) -> list[dict[str, Any]]:
    """Return every round's raw figures; the articles themselves are left out."""
    return [
        {
            "articles": r.worker.articles,
            "batches": [len(batch) for batch in r.worker.batches],
            "sentences": r.worker.sentences,
            "claims": r.worker.claims,
            "worker": Cost(cpu_seconds=r.worker.cpu_seconds, wall_seconds=r.worker.wall_seconds),
            **{way.value: cost for way, cost in r.alone.items()},
        }
        for r in rounds
    ]


def print_summary(title: str, figures: dict[str, Any]) -> None:
    """Print the figures of one kind of article."""
    per_article = figures["cpu_milliseconds_per_article"]
    print_table(
        title,
        ["", "median (least to greatest)"],
        [
            ("Worker, articles/s", f"{figures['worker_articles_per_second']:.1f}"),
            ("Worker, sentences/s", f"{figures['worker_sentences_per_second']:.0f}"),
            ("Classifier alone, sentences/s", f"{figures['classifier_sentences_per_second']:.0f}"),
            ("CPU: classifier alone / worker", f"{figures['cpu_ratio']:.3f}"),
            ("  with all sentences in one call", f"{figures['cpu_ratio_at_once']:.3f}"),
            ("CPU: classifier and details / worker", f"{figures['cpu_ratio_with_details']:.3f}"),
            ("CPU: details / classifier", f"{figures['details_share']:.3f}"),
            ("Wall clock: classifier alone / worker", f"{figures['wall_ratio']:.3f}"),
            ("CPU ms an article, classifier alone", f"{per_article[Way.CLASSIFIER]:.1f}"),
            ("  decoded, split and classified", f"{per_article[Way.FLOW]:.1f}"),
            ("  worker", f"{per_article['worker']:.1f}"),
            ("Articles a micro-batch", f"{figures['articles_per_batch']:.1f}"),
        ],
    )


def measure(
    directory: Path, *, threads: int, rounds: int, articles: int, warm_up_articles: int, seed: int
) -> dict[str, dict[str, Any]]:
    """Return the figures of plain text and of text with HTML among it."""
    corpus = Corpus(seed)
    with (
        run_measured_worker(directory, threads=threads) as worker,
        # Without the worker's memory of scores: the classifier itself, however often it is asked.
        Alone(worker.bench.environment(REMEMBERED_SENTENCES="0")) as alone,
    ):
        console.print("Warming up ...")
        warm_up = worker.work_through(corpus.articles(warm_up_articles, html_share=_HTML_SHARE))
        alone.do(warm_up.batches, list(Way))
        kinds = {
            "plain": ("Plain text", 0.0, rounds),
            "html": (f"{_HTML_SHARE:.0%} HTML", _HTML_SHARE, max(1, rounds // 2)),
        }
        figures = {}
        for name, (title, html_share, count) in kinds.items():
            figures[name] = summarize(
                run_rounds(
                    worker, alone, corpus, rounds=count, articles=articles, html_share=html_share
                )
            )
            print_summary(f"{title}: {count} rounds of {articles} articles", figures[name])
    return figures


def main(
    *,
    threads: Annotated[
        int, typer.Option(min=1, help="Threads of a model call; the cores by default.")
    ] = Settings.model_fields["model_threads"].get_default(call_default_factory=True),
    rounds: Annotated[
        int, typer.Option(min=1, help="Rounds of plain text; half as many HTML.")
    ] = 12,
    articles: Annotated[int, typer.Option(min=1, help="Articles a round.")] = 96,
    seed: Annotated[int, typer.Option(help="Seed of the articles.")] = 1,
    quick: Annotated[bool, typer.Option("--quick", help="Try it out; no figure to quote.")] = False,
    json_path: Annotated[
        Path | None, typer.Option("--json", help="Write the figures to this file.")
    ] = None,
) -> None:
    """Measure articles/s and sentences/s of the real worker beside the classifier alone."""
    warm_up_articles = _WARM_UP_ARTICLES
    if quick:
        rounds, articles, warm_up_articles = 1, 8, 8
    machine = machine_facts(threads=threads)
    print_machine(machine)
    with tempfile.TemporaryDirectory(prefix="claimwire-benchmark-") as directory:
        figures = measure(
            Path(directory),
            threads=threads,
            rounds=rounds,
            articles=articles,
            warm_up_articles=warm_up_articles,
            seed=seed,
        )
    plain = figures["plain"]
    ratio, share = plain["cpu_ratio_with_details"].median, plain["details_share"].median
    verdict = "reached" if ratio >= TARGET_CPU_RATIO else "not reached"
    console.print(
        f"CPU of classifier and details over worker {ratio:.3f}: "
        f"target {TARGET_CPU_RATIO} {verdict}."
    )
    verdict = "reached" if share <= TARGET_DETAILS_SHARE else "not reached"
    console.print(
        f"CPU of details over classifier {share:.3f}: target {TARGET_DETAILS_SHARE} {verdict}."
    )
    if json_path:
        write_json(
            json_path,
            {
                "benchmark": "throughput",
                "machine": machine,
                "seed": seed,
                "target_cpu_ratio": TARGET_CPU_RATIO,
                "target_details_share": TARGET_DETAILS_SHARE,
                "figures": figures,
            },
        )


if __name__ == "__main__":
    typer.run(main)
