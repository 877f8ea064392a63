"""How late a loop is, and what waits cost."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Event, Thread

LIMIT = 60.0
"""Seconds after which a wait gives up."""


async def lateness(work: Callable[[], Awaitable[None]], tick: float = 0.005) -> float:
    """Measure by how much a ticker is late at most, while a task works.

    Args:
        work: makes what the other task awaits.
        tick: seconds between two ticks.

    Returns:
        Seconds by which the latest tick came after its time.
    """
    worst, begun = 0.0, asyncio.Event()

    async def worker() -> None:
        await begun.wait()
        await work()

    working = asyncio.ensure_future(worker())
    due = time.perf_counter() + tick
    while True:
        ended = working.done()
        await asyncio.sleep(due - time.perf_counter())
        now = time.perf_counter()
        worst, due = max(worst, now - due), now + tick
        begun.set()
        if ended:
            await working
            return worst


def memory_of_tasks(number: int) -> float:
    """Bytes of RAM that a waiting asyncio task takes, as a mean over many.

    Raises:
        OSError: The system does not tell; Linux does.
    """
    return _in_a_child(_hold_tasks, number)


def memory_of_threads(number: int) -> float:
    """Bytes of RAM that a waiting thread takes, as a mean over many.

    Raises:
        OSError: The system does not tell, or refuses that many threads.
    """
    return _in_a_child(_hold_threads, number)


def _in_a_child(hold: Callable[[int], int], number: int) -> float:
    _resident()  # or the error would come from the child
    spawn = get_context("spawn")
    mine, theirs = spawn.Pipe(duplex=False)
    child = spawn.Process(target=_send, args=(theirs, hold, number))
    child.start()
    theirs.close()
    try:
        if not mine.poll(LIMIT):
            raise TimeoutError(f"no answer in {LIMIT} s")
        found = mine.recv()
    except EOFError as error:
        raise OSError(f"{number} waits could not be held at once") from error
    finally:
        mine.close()
        child.join(LIMIT)
    return float(found) / number


def _send(connection: Connection, hold: Callable[[int], int], number: int) -> None:
    hold(1)  # what is made once for all is not counted
    connection.send(hold(number))
    connection.close()


def _hold_tasks(number: int) -> int:
    async def main() -> int:
        before, enough = _resident(), asyncio.Event()
        tasks = [asyncio.ensure_future(enough.wait()) for _ in range(number)]
        await asyncio.sleep(0)  # each has begun to wait
        held = _resident() - before
        enough.set()
        await asyncio.gather(*tasks)
        return held

    return asyncio.run(main())


def _hold_threads(number: int) -> int:
    before, enough = _resident(), Event()
    threads = [Thread(target=enough.wait, args=(LIMIT,)) for _ in range(number)]
    try:
        for thread in threads:
            thread.start()
        return _resident() - before
    finally:
        enough.set()
        for thread in threads:
            if thread.ident:
                thread.join(LIMIT)


def _resident() -> int:
    """Bytes of this process that are in RAM."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    except FileNotFoundError as error:
        raise OSError("it has no /proc/self/statm") from error
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
