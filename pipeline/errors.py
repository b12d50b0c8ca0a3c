"""What can go wrong, grouped by what an operator does about it.

Every message says what happened, to what, and what to do next. A message about an article
never carries a value from that article: articles are untrusted and errors are logged.
"""

from enum import StrEnum


class ClaimwireError(Exception):
    """Any failure Claimwire foresees; the command line prints it as one sentence."""

    exit_status = 1
    """What a command that ends with this error tells its caller."""


class ConfigurationError(ClaimwireError):
    """A setting, a file the user named or an installation is wrong: correct it, start again."""

    exit_status = 2


class BrokerUnavailableError(ClaimwireError):
    """Kafka cannot be reached or does not answer: wait for it or mend it; nothing is lost."""


class DeadLetterLimitExceededError(ClaimwireError):
    """Too large a share of articles is dead-lettered: look at them, mend the cause, start again."""

    exit_status = 3


EXIT_STATUSES_OF_NO_USE_TO_REPEAT = frozenset(
    {ConfigurationError.exit_status, DeadLetterLimitExceededError.exit_status}
)
"""A worker that ends with one of these ends the same way again until somebody mends something."""


class ClassifierError(ClaimwireError):
    """The model could not score a batch; the flow finds the article to blame, if one is."""


class Stage(StrEnum):
    """Where in the flow an article failed; the value stands in the dead letter's headers."""

    DECODE = "decode"
    """The bytes are not an article by `schemas/article.v1.json`."""
    EXTRACT = "extract"
    """The body could not be turned into plain text."""
    CLASSIFY = "classify"
    """The classifier refused the article's sentences, and accepts those of its neighbours."""
    DETECT = "detect"
    """An error of ours that nothing foresaw, on this article alone."""
    PUBLISH = "publish"
    """The broker refused an output of this article for good."""
    CRASH = "crash"
    """Processing this article alone has ended the process before."""


class ArticleError(ClaimwireError):
    """One article cannot be processed: it goes to the dead letters, its neighbours go on.

    `reason` is a short identifier (snake_case) for counting; `message` is for people and names
    the schema's path and rule, never a value of the article.
    """

    def __init__(self, stage: Stage, reason: str, message: str) -> None:
        super().__init__(message)
        self.stage = stage
        self.reason = reason
        self.message = message
