import asyncio

from interleaved import report
from interleaved.thread_costs import memory, waiting_threads


async def wait_in_tasks(count: int) -> None:
    may_end = asyncio.Event()
    before = memory()
    tasks = [asyncio.create_task(may_end.wait()) for _ in range(count)]
    await asyncio.sleep(0)  # now each of them has come to its wait
    during = memory()
    may_end.set()
    waited = await asyncio.wait_for(asyncio.gather(*tasks), timeout=30)
    report("tasks that waited at once", sum(waited))
    if before and during:
        each = during.each(before, count).resident
        report("memory of a waiting task", each, "B")


asyncio.run(wait_in_tasks(10_000))
before = memory()
with waiting_threads(200) as threads:
    during = memory()
if before and during:
    each = during.each(before, len(threads)).resident
    report("memory of a waiting thread", each, "B")
else:
    print("What each takes is read from /proc, on Linux.")
