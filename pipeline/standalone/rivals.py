"""Whether a sentence names another that a pronoun could lead back to."""

from pipeline.figures.counted_nouns import singularise
from pipeline.figures.numeral_tokens import Token, token_at
from pipeline.standalone.subject_kinds import Subject, SubjectKind
from pipeline.standalone.subject_words import (
    ADJUNCT_OPENERS,
    DATE_WORDS,
    NO_SUBJECT,
    PLACE_OPENERS,
    ROLES,
    SINGULAR_DETERMINERS,
    VERBS,
)


def has_rival(subject: Subject, predicate: list[Token]) -> bool:
    """Tell whether the rest of the sentence names another of the subject's kind.

    Names are of every kind, since nothing tells what they name. What stands in a phrase of time or
    place is no rival, but for the persons in it.
    """
    openers = PLACE_OPENERS if subject.kind is SubjectKind.PERSON else ADJUNCT_OPENERS
    in_adjunct = False
    own = set(subject.text.lower().split()) - SINGULAR_DETERMINERS
    for index, token in enumerate(predicate):
        if token.lower in openers:
            in_adjunct = True
            continue
        if token.lower in VERBS or token.kind == "mark":
            in_adjunct = False
        if token.kind != "word" or token.lower in DATE_WORDS or token.lower in own:
            continue
        if token.text[0].isupper() and not in_adjunct:
            if not _is_name_used_of_a_noun(predicate, index):
                return True
            continue
        if subject.kind is SubjectKind.PERSON:
            if token.lower in ROLES:
                return True
        elif in_adjunct:
            continue
        elif subject.kind is SubjectKind.PLURAL:
            if _is_plural_noun(predicate, index):
                return True
        elif token.lower in SINGULAR_DETERMINERS:
            return True
    return False


def _is_name_used_of_a_noun(tokens: list[Token], index: int) -> bool:
    """Tell `Scottish regiments`, which are no rival to a Scot, from `Orr said`."""
    following = token_at(tokens, index + 1)
    is_adjective = tokens[index].lower.endswith(("ish", "ese", "ian", "ean", "ch", "ican"))
    return is_adjective and following.kind == "word" and following.lower not in VERBS | NO_SUBJECT


def _is_plural_noun(tokens: list[Token], index: int) -> bool:
    """Tell a plural that "they" may mean: not `20 years`, nor a verb like `says`."""
    token = tokens[index]
    if token.lower in VERBS or singularise(token.text) is None:
        return False
    before = token_at(tokens, index - 1)
    return not (before.kind == "figure" and token.lower in ("years", "days", "weeks", "months"))
