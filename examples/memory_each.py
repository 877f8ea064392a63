"""
Memory of threads and tasks
===========================

A waiting thread takes several times the memory of a waiting asyncio
task, and both take kilobytes.

You start more and more of either, let all of them wait, and read what
the process has in memory.
"""

# %%
# Memory that was given back can be used again, so a series only grows,
# and each series has a child process of its own.

import asyncio
import sys
from contextlib import ExitStack

from interleaved import ElsewhereError, Spread, measured_in_child
from interleaved.thread_costs import memory, waiting_threads

COUNTS = (100, 200, 400, 800)
RUNS = 5


def resident() -> int:
    found = memory()
    if found:
        return found.resident
    # Without /proc, the most that it ever was: a series only grows.
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most * (1 if sys.platform == "darwin" else 1024)


def of_threads(counts: tuple[int, ...]) -> list[int]:
    taken = []
    with ExitStack() as stack, waiting_threads(1):
        before, started = resident(), 0
        for count in counts:
            more = waiting_threads(count - started)
            started += len(stack.enter_context(more))
            taken.append(resident() - before)
    if started < counts[-1]:
        raise RuntimeError(f"the system starts no more than {started}")
    return taken


def of_tasks(counts: tuple[int, ...]) -> list[int]:
    async def grow() -> list[int]:
        may_end = asyncio.Event()
        tasks = [asyncio.create_task(may_end.wait())]
        await asyncio.sleep(0)  # now it waits
        before, taken = resident(), []
        for count in counts:
            while len(tasks) <= count:  # one waited already
                tasks += [asyncio.create_task(may_end.wait())]
            await asyncio.sleep(0)
            taken.append(resident() - before)
        may_end.set()
        await asyncio.gather(*tasks)
        return taken

    return asyncio.run(grow())


# %%
# The points are medians of all series, the strokes reach from
# quartile to quartile.


def draw(found: dict[str, list[Spread]]) -> None:
    import matplotlib.pyplot as plt
    from matplotlib.ticker import EngFormatter

    fig, ax = plt.subplots()
    said = []
    for number, (kind, spreads) in enumerate(found.items()):
        mark = "o-" if number == 0 else "s--"
        medians = [spread.median for spread in spreads]
        color = f"C{number}"
        ax.plot(COUNTS, medians, mark, color=color, label=kind)
        ax.vlines(
            COUNTS,
            [spread.low for spread in spreads],
            [spread.high for spread in spreads],
            color=color,
            linewidth=4,
            alpha=0.5,
        )
        said.append(f"{COUNTS[-1]} {kind} take {spreads[-1]}")
    ax.set_xticks(COUNTS)
    ax.set_ylim(0)
    ax.yaxis.set_major_formatter(EngFormatter("B"))
    ax.set_xlabel("how many wait")
    ax.set_ylabel("memory for all of them")
    ax.legend()
    fig.set_label(f"Memory against how many wait: {', '.join(said)}.")
    plt.show()


# %%
# Look at the slopes: that is the memory of each. A thread has a stack,
# and the part of it that was used is in memory; a task has a few
# objects. What the threads *reserve* is far more and costs next to
# nothing until it is used.

if __name__ == "__main__":
    found = {}
    for kind, take in (("threads", of_threads), ("tasks", of_tasks)):
        try:
            series = [
                measured_in_child(take, COUNTS) for _ in range(RUNS)
            ]
        except ElsewhereError as error:
            print(f"{kind}: {error}")
            continue
        points = zip(*series, strict=True)
        found[kind] = [Spread.of(point, "B") for point in points]
        each = Spread.of((s[-1] / COUNTS[-1] for s in series), "B")
        print(f"{kind}: {each} each")
    draw(found)

# %%
# The rule: thousands of waiting threads are possible, tens of
# thousands of waiting things are tasks. As an exercise, let each
# thread call a function twenty deep before it waits.
