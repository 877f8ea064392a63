"""
What pickling costs
===================

What a list costs to send to a process grows with its length; a large
buffer can go for nearly nothing, if it is not copied.

Arguments and results of a process are pickled on one side and
unpickled on the other. You do both here without a process between
them, for a list of numbers, for the same numbers as bytes, and for a
buffer that pickle is told to leave where it is.
"""

# %%
# All three bring the same numbers, of eight bytes each; a list has an
# object for each of them, which takes more. Out of band, pickle writes
# down that there is a buffer, and hands it over beside the pickle:
# whoever shares memory need not copy it.

import pickle
from array import array
from functools import partial

from interleaved import Comparison, compare, measured_in_child
from interleaved.spread import size

LENGTHS = (100, 1_000, 10_000, 100_000)
KINDS = ("list", "bytes", "out of band")


def copy_list(numbers: list[float]) -> int:
    return len(pickle.loads(pickle.dumps(numbers, 5)))


def copy_bytes(content: bytes) -> int:
    return len(pickle.loads(pickle.dumps(content, 5))) // 8


def hand_over(content: bytearray) -> int:
    beside: list[pickle.PickleBuffer] = []
    told = pickle.dumps(
        pickle.PickleBuffer(content), 5, buffer_callback=beside.append
    )
    arrived = pickle.loads(told, buffers=beside)
    return memoryview(arrived).nbytes // 8


def measure_length(length: int, rounds: int) -> Comparison:
    numbers = array("d", range(length))
    content = numbers.tobytes()
    variants = (
        partial(copy_list, numbers.tolist()),
        partial(copy_bytes, content),
        partial(hand_over, bytearray(content)),
    )
    return compare(
        dict(zip(KINDS, variants, strict=True)),
        rounds=rounds,
        min_seconds=0.005,
        attempts=1,
    )


def measure(lengths: tuple[int, ...], rounds: int) -> list[Comparison]:
    return [measure_length(length, rounds) for length in lengths]


# %%
# Both scales are logarithmic. The lines join medians; the bands from
# quartile to quartile are narrow.


def draw(found: list[Comparison]) -> None:
    import matplotlib.pyplot as plt
    from matplotlib.ticker import EngFormatter

    fig, ax = plt.subplots()
    sizes = [8 * length for length in LENGTHS]
    said = []
    for number, (kind, mark) in enumerate(
        zip(KINDS, "os^", strict=True)
    ):
        spreads = [comparison.seconds(kind) for comparison in found]
        medians = [spread.median for spread in spreads]
        ax.plot(
            sizes, medians, f"{mark}-", color=f"C{number}", label=kind
        )
        ax.fill_between(
            sizes,
            [spread.low for spread in spreads],
            [spread.high for spread in spreads],
            color=f"C{number}",
            alpha=0.3,
            linewidth=0,
        )
        said.append(f"{kind} {spreads[0]} and {spreads[-1]}")
    ax.set(xscale="log", yscale="log")
    ax.minorticks_off()
    ax.set_xticks(sizes)
    ax.xaxis.set_major_formatter(EngFormatter("B"))
    ax.yaxis.set_major_formatter(EngFormatter("s"))
    ax.set_xlabel("size of the numbers, 8 bytes each")
    ax.set_ylabel("pickle and unpickle")
    ax.legend()
    fig.set_label(
        "Time to pickle and unpickle against the size of the numbers,"
        f" of 8 bytes each, for {size(sizes[0])} and {size(sizes[-1])}:"
        f" {'; '.join(said)}."
    )
    plt.show()


# %%
# Look at the slopes. A list is taken apart number by number; bytes
# are copied as a whole, which is cheap until it is a matter of memory;
# the buffer out of band does not move at all, so its line is flat.

if __name__ == "__main__":
    found = measured_in_child(measure, LENGTHS, 9)
    for length, comparison in zip(LENGTHS, found, strict=True):
        print(f"{size(8 * length)}:")
        for kind in KINDS:
            print(f"  {kind}: {comparison.seconds(kind)}")
    draw(found)

# %%
# The rule: send processes what to do, not what to do it with. As an
# exercise, add a list of dictionaries with the same numbers, and say
# first where its line will be.
