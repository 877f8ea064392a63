import threading
from contextlib import contextmanager
from types import ModuleType

import pytest

from interleaved import measured_in_child


def test_threads_take_more_than_tasks(example: ModuleType) -> None:
    """Both grow, and so many threads are beyond any doubt."""
    counts = (100, 300)
    threads = measured_in_child(example.of_threads, counts)
    tasks = measured_in_child(example.of_tasks, counts)
    assert threads[0] < threads[1]
    assert tasks[0] <= tasks[1]
    assert threads[1] > 2 * tasks[1]


def test_no_thread_is_left(example: ModuleType) -> None:
    """They are ended and joined."""
    before = threading.active_count()
    example.of_threads((3, 7))
    assert threading.active_count() == before


def test_a_system_that_starts_no_more_is_an_error(
    example: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fewer threads than the axis says would be a lie."""

    @contextmanager
    def refused(wanted: int):  # type: ignore[no-untyped-def]
        yield []

    monkeypatch.setattr(example, "waiting_threads", refused)
    with pytest.raises(RuntimeError, match="no more than 0"):
        example.of_threads((3,))
