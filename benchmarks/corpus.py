"""News articles made up for the benchmarks: as many as wanted, the same ones for the same seed.

No sentence comes twice, so nothing is saved by scoring equal inputs once. Lengths are those of
wire copy: 8 to 25 sentences an article, 110 to 130 characters a sentence on average, some with a
figure in them, some a quotation, some mere scene. Every name in here is invented.
"""

import html
import random
import string
from collections.abc import Callable

import orjson

MIN_SENTENCES = 8
MAX_SENTENCES = 25

_WORDS = {
    "place": "Norhaven Eastmoor Calderby Ostrava-Lund Pellin Westerhall Tarnbrook Quillmouth "
    "Sablefield Harrowdene Lindmark Vestria Corvale Brightwater Dunmarrow Fenwick-on-Sea",
    "name": "Halvorsen Okonjo-Reyes Pemberton Vasquez-Lind Marchetti Oduya Brannigan Sorensen "
    "Takahara Whitlock Adeyemi Kowalczyk Fairbairn Rasmussen Delacroix Nwosu Petrakis",
    "day": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "month": "January February March April June July August September October November December",
    "thing": "hospitals|railway lines|primary schools|water works|harbour terminals|flood walls|"
    "bus depots|rental flats|wind farms|pension funds|dairy farms|courtrooms|libraries",
    "body": "statistics office|audit office|transport ministry|city council|farmers' union|"
    "central bank|fisheries board|energy regulator|teachers' federation|health agency",
    "group": "commuters|nurses|tenants|fishermen|pensioners|apprentices|bus drivers|shopkeepers|"
    "volunteers|teachers|students|dock workers|beekeepers|patients",
    "act": "the harbour bill|the new rent law|the clean river plan|the school meals programme|"
    "the night bus scheme|the regional budget|the bridge contract|the heating subsidy",
    "mood": "cautious|hopeful|tired|unusually calm|impatient|relieved|divided|good-humoured",
}
_VOCABULARY = {
    kind: words.split("|") if "|" in words else words.split() for kind, words in _WORDS.items()
}

# {n} is a number under a thousand, {k} one with thousands, {p} a percentage, {y} a year.
_CHECKABLE = (
    "The number of {thing} in {place} fell by {p} percent between {y} and last {month}, according "
    "to figures that the {body} released on {day}.",
    "Spending on {thing} rose to {k} million crowns this year, {n} million more than {name} had "
    "promised before {act} was passed.",
    "At least {n} {group} were injured when part of the old market hall in {place} collapsed on "
    "{day}, the fire service said.",
    "More than {k} {group} have left {place} since {y}, which is the steepest decline that the "
    "{body} has on record.",
    "Under {act}, {place} will have to close {n} of its {k} {thing} by the end of {month}.",
    "A survey of {k} {group} by the {body} found that {p} percent had waited longer than {n} days "
    "for an answer.",
    "{name} voted against {act} in {y} and again in {month}, the minutes of the council show.",
    "{place} has {n} {thing} for every {k} inhabitants, about half of what {name} claimed in a "
    "speech on {day}.",
    "Unemployment among {group} in {place} stood at {p} percent in {month}, down from {p} percent "
    "a year earlier.",
    "The {body} fined the operator {k} crowns after inspectors found faults at {n} {thing} near "
    "{place}.",
    "“We have built {n} {thing} in {place} since {y}, and not one of them was late,” {name} told "
    "{group} on {day}.",
)
_UNCHECKABLE = (
    "“I do not think that anybody in {place} slept well that night,” said {name}, who had come "
    "with {n} other {group} to hear the debate.",
    "The mood among the {group} who gathered outside the town hall of {place} on {day} was {mood} "
    "rather than angry, number {n} on the list said.",
    "Asked about {act}, {name} smiled, looked for bus {n} and said that this was a question for "
    "another {day}.",
    "It is hard to say what the {group} of {place} will make of {act}, or whether all {n} of them "
    "care for it at all.",
    "“Let us wait for {month} … and then talk about {act} again,” {name} told reporter number {n} "
    "in the corridor.",
    "What should {place} do with {n} empty {thing} that nobody seems to want, and who ought to "
    "decide about them?",
    "For {name}, the walk along the {place} waterfront to pier {n} is above all a way to think "
    "about something other than {act}.",
    "Thank you all for coming here on such a wet {day}, {name} said to the {group} in hall {n} "
    "before the music began.",
    "Perhaps the {body} should listen more closely to {group} like the one at table {n}, who felt "
    "{mood} about the whole affair.",
    "Nobody in {place} could have wished for a better {day} in {month}, with {n} flags over the "
    "harbour and the {group} in a {mood} mood.",
    "“We believe that {act} deserves a fair hearing, and that row {n} deserves one too,” {name} "
    "said to applause.",
    "The rooms of the {body} on floor {n} are quiet on a {day}, and the {group} who work there "
    "seem {mood}.",
)
CHECKABLE_SHARE = 0.35
"""Share of the sentences that hold something to check; how many are flagged, the model says."""

_PAGE = string.Template(
    """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>$title</title>
<style>$style</style><script>$script</script></head>
<body><header><nav><ul>$links</ul></nav></header>
<main><article><h1>$title</h1>$paragraphs</article>
<aside><h2>More</h2><ul>$links</ul></aside></main>
<footer><p>All names on this page are invented.</p></footer></body></html>"""
)
_STYLE = "".join(f".c{n}{{margin:{n}px;color:#{n:06x}}}" for n in range(100))
_LINKS = "".join(f'<li><a href="/section/{n}">Section {n}</a></li>' for n in range(40))
_SCRIPT = "".join(f"window.v{n}=function(a,b){{return a*{n}<b;}};" for n in range(60))


class Corpus:
    """Writes articles, each with an id of its own and sentences that no other one has."""

    def __init__(self, seed: int) -> None:
        """Begin the sequence of articles that this seed stands for."""
        self._random = random.Random(seed)
        self._seed = seed
        self._seen: set[str] = set()
        self._written = 0

    def articles(self, count: int, *, html_share: float = 0.0) -> list[bytes]:
        """Return article messages; the bodies of `html_share` of them are HTML, the rest plain.

        Every third HTML body is a full page with navigation, style and script, the others are
        fragments. The share is exact, which articles it falls on is random.
        """
        html_count = round(count * html_share)
        layouts = [_lay_out_page if n % 3 == 0 else _lay_out_fragment for n in range(html_count)]
        layouts += [_lay_out_text] * (count - html_count)
        self._random.shuffle(layouts)
        return [self._article(layout) for layout in layouts]

    def _article(self, layout: Callable[[str, list[list[str]]], str]) -> bytes:
        sentences = [
            self._sentence() for _ in range(self._random.randint(MIN_SENTENCES, MAX_SENTENCES))
        ]
        paragraphs = []
        while sentences:
            length = self._random.randint(1, 3)
            paragraphs.append(sentences[:length])
            sentences = sentences[length:]
        title = self._fill("{place} and {name} at odds over {thing}")
        self._written += 1
        return orjson.dumps(
            {
                "source": "benchmark",
                "id": f"{self._seed}-{self._written}",
                "url": f"https://news.example/{self._seed}/{self._written}",
                "title": title,
                "body": layout(title, paragraphs),
                "language": "en",
                "published_at": "2026-01-05T06:00:00Z",
            }
        )

    def _sentence(self) -> str:
        while True:
            is_checkable = self._random.random() < CHECKABLE_SHARE
            sentence = self._fill(self._random.choice(_CHECKABLE if is_checkable else _UNCHECKABLE))
            if sentence not in self._seen:
                self._seen.add(sentence)
                return sentence

    def _fill(self, template: str) -> str:
        """Put words and numbers into a template's places, another one into each."""
        parts = []
        for literal, field, _, _ in string.Formatter().parse(template):
            parts.append(literal)
            if field is not None:
                parts.append(self._word(field))
        sentence = "".join(parts)
        return sentence[0].upper() + sentence[1:]

    def _word(self, kind: str) -> str:
        match kind:
            case "n":
                return str(self._random.randint(2, 999))
            case "k":
                return f"{self._random.randint(1_000, 99_999):,}"
            case "p":
                return f"{self._random.randint(10, 999) / 10}"
            case "y":
                return str(self._random.randint(1990, 2025))
            case _:
                return self._random.choice(_VOCABULARY[kind])


def _lay_out_text(_title: str, paragraphs: list[list[str]]) -> str:
    return "\n\n".join(" ".join(paragraph) for paragraph in paragraphs)


def _lay_out_fragment(_title: str, paragraphs: list[list[str]]) -> str:
    return "\n".join(f"<p>{html.escape(' '.join(paragraph))}</p>" for paragraph in paragraphs)


def _lay_out_page(title: str, paragraphs: list[list[str]]) -> str:
    return _PAGE.substitute(
        title=html.escape(title),
        style=_STYLE,
        script=_SCRIPT,
        links=_LINKS,
        paragraphs=_lay_out_fragment(title, paragraphs),
    )
