"""Tiny checkpoints of no sense, as other people's tools write them. Needs no torch.

The weights are written by name and shape, with safetensors' numpy half; that transformers
loads them without a key missing is part of what the tests show.
"""

import json
import shutil
import string
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

HIDDEN = 32
LAYERS = 2
POSITIONS = 128

_SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
_LETTERS = string.ascii_lowercase + string.digits + string.punctuation
VOCABULARY = [*_SPECIAL, *_LETTERS, *("##" + letter for letter in _LETTERS)]

Weights = dict[str, NDArray[np.float32]]


def write_checkpoint(
    folder: Path, *, labels: tuple[str, ...] = ("no", "yes"), seed: int = 0, **config: object
) -> Path:
    """Write a random BertForSequenceClassification with its tokenizer; returns the folder.

    What is given as `config` overwrites keys of config.json.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_tokenizer(folder)
    settings = {
        "model_type": "bert",
        "architectures": ["BertForSequenceClassification"],
        "vocab_size": len(VOCABULARY),
        "hidden_size": HIDDEN,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": 4,
        "intermediate_size": 64,
        "max_position_embeddings": POSITIONS,
        "pad_token_id": 0,
        "id2label": {str(index): label for index, label in enumerate(labels)},
        "label2id": {label: index for index, label in enumerate(labels)},
    }
    (folder / "config.json").write_text(json.dumps(settings | config), encoding="utf-8")
    save_file(
        bert_weights(len(labels), seed), folder / "model.safetensors", metadata={"format": "pt"}
    )
    return folder


def without_section(source: Path, folder: Path) -> Path:
    """Copy the shipped model as another maker's export would be: its section taken away."""
    shutil.copytree(source, folder)
    path = folder / "config.json"
    config = json.loads(path.read_bytes())
    del config["claimwire"]
    path.write_text(json.dumps(config), encoding="utf-8")
    # The shipped graph has fewer positions than the encoder's config tells of: it is never
    # given as many tokens by TransformerClassifier.
    path = folder / "tokenizer_config.json"
    tokenizer = json.loads(path.read_bytes())
    path.write_text(json.dumps(tokenizer | {"model_max_length": 192}), encoding="utf-8")
    return folder


def write_tokenizer(folder: Path) -> None:
    """Write a WordPiece tokenizer that knows single letters."""
    tokenizer = Tokenizer(
        models.WordPiece(
            vocab={token: index for index, token in enumerate(VOCABULARY)}, unk_token="[UNK]"
        )
    )
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer.add_special_tokens(_SPECIAL)
    tokenizer.save(str(folder / "tokenizer.json"))
    settings = {"tokenizer_class": "BertTokenizer", "model_max_length": POSITIONS}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")


def bert_weights(labels: int, seed: int = 0) -> Weights:
    """Return random weights, large enough that scores differ visibly between sentences."""
    generator = np.random.default_rng(seed)
    weights: Weights = {}

    def add(name: str, *shape: int) -> None:
        weights[name] = generator.normal(0, 0.3, shape).astype(np.float32)

    def add_linear(name: str, outputs: int, inputs: int) -> None:
        add(f"{name}.weight", outputs, inputs)
        add(f"{name}.bias", outputs)

    def add_norm(name: str) -> None:
        weights[f"{name}.weight"] = np.ones(HIDDEN, np.float32)
        weights[f"{name}.bias"] = np.zeros(HIDDEN, np.float32)

    for name, rows in (("word", len(VOCABULARY)), ("position", POSITIONS), ("token_type", 2)):
        add(f"bert.embeddings.{name}_embeddings.weight", rows, HIDDEN)
    add_norm("bert.embeddings.LayerNorm")
    for layer in range(LAYERS):
        prefix = f"bert.encoder.layer.{layer}"
        for name in ("query", "key", "value"):
            add_linear(f"{prefix}.attention.self.{name}", HIDDEN, HIDDEN)
        add_linear(f"{prefix}.attention.output.dense", HIDDEN, HIDDEN)
        add_norm(f"{prefix}.attention.output.LayerNorm")
        add_linear(f"{prefix}.intermediate.dense", 64, HIDDEN)
        add_linear(f"{prefix}.output.dense", HIDDEN, 64)
        add_norm(f"{prefix}.output.LayerNorm")
    add_linear("bert.pooler.dense", HIDDEN, HIDDEN)
    add_linear("classifier", labels, HIDDEN)
    return weights
