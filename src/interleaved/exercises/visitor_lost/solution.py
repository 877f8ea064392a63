"""Count the visitors of a web site."""

from collections.abc import Callable
from threading import Lock

counting = Lock()


def count_visitor(
    load: Callable[[], int], save: Callable[[int], object]
) -> None:
    """Add one to the number that is stored."""
    with counting:  # from the load to the save
        save(load() + 1)
