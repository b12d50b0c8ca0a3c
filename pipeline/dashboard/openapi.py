"""The description of the API, by OpenAPI 3.1; a test holds the answers against it. Pure."""

from typing import Any

from pipeline import __version__
from pipeline.dashboard.filters import QUERY_MAX_CHARACTERS, Order
from pipeline.dashboard.throughput import MINUTES
from pipeline.json_schemas import CLAIM_SCHEMA, load_schema

DEFAULT_LIMIT = 100


def describe_api(*, max_claims: int, has_token: bool) -> dict[str, Any]:
    """Return the document that `/api/openapi.json` serves."""
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {
            "title": "Claimwire dashboard",
            "version": __version__,
            "description": "The latest claims of the claims topic, as the dashboard holds them.",
        },
        "paths": {
            "/api/claims": {"get": _claims_operation(max_claims)},
            "/api/events": {"get": _events_operation()},
            "/api/status": {"get": _status_operation()},
            "/healthz": {"get": _health_operation()},
        },
        "components": {
            "schemas": {
                "Claim": load_schema(CLAIM_SCHEMA),
                "HeldClaim": _held_claim_schema(),
                "Claims": _claims_schema(),
                "Status": _status_schema(max_claims),
                "Health": _health_schema(),
                "Error": _object(error={"type": "string"}),
            }
        },
    }
    if has_token:
        document["components"]["securitySchemes"] = {
            "token": {
                "type": "http",
                "scheme": "bearer",
                "description": "CLAIMWIRE_DASHBOARD_TOKEN. Browsers send a cookie instead.",
            }
        }
        document["security"] = [{"token": []}]
        document["paths"]["/healthz"]["get"]["security"] = []
    return document


def _claims_operation(max_claims: int) -> dict[str, Any]:
    def query(name: str, description: str, **schema: Any) -> dict[str, Any]:
        return {"name": name, "in": "query", "description": description, "schema": schema}

    text = {"type": "string", "maxLength": QUERY_MAX_CHARACTERS}
    several = {"type": "array", "items": text}
    return {
        "summary": "The claims held that fit, all of them without a filter.",
        "parameters": [
            query("source", "The article's source, exactly; given again: any of them.", **several),
            query("language", "The article's language, an ISO 639-1 code.", **several),
            query("claim_type", "The claim's type.", **several),
            query("speaker", "Part of the speaker's name, in whatever case.", **text),
            query("article", "The article's identity, exactly.", type="string", maxLength=1024),
            query("min_score", "Claims scored at or over it.", type="number", minimum=0, maximum=1),
            query("q", "Words, each of them in the sentence, title or speaker's name.", **text),
            query("order", "How they are ordered.", type="string", enum=list(Order)),
            query(
                "limit",
                "At most so many.",
                type="integer",
                minimum=1,
                maximum=max_claims,
                default=min(DEFAULT_LIMIT, max_claims),
            ),
        ],
        "responses": {
            "200": _answer("The claims.", "Claims"),
            "400": _answer("A parameter is wrong.", "Error"),
            "401": _answer("The token is missing or wrong.", "Error"),
        },
    }


def _events_operation() -> dict[str, Any]:
    return {
        "summary": "Changes as they come, as server-sent events.",
        "description": (
            "`status` carries Status. `claims` carries `put`, an array of HeldClaim, and "
            "`removed`, an array of claim_ids that made room or were forgotten; its id is the "
            "cursor to go on from. `resync` ends the stream: load /api/claims anew and go on from "
            "its cursor."
        ),
        "parameters": [
            {
                "name": "after",
                "in": "query",
                "description": "Cursor of the last answer; the header Last-Event-ID comes first.",
                "schema": {"type": "string"},
            }
        ],
        "responses": {
            "200": {"description": "The stream.", "content": {"text/event-stream": {}}},
            "401": _answer("The token is missing or wrong.", "Error"),
        },
    }


def _status_operation() -> dict[str, Any]:
    return {
        "summary": "The counters.",
        "responses": {
            "200": _answer("The counters.", "Status"),
            "401": _answer("The token is missing or wrong.", "Error"),
        },
    }


def _health_operation() -> dict[str, Any]:
    return {
        "summary": "Whether the topic is being followed. Needs no token.",
        "responses": {
            "200": _answer("It is.", "Health"),
            "503": _answer("Kafka or the topic is not there, or is still being read.", "Health"),
        },
    }


def _held_claim_schema() -> dict[str, Any]:
    return _object(
        recorded_at={
            "type": "string",
            "format": "date-time",
            "description": "When the record was written to the topic; never in the future.",
        },
        claim={"$ref": "#/components/schemas/Claim"},
    )


def _claims_schema() -> dict[str, Any]:
    return _object(
        held={"type": "integer", "minimum": 0, "description": "Claims in memory."},
        matched={"type": "integer", "minimum": 0, "description": "Those that fit the filters."},
        is_caught_up={"type": "boolean", "description": "Whether the topic has been read."},
        cursor={"type": "string", "description": "Where /api/events goes on from."},
        claims={
            "type": "array",
            "items": {"$ref": "#/components/schemas/HeldClaim"},
            "description": "At most `limit` of them.",
        },
    )


def _status_schema(max_claims: int) -> dict[str, Any]:
    counts = {"type": "integer", "minimum": 0}
    return _object(
        is_broker_reachable={"type": "boolean"},
        is_topic_there={"type": "boolean"},
        is_caught_up={"type": "boolean", "description": "Whether the topic has been read."},
        held={**counts, "maximum": max_claims, "description": "Claims in memory."},
        max_claims={"const": max_claims, "description": "CLAIMWIRE_DASHBOARD_MAX_CLAIMS."},
        received={**counts, "description": "Claims read since the start, repeated ones too."},
        foreign={**counts, "description": "Records passed over because they are no claims."},
        per_minute={
            "type": "array",
            "items": counts,
            "minItems": MINUTES,
            "maxItems": MINUTES,
            "description": "New claims by minute, the oldest first.",
        },
    )


def _health_schema() -> dict[str, Any]:
    return _object(
        status={"enum": ["ok", "reading", "no_topic", "no_broker"]},
    )


def _object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _answer(description: str, schema: str) -> dict[str, Any]:
    reference = {"$ref": f"#/components/schemas/{schema}"}
    return {"description": description, "content": {"application/json": {"schema": reference}}}
