"""Two sleeps: one thread sleeps twice as long as two threads do."""

import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parents[2] / "examples" / "two_sleeps.py"


@pytest.fixture
def example(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The names that the example defines when it is imported."""
    monkeypatch.setenv("MPLBACKEND", "agg")
    return runpy.run_path(str(SCRIPT), run_name="two_sleeps")


def test_one_thread_sleeps_one_sleep_after_the_other(example: dict[str, Any]) -> None:
    """The second sleep starts no sooner than the first has ended."""
    (_, first_end), (second_start, _) = example["sleep_serial"]([0.1, 0.1])
    assert first_end <= second_start


def test_two_threads_sleep_at_the_same_time(example: dict[str, Any]) -> None:
    """There is a moment when both sleep."""
    spans = example["sleep_threaded"]([0.3, 0.3])
    assert max(start for start, _ in spans) < min(end for _, end in spans)


def test_importing_the_example_sleeps_and_prints_nothing(
    example: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """Its work is behind the guard, so a spawned child may import it."""
    assert "groups" not in example
    assert capsys.readouterr().out == ""


def test_it_runs_as_a_plain_script() -> None:
    """`python examples/two_sleeps.py` prints four sleeps and complains of nothing."""
    done = subprocess.run(
        [sys.executable, "-W", "error", SCRIPT],
        env=os.environ | {"MPLBACKEND": "agg"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.count(" to ") == 4
    assert done.stderr == ""
