"""What was in hand when the process ended, kept on disk so that the next process knows.

Most failures of an article are caught and dead-lettered. What cannot be caught (a crash in
native code, the kernel's out-of-memory killer) ends the process, and the restarted worker is
handed the same articles again. Without a memory it would end the same way for ever. The journal
is that memory: one small file for each partition, beside the worker.

- A partition whose batch was in hand when the process ended has *suspects*: the offsets of that
  batch and those before it that were not committed.
- After `restarts_max` restarts with the same suspects, they are taken one at a time.
- The one that is in hand, alone, when the process ends again has *ended the process*: it goes to
  the dead letters with stage `crash`, and work goes on behind it.

A random kill costs nothing: the next process gets past the suspects and forgets them. The files
are replaced whole, never synced: a dying process loses no page cache, and after a dying host the
worst is one more restart. Lost files (a container without a volume) mean that counting starts
anew.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

import orjson

from pipeline.models import SourcePosition

logger = logging.getLogger(__name__)

_NOTHING = -1


@dataclass(frozen=True, kw_only=True, slots=True)
class _Entry:
    """What is known of one partition."""

    restarts: int = 0
    """Times a process ended with the same suspects in hand."""
    suspects_until: int = _NOTHING
    """The last suspect offset."""
    in_hand_until: int = _NOTHING
    """The last offset of the batch now in hand."""
    alone: int = _NOTHING
    """The offset now in hand by itself while suspects are taken singly."""


class CrashJournal:
    """Counts, over restarts, how often the same articles were in hand when the process ended."""

    def __init__(self, directory: Path, *, group_id: str, restarts_max: int) -> None:
        """Keep the files in `directory`, made when it is missing."""
        self._directory = directory
        self._group_id = group_id
        self._restarts_max = restarts_max
        self._entries: dict[tuple[str, int], _Entry] = {}
        self._ended: dict[tuple[str, int], int] = {}
        directory.mkdir(parents=True, exist_ok=True)

    def split_batch(self, batch: Sequence[SourcePosition]) -> list[list[int]]:
        """Cut a batch into the groups to process at once, as lists of indices in order.

        One group as a rule; a suspect makes a group of its own once it is to be taken singly.
        """
        groups: list[list[int]] = []
        joinable = False
        for index, position in enumerate(batch):
            alone = self._is_taken_singly(position)
            if joinable and not alone:
                groups[-1].append(index)
            else:
                groups.append([index])
            joinable = not alone
        return groups

    def begin(self, group: Sequence[SourcePosition]) -> None:
        """Note that these articles are in hand now."""
        for key, offsets in _by_partition(group).items():
            entry = self._entry(key)
            alone = len(group) == 1 and self._is_taken_singly(group[0])
            self._write(
                key,
                replace(
                    entry,
                    in_hand_until=max(offsets),
                    alone=offsets[0] if alone else _NOTHING,
                ),
            )

    def finish(self, group: Iterable[SourcePosition]) -> None:
        """Note that these articles are done; suspects passed are suspects no more."""
        for key, offsets in _by_partition(group).items():
            entry = self._entry(key)
            passed = max(offsets) >= entry.suspects_until
            self._write(key, _Entry() if passed else _with_empty_hands(entry))
            if self._ended.get(key) in offsets:
                del self._ended[key]

    def close(self) -> None:
        """Note that the process stops in good order: what is in hand now is not to blame."""
        for key, entry in list(self._entries.items()):
            if entry.in_hand_until != _NOTHING:
                self._write(key, _with_empty_hands(entry))

    def attempts(self, position: SourcePosition) -> int:
        """How many times processing this article has ended the process; 0 as a rule."""
        key = (position.topic, position.partition)
        entry = self._entry(key)
        # A restart counts every process that ended with this article in hand, the last one alone.
        return entry.restarts if self._ended.get(key) == position.offset else 0

    def _is_taken_singly(self, position: SourcePosition) -> bool:
        entry = self._entry((position.topic, position.partition))
        return entry.restarts >= self._restarts_max and position.offset <= entry.suspects_until

    def _entry(self, key: tuple[str, int]) -> _Entry:
        if key not in self._entries:
            self._entries[key] = self._read(key)
        return self._entries[key]

    def _read(self, key: tuple[str, int]) -> _Entry:
        """Read what the process before this one left, and count its end if it left work in hand."""
        path = self._path(key)
        try:
            entry = _Entry(**orjson.loads(path.read_bytes()))
        except FileNotFoundError:
            return _Entry()
        except (OSError, ValueError, TypeError) as error:
            logger.warning(
                "The crash journal %s is not readable (%s); counting restarts starts anew.",
                path,
                type(error).__name__,
            )
            return _Entry()
        if entry.in_hand_until == _NOTHING:
            return entry
        if entry.alone != _NOTHING:
            self._ended[key] = entry.alone
        return _Entry(
            restarts=entry.restarts + 1,
            suspects_until=max(entry.suspects_until, entry.in_hand_until),
        )

    def _write(self, key: tuple[str, int], entry: _Entry) -> None:
        self._entries[key] = entry
        path = self._path(key)
        fresh = path.with_suffix(".new")
        fresh.write_bytes(orjson.dumps(entry))
        fresh.replace(path)

    def _path(self, key: tuple[str, int]) -> Path:
        topic, partition = key
        return self._directory / f"{quote(self._group_id, safe='')}-{topic}-{partition}.json"


def _with_empty_hands(entry: _Entry) -> _Entry:
    return replace(entry, in_hand_until=_NOTHING, alone=_NOTHING)


def _by_partition(positions: Iterable[SourcePosition]) -> dict[tuple[str, int], list[int]]:
    offsets = defaultdict(list)
    for position in positions:
        offsets[position.topic, position.partition].append(position.offset)
    return dict(offsets)
