"""The JSON Schemas of the wire contracts, as they ship in `pipeline/schemas/`."""

import functools
import importlib.resources
from typing import Any

import jsonschema_rs
import orjson

ARTICLE_SCHEMA = "article.v1"
CLAIM_SCHEMA = "claim.v1"
OUTCOME_SCHEMA = "outcome.v1"
DEAD_LETTER_SCHEMA = "dead_letter.v1"

_MAX_VIOLATIONS_NAMED = 5


def load_schema(name: str) -> dict[str, Any]:
    """Return a schema by its name without `.json`, such as `article.v1`."""
    resource = importlib.resources.files("pipeline") / "schemas" / f"{name}.json"
    schema: dict[str, Any] = orjson.loads(resource.read_bytes())
    return schema


def schema_id(name: str) -> str:
    """Return the `$id` of a schema: a URN, since no web address is needed to read a message."""
    return f"urn:claimwire:schema:{name}"


@functools.cache
def schema_validator(name: str) -> jsonschema_rs.Draft202012Validator:
    """Return the validator of a schema, compiled once; its errors repeat no value."""
    return jsonschema_rs.Draft202012Validator(load_schema(name), mask="the value")


def describe_violations(name: str, document: object) -> str:
    """Name path and rule of each violation, as in `/title: type; /body: required`.

    Both are the schema's own words: the schemas are open objects, so a path to a violation holds
    only names that the schema itself spells out. The first five are named.
    """
    named = []
    for violation in schema_validator(name).iter_errors(document):
        path = "".join(f"/{part}" for part in violation.instance_path)
        rule = str(violation.schema_path[-1])
        if rule == "required":
            path = f"{path}/{violation.kind.as_dict()['property']}"
        named.append(f"{path or '/'}: {rule}")
    return "; ".join(named[:_MAX_VIOLATIONS_NAMED])
