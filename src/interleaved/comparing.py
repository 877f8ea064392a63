"""Time variants of the same work in turn, and return what was measured.

On a noisy machine one shot misjudges a ratio, and so do some of one variant
followed by some of the other. Timed in turn, both meet the same noise, and the
median of the rounds' ratios repeats better.
"""

import os
from collections.abc import Callable, Mapping
from itertools import repeat
from math import ceil, inf
from time import perf_counter_ns

from interleaved.answers import difference, equal
from interleaved.machine import this_interpreter, this_machine
from interleaved.spread import Spread
from interleaved.timings import Comparison, Timing, check_label

__all__ = [
    "Comparison",
    "DifferentAnswers",
    "Spread",
    "Timing",
    "VariantError",
    "compare",
]

Variant = Callable[[], object]


class VariantError(Exception):
    """A variant raised an exception, which is the `__cause__` of this one."""


class DifferentAnswers(Exception):
    """Two variants answered differently, so they do not do the same work."""


def compare(
    variants: Mapping[str, Variant],
    *,
    rounds: int = 15,
    min_seconds: float = 0.02,
) -> Comparison:
    """Time variants of the same work in turn.

    Each variant is called once to warm up, then as often as it takes to find how
    many calls fill `min_seconds`. In each round every variant is timed once, in
    the order given and in the reverse order by turns, so that none always runs
    first. The clock is read before and after a loop of calls, never between
    them. The call itself is timed, too: let a variant do a microsecond or more.

    The garbage collector stays as it is. What a variant leaves behind for it is
    part of the price, and on a free-threaded build it stops every thread.

    If the environment variable INTERLEAVED_RESULTS names a file, the comparison
    is also appended to it, as the line `{"comparison": ...}`.

    Args:
        variants: Functions without parameters by their labels, the baseline
            first. All must return equal answers, whenever they are called.
        rounds: How often each variant is timed.
        min_seconds: How long one timing should take; the calls that fill it are
            counted once, before the first round.

    Raises:
        ValueError: Fewer than two variants, an unfit label, no rounds, or
            `min_seconds` not above 0.
        TypeError: A variant cannot be called, or two answers not compared.
        VariantError: A variant raised an exception.
        DifferentAnswers: Variants returned different answers.
        OSError: The file named by INTERLEAVED_RESULTS cannot be written.
    """
    _check(variants, rounds, min_seconds)
    first, *others = variants
    _, expected = _time(first, variants[first], 1)

    def timed(label: str, loops: int) -> float:
        elapsed, answer = _time(label, variants[label], loops)
        if not equal(answer, expected):
            raise DifferentAnswers(difference(first, expected, label, answer))
        return elapsed

    for label in others:
        timed(label, 1)
    loops = {label: _calibrate(timed, label, min_seconds) for label in variants}
    seconds: dict[str, list[float]] = {label: [] for label in variants}
    order = [first, *others]
    for _ in range(rounds):
        for label in order:
            seconds[label].append(timed(label, loops[label]) / loops[label])
        order.reverse()
    comparison = Comparison(
        tuple(Timing(label, loops[label], tuple(seconds[label])) for label in variants),
        this_machine(),
        this_interpreter(),
    )
    _append(comparison)
    return comparison


def _check(variants: Mapping[str, Variant], rounds: int, min_seconds: float) -> None:
    if len(variants) < 2:
        raise ValueError(f"{len(variants)} variants: it takes two to compare")
    for label, variant in variants.items():
        check_label(label)
        if not callable(variant):
            raise TypeError(f"{label!r} is no function: give f, or lambda: f(x)")
    if rounds < 1:
        raise ValueError(f"rounds is {rounds}, not 1 or more")
    if not 0 < min_seconds < inf:
        raise ValueError(f"min_seconds is {min_seconds}, not above 0")


def _time(label: str, variant: Variant, loops: int) -> tuple[float, object]:
    """Return the seconds that some calls took together, and the last answer."""
    answer: object = None
    calls = repeat(None, loops)
    try:
        start = perf_counter_ns()
        for _ in calls:
            answer = variant()
        end = perf_counter_ns()
    except Exception as error:
        message = f"the variant {label!r} raised {type(error).__name__}: {error}"
        raise VariantError(message) from error
    # A coarse clock can stand still; a ratio needs durations above 0.
    return max(end - start, 1) / 1e9, answer


def _calibrate(
    timed: Callable[[str, int], float], label: str, min_seconds: float
) -> int:
    """Return how many calls take `min_seconds` together."""
    loops = 1
    while (elapsed := timed(label, loops)) < min_seconds:
        # A tenth more than needed; at most ten times, as short timings mislead.
        loops = ceil(loops * min(10, 1.1 * min_seconds / elapsed))
    return loops


def _append(comparison: Comparison) -> None:
    """Append to the file that INTERLEAVED_RESULTS names, if it does."""
    path = os.environ.get("INTERLEAVED_RESULTS")
    if not path:
        return
    line = f'{{"comparison": {comparison.to_json()}}}\n'.encode()
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    try:
        # One write, so that lines of several processes do not mix.
        written = os.write(file, line)
    finally:
        os.close(file)
    if written < len(line):
        raise OSError(f"{path}: written only {written} of {len(line)} bytes")
