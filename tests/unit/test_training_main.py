"""The training recipe as a whole: which steps run, and which do not run again."""

import subprocess
import sys
from pathlib import Path

import pytest

import training.__main__ as recipe


class Steps:
    """Stands in for the processes of the steps: notes each, and fails where it is told to."""

    def __init__(self) -> None:
        self.ran: list[str] = []
        self.failing = ""

    def __call__(self, command: list[str], *, env: dict[str, str]) -> "Steps":
        self.name = command[2].removeprefix("training.")
        assert env["OMP_WAIT_POLICY"] == "PASSIVE"
        if self.name != self.failing:
            self.ran.append(self.name)
        return self

    def wait(self) -> int:
        return int(self.name == self.failing)


ALL = [
    "teacher_encoder",
    "open_text",
    "train",
    "teach",
    "train",
    "train",
    "average",
    "teach",
    "teach",
    "train",
    "train",
    "export",
    "reference",
    "reference_scores",
]


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Steps:
    stand_in = Steps()
    arguments = [
        "training",
        str(tmp_path / "data"),
        str(tmp_path / "text"),
        "--work",
        str(tmp_path),
        "--out",
        "model",
    ]
    monkeypatch.setattr(sys, "argv", arguments)
    monkeypatch.setattr(subprocess, "Popen", stand_in)
    return stand_in


def test_every_step_runs_once(steps: Steps) -> None:
    """A run from nothing takes all steps; a second one takes none."""
    recipe.main()
    assert steps.ran == ALL
    recipe.main()
    assert steps.ran == ALL


def test_a_stopped_run_goes_on(steps: Steps) -> None:
    """After a step that failed the next run begins with it."""
    steps.failing = "teach"
    with pytest.raises(subprocess.CalledProcessError):
        recipe.main()
    assert steps.ran == ALL[:3]
    steps.failing = ""
    recipe.main()
    assert steps.ran == ALL


def test_a_changed_step_and_all_after_it_run_again(
    steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was made from an earlier command is made anew, and what stands before it is kept."""
    recipe.main()
    monkeypatch.setattr(recipe, "FIRST_STUDENT", (*recipe.FIRST_STUDENT, "--label-smoothing=0.1"))
    recipe.main()
    assert steps.ran == ALL + ALL[4:]
