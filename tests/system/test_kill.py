"""kill -9 at random while articles flow: nothing is lost, and the topic itself says so."""

import random
import time
from collections import Counter
from pathlib import Path

import pytest

from pipeline.broker import EmbeddedBroker
from pipeline.models import Outcome
from tests.worker_process import Workbench, WorkerProcess, article

ARTICLES = 5_000
KILLS = 5
SEED = random.SystemRandom().randrange(10**6)

SENTENCES = (
    "Unemployment in Norland fell to {n} percent in May, the statistics office said.",
    "The minister thanked everybody who had come.",
    "At least {n} people died when the dam above the town gave way on Sunday.",
    "“We will look at item {n} … again,” she said.",
    "The budget for hospital number {n} was cut by a third, according to the audit office.",
)


def make_articles(random_: random.Random) -> list[bytes]:
    """Return articles of one to three sentences, each with an id of its own.

    Their sentences repeat, as those of wire copy do: this is about delivery, and the fewer
    sentences the model has to score, the more of the kills hit Kafka's part of the work.
    """
    return [
        article(
            number,
            " ".join(
                sentence.format(n=number % 40)
                for sentence in random_.sample(SENTENCES, random_.randint(1, 3))
            ),
        )
        for number in range(ARTICLES)
    ]


@pytest.mark.timeout(400)
def test_five_kills_lose_nothing(
    broker: EmbeddedBroker, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """After five kill -9 every article has its outcome and every claim promised is there."""
    random_ = random.Random(SEED)
    bench = Workbench(bootstrap_servers=broker.bootstrap_servers, state_dir=tmp_path / "state")
    bench.create_topics()
    positions = bench.send(make_articles(random_))
    # A kill comes when that many articles have ended: while work is under way, whatever the
    # machine's speed. They are spread so that each hits a worker that works, not one that starts.
    stretch = ARTICLES // (KILLS + 1)
    moments = [kill * stretch + random_.randrange(100, stretch // 2) for kill in range(KILLS)]
    worker = WorkerProcess(bench, MODEL_THREADS="2")
    worker.start()
    try:
        for moment in moments:
            wait_for_count(bench, moment, worker)
            time.sleep(random_.random() / 2)  # anywhere within a batch
            worker.kill()
            worker.start()
        outcomes = bench.wait_for_outcomes(positions, timeout_seconds=240, check=worker.check_alive)
        assert worker.stop() == 0
    finally:
        if worker.process.poll() is None:
            worker.kill()
    promised = {claim_id for outcome in outcomes.values() for claim_id in outcome.claim_ids}
    claims = Counter(claim["claim_id"] for claim in bench.claims())
    ends = Counter(outcome.outcome for outcome in outcomes.values())
    repeated_articles = len(bench.outcomes()) - ARTICLES
    repeated_claims = claims.total() - len(claims)
    with capsys.disabled():
        print(
            f"\nseed {SEED}, killed after {moments} articles: {ARTICLES} articles, "
            f"{dict(ends)}, {len(claims)} claims; repeated: {repeated_articles} articles "
            f"({repeated_articles / ARTICLES:.1%}), {repeated_claims} claims; missing: none"
        )
    assert set(outcomes) == set(positions)
    assert set(ends) <= {Outcome.CLAIMS, Outcome.NO_CLAIMS}
    assert set(claims) == promised


def wait_for_count(bench: Workbench, count: int, worker: WorkerProcess) -> None:
    """Return once so many outcome records are there."""
    from pipeline.topics import describe

    deadline = time.monotonic() + 120
    while True:
        (topic,) = describe(bench.cluster, [bench.outcomes_topic])
        if topic.messages >= count:
            return
        worker.check_alive()
        assert time.monotonic() < deadline, worker.log[-3000:]
        time.sleep(0.05)
