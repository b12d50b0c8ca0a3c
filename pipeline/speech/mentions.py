"""Mentions of those who may speak: a person, a body, a group of people, a document, a pronoun."""

from dataclasses import dataclass
from enum import StrEnum


class MentionKind(StrEnum):
    """What is mentioned."""

    PERSON = "person"
    ORGANISATION = "organisation"
    """An organisation by its name; an organisation of one word looks like a person."""
    ROLE = "role"
    """One person, by what they are: "the spokesman", "a doctor at the clinic"."""
    GROUP = "group"
    DOCUMENT = "document"
    BODY = "body"
    """An organisation, by what it is: "the ministry"."""
    PRONOUN = "pronoun"


@dataclass(frozen=True, kw_only=True, slots=True)
class Mention:
    """A phrase that stands for a possible speaker."""

    kind: MentionKind
    start: int
    end: int
    """Half-open, in code points of the article's text; without titles before a name."""
    words: tuple[str, ...]
    """The phrase's tokens as written, titles left out."""
    head: str
    """Its head noun, pronoun or last name, in small letters."""
    roles: tuple[str, ...] = ()
    """What else the phrase says a person is: titles, "spokesman", in small letters."""
    is_definite: bool = False
    """Whether "the", "that" or "its" begins it: it may lead back to something named before."""
    is_male: bool | None = None
    """Where a title, a role or a pronoun tells."""

    @property
    def is_surname(self) -> bool:
        """Whether it is a single name, which may stand for a longer one."""
        return self.kind is MentionKind.PERSON and len(self.words) == 1

    @property
    def is_singular(self) -> bool:
        """Whether it is surely one person, so that a verb for several cannot be its own."""
        if self.kind is MentionKind.PRONOUN:
            return self.head in ("he", "she", "it")
        is_one = self.kind in (MentionKind.PERSON, MentionKind.ROLE)
        return is_one and not self.head.endswith("s")

    @property
    def is_plural(self) -> bool:
        """Whether "they" may lead back to it."""
        is_documents = self.kind is MentionKind.DOCUMENT and self.head.endswith("s")
        return self.kind is MentionKind.GROUP or is_documents
