"""CPU time of a process and of the processes it started: the same instrument for every side."""

import contextlib

import psutil


def cpu_seconds(process: psutil.Process) -> float:
    """Return user and system time, in seconds, of a process and its living descendants.

    The kernel hands it out in hundredths of a second.
    """
    total = 0.0
    for member in (process, *process.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess):
            times = member.cpu_times()
            total += times.user + times.system
    return total
