"""A second consumer group on the same articles: docs/scaling.md, a month again and two models."""

from pathlib import Path

from pipeline.broker import EmbeddedBroker
from tests.worker_process import FAKE_WORKER, Workbench, WorkerProcess, article


def test_a_second_group_finds_the_same_claims_and_disturbs_nobody(
    broker: EmbeddedBroker, tmp_path: Path
) -> None:
    """It starts at the oldest article, its claims have the same ids, the first group's topics rest.

    An edit is among the articles: the latest outcome of the article is the edit's in both.
    """
    live = Workbench(bootstrap_servers=broker.bootstrap_servers, state_dir=tmp_path / "live")
    live.create_topics()
    again = Workbench(bootstrap_servers=broker.bootstrap_servers, state_dir=tmp_path / "again")
    again.articles_topic = live.articles_topic
    again.create_topics()
    articles = [
        article(n, f"The council met {n} times. It rained. It has 9 seats.") for n in range(6)
    ]
    positions = live.send([*articles, article(3, "The council met 3 times. It has 11 seats.")])
    with WorkerProcess(live, FAKE_WORKER) as worker:
        before = live.wait_for_outcomes(positions, check=worker.check_alive)
        with WorkerProcess(again, FAKE_WORKER) as second:
            after = again.wait_for_outcomes(positions, check=second.check_alive)
            assert second.stop() == 0
    assert len(live.outcomes()) == len(positions)
    assert {p: o.claim_ids for p, o in after.items()} == {p: o.claim_ids for p, o in before.items()}
    ids = {claim["claim_id"] for claim in again.claims()}
    assert ids == {claim["claim_id"] for claim in live.claims()}
    assert len(ids) == 6 * 2 + 1
    for bench in (live, again):
        of_the_edited = [o for o in bench.outcomes() if o.article_identity == "id:test/3"]
        assert [o.source for o in of_the_edited] == [positions[3], positions[6]]
