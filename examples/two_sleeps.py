"""
Two sleeps
==========

Two threads sleep in the time of one.

A thread that sleeps needs no core and does not hold the GIL:
``time.sleep`` lets go of it until it wakes. You sleep twice, first in
one thread, then in two, and write down when each sleep starts and
ends.
"""

# %%
# One sleep leaves one span: its start and its end, in seconds on the
# clock of ``time.perf_counter``. Both variants return the spans of
# their sleeps; only who sleeps differs.

import time
from concurrent.futures import ThreadPoolExecutor

from interleaved import measured_in_child

NAP = 0.1  # seconds

Span = tuple[float, float]


def sleep_once(seconds: float) -> Span:
    start = time.perf_counter()
    time.sleep(seconds)
    return start, time.perf_counter()


def sleep_serial(naps: list[float]) -> list[Span]:
    return [sleep_once(nap) for nap in naps]


def sleep_threaded(naps: list[float]) -> list[Span]:
    with ThreadPoolExecutor(len(naps)) as pool:
        return list(pool.map(sleep_once, naps, timeout=30))


# %%
# Each sleep gets a lane, each variant a group of lanes and its own
# zero: the moment when its first sleep starts.


def shift_to_zero(spans: list[Span]) -> list[Span]:
    zero = min(start for start, _ in spans)
    return [(start - zero, end - zero) for start, end in spans]


def draw(groups: dict[str, list[Span]]) -> None:
    # Imported here, so that a child which only measures stays small.
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(
        len(groups), sharex=True, figsize=(4.4, 3), layout="constrained"
    )
    said = ["When each sleep lasts."]
    for number, (name, spans) in enumerate(groups.items()):
        lanes = [f"sleep {i}" for i in range(1, len(spans) + 1)]
        starts = [start * 1000 for start, _ in spans]
        widths = [(end - start) * 1000 for start, end in spans]
        ax = axes[number]
        ax.barh(lanes, widths, left=starts, color=f"C{number}")
        ax.invert_yaxis()
        ax.set_title(name, loc="left")
        done = max(end for _, end in spans) * 1000
        said.append(f"{name}, the last is over after {done:.0f} ms.")
    axes[-1].set_xlabel("time (ms)")
    # What the picture says, for those who do not see it.
    fig.set_label(" ".join(said))
    plt.show()


# %%
# Look at the starts: in a row the second sleep waits for the first
# to end, with a thread each it does not. Both variants run in a
# child process of their own, where nothing else has happened yet.

if __name__ == "__main__":
    naps = [NAP, NAP]
    groups = {
        name: shift_to_zero(measured_in_child(sleep, naps))
        for name, sleep in (
            ("In a row", sleep_serial),
            ("A thread each", sleep_threaded),
        )
    }
    for name, spans in groups.items():
        print(name)
        for number, (start, end) in enumerate(spans, 1):
            times = f"{start * 1000:6.1f} to {end * 1000:6.1f} ms"
            print(f"  sleep {number}: {times}")
    draw(groups)

# %%
# The rule: waiting adds up in one thread and overlaps in several. As
# an exercise, give ``naps`` a third sleep, twice as long, and say
# before you run it when each variant is over.
