"""Writes what the model says of news it has not seen: `python -m training.reference DATA MODEL`.

The worker compares its latest articles with this reference (`claimwire_reference_*`,
docs/metrics.md). Scores are the pipeline's own on the calibration fold, which no weight was
trained on; languages are those the pipeline's identifier finds in the fold's documents.
"""

import argparse
from collections import defaultdict
from pathlib import Path

from pipeline.drift import make_reference, write_reference
from pipeline.language import Py3langidLanguageIdentifier
from pipeline.models import SentenceInContext
from pipeline.transformer import TransformerClassifier
from training.data import of_folds, read_news
from training.examples import CALIBRATION_FOLD

SHIPPED_MODEL = Path("pipeline/model")


def write(data_folder: Path, model_folder: Path, *, threads: int = 2) -> None:
    """Score the calibration fold and write reference.json beside the model."""
    examples = of_folds(read_news(data_folder), [CALIBRATION_FOLD])
    classifier = TransformerClassifier(model_folder, threads=threads)
    predictions = classifier.classify(
        [SentenceInContext(text=e.text, title=e.title, before=e.before) for e in examples]
    )
    documents = defaultdict(list)
    for example in examples:
        documents[example.doc].append(example.text)
    identifier = Py3langidLanguageIdentifier()
    # The data holds a few sentences of some documents, too few to tell; whole articles are not so.
    found = [identifier.identify(" ".join(texts), None) for texts in documents.values()]
    languages = [language for language in found if language is not None]
    reference = make_reference(
        [prediction.score for prediction in predictions], languages, revision=classifier.revision
    )
    write_reference(reference, model_folder)
    print(
        f"{reference.sentences} sentences, mean score {reference.mean_score:.4f}, "
        f"{reference.flagged_share(classifier.threshold):.4f} flagged at {classifier.threshold}, "
        f"languages {dict(reference.languages)}"
    )


def main() -> None:
    """Write the reference of a model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("model", type=Path, nargs="?", default=SHIPPED_MODEL)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    write(options.data, options.model, threads=options.threads)


if __name__ == "__main__":
    main()
