"""Waiting in a row, and waiting at the same time."""

from threading import Thread
from time import sleep


def wait_serial(waits: int, seconds: float) -> int:
    """Wait some times for some seconds each, one wait after another.

    The sleep stands for a reply from a disk or a network.

    Returns:
        How many waits were done.
    """
    done: list[int] = []
    for number in range(waits):
        _wait(number, seconds, done)
    return len(done)


def wait_threaded(waits: int, seconds: float) -> int:
    """Wait some times for some seconds each, all at once, a thread each.

    Returns:
        How many waits were done.
    """
    done: list[int] = []
    threads = [
        Thread(target=_wait, args=(number, seconds, done)) for number in range(waits)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=seconds + 10)
    return len(done)


def _wait(number: int, seconds: float, done: list[int]) -> None:
    sleep(seconds)
    done.append(number)  # a single append is atomic, on every build
