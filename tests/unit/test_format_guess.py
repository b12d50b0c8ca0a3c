"""What a stream holds is told from its first line."""

import io

import orjson
import pytest

from pipeline.article_files import ArticleMessage, FileFormat
from pipeline.format_guess import read_guessed

ARTICLE = {"id": "1", "source": "wire", "body": "Prices rose."}
LINE = orjson.dumps(ARTICLE)
PRETTY = orjson.dumps(ARTICLE, option=orjson.OPT_INDENT_2)


def _bodies(content: bytes, file_format: FileFormat | None = None) -> list[str]:
    items = [*read_guessed(io.BytesIO(content), file_format, name="stdin")]
    assert all(isinstance(item, ArticleMessage) for item in items), items
    return [orjson.loads(i.value)["body"] for i in items if isinstance(i, ArticleMessage)]


@pytest.mark.parametrize(
    ("content", "bodies"),
    [
        (LINE, ["Prices rose."]),
        (LINE + b"\n" + LINE, ["Prices rose.", "Prices rose."]),
        (b"\n \n" + LINE + b"\n", ["Prices rose."]),
        (PRETTY, ["Prices rose."]),
        (b"[" + LINE + b",\n" + LINE + b"]", ["Prices rose.", "Prices rose."]),
        (b"\xef\xbb\xbf" + PRETTY, ["Prices rose."]),
        (b"<p>One</p>\n<p>Two</p>", ["<p>One</p>\n<p>Two</p>"]),
        (b"Plain text.\nIn two lines.", ["Plain text.\nIn two lines."]),
        (b"", [""]),
    ],
)
def test_the_first_line_tells_what_a_stream_holds(content: bytes, bodies: list[str]) -> None:
    """JSON Lines, one article, an array, a page and a text are told apart and read whole."""
    assert _bodies(content) == bodies


def test_a_format_that_is_given_is_not_guessed() -> None:
    """A text may begin like markup or JSON."""
    assert _bodies(b"<3 percent, he said.", FileFormat.TEXT) == ["<3 percent, he said."]
    assert _bodies(LINE, FileFormat.TEXT) == [LINE.decode()]
