"""Writes down what a teacher says: `python -m training.teach DATA OUT NETWORK`.

Its probabilities and sentence vectors of every news sentence, passage and sentence of a debate
that may be trained on; `training.train --teacher` learns from them. What OUT holds already is not
asked again: remove the file when the teacher has changed.
"""

import argparse
from pathlib import Path

import numpy as np
import torch

from training.data import read_training_data
from training.encoding import Encoder
from training.network import load_pretrained, pretrained_folder
from training.predict import pool, softmax
from training.rows import key, write_soft_labels


def main() -> None:
    """Write the soft labels."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("network", type=Path)
    parser.add_argument("--encoder", type=Path, help="what the network was trained from")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    data = read_training_data(options.data)
    examples = [*data.news, *data.passages, *data.written, *data.claimbuster]
    known: dict[str, tuple[np.ndarray, ...]] = {}
    if options.out.is_file():
        with np.load(options.out, allow_pickle=False) as file:
            said = [file[name] for name in ("worth", "claim_type", "vectors")]
            known = dict(zip(file["keys"].tolist(), zip(*said, strict=True), strict=True))
    new = [example for example in examples if key(example) not in known]
    pretrained = options.encoder or pretrained_folder()
    network = load_pretrained(pretrained, hidden_dropout=0.0)
    network.load_state_dict(torch.load(options.network, weights_only=True))
    vectors = pool(network, Encoder(pretrained), new)
    with torch.no_grad():
        worth, types = (softmax(one.numpy()) for one in network.judge(torch.tensor(vectors)))
    known |= zip(map(key, new), zip(worth, types, vectors, strict=True), strict=True)
    columns = zip(*(known[key(example)] for example in examples), strict=True)
    write_soft_labels(options.out, examples, *(np.stack(column) for column in columns))
    print(
        f"{len(data.news)} news sentences, {len(data.passages)} passages, {len(data.written)} "
        f"written ones and {len(data.claimbuster)} sentences of debates; {len(new)} of them scored"
    )


if __name__ == "__main__":
    main()
