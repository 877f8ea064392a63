"""Count the visitors of a web site."""

from collections.abc import Callable


def count_visitor(
    load: Callable[[], int], save: Callable[[int], object]
) -> None:
    """Add one to the number that is stored."""
    save(load() + 1)
