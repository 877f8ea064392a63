"""Work of which a part stays in a row."""

from collections.abc import Callable, Iterable, Sequence

from interleaved.gil import count_to

PIECES = (100_000,) * 16
"""How far each piece of the work counts: some milliseconds."""

Map = Callable[[Callable[[int], int], Sequence[int]], Iterable[int]]
"""The built-in `map`, or that of an executor."""


def count_pooled(mapped: Map, pieces: Sequence[int]) -> int:
    """Count each piece by a pool, or in a row; return the sum."""
    return sum(mapped(count_to, pieces))


def count_half_pooled(mapped: Map, pieces: Sequence[int]) -> int:
    """Count one half of the pieces in a row and the other by a pool."""
    half = len(pieces) // 2
    return sum(map(count_to, pieces[:half])) + sum(mapped(count_to, pieces[half:]))


def serial_part(speedup: float, workers: int) -> float:
    """The part of the work that did not scale, from 0 to 1 in most cases.

    Source: the Karp–Flatt metric, doi.org/10.1145/78607.78614.

    Args:
        speedup: as measured.
        workers: with how many, from 2 on.

    Raises:
        ValueError: There is one worker, or no speed-up to divide by.
    """
    if workers < 2 or speedup <= 0:
        raise ValueError(
            "the part in a row takes a speed-up above 0 with 2 workers or more,"
            f" not {speedup} with {workers}"
        )
    return (1 / speedup - 1 / workers) / (1 - 1 / workers)
