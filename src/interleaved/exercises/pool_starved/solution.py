"""Add up the sizes of all files of some folders, on a pool."""

from collections.abc import Callable
from concurrent.futures import Executor
from itertools import chain


def total_size(
    pool: Executor,
    size: Callable[[str], int],
    folders: list[list[str]],
) -> int:
    """Ask for each size on the pool, and return the total."""
    return sum(pool.map(size, chain.from_iterable(folders)))
