"""What cores are worth together."""

import os
import subprocess
import sys
from math import inf, nan
from typing import Any

import pytest

from interleaved import Spread, capacity, cores
from interleaved.noise import between, read


@pytest.mark.quiet
@pytest.mark.skipif(
    not hasattr(os, "sched_setaffinity"), reason="cores are not assigned here"
)
def test_two_processes_on_one_core_do_the_work_of_one() -> None:
    """However many there are: they take turns."""
    code = """
        import os
        from interleaved import capacity
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        print(capacity(2, rounds=15).median, capacity(3, rounds=15).median)
    """
    before = read()
    command = [sys.executable, "-c", "\n".join(map(str.strip, code.splitlines()))]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    noise = between(before, read())
    if noise is not None and noise.disturbance:
        # Beside others on that core, two of ours get twice the share of one.
        pytest.skip(f"others want this core, too: {noise}")
    for worth in map(float, done.stdout.split()):
        assert 0.6 < worth < 1.4


def test_it_is_the_work_of_all_by_the_work_of_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In turn, 15 times for 50 ms if nobody says otherwise, and once to warm up."""
    asked = []

    def count(counters: list[object], seconds: float) -> int:
        asked.append((len(counters), seconds))
        return 10 * len(counters)

    monkeypatch.setattr(cores, "_count", count)
    assert capacity(3) == Spread(3, 3, 3, "×")
    assert asked == [(3, 0.01), *[(3, 0.05), (1, 0.05)] * 15]


def test_it_ends_what_it_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """No counter outlives the measurement."""
    started = []

    class Popen(subprocess.Popen[str]):
        def __init__(self, *args: Any, **named: Any) -> None:
            super().__init__(*args, **named)
            started.append(self)

    monkeypatch.setattr(subprocess, "Popen", Popen)
    worth = capacity(2, rounds=1, seconds=0.01)
    assert (worth.unit, worth.low) == ("×", worth.high)
    assert [each.returncode is None for each in started] == [False, False]


@pytest.mark.parametrize(
    ("number", "rounds", "seconds"),
    [(1, 5, 0.1), (2, 0, 0.1), (2, 5, 0), (2, 5, inf), (2, 5, nan)],
)
def test_without_anything_to_compare_it_says_so(
    number: int, rounds: int, seconds: float
) -> None:
    """Before it starts a process."""
    with pytest.raises(ValueError, match="takes 2 cores, 1 round and some time"):
        capacity(number, rounds=rounds, seconds=seconds)


def test_a_time_too_short_to_count_is_refused() -> None:
    """When a core has shown it: none can be divided by nothing."""
    with pytest.raises(ValueError, match="in 1e-09 s a core counts to nothing"):
        capacity(2, rounds=1, seconds=1e-9)
