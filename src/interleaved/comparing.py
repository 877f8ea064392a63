"""Time variants of the same work in turn, and return what was measured.

On a noisy machine one shot misjudges a ratio, and so do some of one variant
followed by some of the other. Timed in turn, both meet the same noise, and the
median of the rounds' ratios repeats better.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import repeat
from math import ceil, inf
from time import perf_counter_ns
from typing import Protocol, runtime_checkable

from interleaved.answers import difference, equal
from interleaved.machine import Interpreter, this_interpreter, this_machine
from interleaved.noise import between, read
from interleaved.reporting import append_result
from interleaved.spread import Spread, duration
from interleaved.timings import FEWEST_ROUNDS, Comparison, Timing, check_label

__all__ = [
    "Comparison",
    "DifferentAnswers",
    "Spread",
    "Timing",
    "TooFast",
    "VariantError",
    "compare",
]

Variant = Callable[[], object]
Timed = Callable[[str, int], float]
"""Makes some calls of a variant, given its label, and returns their seconds."""

_EMPTY_CALLS = 10  # that a call has to take as long as, lest they be the result
_CLOCK_READS = 100  # that a timing has to take as long as: 1 %


@runtime_checkable
class TimesItself(Protocol):
    """A variant that is timed where it is called, such as an `Elsewhere`."""

    interpreter: Interpreter | None

    def __call__(self) -> object:
        """Make one call and return the answer."""

    def timed(self, loops: int) -> tuple[float, object]:
        """Return the seconds that some calls took together, and the last answer."""

    def empty_call(self) -> float:
        """Return the seconds that a call of a function takes that does nothing."""


class VariantError(Exception):
    """A variant raised an exception, which is the `__cause__` of this one."""


class DifferentAnswers(Exception):
    """Two variants answered differently, so they do not do the same work."""


class TooFast(Exception):
    """A variant does so little that mainly the calling of it would be timed."""


def compare(
    variants: Mapping[str, Variant],
    *,
    rounds: int = 15,
    min_seconds: float = 0.02,
    attempts: int = 3,
) -> Comparison:
    """Time variants of the same work in turn.

    Each variant is called once to warm up, then as often as it takes to find how
    many calls fill `min_seconds`. In each round every variant is timed once, in
    the order given and in the reverse order by turns, so that none always runs
    first. The clock is read before and after a loop of calls, never between
    them. The call itself is timed, too: a variant that takes less than ten calls
    of an empty function is refused, as its ratio would be mostly that of calls.

    If the comparison turns out disturbed (see `Comparison.verdict`), the rounds
    are run again. The first attempt that is stable is kept; if none is, the one
    with the least noise, that is with the least time of the cores spent on others.
    How large the ratios are has no say in it. An attempt of fewer than five
    rounds cannot be stable, and is not repeated.

    The garbage collector stays as it is. What a variant leaves behind for it is
    part of the price, and on a free-threaded build it stops every thread.

    If the environment variable INTERLEAVED_RESULTS names a file, the comparison
    is also appended to it, as the line `{"comparison": ...}`. If
    INTERLEAVED_MOST_ROUNDS is a number, no comparison has more rounds than that,
    and one that would have had more makes a single attempt: a quick look.

    Args:
        variants: Functions without parameters by their labels, the baseline
            first; an `Elsewhere` runs in another interpreter. All must return
            equal answers, whenever they are called.
        rounds: How often each variant is timed.
        min_seconds: How long one timing should take; the calls that fill it are
            counted once, before the first round. A time in which the clock could
            not be read a hundred times is extended to that.
        attempts: How often the rounds are run at most.

    Raises:
        ValueError: Fewer than two variants, an unfit label, no rounds, no
            attempts, or `min_seconds` not above 0; or INTERLEAVED_MOST_ROUNDS is
            no number of rounds.
        TypeError: A variant cannot be called, or two answers not compared.
        VariantError: A variant raised an exception.
        DifferentAnswers: Variants returned different answers.
        TooFast: A variant takes less than ten empty calls.
        OSError: The file named by INTERLEAVED_RESULTS cannot be written.
    """
    _check(variants, rounds, min_seconds, attempts)
    most = _most_rounds()
    if most and most < rounds:
        rounds, attempts = most, 1
    first, *others = variants
    _, expected = _time(first, variants[first], 1)

    def timed(label: str, loops: int) -> float:
        elapsed, answer = _time(label, variants[label], loops)
        if not equal(answer, expected):
            raise DifferentAnswers(difference(first, expected, label, answer))
        return elapsed

    for label in others:
        timed(label, 1)
    least = max(min_seconds, _CLOCK_READS * _clock_seconds())
    loops = {}
    for label, variant in variants.items():
        loops[label], taken = _calibrate(timed, label, least)
        _check_worth(label, variant, taken)
    best = _attempt(variants, timed, loops, rounds)
    made = 1
    while made < attempts and best.disturbance and rounds >= FEWEST_ROUNDS:
        best = _quieter(best, _attempt(variants, timed, loops, rounds))
        made += 1
    comparison = replace(best, attempts=made)
    append_result("comparison", comparison.to_json())
    return comparison


def time_calls(function: Variant, loops: int) -> tuple[float, object]:
    """Return the seconds that some calls take together, and the last answer."""
    answer: object = None
    calls = repeat(None, loops)
    start = perf_counter_ns()
    for _ in calls:
        answer = function()
    end = perf_counter_ns()
    # A coarse clock can stand still; a ratio needs durations above 0.
    return max(end - start, 1) / 1e9, answer


def empty_call() -> float:
    """Return the seconds that a call of a function takes that does nothing."""

    def nothing() -> None:
        pass

    calls = 1000
    return min(time_calls(nothing, calls)[0] for _ in range(5)) / calls


def _clock_seconds() -> float:
    """Return the seconds that the two readings of the clock add to a timing."""
    return min(time_calls(int, 0)[0] for _ in range(5))


def _check(
    variants: Mapping[str, Variant], rounds: int, min_seconds: float, attempts: int
) -> None:
    if len(variants) < 2:
        raise ValueError(f"{len(variants)} variants: it takes two to compare")
    for label, variant in variants.items():
        check_label(label)
        if not callable(variant):
            raise TypeError(f"{label!r} is no function: give f, or lambda: f(x)")
    if rounds < 1:
        raise ValueError(f"rounds is {rounds}, not 1 or more")
    if attempts < 1:
        raise ValueError(f"attempts is {attempts}, not 1 or more")
    if not 0 < min_seconds < inf:
        raise ValueError(f"min_seconds is {min_seconds}, not above 0")


def _most_rounds() -> int | None:
    """How many rounds the environment allows, if it says."""
    text = os.environ.get("INTERLEAVED_MOST_ROUNDS")
    if not text:
        return None
    if not text.isdecimal() or not int(text):
        raise ValueError(f"INTERLEAVED_MOST_ROUNDS is {text!r}, not 1 or more")
    return int(text)


def _time(label: str, variant: Variant, loops: int) -> tuple[float, object]:
    """Do what `time_calls` does, where the variant is, and name it in an error."""
    try:
        if isinstance(variant, TimesItself):
            return variant.timed(loops)
        return time_calls(variant, loops)
    except Exception as error:
        message = f"the variant {label!r} raised {type(error).__name__}: {error}"
        raise VariantError(message) from error


def _calibrate(timed: Timed, label: str, least: float) -> tuple[int, float]:
    """Return how many calls take some seconds together, and those of one call."""
    loops = 1
    while (elapsed := timed(label, loops)) < least:
        # A tenth more than needed; at most ten times, as short timings mislead.
        loops = ceil(loops * min(10, 1.1 * least / elapsed))
    return loops, elapsed / loops


def _check_worth(label: str, variant: Variant, taken: float) -> None:
    """Check that a call takes its time for what it does."""
    empty = variant.empty_call() if isinstance(variant, TimesItself) else empty_call()
    if taken < _EMPTY_CALLS * empty:
        raise TooFast(
            f"the variant {label!r} takes {duration(taken)}, and a call that does"
            f" nothing {duration(empty)}: put a loop inside the variant, so that"
            " not the calls are what is timed"
        )


def _attempt(
    variants: Mapping[str, Variant],
    timed: Timed,
    loops: Mapping[str, int],
    rounds: int,
) -> Comparison:
    """Time each variant once a round, and watch the machine meanwhile."""
    seconds: dict[str, list[float]] = {label: [] for label in variants}
    order = list(variants)
    before = read()
    for _ in range(rounds):
        for label in order:
            seconds[label].append(timed(label, loops[label]) / loops[label])
        order.reverse()
    noise = between(before, read(before))
    timings = tuple(
        Timing(
            label,
            loops[label],
            tuple(seconds[label]),
            variant.interpreter if isinstance(variant, TimesItself) else None,
        )
        for label, variant in variants.items()
    )
    return Comparison(timings, this_machine(), this_interpreter(), noise)


def _quieter(one: Comparison, other: Comparison) -> Comparison:
    """Return the attempt that is stable or else had less noise, in doubt the first."""

    def unrest(comparison: Comparison) -> tuple[bool, float]:
        noise = comparison.noise
        return bool(
            comparison.disturbance
        ), noise.stolen + noise.foreign if noise else 0

    return min(one, other, key=unrest)
