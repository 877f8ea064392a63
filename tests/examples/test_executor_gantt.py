from itertools import pairwise
from types import ModuleType


def test_both_orders_have_the_same_tasks(example: ModuleType) -> None:
    """Else the comparison would be none."""
    assert sorted(example.LONGEST_LAST) == sorted(example.LONGEST_FIRST)
    assert example.LONGEST_LAST[-1] == example.LONGEST_FIRST[0] == example.LONG


def test_a_worker_has_one_task_at_a_time(example: ModuleType) -> None:
    """Every task is done, by no more workers than there are."""
    tasks = [0.01, 0.03, 0.01, 0.02, 0.01]
    spans = example.run(tasks, 2)
    assert len(spans) == len(tasks)
    assert all(s.end - s.start >= t for s, t in zip(spans, tasks, strict=True))
    workers = {span.worker for span in spans}
    assert 1 <= len(workers) <= 2
    for worker in workers:
        own = sorted((s.start, s.end) for s in spans if s.worker == worker)
        assert all(before[1] <= after[0] for before, after in pairwise(own))


def test_all_is_done_when_the_last_is(example: ModuleType) -> None:
    """From the first start to the last end."""
    spans = [example.Span("a", 2.0, 9.0), example.Span("b", 1.0, 3.0)]
    assert example.seconds(spans) == 8


def test_the_longest_first_is_done_sooner(example: ModuleType) -> None:
    """The quickest of a few runs is one that nobody disturbed."""
    last, first = (
        min(example.seconds(run) for run in example.repeated(tasks, 3, 3))
        for tasks in (example.LONGEST_LAST, example.LONGEST_FIRST)
    )
    assert first < last
