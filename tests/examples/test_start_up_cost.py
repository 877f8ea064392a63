import multiprocessing
import threading
from types import ModuleType

import pytest

from interleaved import measured_in_child


def test_nothing_that_was_started_is_left(example: ModuleType) -> None:
    """The thread and the process are joined."""
    threads = threading.active_count()
    example.start_thread()
    example.start_process("spawn")
    assert threading.active_count() == threads
    assert multiprocessing.active_children() == []


def test_every_method_of_this_system_is_measured(
    example: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread is the baseline, and no process is as quick as it."""
    found = measured_in_child(example.measure, 3)
    labels = [timing.label for timing in found.timings]
    assert labels[0] == "thread"
    assert set(multiprocessing.get_all_start_methods()) <= set(labels)
    for method in multiprocessing.get_all_start_methods():
        assert found.speedup(method).median < 1
