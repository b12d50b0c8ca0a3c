"""Reading a textbook's CNXML: prose only."""

from pathlib import Path

import pytest

from training.textbooks import modules

HEAD = '<document xmlns="http://cnx.rice.edu/cnxml" xmlns:m="http://www.w3.org/1998/Math/MathML">'


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A book of one section, with all that is no prose in it."""
    section = tmp_path / "osbooks-harbours/modules/m1/index.cnxml"
    section.parent.mkdir(parents=True)
    section.write_text(
        f"""{HEAD}<title>Tides</title>
        <metadata><para>{"Not of the text itself. " * 9}</para></metadata>
        <content><para>Short: <m:math><m:mi>t</m:mi></m:math></para>
        <section><title>Why</title><para>Tides follow the <term>moon</term>, as
        <link target-id="f1"/> shows, and lift ships twice a day in most harbours of the world
        (Harl, 2016; Quay &amp; Pier, 1999).</para></section>
        <exercise><para>{"How high is the tide? " * 9}</para></exercise>
        <note><para>A gauge in Harl has stood since 1811 (see below), and its keepers have missed
        nine readings<footnote>Eleven, by another count.</footnote> in all.</para></note>
        </content></document>""",
        encoding="utf-8",
    )
    return tmp_path / "osbooks-harbours"


def test_paragraphs_come_without_exercises_formulas_and_citations(clone: Path) -> None:
    """Prose is kept, in notes too; a reference to a figure is read out, citations fall away."""
    assert list(modules(clone)) == [
        (
            "osbooks-harbours m1",
            "Tides",
            [
                "Tides follow the moon, as the figure shows, and lift ships twice a day in most "
                "harbours of the world.",
                "A gauge in Harl has stood since 1811 (see below), and its keepers have missed "
                "nine readings in all.",
            ],
        )
    ]


def test_a_section_without_text_is_passed_over(clone: Path) -> None:
    """A module of a title alone is no section and no error."""
    (clone / "modules/m1/index.cnxml").write_text(f"{HEAD}<title>Empty</title></document>")
    assert list(modules(clone)) == []


def test_a_folder_that_is_no_clone_is_named(tmp_path: Path) -> None:
    """A missing book is an error and not a smaller corpus."""
    with pytest.raises(FileNotFoundError, match="clone of a textbook"):
        list(modules(tmp_path / "nothing"))
