import multiprocessing
import os
import struct
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import psutil
import pytest

from interleaved import ElsewhereError, measured_in_child


def echo(*values: object) -> tuple[object, ...]:
    return values


def fail() -> None:
    raise ZeroDivisionError("no shares")


def leave() -> None:
    os._exit(3)


def leave_amid_the_answer() -> None:
    """Send the length of an answer, and not the answer."""
    there = sys._getframe(1).f_locals["there"]  # the pipe, which is the caller's
    os.write(there.fileno(), struct.pack("!i", 100))
    os._exit(3)


def leave_a_worker_and_die() -> None:
    """Fork a process that outlives this one and has all its files."""
    if os.fork() == 0:
        time.sleep(60)
        os._exit(0)
    os._exit(3)


def unpicklable() -> object:
    return lambda: None


def start_a_sleeper(told: str) -> int:
    """Leave a process behind, or die of it: one that ignores its parent's end."""
    sleeper = multiprocessing.get_context("spawn").Process(
        target=time.sleep, args=(60,)
    )
    sleeper.start()
    Path(told).write_text(str(sleeper.pid))
    sleeper.join()
    return 0


def test_the_answer_comes_back() -> None:
    """Values keep their kinds: tuples, sets, bytes."""
    assert measured_in_child(echo, (1, 2), {3}, b"4") == ((1, 2), {3}, b"4")


def test_the_child_is_another_process_with_one_thread() -> None:
    """It is not this one, and nothing runs in it besides the function."""
    assert measured_in_child(os.getpid) != os.getpid()
    assert measured_in_child(threading.active_count) == 1


def test_the_child_has_not_what_its_parent_has() -> None:
    """Modules that this process has loaded are not in it."""
    assert {"_pytest", "psutil"} <= set(sys.modules)
    # A function of this file would bring the imports of this file along.
    found = measured_in_child(eval, "sorted(__import__('sys').modules)")
    assert "interleaved.clean_child" in found
    assert {"_pytest", "psutil", "interleaved.comparing"}.isdisjoint(found)


def test_an_exception_keeps_its_trace() -> None:
    """It says what was raised, and the note says where."""
    with pytest.raises(ElsewhereError, match="ZeroDivisionError: no shares") as caught:
        measured_in_child(fail)
    assert "in fail" in "".join(caught.value.__notes__)


def test_a_child_that_ends_is_told_from_one_that_is_late() -> None:
    """Neither leaves its caller waiting."""
    with pytest.raises(ElsewhereError, match="status 3"):
        measured_in_child(leave)
    begun = time.monotonic()
    with pytest.raises(ElsewhereError, match=r"within 0\.5 s"):
        measured_in_child(time.sleep, 60, timeout=0.5)
    assert time.monotonic() - begun < 20


@pytest.mark.skipif(sys.platform == "win32", reason="its pipes send whole messages")
def test_a_child_that_ends_amid_its_answer_is_told() -> None:
    """As one that ends before it."""
    with pytest.raises(ElsewhereError, match="status 3 and without an answer"):
        measured_in_child(leave_amid_the_answer)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing can be forked")
def test_a_forked_worker_does_not_stand_for_a_child_that_ended() -> None:
    """The pipe ends with the child, and the child is known to be dead at once."""
    with pytest.raises(ElsewhereError, match="status 3 and without an answer"):
        measured_in_child(leave_a_worker_and_die, timeout=30)


def test_an_answer_that_cannot_travel_is_an_error() -> None:
    """It is named, and not mistaken for a child that died."""
    with pytest.raises(ElsewhereError, match=r"[Pp]ickle"):
        measured_in_child(unpicklable)


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="there are no process groups")
def test_nothing_that_the_child_started_outlives_it(tmp_path: Path) -> None:
    """A process of a child that is late ends with it."""
    told = tmp_path / "pid"
    with pytest.raises(ElsewhereError):
        measured_in_child(start_a_sleeper, str(told), timeout=8)
    pid = int(told.read_text())
    deadline = time.monotonic() + 10
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != "zombie":
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_script_can_measure_its_own_functions(tmp_path: Path) -> None:
    """The function may stand in the running script, from any folder."""
    script = tmp_path / "own.py"
    script.write_text(
        textwrap.dedent(
            """
            from concurrent.futures import ProcessPoolExecutor
            from interleaved import measured_in_child

            def double(number):
                return 2 * number

            def pooled(numbers):
                with ProcessPoolExecutor(2) as pool:
                    return list(pool.map(double, numbers))

            if __name__ == "__main__":
                print(measured_in_child(pooled, [1, 2, 3]))
            """
        )
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", script],
        cwd="/",
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("[2, 4, 6]\n", "")


def test_a_function_that_no_child_can_find_is_refused() -> None:
    """That of a session without a file and without cells."""
    code = (
        "from interleaved import measured_in_child\n"
        "def work(): pass\n"
        "try:\n    measured_in_child(work)\n"
        "except ValueError as error:\n    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    told = "a child process cannot find work: put it into a file\n"
    assert (done.stdout, done.stderr) == (told, "")
