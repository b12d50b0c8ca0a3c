"""Growing a network: more layers, the same answers at first."""

import numpy as np
import pytest

pytestmark = pytest.mark.torch


def test_a_grown_network_says_what_it_said() -> None:
    """Two more layers change a random network's logits by less than a tenth of their spread."""
    torch = pytest.importorskip("torch")
    from transformers import BertConfig, BertModel

    from training.grow import grown
    from training.network import ClaimNetwork, layers_of

    def network(layers: int) -> ClaimNetwork:
        config = BertConfig(
            vocab_size=100,
            hidden_size=32,
            num_hidden_layers=layers,
            num_attention_heads=4,
            intermediate_size=64,
            attn_implementation="eager",
        )
        return ClaimNetwork(BertModel(config, add_pooling_layer=False)).eval()

    torch.manual_seed(0)
    small, large = network(2), network(4)
    batch = {
        "input_ids": torch.randint(1, 100, (40, 12)),
        "attention_mask": torch.ones(40, 12, dtype=torch.int64),
        "token_type_ids": torch.zeros(40, 12, dtype=torch.int64),
    }
    state = grown(small, [batch], after=[1, 2], context_layers=4)
    assert layers_of(state) == 4
    large.load_state_dict(state)
    with torch.no_grad():
        before, after = small(**batch)[0].numpy(), large(**batch)[0].numpy()
    assert np.abs(after - before).max() < 0.1 * before.std()
