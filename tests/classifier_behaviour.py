"""What every ClaimClassifier does, whatever is inside.

A test module subclasses `ClassifierBehaviour` and provides a `classifier` fixture; the suite
then binds that implementation as it binds all others.
"""

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.classifier import ClaimClassifier
from pipeline.models import Prediction, SentenceInContext

SCORE_TOLERANCE = 1e-3
"""How far a score may move with its neighbours in the batch."""

SENTENCES = [
    "The ministry spent 4.2 million euros on consultants last year, twice what it had planned.",
    "Who would have thought that the harbour could look so lovely in the rain?",
    "She joined the council in 2011.",
    "Cutting the dose by half raised the rate of relapse by a third, the trial found.",
    "Thank you all for coming.",
    "Under the new act landlords must give tenants ninety days' notice.",
    "No.",
    "“We will win the next election,” the party’s leader told a cheering hall in Porto…",
]

ODD_TEXTS = [
    "",
    " ",
    "\x00",
    "\ud800 alone",
    "\u200b\u200b\u200b",
    "a\u0301" * 300,
    "🇺🇳👩‍👩‍👧‍👦🔥" * 50,
    "ﷺ" * 400,
    "漢字" * 900,
    "مرحبا بالعالم",
    "\n\t\r\x0b\x0c",
    "[CLS] [SEP] [MASK] [PAD] [UNK]",
    "<script>alert(1)</script>",
    "x" * 100_000,
    "1,2,3," * 20_000,
]

contexts = st.builds(
    SentenceInContext,
    text=st.sampled_from(SENTENCES) | st.text(max_size=80),
    title=st.sampled_from(["", "Council approves budget"]),
    before=st.sampled_from(["", *SENTENCES]),
)


def close(one: Prediction, other: Prediction) -> bool:
    """Say whether two predictions are the same to within the tolerance."""
    return abs(one.score - other.score) <= SCORE_TOLERANCE


class ClassifierBehaviour:
    """The suite; subclasses provide the fixture `classifier`."""

    def test_satisfies_the_protocol(self, classifier: ClaimClassifier) -> None:
        """It is a ClaimClassifier with a name, a revision and a threshold inside 0 to 1."""
        assert isinstance(classifier, ClaimClassifier)
        assert classifier.name
        assert classifier.revision
        assert 0 < classifier.threshold < 1

    def test_scores_nothing_for_nothing(self, classifier: ClaimClassifier) -> None:
        """The empty batch has an empty result."""
        assert classifier.classify([]) == []

    def test_scores_are_probabilities(self, classifier: ClaimClassifier) -> None:
        """Every prediction has a label, and a score between 0 and 1."""
        predictions = classifier.classify([SentenceInContext(text=t) for t in SENTENCES])
        assert len(predictions) == len(SENTENCES)
        assert all(0 <= p.score <= 1 and p.label for p in predictions)
        assert len({p.score for p in predictions}) > 1

    def test_keeps_the_order(self, classifier: ClaimClassifier) -> None:
        """Reversing the batch reverses the result."""
        inputs = [SentenceInContext(text=text) for text in SENTENCES]
        forward = classifier.classify(inputs)
        backward = classifier.classify(inputs[::-1])
        assert all(itertools.starmap(close, zip(forward, backward[::-1], strict=True)))

    def test_scores_repeats_alike(self, classifier: ClaimClassifier) -> None:
        """A sentence that stands in a batch twice gets one and the same prediction."""
        inputs = [SentenceInContext(text=text) for text in (*SENTENCES, *SENTENCES)]
        predictions = classifier.classify(inputs)
        assert predictions[: len(SENTENCES)] == predictions[len(SENTENCES) :]

    def test_says_the_same_again(self, classifier: ClaimClassifier) -> None:
        """The same batch gives the same result, bit for bit."""
        inputs = [SentenceInContext(text=text, title="A title") for text in SENTENCES]
        assert classifier.classify(inputs) == classifier.classify(inputs)

    @pytest.mark.parametrize("text", ODD_TEXTS, ids=lambda text: ascii(text[:12]))
    def test_scores_any_text(self, classifier: ClaimClassifier, text: str) -> None:
        """No text is refused, as sentence or as context, and its neighbours' scores stay."""
        ordinary = SentenceInContext(text=SENTENCES[0])
        alone = classifier.classify([ordinary])[0]
        predictions = classifier.classify(
            [
                SentenceInContext(text=text),
                ordinary,
                SentenceInContext(text=text, title=text, before=text),
            ]
        )
        assert len(predictions) == 3
        assert all(0 <= p.score <= 1 for p in predictions)
        assert close(predictions[1], alone)

    @settings(
        max_examples=25,
        deadline=None,
        derandomize=True,
        # Several classes run this one test, each with its classifier: nothing is replayed
        # from a database, and the classifier keeps nothing between batches.
        database=None,
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.differing_executors,
        ],
    )
    @given(batch=st.lists(contexts, max_size=24))
    def test_neighbours_do_not_matter(
        self, classifier: ClaimClassifier, batch: list[SentenceInContext]
    ) -> None:
        """A sentence scored in any batch has the score it has alone, to within 0.001."""
        together = classifier.classify(batch)
        alone = [classifier.classify([sentence])[0] for sentence in batch]
        assert all(itertools.starmap(close, zip(together, alone, strict=True)))
