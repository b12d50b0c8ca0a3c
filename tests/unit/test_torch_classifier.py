"""Safetensors checkpoints through torch, end to end, on tiny random ones made here."""

import itertools
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from pipeline.checkpoint import read_folder
from pipeline.errors import ClassifierError, ConfigurationError
from pipeline.model_choice import load_model
from pipeline.models import SentenceInContext
from pipeline.torch_classifier import TorchClassifier
from tests.checkpoints import POSITIONS, VOCABULARY, write_checkpoint, write_tokenizer
from tests.classifier_behaviour import SENTENCES, ClassifierBehaviour, close
from tests.fake_hub import COMMIT, running_hub

pytestmark = pytest.mark.torch

COMMAND = str(Path(sys.executable).with_name("claimwire"))
INPUTS = [SentenceInContext(text=text) for text in SENTENCES]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_checkpoint(tmp_path_factory.mktemp("torch") / "tiny")


@pytest.fixture(scope="module")
def loaded(folder: Path) -> TorchClassifier:
    classifier = load_model(str(folder))
    assert isinstance(classifier, TorchClassifier)
    return classifier


class TestTorchClassifier(ClassifierBehaviour):
    @pytest.fixture
    def classifier(self, loaded: TorchClassifier) -> TorchClassifier:
        return loaded


def test_scores_are_the_models_own(folder: Path) -> None:
    """A score is the softmax of what transformers' own model gives for the sentence."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    for sentence, prediction in zip(INPUTS, load_model(str(folder)).classify(INPUTS), strict=True):
        tokens = tokenizer(
            sentence.text, truncation=True, max_length=POSITIONS - 2, return_tensors="pt"
        )
        with torch.no_grad():
            expected = torch.softmax(model(**tokens).logits[0], -1)
        assert prediction.score == pytest.approx(float(expected[1]), abs=1e-5)
        assert prediction.label == ("yes" if expected[1] > 0.5 else "no")


def test_three_labels_and_the_override(tmp_path: Path) -> None:
    """Of three labels the named one is the score; all three add up to one."""
    labels = ("claim", "opinion", "question")
    folder = str(write_checkpoint(tmp_path, labels=labels))
    scores = [
        [p.score for p in load_model(folder, check_worthy_label=label).classify(INPUTS)]
        for label in labels
    ]
    np.testing.assert_allclose(np.sum(scores, axis=0), 1, atol=1e-6)
    with pytest.raises(ConfigurationError, match='"claim", "opinion", "question"'):
        load_model(folder)
    with pytest.raises(ConfigurationError, match='"claim", "opinion", "question"'):
        load_model(folder, check_worthy_label="worthy")


def test_batching_does_not_matter(folder: Path) -> None:
    """The smallest token budget gives the scores of the largest; calls are reported."""
    calls: list[int] = []
    checkpoint = read_folder(folder)
    small = TorchClassifier(
        checkpoint, batch_max_tokens=1, on_model_call=lambda count, _seconds: calls.append(count)
    ).classify(INPUTS * 2)
    large = TorchClassifier(checkpoint, batch_max_tokens=100_000).classify(INPUTS * 2)
    assert all(itertools.starmap(close, zip(small, large, strict=True)))
    assert calls == [1] * len(INPUTS)


def test_threads_hold_in_the_executors_thread(folder: Path) -> None:
    """The number of threads holds in whichever thread calls the model."""
    import torch

    TorchClassifier(read_folder(folder), threads=2)
    TorchClassifier(read_folder(folder), threads=1)
    seen: list[int] = []
    thread = threading.Thread(target=lambda: seen.append(torch.get_num_threads()))
    thread.start()
    thread.join()
    assert seen == [1]


@pytest.mark.parametrize("content", [b"", b"\xff" * 100, b"\x08\0\0\0\0\0\0\0{}      "])
def test_damaged_weights(tmp_path: Path, content: bytes) -> None:
    """A damaged weights file is told, not a traceback."""
    (write_checkpoint(tmp_path) / "model.safetensors").write_bytes(content)
    with pytest.raises(ConfigurationError, match=str(tmp_path)):
        load_model(str(tmp_path))


def test_truncated_weights(tmp_path: Path) -> None:
    """A download that broke off is told."""
    path = write_checkpoint(tmp_path) / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(ConfigurationError, match="no safetensors weights that fit"):
        load_model(str(tmp_path))


def test_number_of_labels_against_the_weights(tmp_path: Path) -> None:
    """A config with another number of labels than the weights is told."""
    write_checkpoint(tmp_path)
    config = json.loads((tmp_path / "config.json").read_bytes())
    config |= {"id2label": {"0": "a", "1": "b", "2": "cfs"}, "label2id": {"a": 0, "b": 1, "cfs": 2}}
    (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(ConfigurationError, match="weights that fit"):
        load_model(str(tmp_path))


def test_one_label(tmp_path: Path) -> None:
    """A regression is no classifier."""
    with pytest.raises(ConfigurationError, match="no classifier"):
        load_model(str(write_checkpoint(tmp_path, labels=("score",))))


def change_weights(folder: Path, change: Any) -> None:
    path = folder / "model.safetensors"
    weights = load_file(path)
    change(weights)
    save_file(weights, path, metadata={"format": "pt"})


def test_an_encoder_is_no_classifier(tmp_path: Path) -> None:
    """Weights without the head are refused, where transformers would make up a random one."""
    folder = write_checkpoint(tmp_path)

    def drop_head(weights: dict[str, Any]) -> None:
        for name in ("classifier.weight", "classifier.bias"):
            del weights[name]

    change_weights(folder, drop_head)
    with pytest.raises(ConfigurationError, match=r"no trained sequence classifier.*classifier\."):
        load_model(str(folder))


def test_weights_that_are_no_numbers(tmp_path: Path) -> None:
    """Weights of NaN are noticed at start."""
    folder = write_checkpoint(tmp_path)
    change_weights(folder, lambda weights: weights["classifier.bias"].fill(np.nan))
    with pytest.raises(ConfigurationError, match="cannot score"):
        load_model(str(folder))


def test_half_precision_is_scored_in_full(folder: Path, tmp_path: Path) -> None:
    """Weights saved in half precision load, and score as the full ones to within rounding."""
    half = write_checkpoint(tmp_path, dtype="float16")

    def halve(weights: dict[str, Any]) -> None:
        weights.update({name: value.astype(np.float16) for name, value in weights.items()})

    change_weights(half, halve)
    classifier = load_model(str(half))
    assert isinstance(classifier, TorchClassifier)
    assert {str(weight.dtype) for weight in classifier._model.parameters()} == {"torch.float32"}
    for one, other in zip(
        classifier.classify(INPUTS), load_model(str(folder)).classify(INPUTS), strict=True
    ):
        assert one.score == pytest.approx(other.score, abs=0.02)


def save_other(folder: Path, config: Any) -> Path:
    """Save a random model of another architecture, as its maker would."""
    import torch
    from transformers import AutoModelForSequenceClassification

    torch.manual_seed(0)
    AutoModelForSequenceClassification.from_config(config).save_pretrained(folder)
    write_tokenizer(folder)
    return folder


SIZES = {
    "vocab_size": len(VOCABULARY),
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    "initializer_range": 0.3,
    "id2label": {0: "No", 1: "Yes"},
    "label2id": {"No": 0, "Yes": 1},
}


@pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated:DeprecationWarning")
@pytest.mark.parametrize("kind", ["DistilBert", "Roberta", "DebertaV2", "ModernBert"])
def test_other_encoders(tmp_path: Path, kind: str) -> None:
    """Encoders with other inputs than BERT's keep to the same behaviour."""
    import transformers

    config = getattr(transformers, f"{kind}Config")(
        **SIZES, max_position_embeddings=POSITIONS, pad_token_id=0, type_vocab_size=1
    )
    classifier = load_model(str(save_other(tmp_path, config)))
    together = classifier.classify(INPUTS)
    alone = [classifier.classify([sentence])[0] for sentence in INPUTS]
    assert all(itertools.starmap(close, zip(together, alone, strict=True)))
    assert len({p.score for p in together}) == len(INPUTS)


def test_inputs_the_model_does_not_name(tmp_path: Path) -> None:
    """A model is not given what its forward does not name, whatever the tokenizer returns."""
    from transformers import DistilBertConfig

    config = DistilBertConfig(**SIZES, max_position_embeddings=POSITIONS, pad_token_id=0)
    classifier = load_model(str(save_other(tmp_path, config)))
    assert isinstance(classifier, TorchClassifier)
    assert "token_type_ids" in classifier._encode([("a", "")])[0]
    seen: set[str] = set()
    classifier._model.register_forward_pre_hook(
        lambda _module, _positional, named: seen.update(named), with_kwargs=True
    )
    classifier.classify(INPUTS)
    assert seen == {"input_ids", "attention_mask"}


@pytest.mark.parametrize("padded", [True, False])
def test_a_decoder(tmp_path: Path, padded: bool) -> None:
    """A decoder, which reads its last token, scores alike in a batch and alone."""
    from transformers import GPT2Config

    folder = save_other(
        tmp_path,
        GPT2Config(
            vocab_size=len(VOCABULARY),
            n_positions=POSITIONS,
            n_embd=32,
            n_layer=2,
            n_head=4,
            initializer_range=0.3,
            id2label=SIZES["id2label"],
            label2id=SIZES["label2id"],
            bos_token_id=2,
            eos_token_id=3,
        ),
    )
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": POSITIONS}
    if padded:
        settings["pad_token"] = "[PAD]"
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    classifier = load_model(str(folder))
    together = classifier.classify([*INPUTS, SentenceInContext(text="")])
    alone = [classifier.classify([sentence])[0] for sentence in INPUTS]
    assert all(itertools.starmap(close, zip(together[:-1], alone, strict=True)))


def test_a_vocabulary_beyond_the_weights(tmp_path: Path) -> None:
    """A token the model has no row for fails as a ClassifierError, or at start."""
    import torch

    folder = write_checkpoint(tmp_path)
    classifier = load_model(str(folder))
    assert isinstance(classifier, TorchClassifier)
    classifier._model.bert.embeddings.word_embeddings = torch.nn.Embedding(4, 32)
    with pytest.raises(ClassifierError, match="IndexError"):
        classifier.classify(INPUTS)


def run(*arguments: str | Path, stdin: str = "", **variables: str) -> CompletedProcess[str]:
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("CLAIMWIRE_", "HF_", "TRANSFORMERS_"))
    }
    return subprocess.run(
        [COMMAND, *map(str, arguments)],
        input=stdin,
        env=kept | {"CLAIMWIRE_MODEL_THREADS": "1"} | variables,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_detect_with_a_folder(folder: Path, tmp_path: Path) -> None:
    """`claimwire detect` finds what this model finds, under its name and revision, unconnected."""
    article = tmp_path / "article.json"
    article.write_text(json.dumps({"body": " ".join(SENTENCES[:5])}), encoding="utf-8")
    with running_hub(folder, "org/tiny") as hub:
        ended = run("detect", "--json", article, CLAIMWIRE_MODEL=str(folder), **hub.environment)
        assert hub.requests == []
    assert (ended.returncode, ended.stderr) == (0, "")
    claims = [json.loads(line) for line in ended.stdout.splitlines()]
    expected = [p.score for p in load_model(str(folder)).classify(INPUTS[:5]) if p.score >= 0.5]
    assert [claim["score"] for claim in claims] == pytest.approx(expected, abs=1e-5)
    assert expected
    revision = read_folder(folder).revision
    assert all(claim["model"] == {"name": "tiny", "revision": revision} for claim in claims)


def test_classify_with_a_hub_id(folder: Path, tmp_path: Path) -> None:
    """A hub id is fetched at one commit, told as the revision, and served from disk after."""
    variables = {"CLAIMWIRE_MODEL": "org/tiny", "HF_HOME": str(tmp_path)}
    line = json.dumps({"text": SENTENCES[0]})
    with running_hub(folder, "org/tiny") as hub:
        first = run("classify", stdin=line, **variables, **hub.environment)
        fetched = [request for request in hub.requests if request.startswith("GET /org/")]
    assert (first.returncode, first.stderr) == (0, "")
    assert f"GET /org/tiny/resolve/{COMMIT}/model.safetensors" in fetched
    assert [request for request in fetched if COMMIT not in request] == [
        "GET /org/tiny/resolve/main/config.json"
    ]
    again = run("classify", stdin=line, HF_HUB_OFFLINE="1", **variables)
    assert (again.returncode, again.stdout) == (0, first.stdout)
    article = tmp_path / "article.txt"
    article.write_text(SENTENCES[0], encoding="utf-8")
    found = run("detect", "--json", "--threshold", "0", article, HF_HUB_OFFLINE="1", **variables)
    assert json.loads(found.stdout)["model"] == {"name": "org/tiny", "revision": COMMIT}


def test_pickles_and_code_on_the_hub_are_refused(tmp_path: Path) -> None:
    """A hub model of pickled weights, or with code of its own, is one sentence; nothing runs."""
    source = write_checkpoint(tmp_path / "source")
    (source / "model.safetensors").rename(source / "pytorch_model.bin")
    model = {"CLAIMWIRE_MODEL": "org/tiny"}
    with running_hub(source, "org/tiny") as hub:
        ended = run("classify", HF_HOME=str(tmp_path / "one"), **model, **hub.environment)
        assert not any("pytorch_model.bin" in request for request in hub.requests)
        assert not any("discussions" in request for request in hub.requests)
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)
    assert "safetensors" in ended.stderr
    write_checkpoint(source, model_type="new", auto_map={"AutoConfig": "code.Config"})
    (source / "code.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')", encoding="utf-8")
    with running_hub(source, "org/tiny") as hub:
        ended = run("classify", HF_HOME=str(tmp_path / "two"), **model, **hub.environment)
        assert not any("code.py" in request for request in hub.requests)
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)
    assert not (tmp_path / "ran").exists()


def test_a_model_the_hub_does_not_have(folder: Path, tmp_path: Path) -> None:
    """A wrong name, or a wrong revision, is one sentence that holds it."""
    with running_hub(folder, "org/tiny") as hub:
        for model in ("org/none", "org/tiny@v9"):
            ended = run("classify", CLAIMWIRE_MODEL=model, HF_HOME=str(tmp_path), **hub.environment)
            assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)
            assert model in ended.stderr
