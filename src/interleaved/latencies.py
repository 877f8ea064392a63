"""Hops through memory, each to an address that the hop before has read."""

from array import array
from itertools import repeat
from math import floor, log10
from random import Random
from time import perf_counter

CYCLE = 0.3e-9
"""Seconds of one cycle, at a clock of 3.3 GHz.

Source: Brendan Gregg, Systems Performance, whose table of latencies begins with it.
"""

LINE = 64
"""Bytes that come from memory together: a cache line of x86 and of most ARM cores."""

_ITEM = array("q").itemsize  # bytes
_UNITS = (
    (31_556_952, "years"),  # 365.2425 days
    (2_629_746, "months"),  # a twelfth of that
    (86_400, "days"),
    (3_600, "h"),
    (60, "min"),
)


def cycle_of_lines(size: int, *, shuffled: bool = True) -> "array[int]":
    """Make a chain of places that leads through a piece of memory, and back.

    Each cache line holds one place, that of the next line to visit, so that every
    hop of a walk needs another line. The rest of the line is not used.

    Args:
        size: Bytes; a multiple of `LINE`, and at least one.
        shuffled: Whether the lines are visited in an order that no core foresees,
            always the same; otherwise one after another.

    Returns:
        The memory: at each place that is visited, the place of the next.

    Raises:
        ValueError: The size is no such multiple.
    """
    if size < LINE or size % LINE:
        raise ValueError(f"{size} bytes are no whole number of lines of {LINE}")
    places = list(range(0, size // _ITEM, LINE // _ITEM))
    if shuffled:
        Random(1).shuffle(places)  # noqa: S311 (nobody is to be kept from guessing)
    memory = array("q", bytes(size))
    for place, following in zip(places, places[1:] + places[:1], strict=True):
        memory[place] = following
    return memory


def walk(memory: "array[int]", hops: int, start: int = 0) -> int:
    """Follow the chain, and return where it leads.

    A hop cannot begin before the one before it has ended: until then nobody knows
    where it goes.

    Args:
        memory: As from `cycle_of_lines`.
        hops: How many.
        start: The place to begin at.
    """
    place = start
    for _ in repeat(None, hops):
        place = memory[place]
    return place


def seconds_a_hop(
    memory: "array[int]", *, hops: int = 100_000, rounds: int = 5
) -> list[float]:
    """Time walks, and share the time out among their hops.

    Each goes on where the one before has ended: lines that a walk has just left
    would still be in a cache, however large the memory is.

    The interpreter's own work is in it: it takes many cycles to execute the few
    bytecodes of a hop.

    Args:
        memory: As from `cycle_of_lines`.
        hops: How many each walk has.
        rounds: Walks that are timed, after one to warm up.

    Returns:
        Seconds a hop, one for each round.
    """
    samples = []
    place = walk(memory, hops)
    for _ in range(rounds):
        begin = perf_counter()
        place = walk(memory, hops, place)
        samples.append((perf_counter() - begin) / hops)
    return samples


def human(seconds: float) -> str:
    """Say how long it would last if a cycle lasted a second: such as "6.7 min".

    Two digits, in the largest unit of which there is at least one.

    Args:
        seconds: As measured, or a difference of such.
    """
    scaled = seconds / CYCLE
    size, unit = next((each for each in _UNITS if scaled >= each[0]), (1, "s"))
    number = scaled / size
    if number:
        number = round(number, 1 - floor(log10(abs(number))))
    return f"{number:,g} {unit}"
