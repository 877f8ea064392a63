import threading
from types import ModuleType


def deepest(example: ModuleType, maxsize: int) -> int:
    depths: list[tuple[float, int]] = example.depths(maxsize, 30)
    return max(depth for _, depth in depths)


def test_a_limit_holds(example: ModuleType) -> None:
    """A bounded queue fills up to its limit and never beyond; both threads end."""
    before = threading.active_count()
    assert deepest(example, 4) == 4
    assert threading.active_count() == before


def test_without_a_limit_it_grows(example: ModuleType) -> None:
    """The producer is quicker, so more wait than the limit would let in."""
    assert deepest(example, 0) > 4


def test_everything_is_consumed(example: ModuleType) -> None:
    """A step for each item that goes in and for each that comes out."""
    assert len(example.depths(0, 10)) == 20


def test_in_the_end_nothing_waits(example: ModuleType) -> None:
    """Only items are counted, and the last to be taken leaves none."""
    for maxsize in (0, 4):
        assert example.depths(maxsize, 10)[-1][1] == 0


def test_the_deepest_is_that_of_all_runs(example: ModuleType) -> None:
    """A maximum, and not one of medians."""
    runs = [[(0.0, 1), (1.0, depth), (2.0, 0)] for depth in (3, 9, 4)]
    assert example.deepest(runs) == 9


def test_the_depth_is_that_of_the_last_step(example: ModuleType) -> None:
    """It holds until the next one, and is nothing before the first."""
    seen = [(1.0, 1), (2.0, 5), (3.0, 2)]
    times = (0.5, 1.0, 2.5, 9.0)
    assert [example.depth_at(seen, when) for when in times] == [0, 1, 5, 2]
    runs = [[(0.0, depth)] for depth in (1, 2, 3)]
    assert example.laid_over(runs, [0.0]) == [[1, 2, 3]]
