"""Makes the shipped model from the data, start to end: `python -m training DATA TEXT`.

Trains a teacher of twice the student's depth and width, has it say what it thinks of every
sentence of the data, and trains two students on that and the labels. Then it and the average of
those say what they think of much more text that nobody labelled; a student learns from that
alone, and then as the first two did, and from the labels of the written passages. It is
quantized, calibrated and written to `pipeline/model`. Takes about two hours on two CPU cores,
added up from its steps. TEXT is a folder of clones (README.md). The numbers are what LOG.md found.
Another machine or another number of threads rounds otherwise, so figures come out again to within
their intervals, not to the bit.

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
    "--claimbuster-per-epoch=4400",
    "--claimbuster-positive=0.4",
    "--teacher-share=0.6",
    "--passage-weight=1",
    "--written-weight=1",
    "--vector-weight=1",
    "--token-weight=1",
    "--fgm=0.5",
)
FIRST_STUDENT = (
    *STUDENT,
    "--learning-rate=1.2e-4",
    "--written-files=[1-5]?.txt",
    "--written-unlabelled",
    "--threads=1",
)
"""Two students on a thread each take less time than one after the other on two."""
LISTENER = (
    "--epochs=3",
    "--type-weight=0.4",
    "--learning-rate=1.2e-4",
    "--vector-weight=1",
    "--token-weight=1",
)
SHIPPED_FILES = "--written-files=[1-6]?.txt"
"""Those of `passages/` that the shipped model has heard; the others came later."""
LAST_STUDENT = (*STUDENT, "--learning-rate=8e-5", SHIPPED_FILES)


Step = tuple[str | Path, ...]


def steps(data: Path, text: Path, work: Path, out: Path) -> list[list[Step]]:
    """Return the steps in order, module and arguments each; those of one list run side by side."""
    encoder, soft, first, fp32 = (
        work / name for name in ("encoder", "soft.npz", "first.pt", "fp32")
    )
    open_text, of_teacher, of_first = (
        work / name for name in ("text.jsonl", "text-teacher.npz", "text-first.npz")
    )
    teacher, one, other, start, student = (
        work / name for name in ("teacher", "student1", "student2", "start", "student")
    )
    scores = REFERENCE_SCORES if out == MODEL else work / REFERENCE_SCORES.name
    by_teacher = (teacher / "network.pt", "--encoder", encoder)
    early = ("--teacher", soft, *FIRST_STUDENT)
    listener = ("--text", open_text, "--teacher", of_teacher, of_first, *LISTENER)
    last = ("--start", start / "network.pt", "--teacher", soft, *LAST_STUDENT)
    return [
        [("teacher_encoder", encoder), ("open_text", text, open_text)],
        [("train", data, teacher, "--encoder", encoder, *TEACHER, "--seed=0")],
        [("teach", data, soft, *by_teacher, SHIPPED_FILES)],
        [
            ("train", data, one, *early, "--seed=3"),
            ("train", data, other, *early, "--seed=4"),
        ],
        [("average", first, one / "network.pt", other / "network.pt")],
        [("teach", data, of_teacher, *by_teacher, "--text", open_text)],
        [("teach", data, of_first, first, "--text", open_text)],
        [("train", data, start, *listener, "--seed=5")],
        [("train", data, student, *last, "--seed=3")],
        [("export", data, student / "network.pt", out, "--fp32", fp32)],
        [("reference", data, out)],
        [("reference_scores", fp32, out, REFERENCE_SCORES, scores)],
    ]


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
    parser.add_argument("text", type=Path, help="folder of clones that README.md lists")
    parser.add_argument("--work", type=Path, default=Path("build/training"))
    parser.add_argument("--out", type=Path, default=MODEL)
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    notes = options.work / "done.txt"
    done = notes.read_text(encoding="utf-8").splitlines() if notes.is_file() else []
    ended: list[str] = []
    for group in steps(options.data, options.text, options.work, options.out):
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
