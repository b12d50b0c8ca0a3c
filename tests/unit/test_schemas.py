"""The contracts themselves: valid, described, exemplified, and told alike by asyncapi.yaml."""

import importlib.resources
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson
import pytest
import yaml

from pipeline.json_schemas import (
    ARTICLE_SCHEMA,
    CLAIM_SCHEMA,
    DEAD_LETTER_SCHEMA,
    OUTCOME_SCHEMA,
    describe_violations,
    load_schema,
    schema_id,
    schema_validator,
)
from pipeline.settings import Settings

SCHEMAS = [ARTICLE_SCHEMA, CLAIM_SCHEMA, OUTCOME_SCHEMA, DEAD_LETTER_SCHEMA]


def subschemas(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every schema within a schema, with the path that leads to it."""
    yield path or "/", schema
    for keyword in ("properties", "$defs"):
        for name, child in schema.get(keyword, {}).items():
            yield from subschemas(child, f"{path}/{keyword}/{name}")
    if "items" in schema:
        yield from subschemas(schema["items"], f"{path}/items")


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_one_of_draft_2020_12_and_carries_its_own_name(name: str) -> None:
    """Every schema is valid by the metaschema it declares, and its $id follows its file name."""
    schema = load_schema(name)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert jsonschema_rs.meta.is_valid(schema)
    assert schema["$id"] == schema_id(name)


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_field_is_described_and_every_object_is_open(name: str) -> None:
    """No field stands without a description, and none forbids fields it does not know."""
    for path, schema in subschemas(load_schema(name)):
        assert "$ref" in schema or len(schema.get("description", "")) > 10, path
        assert not {"additionalProperties", "unevaluatedProperties"} & schema.keys(), path


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_examples_pass_their_schema_also_with_a_field_more(name: str) -> None:
    """A schema's examples, and those of each field, are by the schema; unknown fields may come."""
    schema = load_schema(name)
    assert schema["examples"]
    for example in schema["examples"]:
        assert describe_violations(name, example) == ""
        assert schema_validator(name).is_valid(example | {"a_field_of_tomorrow": [1, None]})
    for path, subschema in subschemas(schema):
        if path == "/":
            continue
        for example in subschema.get("examples", []):
            assert jsonschema_rs.is_valid(subschema, example), path


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_required_field_is_missed(name: str) -> None:
    """Without any one of its required fields an example is refused, and the field is named."""
    schema = load_schema(name)
    for field in schema["required"]:
        example = {key: value for key, value in schema["examples"][0].items() if key != field}
        assert describe_violations(name, example) == f"/{field}: required"


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_validators_errors_repeat_no_value(name: str) -> None:
    """Even the library's own messages, which nobody here prints, hold no value."""
    marked = {key: {"Zq7-planted": ["Zq7-planted"]} for key in load_schema(name)["properties"]}
    violations = list(schema_validator(name).iter_errors(marked))
    assert violations
    assert not any("Zq7" in f"{violation} {violation.args}" for violation in violations)


RELEASED = Path(__file__).parents[1] / "data" / "claim.v1.released.json"
"""claim.v1 as version 0.1.0 of it was released, before claims carried more than a score."""


def test_a_claim_still_passes_the_released_schema() -> None:
    """Every example of the claim, the new fields included, is by the schema that consumers have."""
    released = orjson.loads(RELEASED.read_bytes())
    examples = load_schema(CLAIM_SCHEMA)["examples"]
    assert any("speaker" in example for example in examples)
    for example in examples:
        assert jsonschema_rs.is_valid(released, example)
    assert not jsonschema_rs.is_valid(released, examples[-1] | {"score": "high"})


def test_a_released_claim_passes_the_schema_of_today() -> None:
    """What an older worker published is by today's schema: every new field may be absent."""
    released = orjson.loads(RELEASED.read_bytes())
    schema = load_schema(CLAIM_SCHEMA)
    assert schema["required"] == released["required"]
    for example in released["examples"]:
        assert describe_violations(CLAIM_SCHEMA, example) == ""
    for name, field in released["properties"].items():
        today = schema["properties"][name]
        assert {key: today.get(key) for key in ("type", "pattern", "enum", "required")} == {
            key: field.get(key) for key in ("type", "pattern", "enum", "required")
        }


def test_the_shipped_schemas_are_the_ones_at_the_top_of_the_repository() -> None:
    """What the package carries is what stands in schemas/, so that there is one truth."""
    shipped = importlib.resources.files("pipeline") / "schemas"
    top = Path(__file__).parents[2] / "schemas"
    names = {path.name for path in top.iterdir()}
    assert names >= {f"{name}.json" for name in SCHEMAS} | {"asyncapi.yaml"}
    assert names == {path.name for path in shipped.iterdir()}
    for name in names:
        assert (shipped / name).read_bytes() == (top / name).read_bytes()


def asyncapi() -> dict[str, Any]:
    text = (importlib.resources.files("pipeline") / "schemas" / "asyncapi.yaml").read_text("utf-8")
    document: dict[str, Any] = yaml.safe_load(text)
    return document


def references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        for key, child in node.items():
            if key == "$ref":
                yield child
            else:
                yield from references(child)
    elif isinstance(node, list):
        for child in node:
            yield from references(child)


def resolve(reference: str, document: dict[str, Any]) -> Any:
    """Follow a reference into the document itself or into a schema file beside it."""
    file, _, pointer = reference.partition("#")
    node = load_schema(file.removeprefix("./").removesuffix(".json")) if file else document
    for part in pointer.split("/")[1:]:
        node = node[part]
    return node


def test_every_reference_of_the_asyncapi_document_resolves() -> None:
    """Each $ref leads to something, and all four schemas are referred to."""
    document = asyncapi()
    assert document["asyncapi"] == "3.0.0"
    found = list(references(document))
    for reference in found:
        assert resolve(reference, document), reference
    files = {reference.partition("#")[0] for reference in found} - {""}
    assert files == {f"./{name}.json" for name in SCHEMAS}


def test_the_asyncapi_document_names_the_topics_of_the_settings() -> None:
    """The four channels are the four topics that the worker uses unless told otherwise."""
    fields = Settings.model_fields
    channels = asyncapi()["channels"]
    assert {name: channel["address"] for name, channel in channels.items()} == {
        "articles": fields["articles_topic"].default,
        "claims": fields["claims_topic"].default,
        "outcomes": fields["outcomes_topic"].default,
        "deadLetters": fields["dead_letters_topic"].default,
    }


def test_every_operation_of_the_asyncapi_document_has_its_channel() -> None:
    """The worker receives from one channel and sends to the other three."""
    document = asyncapi()
    actions = {
        operation["channel"]["$ref"].rpartition("/")[2]: operation["action"]
        for operation in document["operations"].values()
    }
    assert actions == {
        "articles": "receive",
        "claims": "send",
        "outcomes": "send",
        "deadLetters": "send",
    }
