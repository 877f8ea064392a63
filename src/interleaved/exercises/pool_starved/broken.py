"""Add up the sizes of all files of some folders, on a pool."""

from collections.abc import Callable
from concurrent.futures import Executor


def total_size(
    pool: Executor,
    size: Callable[[str], int],
    folders: list[list[str]],
) -> int:
    """Ask for each size on the pool, and return the total."""

    def size_of_folder(files: list[str]) -> int:
        return sum(pool.map(size, files))

    return sum(pool.map(size_of_folder, folders))
