"""
What a start costs
==================

A new process costs many times as much as a new thread, and which
start method makes it decides how many times.

You start something that does nothing and wait for its end: a thread,
a process by each method that this system has, and a subinterpreter
where there is a Python that has them in its library (from 3.14 on).
"""

# %%
# ``compare`` calls each variant often enough for the clock, in turn.
# It runs in a child process: ``fork`` copies the tables of all the
# memory that its parent has, so in a big parent it is slow.

import sys
from collections.abc import Callable
from functools import partial
from multiprocessing import get_all_start_methods

from interleaved import (
    Comparison,
    Elsewhere,
    compare,
    measured_in_child,
)
from interleaved.processes import start_and_join
from interleaved.race_matrix import first_of, pythons_here
from interleaved.spread import duration
from interleaved.subinterpreters import create_and_close


def measure(rounds: int) -> Comparison:
    variants: dict[str, Callable[[], object]] = {}
    for method in ("thread", "fork", "forkserver", "spawn"):
        if method in ("thread", *get_all_start_methods()):
            variants[method] = partial(start_and_join, method)
    if sys.version_info >= (3, 14):
        variants["interpreter"] = create_and_close
        return compare(variants, rounds=rounds, attempts=1)
    python = first_of(pythons_here(), "3.15", "3.14")
    if python is None:
        return compare(variants, rounds=rounds, attempts=1)
    with Elsewhere(python, create_and_close) as there:
        variants["interpreter"] = there
        return compare(variants, rounds=rounds, attempts=1)


# %%
# The scale is logarithmic: each line of the grid is ten times the one
# before. The point is the median, the stroke reaches from quartile to
# quartile.


def draw(found: Comparison) -> None:
    import matplotlib.pyplot as plt
    from matplotlib.ticker import EngFormatter

    fig, ax = plt.subplots(figsize=(4.4, 2.6))
    labels = [timing.label for timing in found.timings]
    for row, label in enumerate(labels):
        spread = found.seconds(label)
        ax.hlines(row, spread.low, spread.high, linewidth=6, alpha=0.4)
        ax.plot(spread.median, row, "o", color="C0")
        ax.annotate(
            duration(spread.median),
            (spread.high, row),
            xytext=(8, 0),
            textcoords="offset points",
            va="center",
        )
    ax.set_yticks(range(len(labels)), labels)
    ax.invert_yaxis()
    ax.set_xscale("log")
    ax.minorticks_off()
    ax.xaxis.set_major_formatter(EngFormatter("s"))
    ax.grid(axis="x", alpha=0.4)
    ax.margins(x=0.25)
    ax.set_xlabel("time to start and join")
    said = [f"{label} {found.seconds(label)}" for label in labels]
    fig.set_label(f"Time to start and join: {', '.join(said)}.")
    plt.show()


# %%
# Look at the gaps. ``fork`` copies a process; ``forkserver`` has a
# small process forked that is there already; ``spawn`` starts Python
# anew. With the last two your module is imported once more: in each
# child or, by ``forkserver`` on newer Pythons, once in that small
# process. A subinterpreter sets up an interpreter in the process that
# there is.

if __name__ == "__main__":
    found = measured_in_child(measure, 9)
    for timing in found.timings:
        print(f"{timing.label}: {found.seconds(timing.label)}")
    if "interpreter" not in [timing.label for timing in found.timings]:
        print("no Python from 3.14 on here, for subinterpreters")
    if found.disturbance:
        print(f"the machine was busy: {found.disturbance}")
    draw(found)

# %%
# The rule: start processes once and give them many tasks; that is
# what a pool is for. As an exercise, have this file sleep for a third
# of a second at its top, as a slow import would, and say first which
# of the methods will notice; then ask an old Python and a new one, if
# you have both.
