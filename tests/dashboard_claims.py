"""Claims for the dashboard's tests, invented, and a producer that puts them on a topic."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from pipeline.article_files import ArticleMessage
from pipeline.feed import ConfirmedProducer, feed
from pipeline.kafka_security import KafkaCluster

_PLACES = ("Aldermoor", "Norland", "Sudhaven", "Eastwick Bay", "Tarn Valley", "Port Ellery")
_SUBJECTS = (
    ("quantity", "the statistics office", "Unemployment in {place} fell to {n}.{m} percent in May"),
    ("quantity", "the hospital trust", "The clinic in {place} treated {n},{m}20 patients in March"),
    ("causal", "Dr Ines Albrecht", "The new bypass cut road deaths around {place} by {n} percent"),
    ("rule", "the harbour board", "Ferries to {place} must carry {n} life rafts from next year"),
    ("prediction", "Mara Oduya", "Rents in {place} will rise by {n} percent before the election"),
    ("event", None, "The council of {place} closed {n} libraries after the flood of 2029"),
)
_SOURCES = ("harbour-wire", "Tarn Valley Post", "northern-desk", "The Eastwick Courier")
_CLAIMS_PER_ARTICLE = 3


def make_claim(number: int, *, text: str | None = None, **changed: Any) -> dict[str, Any]:
    """Return a claim by claim.v1.json; `article`, `context` and `speaker` are merged into it."""
    claim_type, speaker, template = _SUBJECTS[number % len(_SUBJECTS)]
    place = _PLACES[number // 3 % len(_PLACES)]
    core = template.format(place=place, n=number % 89 + 2, m=number % 9)
    text = text if text is not None else f"{core}, {speaker} said." if speaker else f"{core}."
    article_number = number // _CLAIMS_PER_ARTICLE
    start = 200 * (number % _CLAIMS_PER_ARTICLE)
    source = _SOURCES[article_number % len(_SOURCES)]
    score = round(0.45 + (number * 37 % 54) / 100, 4)
    at = max(text.find(speaker), 0) if speaker else 0
    claim: dict[str, Any] = {
        "claim_id": hashlib.sha256(f"dashboard {number}".encode()).hexdigest()[:32],
        "article": {
            "identity": f"id:{source.replace(' ', '-')}/{article_number}",
            "id": str(article_number),
            "url": f"https://news.example/2031/{article_number}",
            "source": source,
            "title": f"What {place} decided on day {article_number}",
            "published_at": "2031-04-12T08:30:00+02:00",
            "language": "fr" if number % 11 == 0 else "en",
        },
        "text": text,
        "start": start,
        "end": start + len(text),
        "text_basis": "body",
        "text_sha256": hashlib.sha256(text.encode("utf-8", "replace")).hexdigest(),
        "extractor": None,
        "sentence_index": number % _CLAIMS_PER_ARTICLE,
        "context": {
            "before": "The meeting had begun an hour late." if start else None,
            "after": "Nobody in the room asked for the figures behind it.",
        },
        "score": score,
        "threshold": 0.44,
        "model": {"name": "claimwire-minilm-l6", "revision": "3f1c9ab07e52"},
        "detected_at": "2031-04-12T11:05:07.250000Z",
        "pipeline_version": "0.1.0",
        "speaker": {
            "quoted": "reported" if speaker else "outlet",
            "name": speaker,
            "start": start + at if speaker else None,
            "end": start + at + len(speaker) if speaker else None,
            "cue": "said" if speaker else None,
        },
        "claim_type": claim_type,
        "claim_type_score": 0.88,
        "quantities": [],
        "reasons": [{"start": start, "end": start + min(12, len(text)), "weight": 0.5}],
        "priority": score,
        "rank": 1,
    }
    for name, value in changed.items():
        claim[name] = {**claim[name], **value} if isinstance(value, dict) else value
    return claim


def publish_claims(cluster: KafkaCluster, topic: str, claims: Iterable[dict[str, Any]]) -> None:
    """Put claims on the topic, keyed as the worker keys them; each is acknowledged."""
    values = [(claim["claim_id"].encode(), orjson.dumps(claim)) for claim in claims]
    publish_values(cluster, topic, values)


def publish_values(
    cluster: KafkaCluster, topic: str, values: Sequence[tuple[bytes, bytes]]
) -> None:
    """Put keys and values on the topic as they are."""
    messages = [ArticleMessage(name="claim", key=key, value=value) for key, value in values]
    report = feed(messages, cluster=cluster, topic=topic)
    assert report.delivered == len(messages)


def publish_tombstones(cluster: KafkaCluster, topic: str, claims: Iterable[dict[str, Any]]) -> None:
    """Put a tombstone for each of the claims on the topic."""
    with ConfirmedProducer(cluster, topic) as producer:
        for claim in claims:
            producer.send("claim", key=claim["claim_id"].encode(), value=None)
        producer.flush()
