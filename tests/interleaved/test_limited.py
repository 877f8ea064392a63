"""Neither a program nor its process group outlives the call."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from interleaved import limited
from interleaved.limited import finish

Running = Callable[[str], list[str]]


def test_the_status_is_told() -> None:
    """Of a program that ends by itself."""
    assert finish([sys.executable, "-c", "raise SystemExit(3)"], 30) == 3


def test_a_program_that_does_not_end_is_ended(tmp_path: Path, running: Running) -> None:
    """With the process that it had started, which nobody waits for."""
    marked = f"import time; time.sleep(600)  # {tmp_path}"
    starts = (
        "import subprocess, sys, time\n"
        f"subprocess.Popen([sys.executable, '-c', {marked!r}])\n"
        "print('started', flush=True)\n"
        "time.sleep(600)"
    )
    files = (tmp_path / "stdout", tmp_path / "stderr")
    with open(files[0], "wb") as stdout, open(files[1], "wb") as stderr:
        status = finish([sys.executable, "-c", starts], 3, streams=(stdout, stderr))
    assert status is None
    assert files[0].read_text() == "started\n"
    assert not running(str(tmp_path))


def test_what_it_leaves_behind_is_ended_after_a_good_end(
    tmp_path: Path, running: Running
) -> None:
    """Also where the program itself ended in time."""
    marked = f"import time; time.sleep(600)  # {tmp_path}"
    starts = (
        f"import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', {marked!r}])"
    )
    assert finish([sys.executable, "-c", starts], 30) == 0
    assert not running(str(tmp_path))


@pytest.mark.skipif(sys.platform == "win32", reason="it is in the place of Windows")
@pytest.mark.parametrize("ends", [False, True])
def test_on_windows_a_tree_is_ended(
    ends: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the system's own command, since there are no groups of processes."""
    commands: list[list[str]] = []

    def taskkill(command: list[str], **_: Any) -> None:
        commands.append(command)
        os.kill(int(command[-1]), 9)

    monkeypatch.setattr(limited, "_WINDOWS", True)
    monkeypatch.setattr(subprocess, "run", taskkill)
    code = "pass" if ends else "import time; time.sleep(100)"
    assert finish([sys.executable, "-c", code], 60 if ends else 0.1) == (
        0 if ends else None
    )
    told = [each[:-1] for each in commands]
    assert told == ([] if ends else [["taskkill", "/F", "/T", "/PID"]])
