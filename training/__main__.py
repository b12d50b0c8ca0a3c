"""Makes the shipped model from the data, start to end: `python -m training DATA`.

Trains two teachers, then the student on their soft labels, quantizes, calibrates and writes
`pipeline/model`. Takes half an hour on two idle CPU cores, and the better part of two hours on
shared ones. The numbers are what LOG.md found. Another machine or another number of threads
rounds otherwise, so figures come out again to within their intervals, not to the bit.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

MODEL = Path("pipeline/model")

# OpenMP's threads otherwise spin while they wait for each other: beside any other work on the
# machine a step then takes five times as long.
SLEEPING_THREADS = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "0"}


def main() -> None:
    """Run every step in a process of its own, so that memory is given back between them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--work", type=Path, default=Path("build/training"))
    parser.add_argument("--out", type=Path, default=MODEL)
    options = parser.parse_args()
    data, work = str(options.data), options.work
    first, second, student = (work / name for name in ("first", "second", "student"))
    soft_labels = work / "soft_labels.npz"
    for step in (
        ["train", data, first, "--epochs=3", "--learning-rate=8e-5", "--seed=0"],
        [
            *("train", data, second, "--epochs=3", "--learning-rate=1.2e-4", "--seed=1"),
            "--claimbuster-per-epoch=4400",
        ],
        ["teach", data, soft_labels, first / "network.pt", second / "network.pt"],
        [
            *("train", data, student, "--epochs=3", "--learning-rate=1.2e-4", "--seed=3"),
            *("--claimbuster-per-epoch=4400", "--teacher", soft_labels),
            *("--type-balance=0.5", "--type-weight=0.4"),
        ],
        ["export", data, student / "network.pt", options.out, "--fp32", work / "fp32"],
    ):
        name, *arguments = map(str, step)
        print(f"training.{name} {' '.join(arguments)}", flush=True)
        command = [sys.executable, "-m", f"training.{name}", *arguments]
        subprocess.run(command, check=True, env=os.environ | SLEEPING_THREADS)


if __name__ == "__main__":
    main()
