"""The guard: whatever kills a press, nothing of it stays."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest
from desk import PYTEST, Desk, fenced, unshared_nap, wait_for

from livedocs import guard as guard_module
from livedocs.guard import GuardedFolder
from livedocs.page import parse_page
from livedocs.runner import Runner, probe

LINGERS = """
    import subprocess, time
    subprocess.Popen(["sleep", "{nap}"])
    open({started!r}, "w").close()
    time.sleep(66)
    """
ESCAPES = """
    import os, subprocess, sys, time
    code = "import os, time; os.fork() and os._exit(0); time.sleep({nap})"
    subprocess.run([sys.executable, "-c", code], env={{}}, start_new_session=True)
    open({started!r}, "w").close()
    {then}
    """


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def guards(folder: Path) -> list[psutil.Process]:
    """The guards of folders below a folder."""
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if "livedocs.guard" in (process.info["cmdline"] or ())
        and process.info["cmdline"][-1].startswith(str(folder))
    ]


@pytest.fixture
def nap() -> str:
    """How long the processes of a test sleep, and no others."""
    return unshared_nap()


def sleepers(nap: str) -> list[int]:
    """Processes that sleep for so many seconds."""
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        words = process.info["cmdline"] or ()
        named = any(f"sleep({nap})" in each or each == nap for each in words)
        if named and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(process.pid)
    return found


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGHUP])
@pytest.mark.parametrize("code", [LINGERS, ESCAPES])
def test_a_press_that_is_killed_leaves_nothing(
    desk: Desk, number: signal.Signals, code: str, nap: str
) -> None:
    """Its guard ends what it had running, also a daemon without an environment."""
    started = desk.folder / "started"
    program = code.format(started=str(started), nap=nap, then="time.sleep(66)")
    desk.write("page.md", fenced(program))
    with desk.start(*PYTEST, "page.md") as process:
        wait_for(started.exists)
        assert sleepers(nap)
        process.send_signal(number)
        process.communicate(timeout=30)
    wait_for(lambda: not guards(desk.temp))
    assert sleepers(nap) == []
    desk.assert_clean()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no limit can be a mark")
def test_a_daemon_without_an_environment_is_a_leak(desk: Desk, nap: str) -> None:
    """A block's daemon is found though it left session, parent and environment."""
    started = str(desk.folder / "started")
    desk.write("page.md", fenced(ESCAPES.format(started=started, nap=nap, then="")))
    (item,) = desk.pytest("page.md").blocks("page.md")
    assert "It left 1 process behind" in item.text
    assert sleepers(nap) == []


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no limit can be a mark")
def test_what_starts_at_once_bears_the_mark(tmp_path: Path, nap: str) -> None:
    """However late the press looks at what it started, and only what it started so."""
    script = f"env -i sleep {nap} & sleep {nap}"
    with guard_module.marking(tmp_path / "1"):
        child = subprocess.Popen(["sh", "-c", script], start_new_session=True)
        wait_for(lambda: len(sleepers(nap)) == 2)
    with child:
        started = [psutil.Process(pid) for pid in sleepers(nap)]
        marked = [guard_module.is_marked(each, tmp_path / "1") for each in started]
        os.killpg(child.pid, signal.SIGKILL)
    assert marked == [True, True]
    assert not guard_module.is_marked(psutil.Process(), tmp_path / "1")


def test_ctrl_c_amid_a_start_leaves_no_process(
    temporary: Path, monkeypatch: pytest.MonkeyPatch, nap: str
) -> None:
    """The block runs already, and nobody has been told its number."""
    plain = subprocess.Popen

    def interrupted(*args: Any, **options: Any) -> None:
        plain(*args, **options).returncode = 0  # no warning that it is left
        wait_for(lambda: sleepers(nap) != [])
        raise KeyboardInterrupt

    script = parse_page(fenced(f"sleep {nap}", "sh"), Path("page.md")).scripts[0]
    with Runner(probe(sys.executable), python_path=(), time_limit=20) as runner:
        monkeypatch.setattr("livedocs.runner.subprocess.Popen", interrupted)
        with pytest.raises(KeyboardInterrupt):
            runner.run(script, "page.md", name="page.md")
        monkeypatch.undo()
        assert sleepers(nap) == []
        assert not list(temporary.glob("ld_*/0"))


def test_where_no_limit_can_be_set_processes_start_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then they are known by environment and session alone."""

    def refused(*_: object) -> None:
        raise psutil.AccessDenied

    monkeypatch.setattr(psutil.Process, "rlimit", refused, raising=False)
    with guard_module.marking(tmp_path / "1"):
        subprocess.run([sys.executable, "-c", ""], check=True)


def test_where_the_guard_was_killed_too_the_next_press_clears(
    desk: Desk, nap: str
) -> None:
    """What two kills left goes when a press starts."""
    started = desk.folder / "started"
    desk.write("page.md", fenced(LINGERS.format(started=str(started), nap=nap)))
    with desk.start(*PYTEST, "page.md") as process:
        wait_for(started.exists)
        (guard,) = guards(desk.temp)
        guard.kill()
        process.kill()
        process.communicate(timeout=30)
    assert sleepers(nap)
    assert desk.processes()
    desk.write("page.md", fenced("print(1)"))
    assert desk.pytest("page.md").status == 0
    assert sleepers(nap) == []


def test_a_folder_in_use_is_left_alone(temporary: Path) -> None:
    """A second press removes neither the first one's folder nor a stranger's."""
    first = GuardedFolder()
    stranger = temporary / "ld_stranger"
    stranger.mkdir()
    (stranger / "file").touch()
    with first as folder, GuardedFolder() as other:
        assert {*temporary.iterdir()} == {folder, other, stranger}
    assert [*temporary.iterdir()] == [stranger]


def test_a_folder_taken_for_a_stale_one_is_not_used(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A press that has its new folder swept before it is locked makes another."""
    locks = guard_module._locks

    def sweep_before(handle: int) -> bool:
        monkeypatch.setattr(guard_module, "_locks", locks)
        (swept,) = temporary.iterdir()
        guard_module._clear_if_stale(swept)
        assert not swept.exists()
        return locks(handle)

    monkeypatch.setattr(guard_module, "_locks", sweep_before)
    with GuardedFolder() as folder:
        assert [*temporary.iterdir()] == [folder]


LOCKED = """
import os, sys
from pathlib import Path
from livedocs.guard import remove

folder = Path("made")
(folder / "tmp" / "more").mkdir(parents=True)
(folder / "tmp" / "more" / "file").touch()
(folder / "tmp" / "out").symlink_to("/")
for each in ("tmp/more", "tmp"):
    (folder / each).chmod(0o500)
try:
    (folder / "tmp" / "new").touch()
except PermissionError:
    remove(folder)
    print(os.path.exists(folder))
"""


def test_what_a_script_locked_is_removed(tmp_path: Path) -> None:
    """Root may do anything, unless it gives that up."""
    command = [sys.executable, "-c", LOCKED]
    if os.geteuid() == 0:
        may = "-dac_override,-dac_read_search"
        command = ["setpriv", f"--bounding-set={may}", f"--inh-caps={may}", *command]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert (ran.stdout, ran.stderr) == (b"False\n", b"")


def test_a_guard_goes_with_its_folder(temporary: Path) -> None:
    """To leave a folder twice does no harm, and no process of it stays."""
    folder = GuardedFolder()
    with folder as path:
        (guard,) = guards(path)
        assert os.getsid(guard.pid) == guard.pid
    folder.__exit__()
    assert guards(path) == []
    assert [*temporary.iterdir()] == []


def test_a_mark_is_one_runs_alone(tmp_path: Path) -> None:
    """It says of a process whose it is, as long as it lives."""
    with guard_module.marking(tmp_path / "1"):
        child = subprocess.Popen(["sleep", "65"], env={})
    with child:
        process = psutil.Process(child.pid)
        assert guard_module.is_marked(process, tmp_path / "1") is (
            sys.platform == "linux"
        )
        assert not guard_module.is_marked(process, tmp_path / "2")
        child.kill()
        wait_for(lambda: process.status() == psutil.STATUS_ZOMBIE)
        assert not guard_module.is_marked(process, tmp_path / "1")
