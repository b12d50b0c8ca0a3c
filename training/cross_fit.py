"""Five networks, each asked of the documents it never saw: `python -m training.cross_fit DATA OUT`.

Takes networks trained with `training.train --leave-out 0` to 4, in this order. Writes soft labels
for `training.train --teacher`: of a sentence those of the one network that did not learn it, of a
passage, which none learnt, the mean of all. Prints the macro-F1 of the claim type by this
cross-validation over documents. Only folds 0 to 6 train, also here, so each network learnt from
four fifths of them.
"""

import argparse
from pathlib import Path

import numpy as np
import torch

from training.data import read_news, read_training_data
from training.encoding import Encoder
from training.examples import PARTS, REPORT_FOLD, TYPE_LABELS, Example, fold_of, part_of
from training.metrics import macro_f1
from training.network import load_pretrained, pretrained_folder
from training.predict import predict, softmax
from training.rows import write_soft_labels


def print_types(examples: list[Example], said: np.ndarray) -> None:
    """Print macro-F1 of the claim type and each type's F1; `said` holds type indexes."""
    gold = np.array([example.claim_type for example in examples])
    print(
        f"claim_type macro-F1 over {len(gold)} rows: {macro_f1(said, gold, len(TYPE_LABELS)):.3f}"
    )
    for index, label in enumerate(TYPE_LABELS):
        hits = np.sum((said == index) & (gold == index))
        f1 = 2 * hits / max(np.sum(said == index) + np.sum(gold == index), 1)
        print(f"  {label}: {f1:.3f} ({np.sum(gold == index)} rows)")


def main() -> None:
    """Write the soft labels and print the cross-validated claim types."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("networks", type=Path, nargs=PARTS)
    parser.add_argument("--report", action="store_true", help="count the report fold too")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    data = read_training_data(options.data)
    counted = [
        e for e in read_news(options.data) if options.report or fold_of(e.doc) != REPORT_FOLD
    ]
    encoder = Encoder(pretrained_folder())
    network = load_pretrained(pretrained_folder(), hidden_dropout=0.0)
    examples = [*data.news, *data.passages]
    own_part = np.array([part_of(e.doc) for e in data.news] + [-1] * len(data.passages))
    counted_part = np.array([part_of(e.doc) for e in counted])
    worth, types = np.zeros((len(examples), 3)), np.zeros((len(examples), len(TYPE_LABELS)))
    said = np.zeros(len(counted), int)
    for part, path in enumerate(options.networks):
        network.load_state_dict(torch.load(path, weights_only=True))
        for rows, share in ((own_part == part, 1.0), (own_part == -1, 1 / PARTS)):
            chosen = np.flatnonzero(rows)
            logits = predict(network, encoder, [examples[i] for i in chosen])
            worth[chosen] += share * softmax(logits[0])
            types[chosen] += share * softmax(logits[1])
        chosen = np.flatnonzero(counted_part == part)
        said[chosen] = predict(network, encoder, [counted[i] for i in chosen])[1].argmax(-1)
    write_soft_labels(options.out, examples, worth, types)
    print_types(counted, said)


if __name__ == "__main__":
    main()
