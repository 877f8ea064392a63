"""
Speed-up against workers
========================

For work in pure Python, more threads are faster only without a GIL;
more processes are faster with and without one.

The same work is cut into parts and given to one worker, to two and to
four: threads here, processes here, and threads of a free-threaded
Python, if there is one. Beyond the number of cores there is nothing
left to gain.
"""

# %%
# ``compare`` runs all variants in turn and pairs their rounds. The
# processes of a pool are started once, before it begins; what their
# start costs is another picture.

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from functools import partial
from multiprocessing import get_context

from interleaved import (
    Comparison,
    Elsewhere,
    Spread,
    compare,
    measured_in_child,
    this_interpreter,
    usable_cores,
)
from interleaved.free_threaded import (
    collatz_serial,
    collatz_steps,
    collatz_threaded,
    parts,
)
from interleaved.race_matrix import first_of, pythons_here

WORKERS = (1, 2, 4)
NUMBERS = range(1, 6000)
FREE = "no GIL, threads"
FREE_IN_A_ROW = "no GIL, in a row"


def collatz_pooled(pool: ProcessPoolExecutor, numbers: range) -> int:
    # Two parts at a time: fewer parcels, and still enough to share.
    shares = pool.map(
        collatz_steps, parts(numbers), chunksize=2, timeout=30
    )
    return sum(shares)


def measure(numbers: range, rounds: int) -> Comparison:
    free = None
    if this_interpreter().gil:
        free = first_of(pythons_here(), "3.15t", "3.14t", "3.13t")
    spawn = get_context("spawn")
    with ExitStack() as stack:
        variants: dict[str, Callable[[], object]] = {}
        variants["in a row"] = partial(collatz_serial, numbers)
        for n in WORKERS:
            pool = stack.enter_context(ProcessPoolExecutor(n, spawn))
            threaded = partial(collatz_threaded, numbers, n)
            variants[f"threads {n}"] = threaded
            pooled = partial(collatz_pooled, pool, numbers)
            variants[f"processes {n}"] = pooled
        if free is not None:
            there = Elsewhere(free, collatz_serial, numbers)
            variants[FREE_IN_A_ROW] = stack.enter_context(there)
            for n in WORKERS:
                there = Elsewhere(free, collatz_threaded, numbers, n)
                variants[f"{FREE} {n}"] = stack.enter_context(there)
        return compare(variants, rounds=rounds, attempts=1)


# %%
# Each kind of worker is compared with the same interpreter's work in
# a row, so the picture does not show which interpreter is faster.


def speed_ups(found: Comparison) -> dict[str, list[Spread]]:
    labels = {timing.label for timing in found.timings}
    kinds = {"threads": "in a row", "processes": "in a row"}
    if FREE_IN_A_ROW in labels:
        kinds[FREE] = FREE_IN_A_ROW
    curves = {
        kind: [found.ratio(f"{kind} {n}", base) for n in WORKERS]
        for kind, base in kinds.items()
    }
    if not found.interpreter.gil:  # then those here are the others
        curves[FREE] = curves.pop("threads")
    return curves


def draw(curves: dict[str, list[Spread]]) -> None:
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots()
    cores = usable_cores()
    ideal = [min(n, cores) for n in WORKERS]
    ax.plot(
        WORKERS, ideal, ":", color="C4", label=f"ideal, {cores} cores"
    )
    marks = ("o-", "s-", "^-")
    for number, (kind, spreads) in enumerate(curves.items()):
        medians = [spread.median for spread in spreads]
        ax.plot(
            WORKERS,
            medians,
            marks[number],
            color=f"C{number}",
            label=kind,
        )
        ax.vlines(
            WORKERS,
            [spread.low for spread in spreads],
            [spread.high for spread in spreads],
            color=f"C{number}",
            linewidth=3,
            alpha=0.5,
        )
    ax.set_xticks(WORKERS)
    ax.set_ylim(0)
    ax.set_xlabel("workers")
    ax.set_ylabel("speed-up (×)")
    ax.legend()
    said = [f"{kind} {spreads[-1]}" for kind, spreads in curves.items()]
    fig.set_label(
        f"Speed-up against workers on {cores} cores; with"
        f" {WORKERS[-1]} workers: {', '.join(said)}."
    )
    plt.show()


# %%
# Look at the threads with a GIL: they stay at one, however many there
# are. Look at the step from two to four on your number of cores:
# workers that have no core to run on only wait for each other. The
# strokes are quartiles.

if __name__ == "__main__":
    found = measured_in_child(measure, NUMBERS, 5)
    curves = speed_ups(found)
    for kind, spreads in curves.items():
        for workers, spread in zip(WORKERS, spreads, strict=True):
            print(f"{kind} {workers}: {spread}")
    if FREE not in curves:
        print("no free-threaded Python here to compare with")
    if found.disturbance:
        print(f"the machine was busy: {found.disturbance}")
    draw(curves)

# %%
# The rule: as many workers as cores, for work that computes. As an
# exercise, make ``NUMBERS`` ten times shorter and say first which
# curve suffers.
