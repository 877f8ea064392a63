"""
Chunk sizes
===========

For tiny tasks a pool of processes is slower than no pool, until you
hand them over in chunks.

Each task travels to a process and its answer back, and that takes far
longer than the task. ``chunksize`` sends many in one parcel. With one
parcel for all of them, a single process does all the work and the
other waits.
"""

# %%
# The same tasks, in parcels of more and more. All variants return the
# same sum, or ``compare`` would refuse them.

from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

from interleaved import Comparison, compare, measured_in_child
from interleaved.gil import count_to

TASKS = 1000
CHUNKS = (1, 4, 16, 64, 250, 1000)
COUNT = 300  # what each task counts to

IN_A_ROW = "in a row"


def serial(tasks: int) -> int:
    return sum(map(count_to, [COUNT] * tasks))


def pooled(pool: ProcessPoolExecutor, tasks: int, chunk: int) -> int:
    numbers = [COUNT] * tasks
    return sum(pool.map(count_to, numbers, chunksize=chunk, timeout=30))


def measure(tasks: int, rounds: int) -> Comparison:
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        variants = {IN_A_ROW: partial(serial, tasks)}
        for chunk in CHUNKS:
            variants[str(chunk)] = partial(pooled, pool, tasks, chunk)
        return compare(variants, rounds=rounds, attempts=1)


# %%
# The line joins medians, the band reaches from quartile to quartile;
# the dashed line is what one process needs without a pool.


def draw(found: Comparison) -> None:
    import matplotlib.pyplot as plt
    from matplotlib.ticker import EngFormatter, LogLocator

    fig, ax = plt.subplots()
    spreads = [found.seconds(str(chunk)) for chunk in CHUNKS]
    medians = [spread.median for spread in spreads]
    ax.plot(CHUNKS, medians, "o-", label="two processes")
    ax.fill_between(
        CHUNKS,
        [spread.low for spread in spreads],
        [spread.high for spread in spreads],
        alpha=0.3,
        linewidth=0,
    )
    alone = found.seconds(IN_A_ROW)
    ax.axhline(alone.median, color="C1", ls="--", label=IN_A_ROW)
    ax.axhspan(alone.low, alone.high, color="C1", alpha=0.3, lw=0)
    ax.set(xscale="log", yscale="log")
    ax.minorticks_off()
    ax.set_xticks(CHUNKS, [str(chunk) for chunk in CHUNKS])
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.yaxis.set_major_formatter(EngFormatter("s"))
    ax.set_xlabel("tasks in a chunk")
    ax.set_ylabel(f"time for {TASKS} tasks")
    ax.legend()
    best = min(zip(medians, CHUNKS, strict=True))[1]
    fig.set_label(
        f"Time for {TASKS} tiny tasks against the chunk size: in a row"
        f" {alone}, by chunks of 1 {spreads[0]}, of {best}, the best,"
        f" {found.seconds(str(best))}, of {CHUNKS[-1]} {spreads[-1]}."
    )
    plt.show()


# %%
# Look at both ends. On the left the pool is busy with parcels; on the
# right there is one parcel, so the second process has nothing to do.
# Between them, from some dozens of tasks in a chunk on, it hardly
# matters which size you take.

if __name__ == "__main__":
    found = measured_in_child(measure, TASKS, 7)
    for timing in found.timings:
        label = timing.label
        print(f"{label:>8}: {found.seconds(label)}")
    if found.disturbance:
        print(f"the machine was busy: {found.disturbance}")
    draw(found)

# %%
# The rule: a few chunks for each worker, neither one task nor all. As
# an exercise, raise ``COUNT`` until a chunk size of 1 is no worse than
# the others.
