"""Makes the shipped model from the data, start to end: `python -m training DATA`.

Trains the two teachers, then the student on their soft labels, averages the weights of the
three, quantizes, calibrates and writes `pipeline/model`. Runs on two CPU cores in about an hour
and a half. The numbers are what LOG.md found.
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
    soft, average = work / "soft_labels.npz", work / "average.pt"
    networks = [str(folder / "network.pt") for folder in (first, second)]
    for step in (
        ["train", data, first, "--epochs=3", "--learning-rate=8e-5", "--seed=0"],
        [
            *("train", data, second, "--epochs=3", "--learning-rate=1.2e-4"),
            *("--claimbuster-per-epoch=4400", "--seed=1"),
        ],
        ["teach", data, soft, *networks],
        [
            *("train", data, student, "--epochs=2", "--learning-rate=1.2e-4"),
            *("--claimbuster-per-epoch=4400", "--seed=2", "--teacher", soft),
        ],
        ["average", average, *networks, student / "network.pt"],
        ["export", data, average, options.out, "--fp32", work / "fp32"],
    ):
        name, *arguments = map(str, step)
        print(f"training.{name} {' '.join(arguments)}", flush=True)
        command = [sys.executable, "-m", f"training.{name}", *arguments]
        subprocess.run(command, check=True, env=os.environ | SLEEPING_THREADS)


if __name__ == "__main__":
    main()
