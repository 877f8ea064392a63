"""Processes that share one core, and what a switch between them costs."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from queue import Empty
from time import perf_counter
from typing import Protocol

_PATIENCE = 30.0  # seconds that anybody here waits for anybody else
_GRACE = 10.0  # seconds until a process that was killed has ended
_PAUSE = 0.0005  # seconds without a look at the clock: somebody else ran
_ECHO = """
import os
while byte := os.read(0, 1):
    os.write(1, byte)
"""

Span = tuple[float, float]
"""Begin and end of a time in which a process ran, in seconds."""


@contextmanager
def on_one_core() -> Iterator[bool]:
    """Keep this thread, and the processes that it starts, on one core.

    Yields:
        Whether it could be done: Linux lets a program choose its cores.
    """
    if not hasattr(os, "sched_setaffinity"):
        yield False
        return
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(allowed)})
    try:
        yield True
    finally:
        os.sched_setaffinity(0, allowed)


def move_to_one_core(pids: Iterable[int]) -> bool:
    """Keep processes on one core from now on, and say whether it could be done.

    Args:
        pids: Their numbers; they are this user's, and have one thread each.
    """
    if not hasattr(os, "sched_setaffinity"):
        return False
    core = max(os.sched_getaffinity(0))
    for pid in pids:
        os.sched_setaffinity(pid, {core})
    return True


@dataclass(frozen=True, slots=True)
class Ran:
    """When a process ran.

    Attributes:
        name: Its name.
        spans: Its times on a core, in order, from the begin of the first process.
    """

    name: str
    spans: tuple[Span, ...]

    @property
    def seconds(self) -> float:
        """How long it ran in all."""
        return sum(end - begin for begin, end in self.spans)

    def drawn(self, seconds: float, columns: int = 60) -> str:
        """Draw it: a mark for each slice of time in whose middle it ran.

        Args:
            seconds: What a character stands for.
            columns: How many.
        """
        middles = [(column + 0.5) * seconds for column in range(columns)]
        return "".join(
            "#" if any(begin <= at < end for begin, end in self.spans) else "."
            for at in middles
        )


def share(names: Sequence[str], seconds: float) -> list[Ran]:
    """Let processes compute side by side, and note when each of them ran.

    Each does nothing but look at the clock. If it was not there for a while, it was
    not on a core: somebody else was, or the clock of the machine stood still. Call
    this under `if __name__ == "__main__":`, as the processes import the main module.

    Args:
        names: A name for each.
        seconds: How long.

    Returns:
        One record each, in the order of the names.

    Raises:
        TimeoutError: A process did not report within 30 s of its end.
    """
    spawn = get_context("spawn")  # fork would copy the locks of other threads
    all_started, reports = spawn.Barrier(len(names)), spawn.Queue()
    processes = [
        spawn.Process(target=_look, args=(name, seconds, all_started, reports))
        for name in names
    ]
    for process in processes:
        process.start()
    try:
        looked: dict[str, list[Span]] = dict(
            reports.get(timeout=seconds + _PATIENCE) for _ in names
        )
        for process in processes:
            process.join(_PATIENCE)
    except Empty:
        raise TimeoutError("a process did not report") from None
    finally:
        for process in processes:
            process.kill()
            process.join(_GRACE)
    first = min(spans[0][0] for spans in looked.values())
    return [
        Ran(name, tuple((begin - first, end - first) for begin, end in looked[name]))
        for name in names
    ]


class _Reports(Protocol):
    def put(self, item: tuple[str, list[Span]]) -> None: ...


def _look(name: str, seconds: float, all_started: Barrier, reports: _Reports) -> None:
    """Look at the clock all the time, and report when this was."""
    all_started.wait(_PATIENCE)
    reports.put((name, spans_between(perf_counter, seconds)))


def spans_between(clock: Callable[[], float], seconds: float) -> list[Span]:
    """Look at a clock, and tell the times of looking from the times in between.

    Args:
        clock: Returns the time in seconds.
        seconds: How long.

    Returns:
        Times in which no two looks were more than half a millisecond apart.
    """
    begun = begin = last = clock()
    spans = []
    while last - begun < seconds:
        now = clock()
        if now - last > _PAUSE:
            spans.append((begin, last))
            begin = now
        last = now
    spans.append((begin, last))
    return spans


@contextmanager
def other_end() -> Iterator[Callable[[], bytes]]:
    """Have another process send every byte back, over two pipes.

    Yields:
        A function that sends a byte and waits until it is back. There is no
        timeout in it: that would take more calls than those to be timed. If the
        process has ended, it raises an OSError such as BrokenPipeError; if that
        ends meanwhile, it returns b"".
    """
    command = [sys.executable, "-c", _ECHO]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
    ) as child:
        assert child.stdin
        assert child.stdout
        there, back = child.stdin.fileno(), child.stdout.fileno()

        def send_and_receive() -> bytes:
            os.write(there, b"?")
            return os.read(back, 1)

        try:
            yield send_and_receive
            child.stdin.close()  # which ends its loop
            child.wait(_PATIENCE)
        finally:
            child.kill()


@contextmanager
def same_end() -> Iterator[Callable[[], bytes]]:
    """Do the calls of a round trip without another process, over one pipe.

    Yields:
        A function that makes the calls that both ends of `other_end` make: two
        writes and two reads of a byte.
    """
    back, there = os.pipe()

    def send_and_receive() -> bytes:
        os.write(there, b"?")
        os.write(there, os.read(back, 1))
        return os.read(back, 1)

    try:
        yield send_and_receive
    finally:
        os.close(there)
        os.close(back)
