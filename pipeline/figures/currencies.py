"""Money: the currency before a number or behind it."""

from pipeline.figures.numeral_tokens import Token, token_at
from pipeline.figures.units import Unit

# ISO 4217 codes by the signs and names that news uses. "$" alone reads as USD.
CURRENCY_SIGNS = {
    "£": "GBP",
    "$": "USD",
    "€": "EUR",
    "¥": "JPY",
    "₹": "INR",
    "₽": "RUB",
    "₩": "KRW",
    "₦": "NGN",
    "₪": "ILS",
    "₺": "TRY",
    "₴": "UAH",
    "₱": "PHP",
    "₫": "VND",
    "฿": "THB",
}
DOLLAR_PREFIXES = {
    "us": "USD",
    "a": "AUD",
    "au": "AUD",
    "c": "CAD",
    "ca": "CAD",
    "nz": "NZD",
    "hk": "HKD",
    "s": "SGD",
    "nt": "TWD",
    "mx": "MXN",
    "r": "BRL",
}
CURRENCY_CODES = frozenset(
    "AED ARS AUD BRL CAD CHF CLP CNY CZK DKK EGP EUR GBP GHS HKD HUF IDR ILS INR JPY KES KRW MXN"
    " MYR NGN NOK NZD PHP PKR PLN RON RUB SAR SEK SGD THB TRY TWD UAH USD VND ZAR".split()
)
_CURRENCY_NAMES = {
    name: code
    for code, names in {
        "USD": "dollar, us dollar, american dollar",
        "AUD": "australian dollar",
        "CAD": "canadian dollar",
        "HKD": "hong kong dollar",
        "NZD": "new zealand dollar",
        "SGD": "singapore dollar",
        "EUR": "euro",
        "GBP": "pound sterling",
        "JPY": "yen",
        "CNY": "yuan, renminbi",
        "INR": "rupee, indian rupee",
        "PKR": "pakistani rupee",
        "RUB": "rouble, ruble",
        "CHF": "swiss franc",
        "KRW": "south korean won",
        "MXN": "mexican peso",
        "SEK": "swedish krona",
        "ZAR": "rand",
        "NGN": "naira",
        "PLN": "zloty",
        "HUF": "forint",
        "UAH": "hryvnia",
        "ILS": "shekel",
        "THB": "baht",
        "MYR": "ringgit",
        "IDR": "rupiah",
    }.items()
    for name in names.split(", ")
}
_IRREGULAR_CURRENCIES = {
    "pounds sterling": "GBP",
    "swedish kronor": "SEK",
    "south korean wons": "KRW",
    "pence": "GBP",
}
_CURRENCIES = {
    **_CURRENCY_NAMES,
    **{f"{name}s": code for name, code in _CURRENCY_NAMES.items()},
    **_IRREGULAR_CURRENCIES,
}


def currency_of_prefix(token: Token) -> str | None:
    """Return the ISO 4217 code of what stands before a sum: `£`, `EUR`, `Rs`."""
    if token.text in CURRENCY_CODES:
        return token.text
    return "INR" if token.text == "Rs" else CURRENCY_SIGNS.get(token.text)


def read_currency(tokens: list[Token], index: int, *, is_scaled: bool) -> Unit | None:
    """Read a currency behind its number: `dollars`, `Swiss francs`, `p`, `EUR`.

    `pounds` and `won` are money only behind a million and the like: else they may be a weight,
    and a verb.
    """
    word = token_at(tokens, index)
    if word.joined and word.text == "p" and token_at(tokens, index + 2).lower != "m":  # 5p.m.
        return Unit(last=index + 1, currency="GBP", factor=0.01)
    if token_at(tokens, index + 1).kind == "figure":  # "5 £3bn": it goes with what follows
        return None
    if word.text in ("€", "£") or word.text in CURRENCY_CODES:
        return Unit(last=index + 1, currency=currency_of_prefix(word))
    words = word.lower
    for step in range(1, 4):
        if words in _CURRENCIES:
            return Unit(
                last=index + step,
                currency=_CURRENCIES[words],
                factor=0.01 if words == "pence" else 1.0,
            )
        words = f"{words} {token_at(tokens, index + step).lower}"
    if is_scaled and word.lower in ("pounds", "pound", "won"):
        return Unit(last=index + 1, currency="KRW" if word.lower == "won" else "GBP")
    return None
