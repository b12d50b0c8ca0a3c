"""Which language a text is taken to be in, and when its tag counts."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.language import Py3langidLanguageIdentifier
from tests.strategies import texts

ENGLISH = {
    "prose": "The harbour authority said on Thursday that it had found no sign of a leak. The tanks"
    " will be emptied by the end of the month, and divers will look at the sea wall again before"
    " the winter. Nobody at the port was willing to say what the work would cost.",
    "capitals": "MINISTER SAYS HARBOUR TANKS WILL BE EMPTIED BEFORE WINTER AS DIVERS FIND A CRACK"
    " IN THE SEA WALL AND RESIDENTS ASK WHO KNEW OF IT WHEN THE PORT WAS SOLD THREE YEARS AGO AND"
    " WHY NOTHING WAS DONE ABOUT IT UNTIL NOW",
    "capitals and a name of the agency": "BREAKING: FIRE AT PORT OF TARN - POLICE, AMBULANCE AND"
    " FIRE CREWS AT SCENE. MORE TO FOLLOW. TARN (Newswire) - A FIRE HAS BROKEN OUT AT THE PORT OF"
    " TARN, POLICE SAID. NO INJURIES REPORTED SO FAR. ROADS ARE CLOSED.",
    "live blog": "10.42am: Okafor scores! 1-0. 10.44am: Corner to Tarn. Lindqvist heads wide of the"
    " post. 10.51am: Yellow card, Dasgupta, for a late tackle. 10.58am: Voss comes on for Moss."
    " 11.02am: HALF TIME. Tarn 1-0 Bexley. 11.20am: We are back under way. 11.31am: GOAL! Voss,"
    " who else, with his first touch. 1-1.",
    "thick with foreign names": "Giuseppe Bianchi, Jean-Luc Moreau and Wolfgang Schneider of the"
    " Société Générale du Rhône met José Ramírez and Xi Wen in Villa Montefiore on Lake Como."
    " Neither Bianchi nor Schneider would say whether Ramírez had brought an offer from Shenzhen.",
    "thick with foreign addresses": "https://www.tarn-nachrichten.example/politik/bundestag/wahl"
    " says turnout rose. https://www.journal.example/politique/elections/resultats-du-premier-tour"
    " says it fell. We asked the ministry, which counts the votes, and it told us that both are"
    " right: more people voted in the towns and fewer did in the country than four years ago, and"
    " nobody knows yet why that is.",
}
OTHER = {
    "de": "Die Hafenbehörde teilte am Donnerstag mit, sie habe keinen Hinweis auf ein Leck"
    " gefunden. Die Tanks sollen bis Ende des Monats geleert werden, und Taucher werden die"
    " Kaimauer vor dem Winter noch einmal untersuchen. Was das kostet, wollte niemand sagen.",
    "fr": "L’autorité portuaire a déclaré jeudi n’avoir trouvé aucun signe de fuite. Les cuves"
    " seront vidées d’ici la fin du mois et des plongeurs examineront de nouveau la digue avant"
    " l’hiver. Personne n’a voulu dire combien coûteraient les travaux.",
    "es": "La autoridad portuaria dijo el jueves que no había encontrado señales de una fuga. Los"
    " tanques se vaciarán antes de fin de mes y los buzos volverán a revisar el muro antes del"
    " invierno. Nadie quiso decir cuánto costarían las obras.",
    "ru": "Управление порта сообщило в четверг, что не нашло признаков утечки. Резервуары опустошат"
    " до конца месяца, а водолазы ещё раз осмотрят волнолом до начала зимы. Сколько будут стоить"
    " работы, никто в порту сказать не захотел, и министерство тоже молчит.",
    "zh": "港务局周四表示没有发现泄漏的迹象。储罐将在月底前清空，潜水员将再次检查。" * 6,
}


@pytest.fixture(scope="module")
def identifier() -> Py3langidLanguageIdentifier:
    return Py3langidLanguageIdentifier()


@pytest.mark.parametrize("text", ENGLISH.values(), ids=ENGLISH)
@pytest.mark.parametrize("tag", [None, "de", "en-GB"])
def test_english_news_of_every_kind_is_english(
    identifier: Py3langidLanguageIdentifier, text: str, tag: str | None
) -> None:
    """Long English is English whatever it is about, and whatever its tag says."""
    assert identifier.identify(text, tag) == "en"


@pytest.mark.parametrize(("code", "text"), OTHER.items(), ids=OTHER)
def test_a_long_text_overrules_its_tag(
    identifier: Py3langidLanguageIdentifier, code: str, text: str
) -> None:
    """A text of 200 characters is in the language it is in, not in that of its tag."""
    assert len(text) >= 200
    assert identifier.identify(text, "en") == code


@pytest.mark.parametrize("code", OTHER)
def test_a_short_text_trusts_its_tag(identifier: Py3langidLanguageIdentifier, code: str) -> None:
    """A short text, however plainly in another language, is what its tag says."""
    assert identifier.identify("Rail fares to rise in March, ministry says.", code) == code


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("en-GB", "en"),
        ("pt_BR", "pt"),
        ("EN", "en"),
        (" en ", "en"),
        ("zh-Hant-TW", "zh"),
        ("eng", "en"),
        ("ger", "de"),
        ("iw", "he"),
        ("en\nus", None),
        ("english", None),
        ("und", None),
        ("xx", None),
        ("x-klingon", None),
        ("e", None),
        ("", None),
        ("\ud800", None),
        ("ｅｎ", None),
        (None, None),
    ],
)
def test_tags_are_read_down_to_their_language(
    identifier: Py3langidLanguageIdentifier, tag: str | None, code: str | None
) -> None:
    """Tags in all common spellings come down to ISO 639-1; what names no known language is none."""
    assert identifier.identify("Ja.", tag) == code


def test_a_short_text_without_a_tag_is_identified_only_when_sure(
    identifier: Py3langidLanguageIdentifier,
) -> None:
    """Without a tag a plain sentence is told, and a heading that could be anything is not."""
    german = "Die Behörde teilte mit, die Tanks sollten bis Ende des Monats geleert werden."
    assert identifier.identify(german, None) == "de"
    assert identifier.identify("Tarn 1-0 Bexley", None) is None
    assert identifier.identify("Bitcoin -4%", None) is None


@pytest.mark.parametrize("tag", ["en", None])
@pytest.mark.parametrize(
    "text",
    [
        "",
        "   \n",
        "1,234 5678 90.12% " * 40,
        "https://www.tarn-nachrichten.example/politik/bundestag/wahl/ergebnis-der-wahl " * 40,
        "j@tarn.example @tarn #tarn " * 40,
        "😀 " * 300,
        "… " * 300,
        "\ud800" * 300,
    ],
)
def test_what_is_not_language_leaves_it_to_the_tag(
    identifier: Py3langidLanguageIdentifier, text: str, tag: str | None
) -> None:
    """Figures, addresses and signs, however many, neither overrule a tag nor make a language."""
    assert identifier.identify(text, tag) == tag


def test_only_the_beginning_is_looked_at(identifier: Py3langidLanguageIdentifier) -> None:
    """What follows the first 2,000 characters changes nothing."""
    text = ENGLISH["prose"] * 10
    assert identifier.identify(text[:2_000] + OTHER["de"] * 50, "de") == "en"


@given(text=texts(), tag=st.one_of(st.none(), texts(), st.sampled_from(["en", "de-CH", "fra"])))
def test_answers_an_iso_639_1_code_or_nothing(
    identifier: Py3langidLanguageIdentifier, text: str, tag: str | None
) -> None:
    """Any text with any tag gets two small letters or None, never an exception."""
    code = identifier.identify(text, tag)
    assert code is None or (len(code) == 2 and code.isascii() and code.islower())


@pytest.mark.parametrize("piece", ["@", ".", "1 ", "A", "a", "a@", "#", "://", " "])
def test_cost_does_not_grow_with_length(
    identifier: Py3langidLanguageIdentifier, piece: str
) -> None:
    """A text of 500,000 characters costs less than four times one of 2,000."""

    def cpu_seconds(text: str) -> float:
        start = time.process_time()
        for _ in range(20):
            identifier.identify(text, None)
        return time.process_time() - start

    short, long = (piece * (length // len(piece)) for length in (2_000, 500_000))
    assert cpu_seconds(long) < 4 * max(cpu_seconds(short), 0.002)
