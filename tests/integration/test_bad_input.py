"""Bad input, fed to the running worker: it ends where it should, its neighbours come through."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import orjson
import pytest

from pipeline.broker import EmbeddedBroker
from pipeline.dead_letters import read_dead_letter
from pipeline.models import Outcome
from pipeline.outcomes import OutcomeRecord
from tests.worker_process import Workbench, WorkerProcess, article

MARKER = "zq7marker"
"""Stands in every bad article; it may turn up in outputs' values, never in a log or a header."""

GOOD = "Unemployment in Norland fell to 4.1 percent in May, the statistics office said."


def nested(depth: int) -> bytes:
    """Return an article with a value of that many nested arrays."""
    return b'{"body": "%s", "x": %s1%s}' % (GOOD.encode(), b"[" * depth, b"]" * depth)


MODEL_DECIDES = "a sentence of 100,000 characters"
"""Whatever the model says of it: it is processed, as one sentence."""

CASES: dict[str, tuple[bytes | None, Outcome, str | None]] = {
    "not JSON": (f"<{MARKER}>".encode(), Outcome.DEAD_LETTERED, "not_json"),
    "not UTF-8": (
        f'{{"body": "{MARKER}'.encode() + b'\xff\xfe"}',
        Outcome.DEAD_LETTERED,
        "not_utf8",
    ),
    "empty value": (b"", Outcome.DEAD_LETTERED, "not_json"),
    "no body": (orjson.dumps({"title": MARKER}), Outcome.DEAD_LETTERED, "wrong_shape"),
    "body of the wrong type": (
        orjson.dumps({"body": [MARKER], MARKER: MARKER}),
        Outcome.DEAD_LETTERED,
        "wrong_shape",
    ),
    "an array": (orjson.dumps([MARKER]), Outcome.DEAD_LETTERED, "wrong_shape"),
    "nested too deep": (nested(65), Outcome.DEAD_LETTERED, "too_deep"),
    "nested far too deep": (nested(100_000), Outcome.DEAD_LETTERED, "too_deep"),
    "body too long": (article(1, MARKER + "a" * 500_000), Outcome.DEAD_LETTERED, "body_too_long"),
    "tombstone": (None, Outcome.SKIPPED, "tombstone"),
    "empty body": (article(2, ""), Outcome.SKIPPED, "empty"),
    "white space": (article(3, " \n\t\u00a0 "), Outcome.SKIPPED, "empty"),
    "markup only": (article(4, "<div><br/><img src='x'></div>"), Outcome.SKIPPED, "empty"),
    "German": (
        article(
            5,
            "Die Regierung hat am Montag einen neuen Haushalt vorgelegt, der die Ausgaben für "
            "Schulen um drei Prozent erhöht. Die Opposition kritisierte den Entwurf und verlangte, "
            "dass mehr Geld in den Bau von Wohnungen und in die Bahn fließt.",
            language="en",
        ),
        Outcome.SKIPPED,
        "language",
    ),
    "short text with a German tag": (
        article(6, "Unemployment fell to 4.1 percent.", language="de-AT"),
        Outcome.SKIPPED,
        "language",
    ),
    "bad date": (article(7, GOOD, published_at="yesterday"), Outcome.CLAIMS, None),
    "date of the wrong type": (article(8, GOOD, updated_at=17), Outcome.CLAIMS, None),
    "lone surrogate": (
        b'{"source": "test", "id": "9", "title": "\\udc00", "body": "\\ud800 %s"}' % GOOD.encode(),
        Outcome.CLAIMS,
        None,
    ),
    "control characters": (
        b'{"source": "test", "id": "10", "body": "\x01\x1b[31m %s \\u0000"}' % GOOD.encode(),
        Outcome.CLAIMS,
        None,
    ),
    MODEL_DECIDES: (
        article(11, "prices rose and " * 6250),
        Outcome.NO_CLAIMS,
        None,
    ),
    "10,000 unclosed quotes": (article(12, f"{GOOD} " + '"' * 10_000), Outcome.CLAIMS, None),
    "nested as deep as allowed": (nested(63), Outcome.CLAIMS, None),
}


@dataclass(frozen=True, kw_only=True)
class Fed:
    """What came of feeding every case between good articles."""

    bench: Workbench
    outcomes: dict[str, OutcomeRecord]
    good: list[OutcomeRecord]
    log: str
    metrics: str


@pytest.fixture(scope="module")
def fed(broker: EmbeddedBroker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fed]:
    """Feed each case between two good articles to one running worker."""
    import urllib.request

    bench = Workbench(
        bootstrap_servers=broker.bootstrap_servers,
        state_dir=tmp_path_factory.mktemp("bad-input"),
    )
    bench.create_topics()
    values: list[bytes | None] = []
    for number, (value, _, _) in enumerate(CASES.values()):
        values += [value, article(1000 + number, GOOD)]
    with WorkerProcess(bench) as worker:
        positions = bench.send(values)
        outcomes = bench.wait_for_outcomes(positions, check=worker.check_alive)
        url = f"http://127.0.0.1:{worker.web_port}/metrics"
        # The outcomes stand in their topic a moment before the worker has their acknowledgement.
        metrics = ""
        deadline = time.monotonic() + 10
        while "claimwire_in_flight_articles 0.0" not in metrics:
            assert time.monotonic() < deadline, metrics
            with urllib.request.urlopen(url, timeout=10) as answer:
                metrics = answer.read().decode()
        yield Fed(
            bench=bench,
            outcomes=dict(
                zip(CASES, (outcomes[position] for position in positions[::2]), strict=True)
            ),
            good=[outcomes[position] for position in positions[1::2]],
            log=worker.log,
            metrics=metrics,
        )


@pytest.mark.parametrize("name", CASES)
def test_ends_where_it_should(fed: Fed, name: str) -> None:
    """Bad input has the outcome and the reason that the contract names for it."""
    _, outcome, reason = CASES[name]
    ended = fed.outcomes[name]
    if name == MODEL_DECIDES:
        assert ended.outcome in {Outcome.CLAIMS, Outcome.NO_CLAIMS}
        assert ended.sentence_count == 1
    else:
        assert (ended.outcome, ended.reason) == (outcome, reason)


def test_the_articles_around_come_through(fed: Fed) -> None:
    """Every good article between the bad ones ends with its claim."""
    assert [outcome.outcome for outcome in fed.good] == [Outcome.CLAIMS] * len(CASES)


def test_the_sums_agree(fed: Fed) -> None:
    """Outcomes, claims, dead letters and counters add up to the articles that were fed."""
    records = fed.bench.outcomes()
    latest = {record.source: record for record in records}
    assert len(latest) == 2 * len(CASES)
    promised = {claim_id for record in latest.values() for claim_id in record.claim_ids}
    assert {claim["claim_id"] for claim in fed.bench.claims()} == promised
    dead = sum(record.outcome is Outcome.DEAD_LETTERED for record in latest.values())
    assert len(fed.bench.read(fed.bench.dead_letters_topic)) == dead
    counted: Counter[str] = Counter()
    for line in fed.metrics.splitlines():
        if line.startswith("claimwire_articles_total{"):
            counted[line.split("{")[1].split(",source")[0]] += int(float(line.rsplit(" ", 1)[1]))
    expected = Counter(
        f'outcome="{record.outcome}",reason="{record.reason or ""}"' for record in records
    )
    assert counted == expected


def test_dead_letters_are_the_bytes_that_came(fed: Fed) -> None:
    """A dead letter's value is the article as it was sent, and its headers say where from."""
    dead_letters = [
        read_dead_letter(key=record.key, value=record.value, headers=record.headers)
        for record in fed.bench.read(fed.bench.dead_letters_topic)
    ]
    assert {letter.source: letter.value for letter in dead_letters} == {
        fed.outcomes[name].source: value
        for name, (value, outcome, _) in CASES.items()
        if outcome is Outcome.DEAD_LETTERED
    }


def test_logs_and_headers_hold_nothing_of_an_article(fed: Fed) -> None:
    """A marker planted in bad articles is in no log line and in no header."""
    assert MARKER not in fed.log
    for topic in (
        fed.bench.dead_letters_topic,
        fed.bench.outcomes_topic,
        fed.bench.claims_topic,
    ):
        for record in fed.bench.read(topic):
            assert all(MARKER.encode() not in (value or b"") for _, value in record.headers)


def test_every_warning_names_a_position(fed: Fed) -> None:
    """Each dead letter is one readable warning that says where the article stands."""
    warnings = [line for line in fed.log.splitlines() if " WARNING " in line]
    records = [*fed.outcomes.values(), *fed.good]
    dead = [record.source for record in records if record.outcome is Outcome.DEAD_LETTERED]
    assert len(warnings) == len(dead)
    assert all(sum(f"from {position}: " in line for line in warnings) == 1 for position in dead)


def test_bad_dates_are_null_and_counted(fed: Fed) -> None:
    """A bad date is published as null, named in the outcome and counted."""
    assert fed.outcomes["bad date"].invalid_dates == ("published_at",)
    assert fed.outcomes["date of the wrong type"].invalid_dates == ("updated_at",)
    claims = [c for c in fed.bench.claims() if c["article"]["id"] == "7"]
    assert [claim["article"]["published_at"] for claim in claims] == [None]
    assert 'claimwire_invalid_dates_total{field="published_at"} 1.0' in fed.metrics


def test_skipped_languages_are_counted_by_language(fed: Fed) -> None:
    """What the model does not read is counted under its language."""
    assert 'claimwire_skipped_language_articles_total{language="de"} 2.0' in fed.metrics


def test_a_duplicate_gets_the_same_claim_ids(fed: Fed) -> None:
    """The same article, sent twice, ends twice with the same claim ids."""
    ids = {outcome.article_identity: outcome.claim_ids for outcome in fed.good}
    with WorkerProcess(fed.bench, WEB_PORT="0") as worker:
        again = fed.bench.send([article(1000, GOOD)])
        outcome = fed.bench.wait_for_outcomes(again, check=worker.check_alive)[again[0]]
    assert outcome.claim_ids == ids[outcome.article_identity]


def test_the_metrics_tell_of_the_run(fed: Fed) -> None:
    """Stages, batches, latency, model and reference are there, and agree with the outcomes."""
    samples = {
        name: float(value)
        for name, value in (line.rsplit(" ", 1) for line in fed.metrics.splitlines())
        if name.startswith("claimwire_")
    }
    batches = samples["claimwire_batch_seconds_count"]
    for stage in ("decode", "extract", "identify_language", "split", "classify", "produce"):
        count = samples[f'claimwire_stage_seconds_count{{stage="{stage}"}}']
        assert 0 < count <= batches, stage
    assert samples["claimwire_batch_articles_sum"] == 2 * len(CASES)
    assert samples["claimwire_batch_fill_ratio_count"] == batches
    latest = [*fed.outcomes.values(), *fed.good]
    with_claims = [record for record in latest if record.outcome is Outcome.CLAIMS]
    assert samples["claimwire_produce_to_claim_seconds_count"] == len(with_claims)
    claims = sum(v for k, v in samples.items() if k.startswith("claimwire_claims_total{"))
    assert claims == sum(len(record.claim_ids) for record in latest)
    assert samples["claimwire_sentences_total"] == sum(r.sentence_count for r in latest)
    assert samples["claimwire_sentence_score_count"] >= samples["claimwire_sentences_total"]
    dead = sum(record.outcome is Outcome.DEAD_LETTERED for record in latest)
    assert samples["claimwire_dead_letter_ratio"] == pytest.approx(dead / len(latest))
    assert samples["claimwire_assigned_partitions"] == fed.bench.partitions
    (model,) = [name for name in samples if name.startswith("claimwire_model_info{")]
    revision = latest[0].model_revision
    assert f'revision="{revision}"' in model
    assert 0 < samples[f'claimwire_reference_flagged_ratio{{revision="{revision}"}}'] < 1
    assert "process_resident_memory_bytes" in fed.metrics
    assert "python_gc_collections_total" in fed.metrics
