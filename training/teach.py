"""Writes down what a teacher says: `python -m training.teach DATA OUT NETWORK`.

Its probabilities, and its vectors of the sentence and of each of its tokens, for every news
sentence, passage and sentence of a debate that may be trained on, or (`--text`) for every sentence
of open text; `training.train --teacher` learns from them. Vectors of much text are large: a teacher
that others learn from by its probabilities alone writes none (`--no-vectors`).
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from training.data import read_training_data
from training.encoding import Encoder
from training.examples import Example
from training.network import ClaimNetwork, load_pretrained, pretrained_folder
from training.predict import predict, read, softmax
from training.rows import TeacherVectors, write_soft_labels

_TOKENS_AT_A_TIME = 50_000


def main() -> None:
    """Write the soft labels."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("network", type=Path)
    parser.add_argument("--text", type=Path, help="of training.open_text: teach that instead")
    parser.add_argument("--written-files", default="*.txt", help="pattern of files in passages/")
    parser.add_argument("--no-vectors", action="store_true")
    parser.add_argument("--encoder", type=Path, help="what the network was trained from")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    data = read_training_data(
        options.data,
        text=[options.text] if options.text else [],
        written_files=options.written_files,
    )
    of_data = [*data.news, *data.passages, *data.written, *data.claimbuster]
    examples = data.text if options.text else of_data
    pretrained = options.encoder or pretrained_folder()
    network = load_pretrained(pretrained, hidden_dropout=0.0)
    network.load_state_dict(torch.load(options.network, weights_only=True))
    encoder = Encoder(pretrained)
    if options.no_vectors:
        worth, types = (softmax(logits) for logits in predict(network, encoder, examples))
        write_soft_labels(options.out, examples, worth, types)
    else:
        vectors, worth, types = ask(network, encoder, examples)
        write_soft_labels(options.out, examples, worth, types, vectors)
    print(f"asked about {len(examples)} sentences")


@torch.no_grad()
def ask(
    network: ClaimNetwork, encoder: Encoder, examples: Sequence[Example]
) -> tuple[TeacherVectors, np.ndarray, np.ndarray]:
    """Return the teacher's vectors and its distributions, (examples, 3) and (examples, 7)."""
    pooled = np.zeros((len(examples), network.worth.in_features), np.float32)
    tokens: list[np.ndarray] = [np.empty(0)] * len(examples)
    for part, states, own in read(network, encoder, examples):
        pooled[part] = network.pool(states, own).numpy()
        for at, row in enumerate(part):
            tokens[row] = states[at, own[at]].numpy().astype(np.float16)
    worth, types = (softmax(head.numpy()) for head in network.judge(torch.tensor(pooled)))
    vectors = TeacherVectors(
        sentences=pooled.astype(np.float16),
        tokens=standardized(np.concatenate(tokens)),
        counts=np.array([len(one) for one in tokens]),
    )
    return vectors, worth, types


def standardized(tokens: np.ndarray) -> np.ndarray:
    """Shift and scale the columns of (tokens, width), in place, to mean 0 and deviation 1."""
    parts = [
        tokens[start : start + _TOKENS_AT_A_TIME]
        for start in range(0, len(tokens), _TOKENS_AT_A_TIME)
    ]
    # `tokens.std` would hold all of them once more, in fp32: 5 GB for 50,000 long sentences.
    mean = sum(part.sum(0, np.float64) for part in parts) / max(len(tokens), 1)
    squares = sum(((part - mean) ** 2).sum(0) for part in parts)
    deviation = np.sqrt(squares / max(len(tokens), 1))
    for part in parts:
        part[:] = (part - mean) / np.maximum(deviation, 1e-6)
    return tokens


if __name__ == "__main__":
    main()
