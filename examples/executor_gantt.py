"""
Who works when in a pool
========================

The same tasks on the same pool are done later when the longest comes
last.

A pool gives the next task to whichever worker is free. With a long
task at the end the other workers have nothing left to do; at the
start, the short ones fill the gaps beside it.
"""

# %%
# A task is a nap that stands for a wait, and it leaves a span: who,
# from when, till when. Only the order of the tasks differs.

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import current_thread

from interleaved import Spread, measured_in_child

WORKERS = 3
SHORT, LONG = 0.03, 0.12  # seconds
RUNS = 7

LONGEST_LAST = [SHORT] * 8 + [LONG]
LONGEST_FIRST = [LONG] + [SHORT] * 8


@dataclass(frozen=True, slots=True)
class Span:
    worker: str
    start: float
    end: float


def work(seconds: float) -> Span:
    start = time.perf_counter()
    time.sleep(seconds)
    return Span(current_thread().name, start, time.perf_counter())


def run(tasks: list[float], workers: int) -> list[Span]:
    with ThreadPoolExecutor(workers, "worker") as pool:
        return list(pool.map(work, tasks, timeout=30))


def repeated(
    tasks: list[float], workers: int, runs: int
) -> list[list[Span]]:
    return [run(tasks, workers) for _ in range(runs)]


def seconds(spans: list[Span]) -> float:
    first = min(span.start for span in spans)
    return max(span.end for span in spans) - first


# %%
# A lane for each worker. The dashed line is the median of when all is
# done, and the band about it has half of the runs.


def draw(found: dict[str, list[list[Span]]]) -> None:
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(
        len(found),
        sharex=True,
        figsize=(4.4, 3.6),
        layout="constrained",
    )
    said = []
    for ax, (name, runs) in zip(axes, found.items(), strict=True):
        spans = runs[-1]
        zero = min(span.start for span in spans)
        lanes = sorted({span.worker for span in spans})
        for span in spans:
            length = span.end - span.start
            ax.barh(
                lanes.index(span.worker),
                1000 * length,
                left=1000 * (span.start - zero),
                color="C1" if length > (SHORT + LONG) / 2 else "C0",
                edgecolor="white",
            )
        done = Spread.of((seconds(run) for run in runs), "s")
        ax.axvline(1000 * done.median, color="C2", ls="--")
        ax.axvspan(
            1000 * done.low, 1000 * done.high, color="C2", alpha=0.3
        )
        names = [f"worker {1 + number}" for number in range(len(lanes))]
        ax.set_yticks(range(len(lanes)), names)
        ax.invert_yaxis()
        ax.set_title(name, loc="left")
        said.append(f"{name}, all is done after {done}")
    axes[-1].set_xlabel("time (ms)")
    fig.set_label(f"{WORKERS} workers, 9 tasks. {'; '.join(said)}.")
    plt.show()


# %%
# Look at the right end of each half: that is where workers wait for
# the last one. The work is the same, and so is the number of workers.

if __name__ == "__main__":
    found = {}
    for name, tasks in (
        ("the longest last", LONGEST_LAST),
        ("the longest first", LONGEST_FIRST),
    ):
        found[name] = measured_in_child(repeated, tasks, WORKERS, RUNS)
        done = Spread.of((seconds(spans) for spans in found[name]), "s")
        print(f"{name}: all is done after {done}")
    draw(found)

# %%
# The rule: submit the longest task first, if you know which it is. As
# an exercise, work out on paper when all is done with four workers,
# in both orders, and then look.
