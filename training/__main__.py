"""Makes the shipped model from the data, start to end: `python -m training DATA`.

Trains teachers, students on their soft labels, averages two students, quantizes, calibrates and
writes `pipeline/model`. Takes an hour on two idle CPU cores by the steps' times, twice that on
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
    runs = {name: work / name / "network.pt" for name in ("t1", "t2", "s1", "s2", "s3")}
    soft, softer, average = (work / name for name in ("soft1.npz", "soft2.npz", "average.pt"))
    common = ["--learning-rate=1.2e-4", "--claimbuster-per-epoch=4400"]
    balanced = [*common, "--epochs=3", "--type-balance=0.5"]
    adversarial = ["--type-weight=0.5", "--teacher-share=0.6", "--fgm=0.5"]
    for step in (
        ["train", data, work / "t1", "--epochs=3", "--learning-rate=8e-5", "--seed=0"],
        ["train", data, work / "t2", "--epochs=3", *common, "--seed=1"],
        ["teach", data, soft, runs["t1"], runs["t2"]],
        ["train", data, work / "s1", "--epochs=2", *common, "--seed=2", "--teacher", soft],
        [
            *("train", data, work / "s2", *balanced, "--type-weight=0.4", "--seed=3"),
            *("--teacher", soft),
        ],
        ["teach", data, softer, *(runs[name] for name in ("t1", "t2", "s1", "s2"))],
        [
            *("train", data, work / "s3", *balanced, *adversarial, "--seed=4"),
            *("--stop-after-epochs=2", "--teacher", softer),
        ],
        ["average", average, runs["s2"], runs["s3"]],
        ["export", data, average, options.out, "--fp32", work / "fp32"],
    ):
        name, *arguments = map(str, step)
        print(f"training.{name} {' '.join(arguments)}", flush=True)
        command = [sys.executable, "-m", f"training.{name}", *arguments]
        subprocess.run(command, check=True, env=os.environ | SLEEPING_THREADS)


if __name__ == "__main__":
    main()
