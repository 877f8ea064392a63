"""The price of a start, and a lock that was held when a process forked."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from threading import Event, Lock, Thread
from typing import Any, cast

LIMIT = 30.0
"""Seconds after which a wait gives up."""


def nothing() -> None:
    """Do nothing."""


def start_and_join(method: str) -> bool:
    """Start a thread or a process that does nothing, and wait for its end.

    Call it under `if __name__ == "__main__":`, as a process may import the main
    module.

    Args:
        method: "thread", or the start method of a process.

    Returns:
        Whether it ended in time.
    """
    make: Any = Thread
    if method != "thread":
        make = cast("Any", get_context(method)).Process
    worker = make(target=nothing)
    worker.start()
    worker.join(LIMIT)
    return not worker.is_alive()


@contextmanager
def held(lock: Lock) -> Iterator[None]:
    """Have another thread hold a lock while the block lasts, for `LIMIT` at most.

    Raises:
        TimeoutError: The lock was not free within `LIMIT`.
    """
    taken, enough = Event(), Event()

    def hold() -> None:
        with lock:
            taken.set()
            enough.wait(LIMIT)

    thread = Thread(target=hold)
    thread.start()
    try:
        if not taken.wait(LIMIT):
            raise TimeoutError("the lock was never free")
        yield
    finally:
        enough.set()
        thread.join(LIMIT)


def can_take(lock: Lock) -> None:
    """End this process with 0 if the lock can be taken within a second, else with 1."""
    sys.exit(0 if lock.acquire(timeout=1) else 1)
