"""Who is left of what this process started, whatever became of the parents."""

import contextlib
import ctypes
import os
import sys
import time
from collections.abc import Collection

import psutil

_SET_CHILD_SUBREAPER = 36
"""Source: `man 2 prctl`."""


def adopt() -> None:
    """Have each process whose parent ends become a child of this one.

    So none escapes `orphans`, whatever it did to its session or environment.

    Raises:
        OSError: the system, which has to be Linux, does not allow it.
    """
    if sys.platform != "linux":
        raise OSError("only Linux lets a process adopt orphans")
    library = ctypes.CDLL(None, use_errno=True)
    if library.prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


def below() -> frozenset[int]:
    """The ids of the processes below this one."""
    return frozenset(each.pid for each in psutil.Process().children(recursive=True))


def orphans(ours: Collection[int] = (), *, patience: float = 10.0) -> list[str]:
    """The command lines of the live processes below this one.

    Args:
        ours: ids of processes that may stay.
        patience: seconds that the others get to end.
    """
    deadline = time.monotonic() + patience
    while (left := _left(ours)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


def end_orphans(ours: Collection[int] = ()) -> None:
    """End what `orphans` told of, so that it is told once."""
    for process in psutil.Process().children(recursive=True):
        if process.pid not in ours:
            with contextlib.suppress(psutil.Error):
                process.kill()


def _left(ours: Collection[int]) -> list[str]:
    found = []
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error, ChildProcessError):
            if process.pid in ours:
                continue
            if process.status() == psutil.STATUS_ZOMBIE:
                if process.ppid() == os.getpid():
                    os.waitpid(process.pid, os.WNOHANG)
                continue
            found.append(f"{process.pid}: {' '.join(process.cmdline())[:80]}")
    return found
