"""Puts more layers into a trained network: `python -m training.grow OUT NETWORK TEXT`.

A new layer is a copy of the one below whose two branches add nothing yet, so that the network says
at first what it said before (Chen et al. 2016, "Net2Net"; Wu et al. 2024, "LLaMA Pro"). BERT
normalizes after each branch: the new layer's normalizations are fitted to give their input
back as well as a scale and a shift a channel can. The context is shown to the first layers only,
which pays for the new ones.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import torch

from training.encoding import Encoder
from training.network import ClaimNetwork, load_network, pretrained_folder
from training.unlabelled import read_open_text

_LAYER = "encoder.encoder.layer"
_SENTENCES = 256
_BRANCHES = ("attention.output.dense", "output.dense")
_NORMALIZATIONS = ("attention.output.LayerNorm", "output.LayerNorm")


def grown(
    network: ClaimNetwork, batches: Sequence[dict], *, after: Sequence[int], context_layers: int
) -> dict[str, torch.Tensor]:
    """Return the state of a network with a layer more after each of those numbered, from 1 on.

    `batches` are what `Encoder` returns, to see what passes between the layers.
    """
    state = network.state_dict()
    states = {name: value for name, value in state.items() if not name.startswith(_LAYER)}
    states["context_layers"] = torch.tensor(context_layers)
    passed = outputs(network, batches)
    at = 0
    for number, output in enumerate(passed, 1):
        part = f"{_LAYER}.{number - 1}."
        layer = {name.removeprefix(part): v for name, v in state.items() if name.startswith(part)}
        layers = [layer, identity(layer, output)] if number in after else [layer]
        for one in layers:
            states |= {f"{_LAYER}.{at}.{name}": value.clone() for name, value in one.items()}
            at += 1
    return states


def identity(layer: dict[str, torch.Tensor], output: torch.Tensor) -> dict[str, torch.Tensor]:
    """Return a layer that gives back what comes from the one below, of shape (tokens, width)."""
    mean, deviation = output.mean(-1, keepdim=True), output.std(-1, unbiased=False, keepdim=True)
    normal = (output - mean) / deviation
    off, wanted = normal - normal.mean(0), output - output.mean(0)
    scale = (off * wanted).mean(0) / off.square().mean(0)
    shift = output.mean(0) - scale * normal.mean(0)
    nothing = {
        f"{branch}.{kind}": torch.zeros_like(layer[f"{branch}.{kind}"])
        for branch in _BRANCHES
        for kind in ("weight", "bias")
    }
    fitted = {f"{one}.{kind}": v for one in _NORMALIZATIONS for kind, v in _pair(scale, shift)}
    return layer | nothing | fitted


def _pair(scale: torch.Tensor, shift: torch.Tensor) -> tuple[tuple[str, torch.Tensor], ...]:
    return ("weight", scale), ("bias", shift)


@torch.no_grad()
def outputs(network: ClaimNetwork, batches: Sequence[dict]) -> list[torch.Tensor]:
    """Return what each layer says of the sentences' own tokens, (tokens, width) each."""
    network.eval()
    seen: list[list[torch.Tensor]] = [[] for _ in network.encoder.encoder.layer]
    for batch in batches:
        own = (batch["attention_mask"] * (1 - batch["token_type_ids"])).bool()
        hidden = network.encoder(**batch, output_hidden_states=True).hidden_states[1:]
        for at, states in enumerate(hidden):
            seen[at].append(states[own].float())
    return [torch.cat(one) for one in seen]


def main() -> None:
    """Write the grown network."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("network", type=Path)
    parser.add_argument("text", type=Path, help="of training.open_text")
    parser.add_argument("--after", type=int, nargs="+", default=[3, 4, 5, 6])
    parser.add_argument("--context-layers", type=int, default=2)
    options = parser.parse_args()
    network = load_network(options.network, pretrained_folder(), hidden_dropout=0.0)
    encoder = Encoder(pretrained_folder())
    text = read_open_text(options.text)
    examples = text[:: max(1, len(text) // _SENTENCES)]
    batches = [encoder(examples[at : at + 32]) for at in range(0, len(examples), 32)]
    how = {"after": options.after, "context_layers": options.context_layers}
    torch.save(grown(network, batches, **how), options.out)


if __name__ == "__main__":
    main()
