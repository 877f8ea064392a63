"""
Back-pressure
=============

A queue with a ``maxsize`` makes a fast producer as slow as its
consumer; one without grows until the producer is done.

A producer puts items into a queue faster than a consumer takes them.
After each step you write down how many are waiting: first in a queue
that takes all, then in one that makes ``put`` wait when it is full.
"""

# %%
# The naps stand for what producing and consuming an item takes. The
# consumer is told how many items it gets, so nothing but items is in
# the queue, and both threads are joined.

import time
from queue import Queue
from statistics import quantiles
from threading import Thread

from interleaved import measured_in_child

ITEMS = 40
PRODUCE = 0.001  # seconds an item
CONSUME = 0.003
LIMIT = 8
RUNS = 7
PATIENCE = 30.0

Depths = list[tuple[float, int]]
"""When, in seconds since the first item, and how many wait then."""


def depths(maxsize: int, items: int) -> Depths:
    queue: Queue[int] = Queue(maxsize)
    seen: Depths = []

    def produce() -> None:
        for item in range(items):
            time.sleep(PRODUCE)
            queue.put(item, timeout=PATIENCE)
            seen.append((time.perf_counter(), queue.qsize()))

    def consume(share: int) -> None:
        for _ in range(share):
            queue.get(timeout=PATIENCE)
            seen.append((time.perf_counter(), queue.qsize()))
            time.sleep(CONSUME)

    threads = [
        Thread(target=produce),
        Thread(target=consume, args=[items]),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    start = min(when for when, _ in seen)
    return sorted((when - start, depth) for when, depth in seen)


def repeated(maxsize: int, items: int, runs: int) -> list[Depths]:
    return [depths(maxsize, items) for _ in range(runs)]


# %%
# The runs are laid over each other: at each second millisecond, the
# median and the quartiles of their depths.


def depth_at(seen: Depths, when: float) -> int:
    earlier = [depth for time, depth in seen if time <= when]
    return earlier[-1] if earlier else 0


def laid_over(
    runs: list[Depths], times: list[float]
) -> list[list[float]]:
    return [
        quantiles([depth_at(seen, when) for seen in runs])
        for when in times
    ]


def deepest(runs: list[Depths]) -> int:
    return max(depth for seen in runs for _, depth in seen)


def draw(found: dict[str, list[Depths]]) -> None:
    import matplotlib.pyplot as plt

    fig, ax = plt.subplots()
    said = []
    for number, (name, runs) in enumerate(found.items()):
        end = max(seen[-1][0] for seen in runs)
        times = [step / 500 for step in range(round(500 * end) + 2)]
        bands = laid_over(runs, times)
        milliseconds = [1000 * each for each in times]
        style = "-" if number == 0 else "--"
        middle = [band[1] for band in bands]
        ax.step(
            milliseconds, middle, style, color=f"C{number}", label=name
        )
        ax.fill_between(
            milliseconds,
            [band[0] for band in bands],
            [band[2] for band in bands],
            step="pre",
            color=f"C{number}",
            alpha=0.3,
            linewidth=0,
        )
        said.append(f"{name} {deepest(runs)} wait at most")
    ax.set_ylim(0)
    ax.set_xlabel("time (ms)")
    ax.set_ylabel("items in the queue")
    ax.legend()
    fig.set_label(f"Items in the queue over time: {'; '.join(said)}.")
    plt.show()


# %%
# Look at the left: both queues fill at the same pace. The bounded one
# stops at its limit, and from then on an item goes in when one comes
# out. Both are empty at about the same time, for the consumer decides
# that; only what waits meanwhile differs.

if __name__ == "__main__":
    found = {
        "no limit": measured_in_child(repeated, 0, ITEMS, RUNS),
        f"maxsize={LIMIT}": measured_in_child(
            repeated, LIMIT, ITEMS, RUNS
        ),
    }
    for name, runs in found.items():
        print(f"{name}: {deepest(runs)} wait at most")
    draw(found)

# %%
# The rule: every queue between threads has a limit. As an exercise,
# start a second consumer, so that each of the two gets half of the
# items, and say first where both lines will be.
