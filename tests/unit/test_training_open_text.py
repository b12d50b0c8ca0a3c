"""Reading the openly licensed repositories: which of their texts, and sentence by sentence."""

import sys
import zipfile
from pathlib import Path

import pytest

from training import open_text
from training.open_text import books_of, documents_of, examples_of
from training.unlabelled import read_open_text


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def write_zip(path: Path, files: dict[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)


@pytest.fixture
def clones(tmp_path: Path) -> Path:
    """The four repositories with texts of our own, in their forms."""
    write(
        tmp_path / "wikinews/data/wikinews_2019.csv",
        'url,date,title,text\nu1,2019-01-01,Quay reopens,"The quay at Harl reopened on Monday. '
        'It had been shut for nine weeks.\n\nNo ship was lost."\n',
    )
    write(
        tmp_path / "OneStopEnglishCorpus/Texts-SeparatedByReadingLevel/Adv-Txt/Boats-adv.txt",
        "\ufeffFerries carry more people than trams. The fare rose twice last year.",
    )
    corpora = tmp_path / "nltk_data/packages/corpora"
    write_zip(
        corpora / "masc_tagged.zip",
        {
            "masc_tagged/categories.txt": "written/a.txt newspaper\nwritten/b.txt spam\n",
            "masc_tagged/written/a.txt": "The_DT port_NN 's_POS new_JJ crane_NN ,_, Harl_NNP "
            "said_VBD ,_, ca_MD n't_RB lift_VB 90_CD tonnes_NNS ._. \n\n",
            "masc_tagged/written/b.txt": "Win_VB a_DT boat_NN today_NN ,_, dear_JJ friend_NN !_. ",
        },
    )
    write_zip(
        corpora / "state_union.zip",
        {
            "state_union/1945-Harl.txt": "We have built four harbours this year.",
            "state_union/README": "A readme is not a speech of anybody.",
        },
    )
    write_zip(
        corpora / "inaugural.zip",
        {
            "inaugural/1901-Early.txt": "A speech of long ago is left out of it.",
            "inaugural/2001-Late.txt": "We have built four harbours this year.",
        },
    )
    write(
        tmp_path / "gum/dep/GUM_news_ferry.conllu",
        "# meta::title = Ferry sails again\n# text = The ferry sailed after a strike of a week.\n"
        "1\tThe\tthe\n\n# text = Its crew had asked for 4% more pay.\n",
    )
    write(tmp_path / "gum/dep/GUM_fiction_sea.conllu", "# text = The sea was as old as the moon.\n")
    return tmp_path


def test_each_sentence_comes_once_with_what_stands_before_it(clones: Path) -> None:
    """Texts of the wanted kinds come as sentences in order; short and repeated ones do not."""
    examples = list(examples_of(documents_of(clones)))
    assert [(one.title, one.text) for one in examples] == [
        ("Quay reopens", "The quay at Harl reopened on Monday."),
        ("Quay reopens", "It had been shut for nine weeks."),
        ("", "Ferries carry more people than trams."),
        ("", "The fare rose twice last year."),
        ("", "The port's new crane, Harl said, can't lift 90 tonnes."),
        ("", "We have built four harbours this year."),
        ("Ferry sails again", "The ferry sailed after a strike of a week."),
        ("Ferry sails again", "Its crew had asked for 4% more pay."),
    ]
    assert examples[1].before == "The quay at Harl reopened on Monday."
    assert examples[2].before == ""
    assert all(one.worth is None for one in examples)


def test_what_is_written_is_read_back(
    clones: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command writes the examples that the training reads."""
    out = tmp_path / "text.jsonl"
    monkeypatch.setattr(sys, "argv", ["open_text", str(clones), str(out)])
    open_text.main()
    assert read_open_text(out) == list(examples_of(documents_of(clones)))


def test_a_missing_repository_is_named(clones: Path) -> None:
    """Without one of the repositories the command says which is missing, and does not go on."""
    (clones / "gum/dep/GUM_news_ferry.conllu").unlink()
    (clones / "gum/dep/GUM_fiction_sea.conllu").unlink()
    with pytest.raises(FileNotFoundError, match="gum"):
        list(documents_of(clones))


def test_books_and_posts_are_read_sentence_by_sentence(tmp_path: Path) -> None:
    """A textbook's section and an agency's post are documents with their titles."""
    prose = "Harl counted nine thousand ships last year. A tenth more than in the year before came."
    write(
        tmp_path / "osbooks-ports/modules/m1/index.cnxml",
        '<document xmlns="http://cnx.rice.edu/cnxml"><title>Ports</title>'
        f"<content><para>{prose}</para></content></document>",
    )
    write(tmp_path / "18f.gsa.gov/content/a.md", f"---\ntitle: Ships\n---\n{prose}\n")
    write(tmp_path / "digitalgov.gov/content/b.md", f"---\ntitle: Ships again\n---\n{prose}\n")
    titles = [(one.title, len(one.sentences)) for one in books_of(tmp_path)]
    assert titles == [("Ports", 2), ("Ships", 2), ("Ships again", 2)]


def test_missing_books_are_named(tmp_path: Path) -> None:
    """Without a textbook the command says so, and does not go on with the agencies alone."""
    with pytest.raises(FileNotFoundError, match="osbooks"):
        list(books_of(tmp_path))
