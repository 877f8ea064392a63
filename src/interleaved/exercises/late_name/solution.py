"""Greet several people on a pool."""

from collections.abc import Callable, Iterable
from concurrent.futures import Executor


def greet_all(
    pool: Executor, greet: Callable[[str], str], names: Iterable[str]
) -> list[str]:
    """Return a greeting for each name, in the order of the names."""
    futures = [pool.submit(greet, name) for name in names]
    return [future.result() for future in futures]
