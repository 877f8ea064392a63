"""Locks that know who holds them and who waits, and programs that may not end."""

import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from threading import Barrier, BrokenBarrierError, Lock, Thread, current_thread
from types import TracebackType

_records = Lock()  # guards the two records below
_holders: dict["WatchedLock", str] = {}
_waiting: dict[str, "WatchedLock"] = {}


class Deadlock(Exception):
    """Waiting would close a cycle; the text is the cycle."""


class WatchedLock:
    """A lock that records the names of the threads that hold it and wait for it.

    A thread that would close a cycle by waiting gets a `Deadlock` instead, in which
    case nothing changes and nobody waits. The names of threads have to be unique.

    Attributes:
        name: What the cycle calls it.
    """

    def __init__(self, name: str) -> None:
        """Make a lock that nobody holds."""
        self.name = name
        self._lock = Lock()

    def acquire(self, timeout: float = 10.0) -> bool:
        """Take the lock, if need be after a wait.

        Args:
            timeout: Seconds to wait at most.

        Returns:
            Whether it was taken.

        Raises:
            Deadlock: Who holds it waits, by whatever detour, for this thread.
        """
        me = current_thread().name
        with _records:  # asking, recording and looking for a cycle are one step
            if self._lock.acquire(blocking=False):
                _holders[self] = me
                return True
            _waiting[me] = self
            found = _cycle_from(me)
            if found:
                del _waiting[me]
                raise Deadlock(" → ".join(found))
        taken = False
        try:
            taken = self._lock.acquire(timeout=timeout)
        finally:  # Ctrl-C ends a wait, too
            with _records:
                del _waiting[me]
                if taken:
                    _holders[self] = me
        return taken

    def release(self) -> None:
        """Give the lock back."""
        with _records:
            del _holders[self]
            self._lock.release()

    def __enter__(self) -> "WatchedLock":
        """Take the lock.

        Raises:
            Deadlock: See `acquire`.
            TimeoutError: It was not free within 10 s.
        """
        if not self.acquire():
            raise TimeoutError(f"the lock {self.name} was not free in time")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give the lock back."""
        self.release()


def cycle() -> list[str]:
    """Find threads that wait for each other in a circle, if there are any.

    Returns:
        Names of thread, lock, thread, lock and so on, back to the first thread:
        each thread waits for the lock after it, which the thread after that
        holds. The first in the alphabet comes first. Empty if there is no circle.
    """
    with _records:
        for name in sorted(_waiting):
            found = _cycle_from(name)
            if found:
                return found
    return []


def _cycle_from(thread: str) -> list[str]:
    """Follow who waits for whom, with the records held."""
    path = [thread]
    while (lock := _waiting.get(path[-1])) is not None:
        holder = _holders.get(lock)
        if holder is None:  # taken or given back right now: nobody is stuck there
            return []
        path.append(lock.name)
        if holder in path[::2]:
            circle = path[2 * path[::2].index(holder) :]
            first = 2 * circle[::2].index(min(circle[::2]))
            return circle[first:] + circle[:first] + [circle[first]]
        path.append(holder)
    return []


Take = Callable[[Lock, Lock, Callable[[], object]], None]
"""Takes two locks, and calls the last argument while it holds the first of them."""


def take_as_given(first: Lock, second: Lock, holds_one: Callable[[], object]) -> None:
    """Take the first lock, then the second, which is another one."""
    with first:
        holds_one()
        with second:
            pass


def take_in_order(first: Lock, second: Lock, holds_one: Callable[[], object]) -> None:
    """Take two locks in an order of their own, whichever came first.

    Raises:
        ValueError: They are one, for which this thread would wait for ever.
    """
    if first is second:
        raise ValueError("one lock cannot be taken twice")
    with min(first, second, key=id):
        holds_one()
        with max(first, second, key=id):
            pass


def take_crosswise(take: Take, patience: float = 1.0) -> None:
    """Take two locks in two threads, each naming them the other way round.

    A thread that holds its first lock waits for the other to do so, too.

    Args:
        take: Does it. With `take_as_given` this never returns, if both threads come
            to hold a lock within `patience`.
        patience: Seconds that a thread waits for the other to hold a lock. Where
            the order keeps it from that, it goes on alone.
    """
    tea, coffee = Lock(), Lock()
    both_hold_one = Barrier(2, timeout=patience)

    def holds_one() -> None:
        with suppress(BrokenBarrierError):
            both_hold_one.wait()

    pairs = ((tea, coffee), (coffee, tea))
    threads = [Thread(target=take, args=(*pair, holds_one)) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@dataclass(frozen=True, slots=True)
class Ending:
    """How a program ended that had a time limit.

    Attributes:
        stuck: Whether it was still running when the time was up.
        printed: Its standard output.
        dump: If it was stuck, where each of its threads was, the innermost call
            first; calls outside the program itself are left out.
    """

    stuck: bool
    printed: str
    dump: str

    def __str__(self) -> str:
        """Show what it printed, and where it was stuck."""
        ending = ["stuck:", self.dump] if self.stuck else ["ended"]
        return "\n".join([*self.printed.splitlines(), *ending])


_CHILD = """
import faulthandler, sys
faulthandler.dump_traceback_later({seconds!r}, exit=True)
exec(compile(sys.stdin.read(), "program.py", "exec"))
"""
_TIME_IS_UP = re.compile(r"(?m)Timeout \([\d:.]+\)!$")  # faulthandler's first line


def run_limited(program: str, seconds: float = 2.0) -> Ending:
    """Run a program in a process of its own, which ends when the time is up.

    Args:
        program: Its text, called program.py in the dump.
        seconds: How long it may take.

    Raises:
        RuntimeError: It failed; the text is what it wrote to stderr.
        subprocess.TimeoutExpired: Not even its own time limit ended it.
    """
    child = subprocess.run(
        [sys.executable, "-uX", "utf8", "-c", _CHILD.format(seconds=seconds)],
        input=program,
        capture_output=True,
        encoding="utf-8",
        timeout=seconds + 30,
        check=False,
    )
    *_, dump = _TIME_IS_UP.split(child.stderr)
    stuck = child.returncode != 0 and dump != child.stderr
    if child.returncode and not stuck:
        raise RuntimeError(child.stderr or f"it ended with status {child.returncode}")
    return Ending(stuck, child.stdout, stable_dump(dump) if stuck else "")


def stable_dump(dump: str, file: str = "program.py") -> str:
    """Reduce a dump of faulthandler to what is the same on each run.

    Args:
        dump: What faulthandler wrote.
        file: Only its lines are kept.

    Returns:
        The threads in the order of the dump, numbered instead of named by their
        addresses; below each the lines of the file, the innermost call first.
    """
    lines: list[str] = []
    threads = 0
    for line in dump.splitlines():
        call = re.fullmatch(r'  File "(.*)", line (\d+) in (.*)', line)
        if re.match(r"(Current thread|Thread) 0x", line):
            threads += 1
            lines.append(f"thread {threads}")
        elif call and call[1] == file:
            lines.append(f"  line {call[2]} in {call[3]}")
    return "\n".join(lines)
