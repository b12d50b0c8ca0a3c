"""Secrets in files: the text, the whole text, and no more than one line's end less."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ConfigurationError
from pipeline.secret_files import read_secret

SECRETS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"), min_size=1)


@given(secret=SECRETS, end=st.sampled_from(["", "\n", "\r\n"]))
def test_a_secret_is_read_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, secret: str, end: str
) -> None:
    """With a line's end or without one; spaces in it belong to it."""
    path = tmp_path_factory.getbasetemp() / "secret"
    path.write_bytes(f"{secret}{end}".encode())
    assert read_secret(path, variable="CLAIMWIRE_X_FILE") == secret


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "No such file"), (b"", "is empty"), (b"\n", "is empty"), (b"pa\xffss", "not UTF-8")],
)
def test_a_file_that_gives_no_secret_is_told(
    tmp_path: Path, content: bytes | None, words: str
) -> None:
    """By its name and the setting's, and not by what stands in it."""
    path = tmp_path / "secret"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=words) as caught:
        read_secret(path, variable="CLAIMWIRE_X_FILE")
    assert str(path) in str(caught.value)
    assert "CLAIMWIRE_X_FILE" in str(caught.value)
    assert "pa" not in str(caught.value).replace(str(path), "")
    assert not isinstance(caught.value.__cause__, UnicodeDecodeError)
