"""Save several files at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor


def save_all(save: Callable[[str], object], names: list[str]) -> None:
    """Save each file; raise OSError if one cannot be saved."""
    with ThreadPoolExecutor() as pool:
        for name in names:
            pool.submit(save, name)
