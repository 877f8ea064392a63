"""
Three at a time
===============

A semaphore of three lets three threads in at once and never a fourth.

Ten threads want to use something that bears no more than three of
them. You count who is inside, once with the semaphore at the door and
once without, and draw the count over time.
"""

# %%
# The count has a lock of its own: it measures the semaphore and must
# not rely on it.

import time
from contextlib import AbstractContextManager, nullcontext
from statistics import quantiles
from threading import Barrier, Lock, Semaphore, Thread

from interleaved import measured_in_child

THREADS = 10
PLACES = 3
STAY = 0.02  # seconds
RUNS = 7
PATIENCE = 30.0

Counts = list[tuple[float, int]]
"""When, in seconds since all want in, and how many are inside then."""


def occupancy(door: AbstractContextManager[object]) -> Counts:
    counts: Counts = []
    inside = 0
    counting = Lock()
    all_want_in = Barrier(THREADS + 1, timeout=PATIENCE)

    def change(by: int) -> None:
        nonlocal inside
        with counting:
            inside += by
            counts.append((time.perf_counter(), inside))

    def visit() -> None:
        all_want_in.wait()
        with door:
            change(+1)
            time.sleep(STAY)  # stands for the use of what is behind it
            change(-1)

    threads = [Thread(target=visit) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    start = time.perf_counter()
    all_want_in.wait()
    for thread in threads:
        thread.join(PATIENCE)
    return [(when - start, count) for when, count in counts]


def guarded(runs: int) -> list[Counts]:
    return [occupancy(Semaphore(PLACES)) for _ in range(runs)]


def unguarded(runs: int) -> list[Counts]:
    return [occupancy(nullcontext()) for _ in range(runs)]


# %%
# Of several runs the picture has, at each millisecond, the median and
# the quartiles.


def count_at(counts: Counts, when: float) -> int:
    earlier = [count for time, count in counts if time <= when]
    return earlier[-1] if earlier else 0


def draw(found: dict[str, list[Counts]]) -> None:
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots()
    said = []
    for number, (name, runs) in enumerate(found.items()):
        end = max(counts[-1][0] for counts in runs)
        steps = range(round(1000 * end) + 2)
        bands = [
            quantiles(
                [count_at(counts, step / 1000) for counts in runs]
            )
            for step in steps
        ]
        style = "-" if number == 0 else "--"
        ax.step(
            steps,
            [band[1] for band in bands],
            style,
            color=f"C{number}",
            label=name,
        )
        ax.fill_between(
            steps,
            [band[0] for band in bands],
            [band[2] for band in bands],
            step="pre",
            color=f"C{number}",
            alpha=0.3,
            linewidth=0,
        )
        most = max(count for counts in runs for _, count in counts)
        said.append(f"{name} at most {most}")
    ax.set_ylim(0)
    ax.set_xlabel("time (ms)")
    ax.set_ylabel("threads inside")
    ax.legend()
    fig.set_label(f"Threads inside, over time: {'; '.join(said)}.")
    plt.show()


# %%
# Look at the steps: with the semaphore a thread comes in when another
# leaves, and the last of ten comes alone. Without it all are inside
# at once, and all of it is over after one stay.

if __name__ == "__main__":
    found = {
        f"Semaphore({PLACES})": measured_in_child(guarded, RUNS),
        "no semaphore": measured_in_child(unguarded, RUNS),
    }
    for name, runs in found.items():
        most = [max(count for _, count in counts) for counts in runs]
        print(f"{name}: {min(most)} to {max(most)} at most inside")
    draw(found)

# %%
# The rule: a semaphore bounds how many, a lock is one for one. As an
# exercise, let a thread release a ``Semaphore`` twice, and a
# ``BoundedSemaphore``, and say first what the picture will show.
