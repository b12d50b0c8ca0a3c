"""What the fp32 twin says of 500 sentences: `python -m training.reference_scores FP32 INT8 OUT`.

The twin is four times the size of the shipped model and stays out of the repository; its scores of
sentences that we wrote stay in it, and a test holds the int8 model to them. Sentences are those of
the samples, and made-up ones of the benchmarks' corpus up to 500.
"""

import argparse
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

import orjson

from benchmarks.corpus import Corpus
from pipeline.detection import in_context
from pipeline.errors import ArticleError
from pipeline.model_calls import model_input
from pipeline.models import SentenceInContext
from pipeline.records import decode_article
from pipeline.samples import sample_articles
from pipeline.sentences import SentencexSplitter
from pipeline.text import BodyExtractor
from pipeline.transformer import TransformerClassifier

SENTENCES = 500
_CORPUS_SEED = 7


def own_sentences() -> Iterator[SentenceInContext]:
    """Yield distinct sentences of our own writing in their context, without end."""
    splitter, seen = SentencexSplitter(), set()
    with sample_articles() as path:
        messages = [*path.read_bytes().splitlines(), *Corpus(_CORPUS_SEED).articles(SENTENCES)]
    with closing(BodyExtractor(html_timeout_seconds=30)) as extractor:
        texts = list(_read(messages, extractor))
    for title, text in texts:
        for sentence in in_context(title, splitter.split(text)):
            if model_input(sentence) not in seen:
                seen.add(model_input(sentence))
                yield sentence


def _read(messages: Iterable[bytes], extractor: BodyExtractor) -> Iterator[tuple[str | None, str]]:
    """Yield title and text of every article that can be read."""
    for message in messages:
        try:
            article = decode_article(message, body_max_characters=500_000)
        except ArticleError:  # one sample breaks the schema on purpose
            continue
        yield article.title, extractor.extract(article).text


def main() -> None:
    """Write a line for the models, then one a sentence with its fp32 score."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("fp32", type=Path)
    parser.add_argument("int8", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    sentences = list(islice(own_sentences(), SENTENCES))
    predictions = TransformerClassifier(options.fp32, threads=2).classify(sentences)
    lines = [{"revision": TransformerClassifier(options.int8).revision}]
    lines += [
        {"text": s.text, "title": s.title, "before": s.before, "score": round(p.score, 5)}
        for s, p in zip(sentences, predictions, strict=True)
    ]
    options.out.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))


if __name__ == "__main__":
    main()
