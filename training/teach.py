"""Averages what several trained networks say: `python -m training.teach DATA OUT NETWORK...`.

Writes the soft labels that `training.train --teacher` learns from.
"""

import argparse
from pathlib import Path

import numpy as np
import torch

from training.data import read_training_data
from training.encoding import Encoder
from training.network import load_pretrained, pretrained_folder
from training.rows import write_soft_labels
from training.train import pool, softmax


def main() -> None:
    """Write the soft labels of news sentences, passages and debates."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("networks", type=Path, nargs="+")
    parser.add_argument("--encoder", type=Path, help="what the networks were trained from")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    states = [torch.load(path, weights_only=True) for path in options.networks]
    data = read_training_data(options.data)
    examples = [*data.news, *data.passages, *data.written, *data.claimbuster]
    pretrained = options.encoder or pretrained_folder()
    encoder = Encoder(pretrained)
    network = load_pretrained(pretrained, hidden_dropout=0.0)
    said = []
    for state in states:
        network.load_state_dict(state)
        vectors = pool(network, encoder, examples)
        with torch.no_grad():
            logits = network.judge(torch.tensor(vectors))
        said.append([softmax(one.numpy()) for one in logits])
    worth, types = (np.mean([one[head] for one in said], axis=0) for head in (0, 1))
    write_soft_labels(options.out, examples, worth, types, vectors if len(states) == 1 else None)
    print(
        f"{len(data.news)} news sentences, {len(data.passages)} passages, {len(data.written)} "
        f"written ones and "
        f"{len(data.claimbuster)} sentences of debates scored"
    )


if __name__ == "__main__":
    main()
