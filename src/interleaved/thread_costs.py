"""Threads that wait or do next to nothing, and what they take."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

_STATM = Path("/proc/self/statm")
_LONGEST_WAIT = 60.0  # seconds, so that no thread outlives a program that is stuck


@contextmanager
def waiting_threads(wanted: int) -> Iterator[list[Thread]]:
    """Start threads that wait, and end and join every one of them afterwards.

    Where the system starts no more, the list is shorter than it was wanted.

    Args:
        wanted: How many threads to start at most.

    Yields:
        The threads that wait now.
    """
    may_end = Event()
    threads: list[Thread] = []
    try:
        for _ in range(wanted):
            thread = Thread(target=may_end.wait, args=(_LONGEST_WAIT,))
            try:
                thread.start()
            except (RuntimeError, MemoryError):  # "can't start new thread"
                break
            threads.append(thread)
        yield threads
    finally:
        may_end.set()
        for thread in threads:
            thread.join(_LONGEST_WAIT)


@dataclass(frozen=True, slots=True)
class Memory:
    """What a process takes, in bytes.

    Attributes:
        address_space: Addresses that are set aside, used or not.
        resident: What really is in memory.
    """

    address_space: int
    resident: int

    def each(self, before: "Memory", things: int) -> "Memory":
        """Return what each of some things takes that were made since."""
        return Memory(
            (self.address_space - before.address_space) // things,
            (self.resident - before.resident) // things,
        )


def memory(statm: Path = _STATM) -> Memory | None:
    """Read what this process takes; None where there is no `/proc`.

    Source: Linux, proc_pid_statm(5): two numbers of pages, and more.

    Args:
        statm: The file to read; another one serves tests.
    """
    try:
        pages = statm.read_text().split()
    except OSError:
        return None
    from resource import getpagesize  # Linux has it, Windows has not

    address_space, resident = (int(count) * getpagesize() for count in pages[:2])
    return Memory(address_space, resident)


def double_in_threads(shares: Sequence[Sequence[int]]) -> list[int]:
    """Double all numbers, each share on a thread of its own, in the given order."""
    doubled: list[list[int]] = [[] for _ in shares]

    def double(place: int) -> None:
        doubled[place] = [2 * number for number in shares[place]]

    threads = [Thread(target=double, args=(place,)) for place in range(len(shares))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(_LONGEST_WAIT)
    return [number for share in doubled for number in share]
