"""Makes the shipped model from the data, start to end: `python -m training DATA`.

Trains a teacher of twice the student's depth and width, and on each half of the documents a
large network and a small one, so that every sentence is judged by networks that never saw its
label. Trains two students on what these say and on the labels, averages them, quantizes,
calibrates and writes `pipeline/model`. Takes about two hours on two CPU cores. The numbers
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
HALF = ("--parts=2", "--claimbuster-positive=0.45", "--written-weight=1", "--threads=1")
"""Networks of the two halves are trained side by side, a thread each."""
LARGE_HALF = (
    *BALANCED,
    *HALF,
    "--learning-rate=5e-5",
    "--layer-decay=0.95",
    "--claimbuster-per-epoch=1000",
)
SMALL_HALF = (*BALANCED, *HALF, "--learning-rate=1.2e-4", "--claimbuster-per-epoch=2000")
STUDENT = (
    *BALANCED,
    "--learning-rate=1.2e-4",
    "--claimbuster-per-epoch=4400",
    "--claimbuster-positive=0.45",
    "--teacher-share=0.6",
    "--passage-weight=1",
    "--written-weight=1",
    "--vector-weight=1",
    "--token-weight=1",
    "--fgm=0.5",
    "--threads=1",
)
"""Two students on a thread each take less time than one after the other on two."""


Step = tuple[str | Path, ...]


def steps(data: Path, work: Path, out: Path) -> list[list[Step]]:
    """Return the steps in order, module and arguments each; those of one list run side by side."""
    encoder, average, fp32 = (work / name for name in ("encoder", "average.pt", "fp32"))
    teacher, one, other = (work / name for name in ("teacher", "student1", "student2"))
    large, small = ([work / f"{size}{half}" for half in (0, 1)] for size in ("large", "small"))
    of_mpnet = ("--encoder", encoder)
    scores = REFERENCE_SCORES if out == MODEL else work / REFERENCE_SCORES.name
    soft = [folder / "soft.npz" for folder in (teacher, *large, *small)]
    student = (*STUDENT, "--teacher", *soft)
    return [
        [("teacher_encoder", encoder)],
        [("train", data, teacher, *of_mpnet, *TEACHER, "--seed=0")],
        [("train", data, large[half], *of_mpnet, *LARGE_HALF, *left_out(half)) for half in (0, 1)],
        [("train", data, small[half], *SMALL_HALF, *left_out(half)) for half in (0, 1)],
        [("teach", data, *answers_of(teacher), *of_mpnet)],
        [ask_half(data, large[half], half, *of_mpnet) for half in (0, 1)],
        [ask_half(data, small[half], half) for half in (0, 1)],
        [
            ("train", data, one, *student, "--seed=3"),
            ("train", data, other, *student, "--seed=4"),
        ],
        [("average", average, one / "network.pt", other / "network.pt")],
        [("export", data, average, out, "--fp32", fp32)],
        [("reference", data, out)],
        [("reference_scores", fp32, out, REFERENCE_SCORES, scores)],
    ]


def answers_of(folder: Path) -> tuple[Path, Path]:
    """Return where a network's soft labels go, and where the network is."""
    return folder / "soft.npz", folder / "network.pt"


def left_out(half: int) -> Step:
    """Return the options of a network that does not learn one half of the documents."""
    return (f"--leave-out={half}", f"--seed={half + 1}")


def ask_half(data: Path, folder: Path, half: int, *options: str | Path) -> Step:
    """Return the step that asks such a network about what it did not learn."""
    return (
        "teach",
        data,
        *answers_of(folder),
        *options,
        "--parts=2",
        f"--leave-out={half}",
        "--learnt-written",
        "--threads=1",
    )


def line_of(step: Step) -> str:
    """Return a step as it is shown and noted down."""
    return " ".join([f"training.{step[0]}", *map(str, step[1:])])


def run(group: list[Step]) -> None:
    """Run steps side by side, each in a process of its own, so that memory is given back.

    Raises subprocess.CalledProcessError when one of them fails, after all have ended.
    """
    commands = [[sys.executable, "-m", f"training.{name}", *map(str, a)] for name, *a in group]
    environment = os.environ | SLEEPING_THREADS
    running = [subprocess.Popen(command, env=environment) for command in commands]
    statuses = [process.wait() for process in running]
    for command, status in zip(commands, statuses, strict=True):
        if status:
            raise subprocess.CalledProcessError(status, command)


def main() -> None:
    """Run every step that has not been run before."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--work", type=Path, default=Path("build/training"))
    parser.add_argument("--out", type=Path, default=MODEL)
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    notes = options.work / "done.txt"
    done = notes.read_text(encoding="utf-8").splitlines() if notes.is_file() else []
    ended: list[str] = []
    for group in steps(options.data, options.work, options.out):
        lines = [line_of(step) for step in group]
        ended += lines
        before = done[: len(ended)] == ended
        for line in lines:
            print(f"done before: {line}" if before else line, flush=True)
        if not before:
            run(group)
            notes.write_text("\n".join(ended) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
