import threading
from statistics import median
from types import ModuleType


def test_every_step_is_taken(example: ModuleType) -> None:
    """As often as asked, in some time, and the ends of the ladder are far apart."""
    before = threading.active_count()
    found = example.measure(3)
    assert len(found) == 8
    assert all(len(samples) == 3 for samples in found.values())
    assert all(min(samples) > 0 for samples in found.values())
    first, last = median(found["element, cached"]), median(found["new interpreter"])
    assert last > 10_000 * first
    assert threading.active_count() == before


def test_a_step_is_taken_as_often_as_said(example: ModuleType) -> None:
    """Once to warm up, then as often in each sample."""
    taken: list[None] = []
    assert len(example.sampled(lambda: taken.append(None), 5, 3)) == 3
    assert len(taken) == 1 + 5 * 3
