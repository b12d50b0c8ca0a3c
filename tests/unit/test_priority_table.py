"""Reading priorities.toml, and what is said of a table that is wrong."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ConfigurationError
from pipeline.priorities import Priorities, words_of
from pipeline.priority_table import parse_priorities
from pipeline.wiring import load_priorities
from tests.strategies import hostile_texts

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLE = DOCS / "priorities.example.toml"


def test_the_documented_example_is_a_table() -> None:
    """Every table of the example is read, as the documentation says it is."""
    table = load_priorities(EXAMPLE)
    assert table.claim_types["quantity"] == 2
    assert table.topics["waiting", "list"] == 2
    assert table.speakers["orr",] == 3
    assert table.sources["harbour", "wire"] == 1.5
    assert table.half_life_hours == 24


@pytest.mark.parametrize(
    ("table", "line", "words"),
    [
        # not TOML
        ("[topic]\na = 1\na = 2", 3, "not TOML: cannot overwrite"),
        ("[topic]\na =", 2, "not TOML"),
        ("[topic]\nnet zero = 3", 2, "not TOML"),
        ("[topic]\na = 1\nb = '''\n\n", 5, "not TOML"),
        ("[topic", 1, "not TOML"),
        ("a = " + "[" * 100_000, 1, "not TOML"),
        # no such table or key
        ("\n\n[topics]\na = 1", 3, "[topics]: there is no such table; there are [claim_type]"),
        ("inflation = 3", 1, "[inflation]: it stands in no table"),
        ("[recency]\n# hours\nhalf_life = 3", 3, "there is no such key; there is half_life_hours"),
        ("[claim_type]\nquantity = 1\nquantty = 2", 3, '"quantty": there is no such claim type'),
        # not a number
        ("[topic]\na = 1\n\nb = 'high'", 4, '[topic] "b": input should be a valid number'),
        ("[topic]\na = true", 2, "valid number"),
        ("[topic]\na = [\n1,\n2]\n", 2, "valid number"),
        ("[topic]\nx = 1\na.b = 1", 3, '[topic] "a": it is a table'),
        ("topic = 3", 1, "[topic]: it is no table; write [topic] alone"),
        ("[[topic]]\na = 1", 1, "[topic]: it is no table"),
        ("recency = 3", 1, "[recency]: it is no table"),
        ("[recency]\nhalf_life_hours = '3'", 2, "valid number"),
        # not a number that is a weight
        ("[topic]\n'a' = 1\n'b' = -1", 3, '[topic] "b": input should be greater than or equal to'),
        ("[speaker]\na = nan", 2, "finite"),
        ("[source]\na = inf", 2, '[source] "a"'),
        ("[claim_type]\nquantity = 1e400", 2, "finite"),
        ("[topic]\na = 1001", 2, "less than or equal to 1000"),
        ("[recency]\nhalf_life_hours = 0", 2, "greater than 0"),
        ("[recency]\nhalf_life_hours = inf", 2, "finite"),
        ("topic = {a = 1, b = -1}", 1, '"b"'),
        ("topic.a = 1\ntopic.b = -1", 2, '"b"'),
        # not a phrase
        ("[topic]\n'%' = 2", 2, '"%": there is no word in it'),
        ("[speaker]\n'' = 2", 2, '"": there is no word in it'),
        ("[topic]\n'Net zero' = 2\n'net-zero' = 3", 3, '"net-zero": it reads the same as "Net'),
        ('[topic]\n"a\\nb" = -1', 2, '"a\\nb"'),
        # several at once: the first line
        ("[topic]\nb = -1\na = -1\n[what]\n", 2, '"b"'),
        ("[what]\n[topic]\nb = -1", 1, "[what]"),
        # as Windows writes it
        ("[topic]\r\na = 1\r\nb = 'x'\r\n", 3, '"b"'),
    ],
)
def test_a_wrong_table_is_told_with_its_line(table: str, line: int, words: str) -> None:
    """One sentence that names the file, the line, the key, and what is wrong with it."""
    with pytest.raises(ConfigurationError) as problem:
        parse_priorities(table, name="my.toml")
    message = str(problem.value)
    assert message.startswith(f"my.toml, line {line}: ")
    assert words in message
    assert message.endswith("; correct it and start again.")
    assert "\n" not in message


def test_the_claim_types_are_the_models() -> None:
    """A model with types of its own lets the table weigh those, and no others."""
    table = "[claim_type]\nrumour = 2"
    assert parse_priorities(table, name="t", claim_types={"rumour"}).claim_types == {"rumour": 2}
    with pytest.raises(ConfigurationError, match="there are rumour"):
        parse_priorities("[claim_type]\nrule = 2", name="t", claim_types={"rumour"})


@pytest.mark.parametrize("weight", ["2", "2.0", "2e0", "+2", "0x2"])
def test_a_weight_may_be_written_as_toml_writes_numbers(weight: str) -> None:
    """Whole numbers and others are the same."""
    assert parse_priorities(f"topic.a = {weight}", name="t").topics == {("a",): 2.0}


@given(
    st.one_of(hostile_texts(), st.lists(st.sampled_from(list("[]{}=.,'\"\n #a1-"))).map("".join))
)
def test_any_text_is_read_or_refused(text: str) -> None:
    """Whatever is in the file, the answer is a table or a sentence with a line in the file."""
    try:
        parse_priorities(text, name="f")
    except ConfigurationError as error:
        line = int(str(error).removeprefix("f, line ").partition(":")[0])
        assert 1 <= line <= text.count("\n") + 1


@given(st.lists(st.sampled_from(["", "# bad = -1", " \t", "a{} = 1", "'[b] {}' = 2 # [c]"])))
def test_the_line_is_that_of_the_wrong_row(rows: list[str]) -> None:
    """Comments, blank lines and right rows around a wrong one do not move it."""
    rows = [row.format(number) for number, row in enumerate(rows)]
    table = "\n".join(["[topic]", *rows, "bad = -1", "[source]", *rows])
    with pytest.raises(ConfigurationError, match=rf"f, line {len(rows) + 2}: "):
        parse_priorities(table, name="f")


MANY_LINES = ["a{} = [\n\n1, # ]\n]", 'b{} = """\n[topic]\n"""', "c{} = [\n'[x]'\n]"]


@given(st.lists(st.sampled_from(MANY_LINES)))
def test_the_line_of_a_row_of_many_lines_is_its_first(rows: list[str]) -> None:
    """Of several wrong rows the first is told, by the line it begins at."""
    wrong = [row.format(number) for number, row in enumerate(rows)]
    with pytest.raises(ConfigurationError, match="f, line 5: "):
        parse_priorities("\n".join(["[topic]", "x = 1", "", "y = 2", *wrong, "z = -1"]), name="f")


@pytest.mark.parametrize("table", ["", "\n# nothing\n", "[topic]\n[recency]\n"])
def test_a_table_without_a_row_is_no_table(table: str) -> None:
    """Every table may be left out or empty."""
    assert parse_priorities(table, name="f") == Priorities()


def test_no_path_is_no_table() -> None:
    """Without the setting a score is its own priority."""
    assert load_priorities(None) == Priorities()


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """One sentence names it: absent, a folder, or not UTF-8, with the line."""
    with pytest.raises(ConfigurationError, match=r"absent\.toml cannot be read \(No such file"):
        load_priorities(tmp_path / "absent.toml")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_priorities(tmp_path)
    file = tmp_path / "latin.toml"
    file.write_bytes("[topic]\n# ä\nä = 2".encode("latin-1"))
    with pytest.raises(ConfigurationError, match=r"latin\.toml, line 2: not UTF-8"):
        load_priorities(file)


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    """Editors on Windows put one before the first table."""
    file = tmp_path / "p.toml"
    file.write_bytes(b"\xef\xbb\xbf[topic]\na = 2\n")
    assert load_priorities(file).topics == {words_of("a"): 2.0}
