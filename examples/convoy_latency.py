"""
The convoy effect
=================

Replies beside a thread that computes take as long as the switch
interval that you set.

A thread answers the questions of another process, which measures how
long each answer takes; beside it a second thread counts. With a GIL
the first has to queue for it, and the one who has it gives it up only
when the interval is over.
"""

# %%
# All of it happens in a child process, since the switch interval
# belongs to a whole interpreter. ``answered`` starts the thread that
# answers and the process that asks.

import sys
from functools import partial

from interleaved import Spread, measured_in_child
from interleaved.convoy import answered, beside, p90
from interleaved.gil import count_to
from interleaved.spread import duration

INTERVALS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02)  # seconds
QUESTIONS = 40

Replies = list[float]


def ask_alone_and_beside(
    intervals: tuple[float, ...], questions: int
) -> tuple[Replies, list[Replies]]:
    count = partial(count_to, 10_000)
    with answered() as ask:
        ask(20)  # warm up
        alone = ask(questions)
        slowed = []
        for interval in intervals:
            sys.setswitchinterval(interval)
            with beside(count):
                slowed.append(ask(questions))
    return alone, slowed


# %%
# The line is the median, the band has half of all replies in it, and
# nine of ten replies lie under the crosses.


def draw(alone: Replies, slowed: list[Replies]) -> None:
    import matplotlib.pyplot as plt
    from matplotlib.ticker import EngFormatter

    fig, ax = plt.subplots()
    spreads = [Spread.of(replies, "s") for replies in slowed]
    medians = [spread.median for spread in spreads]
    ax.plot(INTERVALS, medians, "o-", label="beside a count")
    ax.fill_between(
        INTERVALS,
        [spread.low for spread in spreads],
        [spread.high for spread in spreads],
        color="C0",
        alpha=0.3,
        linewidth=0,
    )
    nine = [p90(replies) for replies in slowed]
    ax.plot(INTERVALS, nine, "x", color="C1", label="nine of ten")
    quiet = Spread.of(alone, "s")
    ax.axhline(quiet.median, color="C2", ls="--", label="alone")
    ax.axhspan(quiet.low, quiet.high, color="C2", alpha=0.3, lw=0)
    ax.set(xscale="log", yscale="log")
    ax.minorticks_off()
    milliseconds = [f"{1000 * interval:g}" for interval in INTERVALS]
    ax.set_xticks(INTERVALS, milliseconds)
    ax.yaxis.set_major_formatter(EngFormatter("s"))
    ax.set_xlabel("switch interval (ms)")
    ax.set_ylabel("time to a reply")
    ax.legend()
    fig.set_label(
        f"Time to a reply against the switch interval: alone"
        f" {quiet}, beside a count at {duration(INTERVALS[0])}"
        f" {spreads[0]}, at {duration(INTERVALS[-1])} {spreads[-1]}."
    )
    plt.show()


# %%
# Look at the slope: where the interval doubles, so do the replies.
# The dashed line is what the same thread needs when it is alone. On a
# build without a GIL all of it lies flat, near that line.

if __name__ == "__main__":
    alone, slowed = measured_in_child(
        ask_alone_and_beside, INTERVALS, QUESTIONS
    )
    print(f"alone: {Spread.of(alone, 's')}")
    for interval, replies in zip(INTERVALS, slowed, strict=True):
        name = duration(interval)
        print(f"interval {name:>7}: {Spread.of(replies, 's')}")
    draw(alone, slowed)

# %%
# The rule: what has to answer soon does not share an interpreter with
# what computes. As an exercise, replace the count by ``sha256`` of a
# large buffer, which lets go of the GIL, and say first where the
# points will be.
