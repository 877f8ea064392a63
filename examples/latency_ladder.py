"""
The latency ladder
==================

From an element of memory to a new process there are about six powers
of ten, and each step is worth knowing before you spread work over it.

You take each step on this machine: an element of an array that fits
the cache and of one that does not, a lock that nobody holds, a call
into the system, a byte over the loopback and back, a thread, a block
that has reached the disk, a new interpreter.
"""

# %%
# Each function returns the seconds of one step, as the mean of as many
# as the clock needs. Which comes first in a round does not matter;
# each is sampled several times.

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from threading import Lock, Thread
from time import perf_counter

import numpy

from interleaved import Spread, measured_in_child
from interleaved.spread import duration

CACHED, UNCACHED = 2**12, 2**23  # elements of eight bytes
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


def elements(length: int, samples: int) -> list[float]:
    # In random order: what comes next would be fetched beforehand.
    taken = 200_000
    random = numpy.random.default_rng(7)
    numbers = numpy.arange(length)
    # Others each time: those just taken would still be in a cache.
    orders = random.integers(0, length, (samples + 1, taken))
    following = iter(orders)
    seconds = sampled(lambda: numbers.take(next(following)), 1, samples)
    return [each / taken for each in seconds]


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
    with tempfile.TemporaryFile() as file:

        def step() -> None:
            file.write(bytes(4096))
            file.flush()
            os.fsync(file.fileno())

        return sampled(step, 10, samples)


def interpreters(samples: int) -> list[float]:
    command = [sys.executable, "-c", ""]

    def step() -> None:
        subprocess.run(command, check=True, timeout=PATIENCE)

    return sampled(step, 1, samples)


def measure(samples: int) -> dict[str, list[float]]:
    return {
        "element, cached": elements(CACHED, samples),
        "element, memory": elements(UNCACHED, samples),
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
# Look at where the tools of this book stand. A lock is cheap while
# nobody else wants it; a thread costs many locks, a process many
# threads. What you hand to one of them should take longer than the
# handing over. Whether the block really reached a disk is for the
# machine to say: a virtual one may promise it early.

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
