"""Whether a sentence ends here: what news copy needs beyond `sentencex`.

Rules about words, no more: titles, companies, clocks, quoted questions. To change one, add an
example to `tests/data/sentences.yaml` first.
"""

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words that stand before a full stop without ending a sentence; lower-case, the stop left off.
# Before a name or what they belong to: never an end.
_LEADING = _words(
    "mr mrs ms mx dr prof sen rep gov lt col gen sgt cpl pvt capt cmdr adm maj rev hon pres supt "
    "det insp atty messrs mme mlle amb approx def vs v e.g i.e cf est viz fig figs nos pp vol"
)
_DATES = _words(
    "jan feb mar apr jun jul aug sept sep oct nov dec mon tue tues wed thu thur thurs fri sat sun"
)
_COMPANIES = _words("inc corp ltd co bros")
# An end only before a capital letter: `lbs. of`, `Inc. said`, `in Sept. when`.
_TRAILING = (
    _DATES
    | _COMPANIES
    | _words(
        "lb lbs ft in oz sq yd yds mi km kg hr hrs min mins sec secs mph bn m tn pct etc al no"
    )
)
# Before a figure that belongs to them: `Jan. 5`, `No. 10`, `p. 12`, `6 ft. 2`.
_BEFORE_FIGURE = _DATES | _words("no p art ch para ft")
# Parts of a name as often as its end: an end only before a word that seldom goes on a name.
# So are initials and what is written like them (`U.S.`).
_IN_NAMES = _words("jr sr st mt ft ph.d")
_INITIALS = re.compile(r"(?:[^\W\d]\.)*[^\W\d]")
_OPENING_WORDS = _words(
    "a about above according after again all also although among an and another any anyone are as "
    "at because before but by can despite did do does during each even every everyone few finally "
    "first for from had has have he her here his how however i if in instead is it its last later "
    "many meanwhile more most much my neither never next no nobody none nor not nothing now of on "
    "once one only or other others our over she since so some somebody someone something still "
    "such than that the their then there these they this those though through to today tomorrow "
    "two under unless until we were what when where whether which while who why will with without "
    "would yesterday yet you your"
)
# After `10 a.m.` these still belong to the time.
_AFTER_CLOCK = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\b"
    r"|(?:[ECMP][SD]?T|GMT|UTC|BST|CES?T|IST|JST|AE[SD]T|Eastern|Central|Mountain|Pacific)\b"
)
# After `Harrow Foods Inc.` these still belong to the name.
_AFTER_COMPANY = re.compile(r"(?:Chief|CEO|President|Chair|Vice|Director|Founder|Ltd|Inc)")
# After a quoted question these go on with the sentence: `“Who pays?” Mayor Ines Holt asked.`
_SPEECH = re.compile(
    r"(?:[A-Z][\w.’'-]*\s+){1,4}"
    r"(?:said|says|asked|asks|told|shouted|cried|wrote|added|wondered|demanded|replied)\b"
)
# `1.` or `b.` alone, or after a colon, numbers what follows.
_LIST_MARK = re.compile(r"(?:.*:\s*)?(?:\d{1,3}|[A-Za-z])\.", re.DOTALL)


def ends_sentence(before: str, gap: str, after: str) -> bool:
    """Say whether a sentence ends between `before` and `after`.

    `before` is the sentence so far, or the end of a long one, its last mark included; `gap` what
    stands between, white space and quotation marks; `after` begins with the next letter, figure
    or sign. Quotation marks and round brackets elsewhere are expected to be spaces.
    """
    last_word = before.rsplit(None, 1)[-1]
    continues = after[0].islower() and not after[1:2].isupper()  # but `iPhone` opens a sentence
    is_marked_off = gap[:1].strip() != ""  # a quotation or a bracket closes
    if before.endswith(("!", "?", "…", "...")):
        return not continues and not (is_marked_off and _goes_on_speaking(after))
    if not before.endswith("."):
        return True
    if not gap:  # `on Friday.The`, not `Booking.Com` or `U.S.Steel`
        return (
            len(last_word) > 3 and last_word[:-1].isalpha() and "." not in _first_word(after)[:-1]
        )
    if is_marked_off:
        return not continues
    return _ends_with_stop(before, last_word, after, continues=continues)


def _ends_with_stop(before: str, last_word: str, after: str, *, continues: bool) -> bool:
    """Say whether the full stop of `last_word` ends the sentence, not just an abbreviation."""
    word = last_word[:-1].lower()
    if (
        word in _LEADING
        or (word in _BEFORE_FIGURE and after[0].isdigit())
        or (word in _COMPANIES and _AFTER_COMPANY.match(after))
        or _LIST_MARK.fullmatch(before)
    ):
        return False
    if word in ("a.m", "p.m"):
        return after[0].isupper() and not _AFTER_CLOCK.match(after)
    is_measure = before[: -len(last_word)].rstrip()[-1:].isdigit()  # `18 ft.` is no Ft. Hanley
    if (word in _IN_NAMES and not is_measure) or _INITIALS.fullmatch(word):
        return after[0].isupper() and _first_word(after) in _OPENING_WORDS
    # Before a small letter a short word with a capital is a shortened one: `Calif. lawmakers`.
    return not continues or not (word in _TRAILING or (len(word) < 9 and last_word[0].isupper()))


def _first_word(text: str) -> str:
    """Return the first word in small letters; an initial keeps its stop, so it is no `a`."""
    return text.split(None, 1)[0].rstrip(",;:").lower()


def _goes_on_speaking(after: str) -> bool:
    return _SPEECH.match(after) is not None and _first_word(after) not in _OPENING_WORDS
