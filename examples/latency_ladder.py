"""
The latency ladder
==================

From a hop in a cache to a new process there are more than five powers
of ten, and each step is worth knowing before you spread work over it.

You take each step on this machine: a hop to an address that was just
read, in an array that fits the cache and in one that does not, a lock
that nobody holds, a call into the system, a byte over the loopback
and back, a thread, a block that has reached the disk, a new
interpreter.
"""

# %%
# Each function returns the seconds of one step, as the mean of as many
# as the clock needs, and does so several times. A hop cannot begin
# before the one before it has ended, so nothing of it is hidden; but
# what Python does for a hop is in it, too.

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from threading import Lock, Thread
from time import perf_counter

from interleaved import Spread, measured_in_child
from interleaved.latencies import cycle_of_lines, seconds_a_hop
from interleaved.machine_waits import file_of_pages
from interleaved.spread import duration

CACHED, UNCACHED = 2**14, 2**26  # bytes
PATIENCE = 30.0

Step = Callable[[], object]


def mean_seconds(step: Step, times: int) -> float:
    start = perf_counter()
    for _ in range(times):
        step()
    return (perf_counter() - start) / times


def sampled(step: Step, times: int, samples: int) -> list[float]:
    step()  # warm up
    return [mean_seconds(step, times) for _ in range(samples)]


def hops(size: int, samples: int) -> list[float]:
    return seconds_a_hop(cycle_of_lines(size), rounds=samples)


def locks(samples: int) -> list[float]:
    lock = Lock()

    def step() -> None:
        with lock:
            pass

    return sampled(step, 20_000, samples)


def loopback(samples: int) -> list[float]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = listening.getsockname()
        asking = socket.create_connection(address, timeout=PATIENCE)
        answering, _ = listening.accept()

    def answer() -> None:
        while byte := answering.recv(1):
            answering.sendall(byte)

    def step() -> None:
        asking.sendall(b"?")
        asking.recv(1)

    thread = Thread(target=answer)
    thread.start()
    with answering:
        with asking:
            seconds = sampled(step, 300, samples)
        thread.join(PATIENCE)
    return seconds


def threads(samples: int) -> list[float]:
    def step() -> None:
        thread = Thread(target=int)
        thread.start()
        thread.join(PATIENCE)

    return sampled(step, 100, samples)


def disk(samples: int) -> list[float]:
    with file_of_pages() as file:  # here: elsewhere may be memory
        return sampled(file.write_through, 10, samples)


def interpreters(samples: int) -> list[float]:
    command = [sys.executable, "-c", ""]

    def step() -> None:
        subprocess.run(command, check=True, timeout=PATIENCE)

    return sampled(step, 1, samples)


def measure(samples: int) -> dict[str, list[float]]:
    return {
        "hop, cached": hops(CACHED, samples),
        "hop, memory": hops(UNCACHED, samples),
        "free lock": locks(samples),
        "system call": sampled(os.getppid, 20_000, samples),
        "byte, loopback": loopback(samples),
        "new thread": threads(samples),
        "4 kB to disk": disk(samples),
        "new interpreter": interpreters(samples),
    }


# %%
# Each line of the grid is a hundred times the one before. The stroke
# reaches from quartile to quartile.


def draw(found: dict[str, Spread]) -> None:
    import matplotlib.pyplot as plt
    from matplotlib.ticker import EngFormatter

    fig, ax = plt.subplots(figsize=(4.4, 3.4))
    for row, spread in enumerate(found.values()):
        ax.hlines(row, spread.low, spread.high, linewidth=6, alpha=0.4)
        ax.plot(spread.median, row, "o", color="C0")
        ax.annotate(
            duration(spread.median),
            (spread.high, row),
            xytext=(8, 0),
            textcoords="offset points",
            va="center",
        )
    ax.set_yticks(range(len(found)), [*found])
    ax.invert_yaxis()
    ax.set_xscale("log")
    ax.minorticks_off()
    ax.set_xlim(1e-9, 3)
    ax.set_xticks([1e-9, 1e-7, 1e-5, 1e-3, 1e-1])
    ax.xaxis.set_major_formatter(EngFormatter("s"))
    ax.grid(axis="x", alpha=0.4)
    said = [f"{name} {spread}" for name, spread in found.items()]
    fig.set_label(f"How long each step takes: {', '.join(said)}.")
    plt.show()


# %%
# Look at where the tools of this book stand. What memory itself takes
# is the difference of the two hops. A lock is cheap while nobody else
# wants it; a thread costs many locks, a process many threads. What you
# hand to one of them should take longer than the handing over. Whether
# the block really reached a disk is for the machine to say: a virtual
# one may promise it early.

if __name__ == "__main__":
    samples = measured_in_child(measure, 9)
    found = {name: Spread.of(s, "s") for name, s in samples.items()}
    for name, spread in found.items():
        print(f"{name}: {spread}")
    draw(found)

# %%
# The rule: know your two neighbours on the ladder, and send no less
# over a step than the step costs. As an exercise, add a task of
# asyncio, and say first between which two it will stand.
