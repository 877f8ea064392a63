"""How late an event loop is."""

import asyncio
import time
from collections.abc import Awaitable, Callable


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
