"""The flow without Kafka and without a model: articles in, results out."""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.claims import claim_id, fold
from pipeline.detection import (
    Detector,
    LanguageIdentifier,
    SentenceSplitter,
    TextExtractor,
    detect_claims,
    in_context,
)
from pipeline.errors import ArticleError, Stage
from pipeline.models import (
    Article,
    ArticleResult,
    ArticleText,
    Outcome,
    Prediction,
    Sentence,
    SentenceInContext,
    SkipReason,
    TextBasis,
)
from tests.fakes import FakeClassifier

BROKEN = "broken markup"
REFUSED = "Refuse me, 1."


class FakeExtractor(TextExtractor):
    """The body is the text; a body that begins with BROKEN cannot be extracted."""

    def extract(self, article: Article) -> ArticleText:
        if article.body.startswith(BROKEN):
            raise ArticleError(Stage.EXTRACT, "broken", "The body cannot be extracted.")
        digest = hashlib.sha256(article.body.encode()).hexdigest()
        return ArticleText(text=article.body, basis=TextBasis.BODY, sha256=digest)


class FakeLanguageIdentifier(LanguageIdentifier):
    """Believes the tag."""

    def identify(self, text: str, tag: str | None) -> str | None:
        return tag


class FakeSplitter(SentenceSplitter):
    """A sentence ends at a full stop."""

    def split(self, text: str) -> list[Sentence]:
        found = re.finditer(r"[^.\s][^.]*\.?", text)
        return [Sentence(text=m[0], start=m.start(), end=m.end()) for m in found]


class RecordingClassifier(FakeClassifier):
    """Keeps what it was shown."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[SentenceInContext] = []

    def classify(self, sentences: Sequence[SentenceInContext]) -> list[Prediction]:
        self.seen.extend(sentences)
        return super().classify(sentences)


class ContextClassifier(FakeClassifier):
    """Flags what has a sentence before it, whatever it says."""

    def classify(self, sentences: Sequence[SentenceInContext]) -> list[Prediction]:
        return [Prediction(label="check_worthy", score=float(bool(s.before))) for s in sentences]


def detector(classifier: FakeClassifier | None = None, *, threshold: float = 0.5) -> Detector:
    return Detector(
        extractor=FakeExtractor(),
        language_identifier=FakeLanguageIdentifier(),
        splitter=FakeSplitter(),
        classifier=classifier or FakeClassifier(),
        threshold=threshold,
    )


def article(body: str, *, identity: str = "id:wire/1", language: str | None = "en") -> Article:
    return Article(identity=identity, body=body, language=language)


def detect(*bodies: str, classifier: FakeClassifier | None = None) -> list[ArticleResult]:
    batch = [article(body, identity=f"id:wire/{n}") for n, body in enumerate(bodies)]
    return detect_claims(batch, detector(classifier))


sentences = st.sampled_from(
    ["It rose by 4.", "Nobody came.", "It  rose by 4.", "Café 7.", "Cafe\u0301 7.", "😀 cost 9."]
)
bodies = st.lists(sentences, max_size=8).map(" ".join) | st.sampled_from(["", " \n\t", BROKEN, "."])
batches = st.lists(
    st.builds(
        Article,
        identity=st.sampled_from(["id:a/1", "id:a/2"]),
        body=bodies,
        language=st.sampled_from([None, "en", "de"]),
    ),
    max_size=6,
)


def test_an_empty_batch_has_no_results() -> None:
    """Nothing in, nothing out."""
    assert detect() == []


@given(batches)
def test_a_batch_gives_what_each_article_gives_alone(batch: list[Article]) -> None:
    """Batching changes nothing: one result per article, in order, the same as by itself."""
    together = detect_claims(batch, detector())
    alone = [detect_claims([one], detector())[0] for one in batch]
    assert [comparable(result) for result in together] == [comparable(result) for result in alone]


def comparable(result: ArticleResult) -> tuple[ArticleResult, str | None]:
    return replace(result, error=None), result.error and str(result.error)


@given(batches)
def test_offsets_slice_back_and_ids_are_by_the_rules(batch: list[Article]) -> None:
    """Every claim's offsets cut its own sentence from the text, and its id can be recomputed."""
    for one, result in zip(batch, detect_claims(batch, detector()), strict=True):
        texts = [sentence.text for sentence in FakeSplitter().split(one.body)]
        for claim in result.claims:
            assert one.body[claim.start : claim.end] == claim.text
            assert texts[claim.sentence_index] == claim.text
            before = [fold(text) for text in texts[: claim.sentence_index]]
            occurrence = before.count(fold(claim.text))
            assert claim.claim_id == claim_id(one.identity, fold(claim.text), occurrence)
            assert claim.score >= claim.threshold
        assert len({claim.claim_id for claim in result.claims}) == len(result.claims)


@given(batches)
def test_every_result_is_consistent(batch: list[Article]) -> None:
    """Claims come exactly with the outcome `claims`, an error exactly with `dead_lettered`."""
    for result in detect_claims(batch, detector()):
        assert bool(result.claims) == (result.outcome is Outcome.CLAIMS)
        assert (result.error is not None) == (result.outcome is Outcome.DEAD_LETTERED)
        assert (result.reason is None) == (result.outcome in {Outcome.CLAIMS, Outcome.NO_CLAIMS})


@pytest.mark.parametrize("bad", [BROKEN, REFUSED])
def test_a_failing_article_leaves_its_neighbours_untouched(bad: str) -> None:
    """Whether extraction or the model fails on one article, the others end as without it."""
    good = ["It rose by 4. Nobody came.", "Café 7."]
    first, failing, second = detect(
        good[0], bad, good[1], classifier=FakeClassifier(refuses=REFUSED)
    )
    assert failing.outcome is Outcome.DEAD_LETTERED
    assert failing.error is not None
    alone = detect_claims([article(good[0], identity="id:wire/0")], detector())
    also_alone = detect_claims([article(good[1], identity="id:wire/2")], detector())
    assert [first, second] == [*alone, *also_alone]


def test_an_article_the_model_refuses_says_so_without_its_text() -> None:
    """The error has stage classify and carries nothing of the article."""
    (result,) = detect(REFUSED, classifier=FakeClassifier(refuses=REFUSED))
    assert result.error is not None
    assert (result.error.stage, result.reason) == (Stage.CLASSIFY, "classifier_failed")
    assert "Refuse me" not in str(result.error)


def test_all_sentences_of_a_batch_are_scored_in_one_call() -> None:
    """Short articles cost one model call together; articles without sentences cost none."""
    classifier = FakeClassifier()
    detect("It rose by 4. Nobody came.", "", BROKEN, "Café 7.", classifier=classifier)
    assert classifier.calls == [3]


@pytest.mark.parametrize("body", ["", " \n\t", "\u2028\u00a0"])
def test_an_empty_text_is_skipped(body: str) -> None:
    """A body without text is passed over with the reason `empty`."""
    (result,) = detect(body)
    assert (result.outcome, result.reason) == (Outcome.SKIPPED, SkipReason.EMPTY)


@pytest.mark.parametrize(
    ("language", "outcome"),
    [("en", Outcome.CLAIMS), (None, Outcome.CLAIMS), ("de", Outcome.SKIPPED)],
)
def test_only_languages_the_model_reads_are_scored(language: str | None, outcome: Outcome) -> None:
    """Another language is skipped and named; a text too short to tell is read."""
    (result,) = detect_claims([article("It rose by 4.", language=language)], detector())
    assert (result.outcome, result.language) == (outcome, language)


def test_a_score_at_the_threshold_is_a_claim() -> None:
    """The threshold belongs to the claims: at it is flagged, just over it is not."""
    body = "It rose by 4."
    (claim,) = detect(body)[0].claims
    at, over = (
        detect_claims([article(body)], detector(threshold=threshold))[0]
        for threshold in (claim.score, claim.score + 1e-9)
    )
    assert [found.threshold for found in at.claims] == [claim.score]
    assert over.outcome is Outcome.NO_CLAIMS


def test_a_claim_carries_its_neighbours_and_its_model() -> None:
    """The sentences around it, unflagged ones too, the model and the text it was cut from."""
    (result,) = detect("Nobody came. It rose by 4. Why.")
    (claim,) = result.claims
    assert (claim.sentence_before, claim.sentence_after) == ("Nobody came.", "Why.")
    assert (claim.sentence_index, result.sentence_count) == (1, 3)
    assert (claim.model_name, claim.model_revision) == ("fake", "0")
    text = FakeExtractor().extract(claim.article)
    assert (claim.text_sha256, claim.text_basis, claim.extractor) == (text.sha256, "body", None)


def test_the_first_and_last_sentences_have_no_neighbour() -> None:
    """At the ends of an article the context is None, not the other end."""
    first, last = detect("It rose by 4. Café 7.")[0].claims
    assert first.sentence_before is None
    assert last.sentence_after is None


def test_ids_survive_an_edit_of_another_sentence() -> None:
    """Editing, adding or removing other sentences moves a claim but keeps its id."""

    def ids(body: str) -> dict[str, str]:
        (result,) = detect_claims([article(body)], detector())
        return {claim.text: claim.claim_id for claim in result.claims}

    original = ids("Nobody came. It rose by 4. Café 7.")
    edited = ids("Everybody came, all 60 of them. It rose by 4. And then. Café 7.")
    shortened = ids("Café 7.")
    assert original == {text: edited[text] for text in original}
    assert shortened == {"Café 7.": original["Café 7."]}


def test_the_same_sentence_twice_is_two_claims() -> None:
    """Repetitions are told apart by their occurrence, white space and accents aside."""
    (result,) = detect("Cafe\u0301 7. Nobody came. Café  7. Café 7.")
    ids = [claim.claim_id for claim in result.claims]
    assert ids == [claim_id("id:wire/0", "Café 7.", occurrence) for occurrence in range(3)]


def test_an_unflagged_repetition_counts_as_an_occurrence() -> None:
    """Occurrences number sentences, not claims: a change of scores does not rename the others."""
    body = "It rose by 4. It rose by 4."
    both = detect_claims([article(body)], detector())[0].claims
    (second,) = detect_claims([article(body)], detector(ContextClassifier()))[0].claims
    assert (second.claim_id, second.start) == (both[1].claim_id, both[1].start)


def test_a_sentence_is_scored_with_title_and_the_sentence_before() -> None:
    """The title goes along as context and is never scored itself."""
    classifier = RecordingClassifier()
    titled = replace(article("It rose by 4. Café 7."), title="Prices of 9")
    result = detect_claims([titled], detector(classifier))[0]
    assert classifier.seen == [
        SentenceInContext(text="It rose by 4.", title="Prices of 9", before=""),
        SentenceInContext(text="Café 7.", title="Prices of 9", before="It rose by 4."),
    ]
    assert result.sentence_count == 2


def test_no_sentences_have_no_context() -> None:
    """An article without sentences gives the model nothing."""
    assert in_context("Title", []) == []


@given(st.text())
def test_folding_is_idempotent_and_free_of_the_joint(text: str) -> None:
    """A folded text stays as it is, is in NFC, and cannot hold the separator of claim_id."""
    folded = fold(text)
    assert fold(folded) == folded
    assert unicodedata.is_normalized("NFC", folded)
    assert "\x1f" not in folded


def test_folding_a_flood_of_combining_marks_is_bounded() -> None:
    """Marks beyond any language's are composed a run at a time; 120 of them exactly as NFC does."""
    marks = "\u0301\u0323" * 60
    assert fold(f"a{marks} b") == f"{unicodedata.normalize('NFC', 'a' + marks)} b"
    flood = fold("a" + "\u0301\u0323" * 250_000)
    assert flood.startswith(unicodedata.normalize("NFC", "a\u0323\u0301")[0])
    assert len(flood) > 499_000
