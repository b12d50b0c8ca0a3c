"""Articles in, claims out: bytes <-> models by the JSON Schemas. Pure: no Kafka here."""

from datetime import datetime
from urllib.parse import quote

import orjson

from pipeline.errors import ArticleError, Stage
from pipeline.headers import Header, Headers, cloudevents_headers, trace_headers
from pipeline.identity import identify_article
from pipeline.json_schemas import (
    ARTICLE_SCHEMA,
    CLAIM_SCHEMA,
    describe_violations,
    schema_id,
    schema_validator,
)
from pipeline.lenient_json import parse_json
from pipeline.models import Article, Claim, SourcePosition
from pipeline.timestamps import format_rfc3339, normalise_date

_DATE_FIELDS = ("published_at", "updated_at")


def decode_article(value: bytes, *, body_max_characters: int) -> Article:
    """Read one message of the articles topic. A null value (a tombstone) is for the caller.

    Raises ArticleError with stage decode and one of the reasons `not_utf8`, `not_json`,
    `too_deep`, `wrong_shape` (by `schemas/article.v1.json`) and `body_too_long`. A bad date is
    not an error: the field is None and named in `invalid_dates`.
    """
    document = parse_json(value)
    if not schema_validator(ARTICLE_SCHEMA).is_valid(document):
        raise ArticleError(Stage.DECODE, "wrong_shape", _refusal(document))
    assert isinstance(document, dict)  # noqa: S101 - the schema says so; this tells mypy
    body = document["body"]
    if len(body) > body_max_characters:
        raise ArticleError(
            Stage.DECODE,
            "body_too_long",
            f"/body: longer than body_max_characters ({body_max_characters}); shorten the body "
            "or raise the setting, then replay the article.",
        )
    dates = {field: document.get(field) for field in _DATE_FIELDS}
    normalised = {
        field: normalise_date(date) if isinstance(date, str) else None
        for field, date in dates.items()
    }
    url, source, id_ = document.get("url"), document.get("source"), document.get("id")
    return Article(
        identity=identify_article(source=source, id=id_, url=url, body=body),
        body=body,
        id=id_,
        updated_at=normalised["updated_at"],
        url=url,
        source=source,
        title=document.get("title"),
        content_type=document.get("content_type"),
        language=document.get("language"),
        published_at=normalised["published_at"],
        author=document.get("author"),
        invalid_dates=tuple(
            field for field in _DATE_FIELDS if dates[field] is not None and not normalised[field]
        ),
    )


def _refusal(document: object) -> str:
    violations = describe_violations(ARTICLE_SCHEMA, document)
    return f"{violations} (article.v1.json); mend the article's producer, then replay it."


def encode_claim(claim: Claim, *, detected_at: datetime, pipeline_version: str) -> bytes:
    """Write a claim as JSON by `schemas/claim.v1.json`; its message key is `claim.claim_id`."""
    article = claim.article
    context = {"before": claim.sentence_before, "after": claim.sentence_after}
    if claim.standalone is not None:
        context["standalone"] = claim.standalone
    return orjson.dumps(
        {
            "claim_id": claim.claim_id,
            "article": {
                "identity": article.identity,
                "id": article.id,
                "url": article.url,
                "source": article.source,
                "title": article.title,
                "published_at": article.published_at,
                "language": claim.language,
            },
            "text": claim.text,
            "start": claim.start,
            "end": claim.end,
            "text_basis": claim.text_basis,
            "text_sha256": claim.text_sha256,
            "extractor": claim.extractor,
            "sentence_index": claim.sentence_index,
            "context": context,
            "score": claim.score,
            "threshold": claim.threshold,
            "model": {"name": claim.model_name, "revision": claim.model_revision},
            "detected_at": format_rfc3339(detected_at),
            "pipeline_version": pipeline_version,
            **_details(claim),
        }
    )


def _details(claim: Claim) -> dict[str, object]:
    """Return the optional fields; what was not looked for or not found out is left out.

    orjson writes the dataclasses by their fields, which are the schema's.
    """
    found = {
        "speaker": claim.speaker,
        "claim_type": claim.claim_type,
        "claim_type_score": claim.claim_type_score,
        "priority": claim.priority,
        "rank": claim.rank,
    }
    return {
        **{name: value for name, value in found.items() if value is not None},
        "quantities": claim.quantities,
        "reasons": claim.reasons,
    }


def claim_headers(
    claim: Claim, *, source: SourcePosition, detected_at: datetime, article_headers: Headers
) -> list[Header]:
    """Return a claim message's headers.

    `ce_id` is the claim_id and the position of the article's message: a retry repeats it, so a
    consumer may drop the duplicate, while an edited article's claim, which keeps its claim_id
    but may have moved, is an event of its own. The model stands in `ce_source`.
    """
    headers = cloudevents_headers(
        event_id=f"{claim.claim_id}.{source.partition}.{source.offset}",
        source=event_source(source.topic, claim.model_name, claim.model_revision),
        event_type="claimwire.claim.v1",
        subject=claim.claim_id,
        time=detected_at,
        dataschema=schema_id(CLAIM_SCHEMA),
    )
    return headers + trace_headers(article_headers)


def event_source(topic: str, model_name: str, model_revision: str) -> str:
    """Return a URI reference for who speaks of which topic: two models are two sources."""
    return "/claimwire/" + "/".join(quote(p, safe="") for p in (topic, model_name, model_revision))
