"""Leads a mention back to the one that names it best: surnames, pronouns, "the spokesman", "it".

An article is read in order; what was named and who spoke is remembered, and every look-up is in a
table or among the last few mentions, so that the whole is linear in the article's length.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.speech.mention_words import is_role
from pipeline.speech.mentions import Mention, MentionKind
from pipeline.speech.proper_names import iterate_names
from pipeline.speech.tokens import Tokens

# How many sentences back a pronoun, or a noun with "the", may lead.
_PRONOUN_REACH = 6
_NOUN_REACH = 12
# How many of the last mentioned are remembered.
_MEMORY = 8

# "the chief health officer": a longer phrase with "the" names somebody by itself.
_MAX_LEADING_BACK = 3
_THINGS = (MentionKind.DOCUMENT, MentionKind.ORGANISATION, MentionKind.BODY)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Remembered:
    mention: Mention
    sentence_index: int


class Names:
    """The names of an article by their last word, longest first, and what each person is."""

    def __init__(self, sentences: Sequence[Tokens]) -> None:
        # per last and per first word: the full names, each with where it stands first
        self._by_surname: dict[str, dict[tuple[str, ...], Mention]] = {}
        self._by_first_word: dict[str, dict[tuple[str, ...], Mention]] = {}
        # per role: whoever is called that, by surname, as named first
        self._by_role: dict[str, dict[str, Mention]] = {}
        self._titled: set[str] = set()
        self._known: set[str] = set()
        for tokens in sentences:
            self._known.update(
                low
                for word, low in zip(tokens.words[1:], tokens.lows[1:], strict=True)
                if word[0].isupper()
            )
            for name in iterate_names(tokens):
                if name.kind is MentionKind.PERSON:
                    self._add_person(tokens, name)

    def _add_person(self, tokens: Tokens, name: Mention) -> None:
        if len(name.words) > 1:
            self._by_surname.setdefault(name.head, {}).setdefault(name.words, name)
            first_word = name.words[0].lower()
            self._by_first_word.setdefault(first_word, {}).setdefault(name.words, name)
        if name.roles:
            self._titled.add(name.head)
        for role in {*name.roles, *_roles_beside(tokens, name)}:
            self._by_role.setdefault(role, {}).setdefault(name.head, name)

    def fullest(self, mention: Mention) -> Mention:
        """Return the first full name that a single name stands for, or the mention itself.

        A name that two persons of the article bear stands for neither.
        """
        if not mention.is_surname:
            return mention
        last_names = self._by_surname.get(mention.head, {})
        first_names = self._by_first_word.get(mention.head, {})
        full_names = last_names or first_names
        if not full_names or len(full_names) > 1:
            return mention
        (full_name,) = full_names.values()
        turned = first_names.get(full_name.words[::-1])  # the surname may stand first or last
        if turned is not None and turned.start < full_name.start:
            full_name = turned
        return replace(full_name, is_male=_either(mention.is_male, full_name.is_male))

    def is_known(self, mention: Mention) -> bool:
        """Tell whether a single name stands with a capital inside a sentence too."""
        return len(mention.words) > 1 or mention.head in self._known

    def is_person(self, mention: Mention) -> bool:
        """Tell whether anything says that a single name is a person's."""
        return (
            len(mention.words) > 1
            or bool(mention.roles)
            or mention.is_male is not None
            or mention.head in self._titled
        )

    def with_role(self, role: str, before: int) -> Mention | None:
        """Return the one person of the article who is called that, if named before an offset."""
        holders = list(self._by_role.get(role, {}).values())
        if len(holders) != 1 or holders[0].start >= before:
            return None
        return self.fullest(holders[0])


def _either(first: bool | None, second: bool | None) -> bool | None:
    return second if first is None else first


def _roles_beside(tokens: Tokens, name: Mention) -> list[str]:
    """Return the roles right before a name and in the apposition behind it."""
    roles = []
    first = bisect_left(tokens.starts, name.start)
    for low in reversed(tokens.lows[max(0, first - 3) : first]):
        if not is_role(low):
            break
        roles.append(low)
    at = first + len(name.words)
    if at < len(tokens) and tokens.lows[at] == ",":
        for low in tokens.lows[at + 1 : at + 12]:
            if low in (",", "who", "."):
                break
            if is_role(low):
                roles.append(low)
                break
    return roles


class Antecedents:
    """What the article has spoken of so far."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._topics: deque[_Remembered] = deque(maxlen=_MEMORY)
        self._documents: dict[str, _Remembered] = {}
        self._genders: dict[str, bool] = {}

    def remember(self, mention: Mention, sentence_index: int) -> None:
        """Note a resolved mention as what the text now speaks of."""
        if mention.kind is MentionKind.PRONOUN:
            return
        self._topics.append(_Remembered(mention=mention, sentence_index=sentence_index))
        if mention.kind is MentionKind.DOCUMENT and not mention.is_definite:
            self._documents[mention.head] = self._topics[-1]
        if mention.kind is MentionKind.PERSON and mention.is_male is not None:
            self._genders[mention.head] = mention.is_male

    def resolve(self, mention: Mention, sentence_index: int) -> Mention | None:
        """Return the mention that names the same best; None for a pronoun that leads nowhere."""
        if mention.kind is MentionKind.PRONOUN:
            return self._resolve_pronoun(mention, sentence_index)
        if mention.kind is MentionKind.PERSON:
            return self._names.fullest(mention)
        resolved = None
        if mention.is_definite and len(mention.words) <= _MAX_LEADING_BACK:
            if mention.kind is MentionKind.ROLE:
                resolved = self._resolve_role(mention, sentence_index)
            elif mention.kind is MentionKind.BODY:
                resolved = self._resolve_body(mention, sentence_index)
            elif mention.kind is MentionKind.DOCUMENT:
                resolved = self._resolve_document(mention, sentence_index)
        return resolved or mention

    def _recent(self, sentence_index: int, reach: int) -> list[Mention]:
        """Return what was spoken of within reach, the last first."""
        return [
            topic.mention
            for topic in reversed(self._topics)
            if sentence_index - topic.sentence_index <= reach
        ]

    def _resolve_pronoun(self, mention: Mention, sentence_index: int) -> Mention | None:
        recent = self._recent(sentence_index, _PRONOUN_REACH)
        if mention.head in ("he", "she"):
            for is_sure in (True, False):
                for topic in recent:
                    if self._may_be(topic, mention, is_sure=is_sure):
                        return topic
            return None
        last = recent[:3]
        if mention.head == "they":
            return next((topic for topic in last if topic.is_plural), None)
        return next((topic for topic in last if topic.kind in _THINGS), None)

    def _may_be(self, topic: Mention, pronoun: Mention, *, is_sure: bool) -> bool:
        """Tell whether "he" or "she" may mean somebody; when it may, remember which it is.

        A single name that nothing shows to be a person's, `is_sure` being false, may be a firm's.
        """
        if topic.kind is MentionKind.ROLE:
            return topic.is_male in (None, pronoun.is_male)
        if topic.kind is not MentionKind.PERSON or self._names.is_person(topic) != is_sure:
            return False
        known = self._genders.get(topic.head, topic.is_male)
        if known is None and pronoun.is_male is not None:
            self._genders[topic.head] = pronoun.is_male
        return known in (None, pronoun.is_male)

    def _resolve_document(self, mention: Mention, sentence_index: int) -> Mention | None:
        named = self._documents.get(mention.head)
        if named is None or sentence_index - named.sentence_index > _NOUN_REACH:
            return None
        return named.mention

    def _resolve_role(self, mention: Mention, sentence_index: int) -> Mention | None:
        holder = self._names.with_role(mention.head, mention.start)
        if holder is not None:
            return holder
        for topic in self._recent(sentence_index, 2):
            if topic.kind is MentionKind.ROLE and topic.head == mention.head:
                return topic
        return None

    def _resolve_body(self, mention: Mention, sentence_index: int) -> Mention | None:
        for topic in self._recent(sentence_index, _NOUN_REACH):
            if topic.kind is MentionKind.ORGANISATION and mention.head in (
                word.lower() for word in topic.words
            ):
                return topic
        for topic in self._recent(sentence_index, 2):
            if topic.kind is MentionKind.ORGANISATION:
                return topic
        return None
