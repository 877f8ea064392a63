from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from types import ModuleType

import pytest

from interleaved import Comparison, Timing, this_interpreter, this_machine
from interleaved.free_threaded import collatz_serial


def test_a_pool_gives_the_same_answer(example: ModuleType) -> None:
    """It adds up the same steps as one process does."""
    numbers = range(1, 300)
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        assert example.collatz_pooled(pool, numbers) == collatz_serial(numbers)


def test_each_kind_is_compared_with_its_own_interpreter(example: ModuleType) -> None:
    """A speed-up of the free-threaded build is one over its own work in a row."""
    seconds = {"in a row": 8.0, example.FREE_IN_A_ROW: 4.0}
    for n in example.WORKERS:
        seconds |= {f"threads {n}": 8.0, f"processes {n}": 8 / n}
        seconds[f"no GIL, threads {n}"] = 4 / n
    found = Comparison(
        tuple(Timing(label, 1, (each,) * 5) for label, each in seconds.items()),
        this_machine(),
        this_interpreter(),
    )
    curves = example.speed_ups(found)
    medians = {kind: [s.median for s in spreads] for kind, spreads in curves.items()}
    workers = list(example.WORKERS)
    assert medians == {
        "threads": [1] * len(workers),
        "processes": workers,
        "no GIL, threads": workers,
    }


def test_threads_without_a_gil_are_called_so(
    example: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a free-threaded Python no other is asked."""
    free = replace(this_interpreter(), gil=False)
    monkeypatch.setattr(example, "this_interpreter", lambda: free)
    monkeypatch.setattr(example, "pythons_here", lambda: pytest.fail("was asked"))
    found = replace(example.measure(range(1, 200), 1), interpreter=free)
    assert sorted(example.speed_ups(found)) == ["no GIL, threads", "processes"]


def test_without_a_free_threaded_python_there_are_two_kinds(
    example: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was measured has all variants, and the same answer of each."""
    monkeypatch.setattr(example, "pythons_here", dict)
    found = example.measure(range(1, 200), 1)
    assert list(example.speed_ups(found)) == ["threads", "processes"]
    assert len(found.timings) == 1 + 2 * len(example.WORKERS)
