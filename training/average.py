"""Averages the weights of several runs: `python -m training.average OUT NETWORK...`.

All runs start from the same weights, heads included, so the average is a network too, and
better than each when they are about as good (Wortsman et al. 2022, "Model soups").
"""

import argparse
from pathlib import Path

import torch


def main() -> None:
    """Write the mean of every weight."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("networks", type=Path, nargs="+")
    options = parser.parse_args()
    states = [torch.load(path, weights_only=True) for path in options.networks]
    options.out.parent.mkdir(parents=True, exist_ok=True)
    mean = {name: sum(state[name] for state in states) / len(states) for name in states[0]}
    torch.save(mean, options.out)


if __name__ == "__main__":
    main()
