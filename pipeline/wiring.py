"""The half of the composition root that needs no Faust: the detector's parts, the topics.

Apart from app.py so that commands which run no worker start without loading Faust.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from pipeline.classifier import ClaimClassifier
from pipeline.detection import Detector
from pipeline.drift import Reference, read_reference
from pipeline.errors import ConfigurationError
from pipeline.language import Py3langidLanguageIdentifier
from pipeline.model_choice import load_model
from pipeline.model_folder import shipped_model
from pipeline.priorities import Priorities
from pipeline.priority_table import parse_priorities
from pipeline.remembered_scores import RememberingClassifier
from pipeline.sentences import SentencexSplitter
from pipeline.settings import Settings
from pipeline.text import BodyExtractor
from pipeline.topic_definitions import TopicDefinition, define_topics

logger = logging.getLogger(__name__)

LoadClassifier = Callable[[Settings, Callable[[], None]], ClaimClassifier]


def load_classifier(settings: Settings, on_model_call: Callable[[], None]) -> ClaimClassifier:
    """Load the model the settings name, else the shipped one.

    Raises ConfigurationError when it cannot be loaded.
    """
    return load_model(
        settings.model,
        check_worthy_label=settings.model_check_worthy_label,
        threads=settings.model_threads,
        on_model_call=lambda _sentences, _seconds: on_model_call(),
    )


@contextmanager
def open_detector(
    settings: Settings,
    *,
    on_model_call: Callable[[], None] = lambda: None,
    load_classifier: LoadClassifier = load_classifier,
) -> Iterator[Detector]:
    """Load the model and the text backends; `on_model_call` is called after each model call.

    Raises ConfigurationError when the model or the table of priorities cannot be loaded.
    """
    priorities = load_priorities(settings.priorities)  # before the model: a bad one is told at once
    classifier = load_classifier(settings, on_model_call)
    if settings.remembered_sentences:
        classifier = RememberingClassifier(classifier, max_sentences=settings.remembered_sentences)
    with closing(BodyExtractor(html_timeout_seconds=settings.html_timeout_seconds)) as extractor:
        yield Detector(
            extractor=extractor,
            language_identifier=Py3langidLanguageIdentifier(),
            splitter=SentencexSplitter(),
            classifier=classifier,
            threshold=classifier.threshold if settings.threshold is None else settings.threshold,
            languages=settings.languages,
            priorities=priorities,
        )


def load_priorities(path: Path | None) -> Priorities:
    """Read the user's table of weights; without one, every score is its own priority.

    Raises ConfigurationError when the file cannot be read, and with the line that is wrong.
    """
    if path is None:
        return Priorities()
    try:
        text = path.read_text(encoding="utf-8-sig")  # Windows editors begin with a mark
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be read ({error.strerror}): mend CLAIMWIRE_PRIORITIES or the file."
        ) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(
            f"{path}, line {line}: not UTF-8; save the file as UTF-8 and start again."
        ) from error
    return parse_priorities(text, name=str(path))


def find_reference(settings: Settings, revision: str) -> Reference | None:
    """Return the reference beside the model of the settings, if it is of this revision."""
    if settings.model is not None:
        reference = read_reference(Path(settings.model).expanduser())  # a hub id: no such folder
    else:
        with shipped_model() as folder:
            reference = read_reference(folder)
    if reference is None or reference.revision != revision:
        logger.info("No reference for model revision %s: no metrics of drift.", revision)
        return None
    return reference


def topic_definitions(settings: Settings) -> list[TopicDefinition]:
    """Return the four topics as the settings want them, in the order of `settings.topics`."""
    define = partial(
        define_topics,
        partitions=settings.topic_partitions,
        replication_factor=settings.topic_replication_factor,
    )
    hours = settings.topic_retention_hours
    return [
        *define([settings.articles_topic], retention_hours=hours),
        *define(
            [settings.claims_topic, settings.outcomes_topic],
            retention_hours=hours,
            cleanup_policy=settings.claims_cleanup_policy,
        ),
        *define(
            [settings.dead_letters_topic], retention_hours=settings.dead_letter_retention_hours
        ),
    ]
