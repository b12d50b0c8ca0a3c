"""Files, folders and streams become messages, or refusals that say why."""

import io
import os
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import article_files
from pipeline.article_files import (
    ArticleMessage,
    FileFormat,
    Readable,
    Refusal,
    article_key,
    read_articles,
    read_stream,
)
from pipeline.errors import ConfigurationError

ARTICLE = {"id": "1", "source": "wire", "body": "Prices rose 3 percent."}


def _write(path: Path, content: bytes | str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def _values(items: list[Readable]) -> list[bytes]:
    assert all(isinstance(item, ArticleMessage) for item in items), items
    return [item.value for item in items if isinstance(item, ArticleMessage)]


def _refusals(path: Path) -> list[Refusal]:
    return [item for item in read_articles(path) if isinstance(item, Refusal)]


def test_json_lines_are_passed_on_as_they_stand(tmp_path: Path) -> None:
    """Good lines get their article's identity as key, bad ones none; all of them are sent."""
    good = orjson.dumps(ARTICLE)
    path = _write(tmp_path / "a.jsonl", b"\n".join([good, b"", b"not json", b"  ", b'{"id": 1}']))
    first, second, third = read_articles(path)
    assert isinstance(first, ArticleMessage)
    assert (first.name, first.key, first.value) == (f"{path}:1", b"id:wire/1", good)
    assert isinstance(second, ArticleMessage)
    assert (second.name, second.key, second.value) == (f"{path}:3", None, b"not json")
    assert isinstance(third, ArticleMessage)
    assert (third.key, third.value) == (None, b'{"id": 1}')


def test_a_byte_order_mark_and_windows_line_ends_belong_to_the_file(tmp_path: Path) -> None:
    """What an editor adds is no part of the article."""
    path = _write(tmp_path / "a.jsonl", b"\xef\xbb\xbf{}\r\n{}\r\n")
    assert _values([*read_articles(path)]) == [b"{}", b"{}"]


@given(
    lines=st.lists(
        st.binary(max_size=30).filter(lambda line: b"\n" not in line and b"\xef" not in line)
    )
)
def test_no_line_is_lost_or_changed(lines: list[bytes]) -> None:
    """Whatever stands in the lines, those that are not blank come out, in order."""
    stream = io.BytesIO(b"\n".join(lines))
    values = _values([*read_stream(stream, FileFormat.JSONL, name="x")])
    assert values == [line.strip() for line in lines if line.strip()]


def test_a_line_too_long_is_refused_and_the_next_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit bounds memory; line numbers stay right after it."""
    monkeypatch.setattr(article_files, "MESSAGE_MAX_BYTES", 100)
    path = _write(tmp_path / "a.jsonl", b"{}\n" + b"x" * 1000 + b"\n" + b"y" * 99 + b"\n{}")
    first, second, third, fourth = read_articles(path)
    assert isinstance(second, Refusal)
    assert second.name.endswith(":2")
    assert [first, third, fourth] == [
        ArticleMessage(name=f"{path}:{number}", key=None, value=value)
        for number, value in [(1, b"{}"), (3, b"y" * 99), (4, b"{}")]
    ]


def test_a_json_file_holds_one_article_or_an_array(tmp_path: Path) -> None:
    """A pretty-printed article is sent as it is; each element of an array is a message."""
    one = _write(tmp_path / "one.json", orjson.dumps(ARTICLE, option=orjson.OPT_INDENT_2))
    (message,) = read_articles(one)
    assert isinstance(message, ArticleMessage)
    assert (message.key, message.value) == (b"id:wire/1", one.read_bytes())
    two = _write(tmp_path / "two.json", orjson.dumps([ARTICLE, 7]))
    assert _values([*read_articles(two)]) == [orjson.dumps(ARTICLE), b"7"]


def test_text_and_html_become_articles(tmp_path: Path) -> None:
    """The body is the file, the id its path inside the folder, and there is no title."""
    _write(tmp_path / "in" / "b" / "note.txt", "First line.\nSecond line.")
    _write(tmp_path / "in" / "a.html", "<p>Page</p>")
    page, note = [orjson.loads(value) for value in _values([*read_articles(tmp_path / "in")])]
    assert page == {
        "id": "a.html",
        "source": "file",
        "content_type": "text/html",
        "body": "<p>Page</p>",
    }
    assert note["id"] == "b/note.txt"
    assert note["content_type"] == "text/plain"
    assert note["body"] == "First line.\nSecond line."


def test_a_folder_is_read_in_order_without_hidden_files(tmp_path: Path) -> None:
    """Hidden files and folders, and the kinds of file we do not read, never become articles."""
    for name in ["b.txt", "a.txt", ".c.txt", ".git/d.txt", "sub/e.txt", "photo.png"]:
        _write(tmp_path / name, "x")
    items = [*read_articles(tmp_path)]
    assert [Path(item.name).name for item in items] == ["a.txt", "b.txt", "photo.png", "e.txt"]
    assert [Path(refusal.name).name for refusal in _refusals(tmp_path)] == ["photo.png"]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("binary.txt", b"\x89PNG\r\n\x1a\n", "UTF-8"),
        ("zeros.txt", b"\0" * 100, "UTF-8"),
        ("latin.html", "é".encode("latin-1"), "UTF-8"),
        ("empty.json", b"", "empty"),
        ("broken.json", b"[1, 2", "not JSON"),
    ],
)
def test_an_unreadable_file_is_refused_with_its_reason(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    """Binary, wrongly encoded, empty and broken files are named, and nothing of them is shown."""
    (refusal,) = _refusals(_write(tmp_path / name, content))
    assert refusal.name.endswith(name)
    assert reason in refusal.reason


@pytest.mark.parametrize("name", ["empty.jsonl", "blank.jsonl"])
def test_json_lines_without_a_line_are_no_articles(tmp_path: Path, name: str) -> None:
    """A stream may be empty; that is no error."""
    assert [*read_articles(_write(tmp_path / name, "" if "empty" in name else "\n \n"))] == []


def test_an_empty_text_is_sent(tmp_path: Path) -> None:
    """The pipeline skips and counts it: the feeder is not the judge."""
    assert len(_values([*read_articles(_write(tmp_path / "empty.txt", ""))])) == 1


def test_a_wrong_path_is_told_before_anything_is_read(tmp_path: Path) -> None:
    """A missing file and an unknown kind of file raise at the call, not at the first article."""
    with pytest.raises(ConfigurationError, match="does not exist"):
        read_articles(tmp_path / "missing.jsonl")
    with pytest.raises(ConfigurationError, match="kind of file"):
        read_articles(_write(tmp_path / "movie.mp4", b"x"))


def test_a_pipe_is_read_as_json_lines(tmp_path: Path) -> None:
    """A named pipe, as `<(...)` of a shell makes one, is streamed."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)  # lets the writer open its end
    writer = os.open(pipe, os.O_WRONLY)
    os.write(writer, b'{"a": 1}\n')
    items = read_articles(pipe)
    first = next(items)
    os.close(writer)
    assert isinstance(first, ArticleMessage)
    assert first.value == b'{"a": 1}'
    assert [*items] == []
    os.close(reader)


def test_names_are_safe_to_print(tmp_path: Path) -> None:
    """A file's name may hold escape sequences and broken UTF-8; messages do not."""
    name = os.fsdecode(b"a\x1b[31m\xff.jsonl")
    (message,) = read_articles(_write(tmp_path / name, b"{}"))
    assert message.name.isprintable()
    message.name.encode()
    text = os.fsdecode(b"\xff.txt")
    (article,) = read_articles(_write(tmp_path / text, b"x"))
    assert isinstance(article, ArticleMessage)
    assert article.key is not None


def test_the_key_is_the_identity_or_nothing() -> None:
    """An article the pipeline could not read has no key, so its partition is chosen freely."""
    assert article_key(orjson.dumps(ARTICLE)) == b"id:wire/1"
    assert article_key(b"\xff") is None
    assert article_key(b'{"body": 7}') is None
