import threading
from types import ModuleType


def most(runs: list[list[tuple[float, int]]]) -> int:
    return max(count for counts in runs for _, count in counts)


def test_the_semaphore_lets_three_in_and_no_fourth(example: ModuleType) -> None:
    """All places are taken, and all threads have been inside and are gone."""
    before = threading.active_count()
    runs = example.guarded(3)
    assert most(runs) == example.PLACES
    assert all(len(counts) == 2 * example.THREADS for counts in runs)
    assert all(counts[-1][1] == 0 for counts in runs)
    assert threading.active_count() == before


def test_without_it_more_are_inside(example: ModuleType) -> None:
    """It is the semaphore that bounds them."""
    assert most(example.unguarded(3)) > example.PLACES


def test_a_count_holds_until_the_next(example: ModuleType) -> None:
    """Before the first nobody is inside."""
    counts = [(1.0, 1), (2.0, 2), (3.0, 1)]
    times = (0.0, 1.0, 2.9, 3.0)
    assert [example.count_at(counts, when) for when in times] == [0, 1, 2, 1]
