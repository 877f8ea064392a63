import asyncio
import time

from interleaved import report
from interleaved.asyncio_border import lateness

NAP = 0.1  # seconds


async def blocking() -> None:
    time.sleep(NAP)


async def on_a_thread() -> None:
    await asyncio.to_thread(time.sleep, NAP)


async def awaiting() -> None:
    await asyncio.sleep(NAP)


for wait in (blocking, on_a_thread, awaiting):
    late = [asyncio.run(lateness(wait)) for _ in range(5)]
    report(f"late by, {wait.__name__}", late, "s")
