"""Article identities and claim ids, held by golden vectors that the code does not compute."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.claims import claim_id, fold
from pipeline.identity import (
    MAX_IDENTITY_CHARACTERS,
    canonicalise_url,
    identify_article,
    shorten_key,
)
from pipeline.records import decode_article
from tests.wire_strategies import any_text, clean_text, to_json

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "schemas" / "claim_id.vectors.json").read_text("utf-8")
)
optional_text = st.none() | clean_text


def urls(text: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Addresses, many of them broken, with `text` for path, query and fragment."""
    return st.builds(
        "{}://{}{}/{}?{}#{}".format,
        st.sampled_from(["http", "HTTPS", "ftp", ""]),
        st.sampled_from(["news.example", "Bücher.Example", "[::1]", "u:p@a.example", "a b", ""]),
        st.sampled_from(["", ":80", ":443", ":8080", ":x", ":99999", ":"]),
        text,
        text,
        text,
    )


@pytest.mark.parametrize("vector", VECTORS["identities"], ids=lambda vector: vector["name"])
def test_identity_vectors(vector: dict[str, Any]) -> None:
    """An article off the wire is named as the golden vectors say."""
    article = decode_article(to_json(vector["article"]), body_max_characters=10_000)
    assert article.identity == vector["identity"]


@pytest.mark.parametrize("vector", VECTORS["claim_ids"], ids=lambda vector: vector["name"])
def test_claim_id_vectors(vector: dict[str, Any]) -> None:
    """A sentence of an article is folded and named as the golden vectors say."""
    assert fold(vector["sentence"]) == vector["folded"]
    named = claim_id(vector["article_identity"], vector["folded"], vector["occurrence"])
    assert named == vector["claim_id"]


def test_white_space_is_the_listed_code_points() -> None:
    """`fold` takes for white space exactly the code points that the vectors list."""
    folded = [code for code in range(0x110000) if fold(f"a{chr(code)}b") == "a b"]
    assert [f"U+{code:04X}" for code in folded] == VECTORS["white_space"]


@given(optional_text, optional_text, optional_text | urls(clean_text))
def test_an_identity_is_short_printable_ascii(
    source: str | None, id_: str | None, url: str | None
) -> None:
    """Whatever an article holds, its identity is fit for a message key, a header and a join."""
    identity = identify_article(source=source, id=id_, url=url, body="Text.")
    assert 0 < len(identity) <= MAX_IDENTITY_CHARACTERS
    assert all("!" <= character <= "~" for character in identity)


@given(st.tuples(clean_text, clean_text), st.tuples(clean_text, clean_text))
def test_different_sources_and_ids_are_never_one_article(
    one: tuple[str, str], other: tuple[str, str]
) -> None:
    """Two pairs of source and id make one identity only when they are the same pair."""
    pairs = [pair for pair in (one, other) if all(text.strip() for text in pair)]
    identities = {identify_article(source=s, id=i, url=None, body="") for s, i in pairs}
    assert len(identities) == len(set(pairs))


@given(any_text | urls(any_text))
def test_a_broken_url_never_raises_and_a_canonical_one_stays(url: str) -> None:
    """Any string gives a canonical URL or None, and canonicalising twice changes nothing."""
    canonical = canonicalise_url(url)
    if canonical is not None:
        assert canonicalise_url(canonical) == canonical


@given(st.none() | st.binary(max_size=3000))
def test_a_shortened_key_is_the_key_or_its_hash(key: bytes | None) -> None:
    """Keys of up to 1,024 bytes stay; longer ones become 71 printable bytes."""
    short = shorten_key(key)
    if key is None or len(key) <= 1024:
        assert short == key
    else:
        assert short is not None
        assert short.startswith(b"sha256:")
        assert len(short) == 71


def test_keys_just_at_the_limit() -> None:
    """1,024 bytes are kept, 1,025 are hashed."""
    assert shorten_key(b"x" * 1024) == b"x" * 1024
    assert shorten_key(b"x" * 1025) != b"x" * 1025
