import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from threading import Thread
from types import ModuleType

import pytest

from interleaved import Elsewhere, ElsewhereError, VariantError, compare
from interleaved.gil import count_serial, count_threaded, count_to

WORK = """
import os, signal, sys, time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path


@dataclass(frozen=True)
class Point:
    x: int


def answers(name):
    return {"tuple": (1, 2), "set": {1}, "point": Point(3), "none": None}[name]


def environment():
    return sorted(os.environ)


def noisy():
    print("loud")
    return sys.stdin.read()


def fail():
    raise ZeroDivisionError("no shares")


def leave(status):
    os._exit(status)


def kill():
    os.kill(os.getpid(), signal.SIGKILL)


def unpicklable():
    return lambda: None


def known_there():
    return Known()


if os.environ.get("PYTHONSAFEPATH"):
    class Known:
        pass


def double(number):
    return 2 * number


def in_processes():
    with get_context("spawn").Pool(2) as pool:
        return pool.map(double, [1, 2])


def hang(seconds=60):
    time.sleep(seconds)


def hang_with_a_worker(note):
    pool = ProcessPoolExecutor(1)
    Path(note).write_text(str(pool.submit(os.getpid).result()))
    time.sleep(60)


def leave_with_a_worker(note):
    pool = ProcessPoolExecutor(1)
    Path(note).write_text(str(pool.submit(os.getpid).result()))
    os._exit(3)
"""


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A module that this interpreter has imported from some folder."""
    (tmp_path / "some_work.py").write_text(WORK)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delenv("INTERLEAVED_RESULTS", raising=False)
    yield __import__("some_work")
    del sys.modules["some_work"]


def gone(pid: int) -> bool:
    """Tell whether a process has ended, or does so soon."""
    for _ in range(100):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


def pid_of(variant: Elsewhere) -> int:
    assert variant._child
    return variant._child.pid


@pytest.mark.parametrize("name", ["tuple", "set", "point", "none"])
def test_answers_are_what_they_are_here(work: ModuleType, name: str) -> None:
    """A tuple comes back as a tuple, and a dataclass as itself."""
    with Elsewhere(sys.executable, work.answers, name) as variant:
        assert variant() == work.answers(name)


def test_what_it_is() -> None:
    """It says which interpreter it is, and what an empty call takes there."""
    variant = Elsewhere(sys.executable, count_to, 10)
    assert variant.interpreter is None
    with variant as started:
        assert started.interpreter
        assert started.interpreter.name == "{}.{}".format(*sys.version_info)
        assert 0 < started.empty_call() < 0.001


def test_it_reads_its_own_clock() -> None:
    """The seconds are those of all calls, and what it takes to ask is in none."""
    with Elsewhere(sys.executable, time.sleep, 0.02) as variant:
        seconds, answer = variant.timed(5)
    assert answer is None
    assert seconds >= 0.1


def test_two_interpreters_beside_each_other(python: Callable[[str], str]) -> None:
    """Threads of a free-threaded build are compared with those of this one."""
    with Elsewhere(python("3.13t"), count_threaded, 20_000) as free:
        comparison = compare(
            {"here": lambda: count_threaded(20_000), "free": free}, rounds=5
        )
    assert comparison.baseline.interpreter is None
    there = comparison.timing("free").interpreter
    assert there
    assert (there.name, there.gil) == ("3.13t", False)


@pytest.mark.parametrize("name", ["3.12", "3.13", "3.14", "3.15"])
def test_other_versions(name: str, python: Callable[[str], str]) -> None:
    """Every newer Python serves, with nothing installed."""
    with Elsewhere(python(name), count_serial, 1000) as variant:
        assert variant() == [1000, 1000]
        assert variant.interpreter
        assert variant.interpreter.name == name


def test_clean_environment(work: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """It sees no variable that could change how Python works, or tell secrets."""
    monkeypatch.setenv("PYTHON_GIL", "1")
    monkeypatch.setenv("MY_TOKEN", "secret")
    monkeypatch.setenv("LANG", "C.UTF-8")
    with Elsewhere(sys.executable, work.environment) as variant:
        seen = variant()
    assert isinstance(seen, list)
    assert {"PATH", "LANG", "PYTHONPATH"} <= set(seen)
    assert not {"PYTHON_GIL", "MY_TOKEN", "INTERLEAVED_RESULTS"} & set(seen)


def test_what_it_prints(work: ModuleType, capfd: pytest.CaptureFixture[str]) -> None:
    """What the function prints is no answer; it goes to stderr. There is no input."""
    with Elsewhere(sys.executable, work.noisy) as variant:
        assert variant() == ""
    assert capfd.readouterr() == ("", "loud\n")


def test_exception_there(work: ModuleType) -> None:
    """An exception there is one here, with its traceback, and no end of it all."""
    with Elsewhere(sys.executable, work.fail) as variant:
        for _ in range(2):
            with pytest.raises(ElsewhereError, match="no shares") as caught:
                variant()
    assert str(caught.value) == f"{sys.executable}: ZeroDivisionError: no shares"
    assert "in fail" in caught.value.__notes__[0]


def test_exception_while_comparing(work: ModuleType) -> None:
    """In a comparison the error names the variant, too."""
    with Elsewhere(sys.executable, work.fail) as variant:
        message = "the variant 'there' raised ElsewhereError: .*: no shares"
        with pytest.raises(VariantError, match=message):
            compare({"here": lambda: 1, "there": variant})


@pytest.mark.parametrize("name", ["unpicklable", "known_there"])
def test_answer_that_cannot_travel(work: ModuleType, name: str) -> None:
    """An answer that pickle cannot carry, or that is unknown here, is an error."""
    message = "[Cc]an't pickle|cannot be read here"
    with (
        Elsewhere(sys.executable, getattr(work, name)) as variant,
        pytest.raises(ElsewhereError, match=message),
    ):
        variant()


@pytest.mark.parametrize(
    ("name", "args", "message"),
    [("leave", (7,), "ended with exit status 7"), ("kill", (), "ended with signal 9")],
)
def test_it_dies(
    work: ModuleType, name: str, args: tuple[int, ...], message: str
) -> None:
    """An interpreter that ends amid its work says how; asked again, that it ended."""
    with Elsewhere(sys.executable, getattr(work, name), *args) as variant:
        for _ in range(2):
            with pytest.raises(ElsewhereError, match=message):
                variant()


def test_it_hangs(work: ModuleType) -> None:
    """An interpreter that does not answer in time is ended."""
    message = "did not answer within 0.5 s, so it was ended"
    with Elsewhere(sys.executable, work.hang, timeout=30) as variant:
        variant._timeout = 0.5  # the start may take longer
        with pytest.raises(ElsewhereError, match=message):
            variant()
        child = pid_of(variant)
    assert gone(child)


@pytest.mark.parametrize(
    ("python", "message"),
    [
        ("python-of-nobody", "cannot start 'python-of-nobody', No such file"),
        (Path(__file__), "cannot start '.*test_elsewhere.py', Permission denied"),
        ("false", "false ended with exit status 1"),
        ("cat", "cat ended with exit status"),
    ],
)
def test_no_interpreter(python: str | Path, message: str) -> None:
    """What is no interpreter is refused at the start, in words."""
    with (
        pytest.raises(ElsewhereError, match=message),
        Elsewhere(python, count_to, 1),
    ):
        raise AssertionError  # never begun


def test_function_that_is_not_there(
    work: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A module that cannot be imported there is an error at the start."""
    (tmp_path / "some_work.py").write_text("import no_such_module")
    with (
        pytest.raises(ElsewhereError, match=r"ModuleNotFoundError: .*no_such_module"),
        Elsewhere(sys.executable, work.fail),
    ):
        raise AssertionError  # never begun


def of_the_script() -> None:
    pass


@pytest.mark.parametrize(
    "function", [lambda: 1, partial(count_to, 1), of_the_script, "".join]
)
def test_function_that_cannot_be_found(
    function: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A function that is not at the top of a module to import is refused at once."""
    monkeypatch.setattr(of_the_script, "__module__", "__main__")
    with pytest.raises(ValueError, match="give a function that is at the top of a"):
        Elsewhere(sys.executable, function)


def test_outside_with() -> None:
    """Before and after the with statement it does not run, and says so."""
    variant = Elsewhere(sys.executable, count_to, 5)
    with pytest.raises(ElsewhereError, match="is not running: with Elsewhere"):
        variant()
    with variant:
        assert variant() == 5
        child = pid_of(variant)
    with pytest.raises(ElsewhereError, match="is not running"):
        variant()
    assert gone(child)


def test_error_here_ends_it_at_once(work: ModuleType, tmp_path: Path) -> None:
    """An exception that leaves the with statement does not wait for what runs."""
    started, start = tmp_path / "worker", time.monotonic()
    variant = Elsewhere(sys.executable, work.hang_with_a_worker, str(started))

    def interrupted() -> None:
        with variant:
            asking = Thread(target=suppressed, args=(variant,))
            asking.start()
            while not (started.exists() and started.read_text()):
                time.sleep(0.05)
            children.append(pid_of(variant))
            raise InterruptedError

    children: list[int] = []
    with pytest.raises(InterruptedError):
        interrupted()
    assert gone(children[0])
    assert gone(int(started.read_text()))
    assert time.monotonic() - start < 30  # and not the 60 s that it would take


def suppressed(variant: Elsewhere) -> None:
    with suppress(ElsewhereError):
        variant()


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="no groups of processes here")
def test_its_workers_end_with_it(work: ModuleType, tmp_path: Path) -> None:
    """Processes that the function has left are ended, too."""
    note = tmp_path / "worker"
    with Elsewhere(sys.executable, work.leave_with_a_worker, str(note)) as variant:
        with pytest.raises(ElsewhereError, match="exit status 3"):
            variant()
        worker = int(note.read_text())
    assert gone(worker)


CTRL_C = """
import sys
sys.path.insert(0, {folder!r})
import some_work
from interleaved import Elsewhere, compare

with Elsewhere(sys.executable, some_work.hang_with_a_worker, {note!r}) as variant:
    compare({{"a": variant, "b": variant}})
"""


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="no groups of processes here")
def test_ctrl_c(work: ModuleType, tmp_path: Path) -> None:
    """Ctrl-C ends the program at once, and the other interpreter with its workers."""
    note, program = tmp_path / "worker", tmp_path / "program.py"
    program.write_text(CTRL_C.format(folder=str(tmp_path), note=str(note)))
    running = subprocess.Popen(
        [sys.executable, str(program)],
        env=os.environ | {"PYTHONPATH": str(Path("src").absolute())},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        for _ in range(600):
            if note.exists() and note.read_text():
                break
            time.sleep(0.05)
        os.killpg(running.pid, signal.SIGINT)  # as a terminal does
        _, said = running.communicate(timeout=20)
    finally:
        running.kill()
        running.wait()
    assert said.splitlines()[-1] == "KeyboardInterrupt"
    assert said.count("Traceback") == 1
    assert gone(int(note.read_text()))


def test_its_time_is_our_own(work: ModuleType) -> None:
    """The other interpreter is a child of ours, so its work is no noise."""
    with Elsewhere(sys.executable, count_to, 10) as variant:
        stat = Path(f"/proc/{pid_of(variant)}/stat")
        if not stat.exists():
            pytest.skip("this system has no /proc")
        assert int(stat.read_text().rpartition(")")[2].split()[1]) == os.getpid()


@pytest.mark.parametrize("name", ["3.13t", "3.14"])
def test_processes_there(
    name: str, python: Callable[[str], str], work: ModuleType
) -> None:
    """Its functions may have pools of processes, also where these import it anew."""
    with Elsewhere(python(name), work.in_processes) as variant:
        assert variant() == [2, 4]
