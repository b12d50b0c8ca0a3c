"""Chooses what a teacher is asked about: `python -m training.choose_text TEXT SCORES OUT COUNT`.

A large teacher takes a minute for some 3,700 sentences, a small network for six times as many. So
the small one reads all of TEXT first (`training.teach --text`, which wrote SCORES), and the
sentences it is least sure of are the likeliest to be drawn: by the entropy of its three classes.
"""

import argparse
from pathlib import Path

import numpy as np

from training.rows import key
from training.unlabelled import read_open_text, write_open_text

_FLOOR = 0.08
"""Nats, added to every entropy (0.53 in the mean), for the sentences that it is sure of."""


def drawn(worth: np.ndarray, count: int, *, seed: int = 3) -> np.ndarray:
    """Return `count` row numbers of distributions (rows, classes), in random order, none twice.

    A row is drawn in proportion to its entropy and the floor (Efraimidis and Spirakis 2006). All
    rows come when there are no more than `count`.
    """
    entropy = -(worth * np.log(np.clip(worth, 1e-6, 1.0))).sum(-1)
    waits = np.random.default_rng(seed).exponential(size=len(worth)) / (entropy + _FLOOR)
    return np.argsort(waits)[:count]


def main() -> None:
    """Write the drawn sentences."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("text", type=Path)
    parser.add_argument("scores", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("count", type=int)
    options = parser.parse_args()
    with np.load(options.scores, allow_pickle=False) as scores:
        said = dict(zip(scores["keys"].tolist(), scores["worth"], strict=True))
    # What stands in a measured set was not scored, and is not drawn.
    scored = [one for one in read_open_text(options.text) if key(one) in said]
    rows = drawn(np.array([said[key(one)] for one in scored]), options.count)
    write_open_text(options.out, (scored[row] for row in rows))
    print(f"{len(rows)} of {len(scored)} sentences")


if __name__ == "__main__":
    main()
