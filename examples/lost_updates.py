"""
Lost updates
============

Whether an unlocked ``+=`` loses updates depends on the Python that
runs it; with a lock it loses none on any.

Between the read and the write of an update another thread can write,
and then its update is gone. On a build with a GIL that takes a switch
at just that point, and recent ones do not switch at every point. A
free-threaded build has no such luck.
"""

# %%
# Each Python of this list that you have is asked in a child of its
# own, for four ways to add one. What is not there is left out, and
# named.

from collections.abc import Callable

from interleaved import Elsewhere, Spread
from interleaved.race_matrix import pythons_here
from interleaved.races import (
    Counter,
    add_one,
    add_one_from_call,
    add_one_locked,
    add_one_split,
    lost_updates_by_body,
)

PYTHONS = (
    *("3.11", "3.12", "3.13", "3.13t"),
    *("3.14", "3.14t", "3.15", "3.15t"),
)
BODIES: dict[str, Callable[[Counter], None]] = {
    "value += 1": add_one,
    "value += one()": add_one_from_call,
    "read; write": add_one_split,
    "with lock": add_one_locked,
}
THREADS = 2
TIMES = 150_000  # updates by each thread
ROUNDS = 3

Losses = dict[str, dict[str, Spread]]
"""The share of lost updates, by interpreter and by body."""


def shares_lost(python: str, times: int) -> dict[str, Spread]:
    bodies = [*BODIES.values()]
    with Elsewhere(
        python, lost_updates_by_body, bodies, THREADS, times
    ) as there:
        rounds = [list_of_ints(there()) for _ in range(ROUNDS)]
    every = THREADS * times
    return {
        name: Spread.of((lost / every for lost in losses), "")
        for name, *losses in zip(BODIES, *rounds, strict=True)
    }


def list_of_ints(answer: object) -> list[int]:
    assert isinstance(answer, list)
    return answer


def measure() -> Losses:
    found: Losses = {}
    missing = []
    here = pythons_here()
    for name in PYTHONS:
        python = here.get(name)
        if python is None:
            missing.append(name)
        else:
            found[name] = shares_lost(python, TIMES)
    if missing:
        print("not on this machine:", ", ".join(missing))
    return found


# %%
# A cell has the median share of updates that left no trace, and under
# it the quartiles, if they differ. Its colour is stronger where more
# is lost.


def percent(share: float) -> str:
    return f"{100 * share:.2g} %" if share else "0"


def cell(lost: Spread, around: str = " ({})") -> str:
    text = percent(lost.median)
    if lost.low == lost.high:
        return text
    quartiles = f"{percent(lost.low)} – {percent(lost.high)}"
    return text + around.format(quartiles)


def said(found: Losses) -> str:
    losers = [
        f"Python {name} {cell(lost)} with {body}"
        for name, losses in found.items()
        for body, lost in losses.items()
        if lost.high
    ]
    if not losers:
        return "none anywhere"
    return f"{'; '.join(losers)}; all others lose none"


def strength(share: float) -> float:
    return 0.0 if share == 0 else 0.15 + 0.45 * min(1.0, share * 2)


def draw(found: Losses) -> None:
    import matplotlib.pyplot as plt
    from matplotlib.patches import Rectangle

    fig, ax = plt.subplots(figsize=(4.4, 0.9 + 0.5 * len(found)))
    for row, losses in enumerate(found.values()):
        for column, (_, lost) in enumerate(losses.items()):
            place = (column - 0.48, row - 0.46)
            alpha = strength(lost.median)
            ax.add_patch(
                Rectangle(place, 0.96, 0.92, color="C1", alpha=alpha)
            )
            text = cell(lost, "\n{}")
            ax.text(
                column, row, text, ha="center", va="center", size=9.5
            )
    ax.set_xticks(range(len(BODIES)), [*BODIES], rotation=30, ha="left")
    ax.xaxis.tick_top()
    ax.set_yticks(range(len(found)), [*found])
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.set_xlim(-0.5, len(BODIES) - 0.5)
    ax.set_ylim(len(found) - 0.5, -0.5)
    fig.set_label(
        f"Share of lost updates by interpreter and body: {said(found)}."
    )
    plt.show()


# %%
# Look at the first column: the famous example is right by luck where
# a GIL is at work, because no switch falls between its read and its
# write. Look at the last: the lock is what makes it right.

if __name__ == "__main__":
    found = measure()
    for name, losses in found.items():
        cells = [
            f"{body}: {cell(lost)}" for body, lost in losses.items()
        ]
        print(f"{name:6}", ", ".join(cells))
    draw(found)

# %%
# The rule: an update that threads share is read and written under one
# lock. That a program lost nothing says what this interpreter did
# today. As an exercise, set ``THREADS`` to 1 and then to 4, and say
# first which cells will change.
