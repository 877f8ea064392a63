"""
GIL hand-offs
=============

With a GIL, two threads that compute never run at the same time.

They hand it to each other instead: one runs for about a switch
interval, then the other. Without a GIL both run at once, if there
are two cores. You let two threads count and set a stamp after every
few counts, then you draw who ran when.
"""

# %%
# ``stamped`` starts the threads and returns their stamps in order. A
# thread *ran* from one stamp of its own to the next, unless these are
# so far apart that something else must have run between them.

from interleaved import (
    Elsewhere,
    Spread,
    measured_in_child,
    this_interpreter,
)
from interleaved.race_matrix import first_of, pythons_here
from interleaved.turns import Stamp, hand_offs, slices, stamped

SECONDS = 0.08
PATIENCE = 0.001  # seconds between two stamps of a thread that runs
RUNS = 5

Span = tuple[float, float]


def spans(stamps: list[Stamp], worker: str) -> list[Span]:
    found = slices(stamps, pause=PATIENCE)
    return [
        (each.start, each.end)
        for each in found
        if each.worker == worker
    ]


def seconds_together(ones: list[Span], others: list[Span]) -> float:
    return sum(
        max(0.0, min(one[1], other[1]) - max(one[0], other[0]))
        for one in ones
        for other in others
    )


def share_together(stamps: list[Stamp]) -> float:
    one, other = (spans(stamps, worker) for worker in "AB")
    return seconds_together(one, other) / SECONDS


# %%
# The threads run in a child process, so that nobody else wants their
# GIL. A free-threaded Python, if there is one, is asked for the same.


def measure() -> dict[str, list[list[Stamp]]]:
    runs = [measured_in_child(stamped, SECONDS) for _ in range(RUNS)]
    if not this_interpreter().gil:
        print("this Python has no GIL: ask one that has, too")
        return {"without a GIL": runs}
    found = {"with a GIL": runs}
    free = first_of(pythons_here(), "3.15t", "3.14t", "3.13t")
    if free is None:
        print("no free-threaded Python here to compare with")
        return found
    with Elsewhere(free, stamped, SECONDS) as there:
        answers = [there() for _ in range(RUNS)]
    found["without a GIL"] = [
        answer for answer in answers if isinstance(answer, list)
    ]
    return found


def draw(found: dict[str, list[list[Stamp]]]) -> None:
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(
        len(found),
        sharex=True,
        squeeze=False,
        figsize=(4.4, 1.6 * len(found)),
        layout="constrained",
    )
    said = []
    for ax, (name, runs) in zip(axes.flat, found.items(), strict=True):
        shown = max(runs, key=share_together)
        for lane, worker in enumerate("AB"):
            bars = [
                (1000 * start, 1000 * (end - start))
                for start, end in spans(shown, worker)
            ]
            ax.broken_barh(bars, (lane - 0.4, 0.8), color=f"C{lane}")
        ax.set_yticks([0, 1], ["thread A", "thread B"])
        ax.set_ylim(1.5, -0.5)
        ax.set_title(name, loc="left")
        both = Spread.of(map(share_together, runs), "")
        said.append(f"{name} both run {both.median:.0%} of the time")
    axes[-1, 0].set_xlabel("time (ms)")
    fig.set_label(f"Who runs when, two threads: {'; '.join(said)}.")
    plt.show()


# %%
# Look down each column of the picture: with a GIL there is one
# thread in it, or none for the moment of a hand-off. The lengths are
# not all alike, since the thread that waits asks for the GIL after an
# interval of its own, and has to be woken by the system. The numbers
# are the median and the quartiles of all runs; drawn is the one with
# the most time together, since other programs can only make it less.

if __name__ == "__main__":
    found = measure()
    for name, runs in found.items():
        both = Spread.of((100 * share_together(s) for s in runs), "")
        print(f"{name}: both run for {both} % of the time")
        if name == "with a GIL":
            count = Spread.of((hand_offs(s) for s in runs), "")
            print(f"  hand-offs in {SECONDS * 1000:g} ms: {count}")
    draw(found)

# %%
# The rule: with a GIL, a second thread that computes halves the first
# one's time and adds none. As an exercise, call
# ``sys.setswitchinterval(0.02)`` at the top of this file, which the
# child imports, too, and say first what the picture will look like.
# An interval below ``PATIENCE`` would deceive you: gaps as short as
# that are not drawn.
