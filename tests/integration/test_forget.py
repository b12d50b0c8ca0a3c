"""Forgetting articles on a real broker."""

import uuid
from dataclasses import dataclass
from typing import Any

import orjson
import pytest

from pipeline.broker import EmbeddedBroker
from pipeline.cli import run_command
from pipeline.errors import ConfigurationError
from pipeline.feed import ConfirmedProducer
from pipeline.forget import ArticleNotFoundError, ForgetReport, forget
from pipeline.kafka_security import KafkaCluster
from pipeline.sought_articles import SoughtArticle, seek_article
from pipeline.tail import Record, TopicTail
from pipeline.topic_drift import PARTITIONS, Remedy, TopicDrift
from pipeline.topics import apply_remedies
from tests.dashboard_claims import make_claim, publish_claims, publish_values
from tests.kafka_topics import create_topic
from tests.worker_process import FAKE_WORKER, Workbench, WorkerProcess, article

TOPIC_NAMES = ("articles", "claims", "outcomes", "dead_letters")


@dataclass(frozen=True, kw_only=True)
class Topics:
    """A claims and an outcomes topic of a test's own."""

    cluster: KafkaCluster
    claims: str
    outcomes: str

    def forget(self, sought: str | SoughtArticle, *, dry_run: bool = False) -> ForgetReport:
        """Forget an article of these topics."""
        return forget(
            self.cluster,
            sought if isinstance(sought, SoughtArticle) else seek_article(sought),
            claims_topic=self.claims,
            outcomes_topic=self.outcomes,
            dry_run=dry_run,
        )

    def read(self, topic: str) -> list[Record]:
        """Return what stands on the topic."""
        with TopicTail(self.cluster, [topic], from_beginning=True) as tail:
            return list(tail.records_until_end())

    def forgotten(self, topic: str) -> list[bytes | None]:
        """Return the keys of the tombstones, in order."""
        return sorted((r.key for r in self.read(topic) if r.is_tombstone), key=str)

    def publish_outcome(self, identity: str, *claims: dict[str, Any]) -> None:
        """Put an outcome of the article on its topic."""
        ids = ",".join(f'"{claim["claim_id"]}"' for claim in claims)
        value = f'{{"article_identity": "{identity}", "claim_ids": [{ids}]}}'
        publish_values(self.cluster, self.outcomes, [(identity.encode(), value.encode())])


@pytest.fixture
def topics(broker: EmbeddedBroker) -> Topics:
    """Return two empty topics of three partitions."""
    cluster = broker.cluster
    claims, outcomes = (create_topic(cluster, partitions=3) for _ in range(2))
    return Topics(cluster=cluster, claims=claims, outcomes=outcomes)


def keys(*claims: dict[str, Any]) -> list[bytes]:
    """Return the keys of the claims, in order."""
    return sorted((claim["claim_id"].encode() for claim in claims), key=str)


def test_an_article_is_forgotten_once_with_all_its_claims(topics: Topics) -> None:
    """Those on the topic and those that only its outcome still names; no other article's."""
    claims = [make_claim(number) for number in range(9)]
    first, gone = claims[0]["article"]["identity"], make_claim(100)
    publish_claims(topics.cluster, topics.claims, claims)
    publish_values(topics.cluster, topics.claims, [(b"k", b"\xff"), (b"k", b"[]")])
    publish_values(topics.cluster, topics.outcomes, [(b"k", b"not json")])
    topics.publish_outcome(first, *claims[:3], gone)
    topics.publish_outcome(claims[3]["article"]["identity"], *claims[3:6])

    rehearsed = topics.forget(first, dry_run=True)
    assert (rehearsed.claims, rehearsed.outcomes) == (4, 1)
    assert topics.forgotten(topics.claims) == topics.forgotten(topics.outcomes) == []

    report = topics.forget(first)
    assert (report.identity, report.claims, report.outcomes) == (first, 4, 1)
    assert (report.unkeyed, report.refused, report.was_forgotten) == (0, (), False)
    assert topics.forgotten(topics.claims) == keys(*claims[:3], gone)
    assert topics.forgotten(topics.outcomes) == [first.encode()]

    again = topics.forget(first)
    assert again.was_forgotten
    assert len(topics.forgotten(topics.claims)) == 4

    publish_claims(topics.cluster, topics.claims, claims[:1])  # somebody fed the article again
    assert topics.forget(first).claims == 1


def test_what_a_worker_published_is_forgotten_by_its_id(bench: Workbench) -> None:
    """All that it wrote of that article, under the keys it wrote it, and of no other."""
    articles = [article(number, "It has 9 seats. It is blue.") for number in (1, 2)]
    with WorkerProcess(bench, FAKE_WORKER) as worker:
        bench.wait_for_outcomes(bench.send(articles), check=worker.check_alive)
    topics = Topics(cluster=bench.cluster, claims=bench.claims_topic, outcomes=bench.outcomes_topic)
    known = orjson.loads(articles[0])
    report = topics.forget(seek_article(known["id"], source=known["source"]))
    claims = [claim for claim in topics.read(topics.claims) if claim.value is not None]
    kept = {claim.key for claim in claims} - set(topics.forgotten(topics.claims))
    assert (report.claims, report.outcomes, len(kept)) == (1, 1, 1)
    assert topics.forgotten(topics.outcomes) == [report.identity.encode()]


def test_an_article_is_found_by_its_address(topics: Topics) -> None:
    """In another spelling than the claims', all its claims with it; two articles at it are told."""
    address = {"url": "https://a.example/x?utm_source=mail"}
    claims = [make_claim(0, article=address), make_claim(1), make_claim(3)]
    publish_claims(topics.cluster, topics.claims, claims)
    assert topics.forget("https://A.example/x").claims == 2
    assert topics.forgotten(topics.claims) == keys(*claims[:2])

    publish_claims(topics.cluster, topics.claims, [make_claim(3, article=address)])
    other = make_claim(6, article=address)
    assert topics.forget("https://a.example/x").identity == claims[2]["article"]["identity"]
    publish_claims(topics.cluster, topics.claims, [make_claim(3, article=address), other])
    with pytest.raises(ConfigurationError, match="2 articles have this address") as caught:
        topics.forget("https://a.example/x")
    assert other["article"]["identity"] in str(caught.value)
    assert other["claim_id"].encode() not in topics.forgotten(topics.claims)


def test_tombstones_go_where_the_records_stand(topics: Topics) -> None:
    """A key's partition changes when partitions are added; compaction does not look elsewhere."""
    claims = [make_claim(number) for number in range(3)]
    publish_claims(topics.cluster, topics.claims, claims)
    before = {record.key: record.position.partition for record in topics.read(topics.claims)}
    drift = TopicDrift(
        topic=topics.claims, setting=PARTITIONS, wanted="11", found="3", remedy=Remedy.GROW
    )
    apply_remedies(topics.cluster, [drift])
    publish_claims(topics.cluster, topics.claims, claims[:2])
    report = topics.forget(claims[0]["article"]["identity"])
    places: dict[bytes | None, list[set[int]]] = {}
    for record in topics.read(topics.claims):
        found = places.setdefault(record.key, [set(), set()])
        found[record.is_tombstone].add(record.position.partition)
    assert all(stood == buried for stood, buried in places.values())
    assert {key: before[key] in buried for key, (_, buried) in places.items()} == dict.fromkeys(
        before, True
    )
    assert report.claims == sum(len(stood) for stood, _ in places.values()) > 3


def test_what_no_tombstone_reaches_is_counted(topics: Topics) -> None:
    """A record without a key, and a tombstone that is larger than the topic takes."""
    claim = make_claim(0)
    identity = claim["article"]["identity"]
    with ConfirmedProducer(topics.cluster, topics.claims) as producer:
        value = f'{{"article": {{"identity": "{identity}"}}}}'.encode()
        producer.send("x", key=None, value=value)
        producer.send("x", key=b"k" * 5000, value=value)
        producer.flush()
    topics.publish_outcome(identity, claim)
    drift = TopicDrift(
        topic=topics.claims,
        setting="max.message.bytes",
        wanted="1000",
        found="1048588",
        remedy=Remedy.ALTER,
    )
    apply_remedies(topics.cluster, [drift])
    report = topics.forget(identity)
    assert (report.claims, report.outcomes, report.unkeyed) == (1, 1, 1)
    (refusal,) = report.refused
    assert refusal.name == "k" * 5000
    assert not report.was_forgotten


def test_an_article_that_nobody_knows_is_told(topics: Topics) -> None:
    """So is a topic that does not exist; nothing is written, and no topic made."""
    publish_claims(topics.cluster, topics.claims, [make_claim(0)])
    for nobody in ("id:nobody/7", "https://nobody.example/"):
        with pytest.raises(ArticleNotFoundError, match=topics.outcomes):
            topics.forget(nobody)
    assert topics.forgotten(topics.claims) == []
    elsewhere = Topics(cluster=topics.cluster, claims=topics.claims, outcomes="test.nowhere")
    with pytest.raises(ConfigurationError, match=r"test\.nowhere.*topics create"):
        elsewhere.forget("id:nobody/7")


def test_an_article_without_claims_is_forgotten_by_its_outcome(topics: Topics) -> None:
    """Also one that could not be decoded, whose outcome has but the message's key."""
    topics.publish_outcome("id:wire/1")
    value = b'{"article_identity": null, "claim_ids": []}'
    publish_values(topics.cluster, topics.outcomes, [(b"id:wire/2", value)])
    for identity in ("id:wire/1", "id:wire/2"):
        report = topics.forget(identity)
        assert (report.claims, report.outcomes) == (0, 1)
        assert topics.forget(identity).was_forgotten


def test_the_command_says_what_stays_and_until_when(
    topics: Topics, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By topic, in 80 columns; what no tombstone reaches is told, with status 1."""
    name = f"t{uuid.uuid4().hex[:8]}"
    settings = {
        "BROKER": str(topics.cluster),
        "CLAIMS_CLEANUP_POLICY": "compact",
        "DEAD_LETTER_RETENTION_HOURS": "24",
    } | {f"{one.upper()}_TOPIC": f"{name}.{one}" for one in TOPIC_NAMES}
    for setting, value in settings.items():
        monkeypatch.setenv(f"CLAIMWIRE_{setting}", value)
    monkeypatch.setenv("COLUMNS", "80")
    assert run_command(["topics", "create"]) == 0
    capsys.readouterr()
    claim = make_claim(0)
    identity = claim["article"]["identity"]
    publish_claims(topics.cluster, f"{name}.claims", [claim])
    assert run_command(["forget", identity]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert max(map(len, printed)) <= 80
    assert printed[0] == f"Forgot {identity}."
    assert [line.split(maxsplit=1) for line in map(str.strip, printed[2:])] == [
        [f"{name}.claims", "1  at compaction, due within 24 h"],
        [f"{name}.outcomes", "0  at compaction, due within 24 h"],
        [f"{name}.articles", "168 h after it was written"],
        [f"{name}.dead_letters", "24 h after it was written"],
    ]
    monkeypatch.setenv("CLAIMWIRE_CLAIMS_TOPIC", topics.claims)  # a compacted one wants keys
    with ConfirmedProducer(topics.cluster, topics.claims) as producer:
        value = f'{{"article": {{"identity": "{identity}"}}}}'.encode()
        producer.send("x", key=None, value=value)
        producer.flush()
    assert run_command(["forget", identity]) == 1
    assert "1 of its records have no key" in capsys.readouterr().err
