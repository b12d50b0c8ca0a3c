"""Reads `deploy/Dockerfile`: its instructions, by stage, as the builder would see them."""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCKERFILE = ROOT / "deploy" / "Dockerfile"


@dataclass(frozen=True, kw_only=True)
class Instruction:
    """One instruction, its lines put together."""

    stage: int
    """0 for the first FROM; what stands before it belongs to no stage, -1."""
    name: str
    arguments: str


def read_dockerfile() -> list[Instruction]:
    """Return the instructions of the Dockerfile, in their order."""
    lines = [
        line
        for line in DOCKERFILE.read_text("utf-8").splitlines()
        if line.strip() and not line.startswith("#")
    ]
    found: list[Instruction] = []
    stage = -1
    for text in re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines():
        name, arguments = text.split(maxsplit=1)
        stage += name == "FROM"
        found.append(Instruction(stage=stage, name=name, arguments=arguments))
    return found


def pairs(instruction: Instruction) -> dict[str, str]:
    """Return the `NAME=value` pairs of an ARG, ENV or LABEL."""
    return dict(word.split("=", 1) for word in shlex.split(instruction.arguments))


def named(name: str, *, stage: int | None = None) -> list[Instruction]:
    """Return the instructions of one name, in one stage or in all."""
    return [
        instruction
        for instruction in read_dockerfile()
        if instruction.name == name and stage in {None, instruction.stage}
    ]


def image_environment() -> Mapping[str, str]:
    """Return what the final image adds to its environment."""
    (environment,) = named("ENV")
    return pairs(environment)


def arguments_with_defaults() -> Mapping[str, str]:
    """Return the build arguments with their defaults."""
    return {name: value for each in named("ARG") for name, value in pairs(each).items()}
