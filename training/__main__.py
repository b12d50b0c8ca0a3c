"""Makes the shipped model from the data, start to end: `python -m training DATA`.

Trains a teacher five times the student's depth and width, has it say what it thinks of every
sentence there is, trains two students on that and the labels, averages them, quantizes,
calibrates and writes `pipeline/model`. Takes an hour and a half on two idle CPU cores. The numbers
are what LOG.md found. Another machine or another number of threads rounds otherwise, so figures
come out again to within their intervals, not to the bit.

A run that was stopped goes on with the step it was in: a step that ended well leaves a note of
its command in the work folder, and is not run again while its command, and those before it, are
the same.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

MODEL = Path("pipeline/model")
REFERENCE_SCORES = Path("tests/data/fp32_scores.jsonl")

# OpenMP's threads otherwise spin while they wait for each other: beside any other work on the
# machine a step then takes five times as long.
SLEEPING_THREADS = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "0"}

BALANCED = ("--epochs=3", "--type-balance=0.5", "--type-weight=0.4")
TEACHER = (*BALANCED, "--learning-rate=5e-5", "--layer-decay=0.95", "--claimbuster-per-epoch=1600")
STUDENT = (
    *BALANCED,
    "--learning-rate=1.2e-4",
    "--claimbuster-per-epoch=4400",
    "--teacher-share=0.6",
    "--passage-weight=1",
    "--written-weight=1",
    "--fgm=0.5",
)


def steps(data: Path, work: Path, out: Path) -> list[tuple[str | Path, ...]]:
    """Return each step's module and arguments, in order."""
    encoder, soft, average, fp32 = (
        work / name for name in ("encoder", "soft.npz", "average.pt", "fp32")
    )
    teacher, one, other = (work / name for name in ("teacher", "student1", "student2"))
    scores = REFERENCE_SCORES if out == MODEL else work / REFERENCE_SCORES.name
    return [
        ("teacher_encoder", encoder),
        ("train", data, teacher, "--encoder", encoder, *TEACHER, "--seed=0"),
        ("teach", data, soft, teacher / "network.pt", "--encoder", encoder),
        ("train", data, one, "--teacher", soft, *STUDENT, "--vector-weight=1", "--seed=3"),
        ("train", data, other, "--teacher", soft, *STUDENT, "--seed=4"),
        ("average", average, one / "network.pt", other / "network.pt"),
        ("export", data, average, out, "--fp32", fp32),
        ("reference_scores", fp32, out, REFERENCE_SCORES, scores),
    ]


def main() -> None:
    """Run every step in a process of its own, so that memory is given back between them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--work", type=Path, default=Path("build/training"))
    parser.add_argument("--out", type=Path, default=MODEL)
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    notes = options.work / "done.txt"
    done = notes.read_text(encoding="utf-8").splitlines() if notes.is_file() else []
    ended: list[str] = []
    for name, *arguments in steps(options.data, options.work, options.out):
        line = " ".join([f"training.{name}", *map(str, arguments)])
        ended.append(line)
        if done[: len(ended)] == ended:
            print(f"done before: {line}", flush=True)
            continue
        print(line, flush=True)
        command = [sys.executable, "-m", f"training.{name}", *map(str, arguments)]
        subprocess.run(command, check=True, env=os.environ | SLEEPING_THREADS)
        notes.write_text("\n".join(ended) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
