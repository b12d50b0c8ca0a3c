"""Gives "yesterday", "on Tuesday" and "this year" the date they are counted from.

No date is worked out here: `published_at` is mostly in UTC, the reporter's Tuesday need not be, and
what is worked out could be wrong. What is filled in is the article's date as it is written, or the
part of it that names the year or the month.
"""

import re

WEEKDAYS = "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday"
MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
# Each alternative is a fixed number of words. A weekday is one of the week around only without a
# date behind it, and not as "every Friday", "Fridays" or "Black Friday".
_COUNTED = re.compile(
    rf"""
    \b(?:
        [Yy]esterday | [Tt]oday | [Tt]omorrow | [Tt]onight
        | (?:[Ll]ast|[Nn]ext)\ (?:night|week|weekend|month|year|decade|century|spring|summer
            |autumn|fall|winter|{WEEKDAYS}|{MONTHS})
        | [Tt]his\ (?:morning|afternoon|evening|week|weekend|decade|century|spring|summer|autumn
            |winter|{WEEKDAYS})
        | (?:[Oo]n|[a-z]{{3,20}}ed|said|told|met|won|fell|rose|late|early)\ (?:{WEEKDAYS})
    )\b(?!['’]?s\b|,?\ (?:[0-9]|{MONTHS}))
    """,
    re.VERBOSE,
)
_THIS_YEAR = re.compile(r"\b[Tt]his year\b(?!['’])")
_THIS_MONTH = re.compile(r"\b[Tt]his month\b(?!['’])")
# A sentence with a year of its own, or another time to count from, may speak from then.
_OTHER_TIME = re.compile(
    r"\b(?:1[5-9]|20)[0-9]{2}\b|\b(?:that (?:day|week|month|year)|at the time|back then)\b",
    re.IGNORECASE,
)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def fill_in_dates(sentence: str, outside_quotations: str, published_at: str) -> str | None:
    """Return the sentence with the article's date where it counts from it; None without need.

    A year or a month that the date lies well within gets it in brackets (`this year [2024]`);
    whatever else is counted from the date gets the date in front (`[2024-05-02] It shut
    yesterday.`), so that the reader counts. `outside_quotations` is the sentence with blanks for
    what others say in it: their yesterday is not the article's.
    """
    date = _DATE.match(published_at)
    if date is None or _OTHER_TIME.search(outside_quotations):
        return None
    year, month, day = date[0].split("-")
    needs_date = _COUNTED.search(outside_quotations) is not None
    insertions = []
    for expression, part, is_well_within in (
        (_THIS_YEAR, year, (month, day) not in (("01", "01"), ("12", "31"))),
        (_THIS_MONTH, f"{year}-{month}", "02" <= day <= "27"),
    ):
        for match in expression.finditer(outside_quotations):
            if is_well_within:
                insertions.append((match.end(), part))
            else:
                needs_date = True
    if not insertions and not needs_date:
        return None
    pieces, position = [], 0
    for end, part in sorted(insertions):
        pieces += [sentence[position:end], f" [{part}]"]
        position = end
    filled = "".join([*pieces, sentence[position:]])
    return f"[{date[0]}] {filled}" if needs_date else filled
