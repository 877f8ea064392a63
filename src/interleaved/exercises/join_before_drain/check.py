"""Judge `join_before_drain`."""

import multiprocessing
import os
from pathlib import Path
from threading import Thread
from time import sleep

from interleaved.exercises.expecting import expect, in_time, load

LARGE = 10_000_000  # bytes: more than a pipe holds
LINGER = 1.0  # seconds: a process that nobody waits for is still there when one looks
HINT = "a process does not end before all that it has put was taken out"


def make_large() -> bytes:
    """Make more than a pipe holds, in a process that does not end at once.

    The first bytes tell which.
    """
    Thread(target=sleep, args=(LINGER,)).start()
    return os.getpid().to_bytes(8) + bytes(LARGE - 8)


def check(file: Path) -> str:
    """An answer larger than a pipe arrives, and no process is left."""
    answer = load(file, "made_elsewhere")
    (made,) = in_time(
        lambda: answer.made_elsewhere(make_large),
        otherwise="the parent waits for the child's end, the child for its reader",
        hint=HINT,
        within=15,
    )
    made = made or b""
    size = len(made)
    expect(size == LARGE, f"{LARGE:,} bytes were made, {size:,} came", "return them")
    here = int.from_bytes(made[:8]) == os.getpid()
    expect(not here, "the caller's process made them", "start a process for it")
    left = len(multiprocessing.active_children())
    expect(not left, "the process has not ended", "join it after the answer was taken")
    return f"{LARGE:,} bytes came, and then the process ended"
