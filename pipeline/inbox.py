"""A folder whose files are published, once each, and moved aside when the broker has them."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import ConfigurationError

DONE = "done"
REFUSED = "refused"
_SUFFIXES = frozenset({".json", ".jsonl", ".ndjson", ".txt", ".html", ".htm"})


@dataclass(frozen=True, kw_only=True, slots=True)
class _Seen:
    size_bytes: int
    modified_ns: int


class Inbox:
    """Finds the files of a folder that are complete: unchanged from one look to the next."""

    def __init__(self, folder: Path) -> None:
        """Watch `folder`, made when it is missing; raises ConfigurationError if it cannot be."""
        self.folder = folder
        self._seen: dict[Path, _Seen | None] = {}
        try:
            for name in (DONE, REFUSED):
                (folder / name).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigurationError(
                f"The inbox {folder} cannot be used ({error.strerror}): name a folder of yours."
            ) from error

    def complete_files(self) -> list[Path]:
        """Return the files that have not changed since the last call, by name.

        Hidden files and other kinds are passed over, so a file may be written under a name that
        begins with a dot and renamed when it is whole.
        """
        now = {path: _look_at(path) for path in self._files()}
        complete = [path for path, seen in now.items() if self._seen.get(path) == seen]
        self._seen = now
        return complete

    def move_aside(self, path: Path, *, to: str) -> Path:
        """Move a file to the inbox's folder `to` (`DONE`, `REFUSED`); return its new place."""
        target = self.folder / to / path.name
        if target.exists():
            target = target.with_name(f"{path.stem}-{time.time_ns()}{path.suffix}")
        path.rename(target)
        return target

    def _files(self) -> list[Path]:
        return sorted(
            path
            for path in self.folder.iterdir()
            if path.suffix.lower() in _SUFFIXES and not path.name.startswith(".") and path.is_file()
        )


def _look_at(path: Path) -> _Seen | None:
    try:
        status = path.stat()
    except FileNotFoundError:  # moved away between listing and looking
        return None
    return _Seen(size_bytes=status.st_size, modified_ns=status.st_mtime_ns)


def publish_inbox(inbox: Inbox, publish: Callable[[Path], bool]) -> list[Path]:
    """Publish each complete file; `publish` returns whether the broker took all of it.

    Return where the files are now. A crash between publishing and moving publishes a file again,
    which claim ids make harmless.
    """
    return [
        inbox.move_aside(path, to=DONE if publish(path) else REFUSED)
        for path in inbox.complete_files()
    ]
