"""Greet several people on a pool."""

from collections.abc import Callable, Iterable
from concurrent.futures import Executor


def greet_all(
    pool: Executor, greet: Callable[[str], str], names: Iterable[str]
) -> list[str]:
    """Return a greeting for each name, in the order of the names."""
    futures = []
    for name in names:
        futures.append(pool.submit(lambda: greet(name)))
    return [future.result() for future in futures]
