"""
Amdahl's law
============

What cannot be shared out bounds the speed-up, whatever the number of
workers: half of the work in a row, and it stays below two.

If a share *s* of some work has to be done in a row, then *n* workers
are faster by at most 1 / (*s* + (1 − *s*) / *n*). You do the same work
with three such shares on pools of processes, and put your own points
beside the curves.
"""

# %%
# The work is a number of equal parts. The first ones, the share in a
# row, are done here; the others go to the pool.

from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from functools import partial
from multiprocessing import get_context

from interleaved import (
    Comparison,
    Spread,
    compare,
    measured_in_child,
    usable_cores,
)
from interleaved.gil import count_to

PARTS = 20
COUNT = 100_000  # what each part counts to
SHARES = (0.0, 0.2, 0.5)
WORKERS = (1, 2, 3)
IN_A_ROW = "in a row"


def amdahl(share: float, workers: float) -> float:
    return 1 / (share + (1 - share) / workers)


def serial(count: int) -> int:
    return sum(map(count_to, [count] * PARTS))


def shared(pool: ProcessPoolExecutor, share: float, count: int) -> int:
    here = round(share * PARTS)
    done = sum(map(count_to, [count] * here))
    numbers = [count] * (PARTS - here)
    return done + sum(pool.map(count_to, numbers, timeout=30))


def label(share: float, workers: int) -> str:
    return f"{share:.0%} in a row, {workers} workers"


def measure(count: int, rounds: int) -> Comparison:
    spawn = get_context("spawn")
    with ExitStack() as stack:
        variants = {IN_A_ROW: partial(serial, count)}
        for workers in WORKERS:
            pool = stack.enter_context(
                ProcessPoolExecutor(workers, spawn)
            )
            for share in SHARES:
                variants[label(share, workers)] = partial(
                    shared, pool, share, count
                )
        return compare(variants, rounds=rounds, attempts=1)


# %%
# A curve for each share, and the points that were measured with their
# quartiles. A dotted line marks the cores that there are, if there are
# no more of them than workers.


def draw(points: dict[float, list[Spread]]) -> None:
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots()
    steps = [
        1 + step / 20 for step in range(20 * (WORKERS[-1] - 1) + 1)
    ]
    said = []
    marks = zip(SHARES, "os^", strict=True)
    for number, (share, mark) in enumerate(marks):
        law = [amdahl(share, workers) for workers in steps]
        ax.plot(steps, law, color=f"C{number}", alpha=0.7)
        spreads = points[share]
        ax.plot(
            WORKERS,
            [spread.median for spread in spreads],
            mark,
            color=f"C{number}",
            label=f"{share:.0%} in a row",
        )
        ax.vlines(
            WORKERS,
            [spread.low for spread in spreads],
            [spread.high for spread in spreads],
            color=f"C{number}",
            linewidth=3,
            alpha=0.5,
        )
        said.append(
            f"with {share:.0%} in a row {spreads[-1]}, the law says"
            f" {amdahl(share, WORKERS[-1]):.2f}"
        )
    cores = usable_cores()
    if cores <= WORKERS[-1]:
        ax.axvline(cores, color="C4", ls=":", label=f"{cores} cores")
    ax.set_xticks(WORKERS)
    ax.set_ylim(0)
    ax.set_xlabel("workers")
    ax.set_ylabel("speed-up (×)")
    ax.legend(loc="upper left")
    fig.set_label(
        f"Speed-up against workers on {cores} cores. Of"
        f" {WORKERS[-1]} workers: {'; '.join(said)}."
    )
    plt.show()


# %%
# Look at how the points leave their curves: the law knows neither what
# it costs to hand work over nor that the cores run out. Where they do,
# more workers only share what there is. The law is a bound from above,
# and the points keep to it but for noise.

if __name__ == "__main__":
    found = measured_in_child(measure, COUNT, 5)
    points = {}
    for share in SHARES:
        labels = [label(share, workers) for workers in WORKERS]
        points[share] = [found.speedup(each) for each in labels]
        for each, spread in zip(labels, points[share], strict=True):
            print(f"{each}: {spread}")
    if found.disturbance:
        print(f"the machine was busy: {found.disturbance}")
    draw(points)

# %%
# The rule: before you add workers, make the part smaller that runs in
# a row. As an exercise, find the share at which a third worker would
# gain you less than a tenth, with as many cores as you like.
