import signal
import subprocess
import sys
from pathlib import Path

import pytest

from interleaved import process_states
from interleaved.operating_system import move_to_one_core
from interleaved.process_states import (
    Switches,
    Times,
    await_state,
    python,
    sampled,
    state,
    switches,
    times,
    uninterruptible,
)

linux = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="/proc")


@pytest.mark.parametrize("name", ["python", "a b", "evil) Z (", ")))"])
def test_the_letter_stands_behind_the_name(tmp_path: Path, name: str) -> None:
    """Which may have blanks and parentheses in it."""
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "stat").write_text(f"7 ({name}) S 1 7 7 0 -1\n")
    assert state(7, tmp_path) == "S"


def test_no_letter_without_a_process(tmp_path: Path) -> None:
    """Nor where the system has no such folder."""
    assert state(7, tmp_path) is None
    assert state(7, tmp_path / "none") is None


def test_times(tmp_path: Path) -> None:
    """They are nanoseconds in the file."""
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "schedstat").write_text("1500000000 250000000 12\n")
    assert times(7, tmp_path) == Times(1.5, 0.25)
    assert times(8, tmp_path) is None


def test_switches(tmp_path: Path) -> None:
    """Of one file the third number, of the other a line."""
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "schedstat").write_text("1500000000 250000000 12\n")
    (tmp_path / "7" / "status").write_text(
        "Name:\ta: b\nvoluntary_ctxt_switches:\t8\nnonvoluntary_ctxt_switches:\t3\n"
    )
    assert switches(7, tmp_path) == Switches(picked=12, preempted=3)
    assert switches(8, tmp_path) is None
    (tmp_path / "7" / "status").write_text("Name:\ta\n")
    assert switches(7, tmp_path) is None


@linux
def test_two_on_one_core_are_preempted_and_one_that_waits_is_not() -> None:
    """Linux counts the turns of each; a wait is given up without preemption."""
    with python("while True: pass") as one, python("while True: pass") as other:
        move_to_one_core([one.pid, other.pid])
        computed = grown(one.pid, 60)
    assert computed.picked + 1 >= computed.preempted >= 2
    with python("import time\nwhile True: time.sleep(0.001)") as idle:
        waited = grown(idle.pid, 60)
    assert waited.picked > 10
    assert waited.preempted < waited.picked / 2


def grown(pid: int, looks: int) -> Switches:
    """What was added to the switches of a process during some looks."""
    begin = switches(pid)
    sampled(pid, looks)
    end = switches(pid)
    assert begin
    assert end
    return Switches(end.picked - begin.picked, end.preempted - begin.preempted)


@linux
def test_computing_and_waiting_are_told_apart() -> None:
    """R all the time, and S all the time."""
    with python("while True: pass") as busy:
        assert set(sampled(busy.pid, 5)) == {"R"}
    with python("import time; time.sleep(30)") as idle:
        assert await_state(idle.pid, "S")
        assert sampled(idle.pid, 5) == "SSSSS"
        assert not await_state(idle.pid, "T", seconds=0.05)


@linux
def test_stopped_continued_terminated() -> None:
    """SIGTERM waits until the process goes on; then a zombie is left, then nothing."""
    with python("while True: pass") as process:
        process.send_signal(signal.SIGSTOP)
        assert await_state(process.pid, "T")
        process.terminate()
        assert sampled(process.pid, 5) == "TTTTT"
        process.send_signal(signal.SIGCONT)
        assert await_state(process.pid, "Z")
        assert sampled(process.pid, 5) == "ZZZZZ"
    assert process.returncode == -signal.SIGTERM
    assert state(process.pid) is None
    assert sampled(process.pid) == ""
    assert not await_state(process.pid, "Z")


@linux
def test_only_kill_ends_a_stopped_process() -> None:
    """And it does so at once."""
    with python("while True: pass") as process:
        process.send_signal(signal.SIGSTOP)
        assert await_state(process.pid, "T")
        process.kill()
        assert await_state(process.pid, "Z")


@linux
def test_a_zombie_is_a_child_that_nobody_asked_about() -> None:
    """Asked about, which is the control, it is gone."""
    asked, forgotten = (
        subprocess.Popen([sys.executable, "-S", "-c", "pass"]) for _ in range(2)
    )
    assert asked.wait(30) == 0
    assert await_state(forgotten.pid, "Z")
    assert state(asked.pid) is None
    assert forgotten.wait(30) == 0
    assert state(forgotten.pid) is None


@linux
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_an_uninterruptible_wait_and_signals(number: signal.Signals) -> None:
    """SIGTERM takes effect afterwards, SIGKILL at once."""
    with uninterruptible() as process:
        assert process is not None
        if not await_state(process.pid, "D"):
            pytest.skip("this system shows vfork in another state")
        process.send_signal(number)
        if number == signal.SIGTERM:
            assert sampled(process.pid, 10) == "D" * 10
        else:
            assert await_state(process.pid, "Z")
    assert process.returncode == -number


@linux
def test_an_ordinary_wait_is_interrupted() -> None:
    """The control: in state S a process does not live to see its end."""
    with python("import time; time.sleep(30)") as idle:
        assert await_state(idle.pid, "S")
        idle.terminate()
        assert await_state(idle.pid, "Z")


@linux
def test_an_uninterruptible_wait_ends() -> None:
    """Well, if nobody sends a signal; and with an exception, too."""
    with uninterruptible() as process:
        assert process is not None
    assert process.returncode == 0
    with pytest.raises(LookupError), uninterruptible():
        raise LookupError


def test_elsewhere_there_is_nothing_to_see(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And that is no error."""
    monkeypatch.setattr(process_states, "_PROC", tmp_path / "none")
    with uninterruptible() as process:
        assert process is None


def test_a_process_runs_code_and_is_ended() -> None:
    """Its output can be read, and its end is not awaited."""
    with python("print(6 * 7)") as process:
        assert process.communicate(timeout=30)[0].split() == [b"42"]
    with python("while True: pass") as process:
        pass
    assert process.returncode


def test_an_interpreter_that_does_not_start_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And not a hang: here it gets no code that it understands."""
    with pytest.raises(RuntimeError, match="did not start"), python("(") as _:
        pytest.fail("it cannot have started")
    monkeypatch.setattr(process_states, "_PATIENCE", 0.1)
    monkeypatch.setattr(sys, "executable", "sleep")
    with pytest.raises((RuntimeError, OSError)), python("1") as _:
        pytest.fail("it cannot have started")
