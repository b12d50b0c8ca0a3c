"""Step 5 of the flow: which language a text is in.

py3langid (a naive Bayes over byte n-grams; no network) loads in about 0.7 s of CPU and takes 0.2
to 0.3 ms for a text, however long: `_SAMPLE_LENGTH` bounds it.
"""

import re

import numpy
from py3langid import langid

from pipeline.detection import LanguageIdentifier

# Characters of a text that are looked at; then how many of these, less what `_NOT_LANGUAGE` takes
# out, are identified. English news of 200 characters is told already (0 of 4,690 wrong).
_SAMPLE_LENGTH = 2_000
_IDENTIFIED_LENGTH = 500
# From this length on the text overrules the producer's tag (issue 2).
_LONG_LENGTH = 200
# Normalised probabilities. A long text overrules when it is this sure: lists of names and tables
# come out at 0.3, English prose of 200 characters at 0.66 or more.
_SURE_OF_LONG = 0.5
# A short text without a tag is passed over only when this sure.
_SURE_OF_SHORT = 0.95

# Words with a figure, a slash, an at or a number sign: web and mail addresses, handles, times and
# amounts speak no language, or that of the site they name.
_NOT_LANGUAGE = re.compile(r"(?<!\S)(?=\S*[\d/@#])\S+")
# py3langid knows capitals as those of names; it lower-cases only what has no small letter at all.
_CAPITALS = re.compile(r"\b[A-Z]{3,}\b")

_TAG = re.compile(r"\s*([A-Za-z]{2,3})(?:[-_].*)?\s*", re.DOTALL)
# ISO 639-2 codes (both kinds, where there are two) of the languages that news agencies send most.
_TWO_LETTERS = {
    "ara": "ar", "ben": "bn", "bul": "bg", "cat": "ca", "ces": "cs", "cze": "cs", "chi": "zh",
    "zho": "zh", "dan": "da", "deu": "de", "ger": "de", "dut": "nl", "nld": "nl", "ell": "el",
    "gre": "el", "eng": "en", "est": "et", "fas": "fa", "per": "fa", "fin": "fi", "fra": "fr",
    "fre": "fr", "heb": "he", "hin": "hi", "hrv": "hr", "hun": "hu", "ind": "id", "ita": "it",
    "jpn": "ja", "kor": "ko", "lav": "lv", "lit": "lt", "nor": "no", "pol": "pl", "por": "pt",
    "ron": "ro", "rum": "ro", "rus": "ru", "slk": "sk", "slo": "sk", "slv": "sl", "spa": "es",
    "srp": "sr", "swa": "sw", "swe": "sv", "tam": "ta", "tha": "th", "tur": "tr", "ukr": "uk",
    "urd": "ur", "vie": "vi",
}  # fmt: skip
_OLD_CODES = {"iw": "he", "in": "id", "nb": "no"}


class Py3langidLanguageIdentifier(LanguageIdentifier):
    """Believes a long text over its tag, and a tag over a short text; safe between threads."""

    def __init__(self) -> None:
        identifier = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE, norm_probs=True)
        # Only languages with an ISO 639-1 code: the others (Nigerian Pidgin above all) draw off
        # English that is thick with names, and those close to one of these come out as that one.
        self._languages = frozenset(code for code in identifier.labels if len(code) == 2)
        identifier.set_languages(self._languages)
        # set_languages leaves the table by columns; it is read by rows: 40% off each call.
        identifier.nb_ptc = numpy.ascontiguousarray(identifier.nb_ptc)
        self._identifier = identifier

    def identify(self, text: str, tag: str | None) -> str | None:
        """Return an ISO 639-1 code, or None when neither text nor tag can tell.

        `tag` is BCP 47 or near it (`en-GB`, `pt_BR`, `EN`, `eng`); one that names no language
        py3langid knows counts as none, so that codes stay a closed set whatever is sent.
        """
        sample = " ".join(_NOT_LANGUAGE.sub(" ", text[:_SAMPLE_LENGTH]).split())
        tagged = self._read_tag(tag)
        is_long = len(sample) >= _LONG_LENGTH
        if (tagged and not is_long) or not sample:
            return tagged
        sample = _CAPITALS.sub(lambda match: match[0].lower(), sample[:_IDENTIFIED_LENGTH])
        code, probability = self._identifier.classify(sample)
        if probability >= (_SURE_OF_LONG if is_long else _SURE_OF_SHORT):
            return str(code)
        return tagged

    def _read_tag(self, tag: str | None) -> str | None:
        match = _TAG.fullmatch(tag or "")
        if not match:
            return None
        code = match[1].lower()
        code = _TWO_LETTERS.get(code) or _OLD_CODES.get(code) or code
        return code if code in self._languages else None
