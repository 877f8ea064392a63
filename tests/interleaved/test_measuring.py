"""Experiments run in clean children, and nothing stays behind."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from interleaved.experiments import Experiment, experiments, reference
from interleaved.machine import this_interpreter, this_machine
from interleaved.measuring import CannotMeasure, Lab, Session, measure, open_lab
from interleaved.turns import Slice, Turns

Running = Callable[[str], list[str]]

REPORTS = "from interleaved import report\nreport('answer', 42)\n"


@pytest.fixture
def lab() -> Lab:
    return open_lab(sys.executable)


def test_a_lab_knows_its_interpreter_and_machine(lab: Lab) -> None:
    """They are what the interpreter says of itself and sees around it."""
    assert lab.path == Path(sys.executable)
    assert lab.interpreter == this_interpreter()
    assert lab.machine == this_machine()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of programs; temporary files are beside it, where one can look."""
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    (tmp_path / "programs").mkdir()
    return tmp_path / "programs"


def run(lab: Lab, folder: Path, limit: float = 60, **programs: str) -> Session:
    """Run programs, and check that nothing of them is left."""
    found = [write(folder, name, text) for name, text in programs.items()]
    *_, session = measure(lab, found, folder=folder, limit=limit)
    assert list((folder.parent / "tmp").iterdir()) == []
    return session


def test_the_room_of_a_program_goes_before_the_next_one(lab: Lab, folder: Path) -> None:
    """A large file that one leaves takes no room from the others."""
    found = [write(folder, name, REPORTS) for name in ("first", "second")]
    seen = [
        len([*(folder.parent / "tmp").glob("*/[0-9]")])
        for _ in measure(lab, found, folder=folder)
    ]
    assert seen == [0, 0]


def write(folder: Path, name: str, text: str, *needs: str) -> Experiment:
    (folder / f"{name}.py").write_text(text, encoding="utf-8")
    return Experiment(name, "page.md", needs, ())


def test_what_a_program_reports_is_measured(lab: Lab, folder: Path) -> None:
    """Values and comparisons, under its name, with the digest of its text."""
    compares = (
        "from interleaved import compare\n"
        "work = lambda: sum(range(10_000))\n"
        "compare({'a': work, 'b': work}, rounds=5, min_seconds=1e-4, attempts=1)\n"
    )
    session = run(lab, folder, reports=REPORTS, compares=compares)
    first, second = session.measurement.results
    assert first.experiment == "reports"
    assert (first.values[0].name, first.values[0].samples) == ("answer", (42.0,))
    assert first.digest == Experiment("reports", "", (), ()).digest(folder)
    assert first.seconds > 0
    assert [timing.label for timing in second.comparisons[0].timings] == ["a", "b"]
    assert session.measurement.interpreter == lab.interpreter


def test_results_of_one_program_are_not_those_of_the_next(
    lab: Lab, folder: Path
) -> None:
    """Each starts with an empty file."""
    session = run(lab, folder, first=REPORTS, second="print('nothing')")
    assert [len(each.values) for each in session.results] == [1, 0]


def test_a_child_is_clean(
    lab: Lab, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It sees no secret, no working directory of ours, and of our modules one."""
    monkeypatch.setenv("SECRET_TOKEN", "x")
    monkeypatch.setenv("PYTHONPATH", "/somewhere/else")
    looks = (
        "import interleaved, os, sys\n"
        "assert 'SECRET_TOKEN' not in os.environ\n"
        "assert os.environ['PYTHONPATH'] != '/somewhere/else'\n"
        "assert os.listdir() == ['looks.py'], os.listdir()\n"
        "assert os.listdir(os.environ['PYTHONPATH']) == ['interleaved']\n"
        "assert interleaved.__file__.startswith(os.environ['PYTHONPATH'])\n"
        "assert sys.stdin.read() == ''\n"
    )
    assert run(lab, folder, looks=looks).failures == {}


def test_a_quick_look_is_quick_in_a_child_too(
    lab: Lab, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What asks `compare` for few rounds reaches the experiments."""
    monkeypatch.setenv("INTERLEAVED_MOST_ROUNDS", "2")
    compares = (
        "import time\n"
        "from interleaved import compare\n"
        "compare({each: lambda: time.sleep(0.001) for each in 'ab'})\n"
    )
    (found,) = run(lab, folder, compares=compares).results
    (comparison,) = found.comparisons
    assert [len(each.seconds) for each in comparison.timings] == [2, 2]


def test_a_child_gets_programs_alone(lab: Lab, folder: Path) -> None:
    """What was compiled for others or measured by them stays where it is."""
    looks = (
        "import os\n"
        "package = os.path.join(os.environ['PYTHONPATH'], 'interleaved')\n"
        "assert not {'__pycache__', 'reference'} & set(os.listdir(package))\n"
    )
    assert run(lab, folder, looks=looks).failures == {}


def test_a_failure_does_not_stop_the_others(lab: Lab, folder: Path) -> None:
    """It is told with the end of its stderr, however much it printed."""
    fails = "print('x' * 2_000_000)\nraise ValueError('no')\n"
    session = run(lab, folder, fails=fails, reports=REPORTS)
    (told,) = session.failures.values()
    first, *others = told.splitlines()
    assert first == "it ended with status 1"
    assert others[-1] == "    ValueError: no"
    assert "xxx" not in told
    assert [each.experiment for each in session.results] == ["reports"]


def test_an_interpreter_that_goes_costs_what_is_left(
    lab: Lab, folder: Path, tmp_path: Path
) -> None:
    """What was measured before is kept."""
    mine = tmp_path / "python"
    mine.symlink_to(sys.executable)
    # As an update may do; then one experiment asks for a module, and one does not.
    goes = f"{REPORTS}import os\nos.unlink({str(mine)!r})\n"
    found = [
        write(folder, "goes", goes),
        write(folder, "asks", REPORTS, "module json"),
        write(folder, "runs", REPORTS),
    ]
    *_, session = measure(replace(lab, path=mine), found, folder=folder)
    assert [each.experiment for each in session.results] == ["goes"]
    assert list(session.failures) == ["asks", "runs"]
    for told in session.failures.values():
        assert "No such file or directory" in told


def test_an_interpreter_that_hangs_costs_one_experiment(
    lab: Lab, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When it is asked for a module, which has a limit."""

    def hang(*_: object, **__: object) -> None:
        raise subprocess.TimeoutExpired("python", 60)

    found = [write(folder, "a", REPORTS, "module json"), write(folder, "b", REPORTS)]
    monkeypatch.setattr(subprocess, "run", hang)
    *_, session = measure(lab, found, folder=folder)
    assert session.failures == {"a": "Command 'python' timed out after 60 seconds"}
    assert [each.experiment for each in session.results] == ["b"]


def test_an_error_may_be_told_in_any_bytes(lab: Lab, folder: Path) -> None:
    """Those that are no UTF-8 are replaced."""
    fails = "import sys\nsys.stderr.buffer.write(b'\\xff oh')\nsys.exit(3)\n"
    told = "it ended with status 3\n    \ufffd oh"
    assert run(lab, folder, fails=fails).failures == {"fails": told}


def test_turns_are_no_measurement(lab: Lab, folder: Path) -> None:
    """A page draws them; here they are passed over."""
    turns = json.dumps(asdict(Turns("who", 1.0, (Slice("A", 0.0, 1.0),))))
    shows = (
        "from interleaved.reporting import append_result\n"
        f"append_result('turns', {turns!r})\n"
    )
    session = run(lab, folder, shows=shows + REPORTS)
    assert [len(each.values) for each in session.results] == [1]


def test_a_signal_that_ended_a_program_is_named(lab: Lab, folder: Path) -> None:
    """By its name, not as a negative status."""
    kills = "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n"
    assert run(lab, folder, kills=kills).failures == {
        "kills": "it was ended by SIGKILL"
    }


@pytest.mark.parametrize("line", ["{oops", "[]", "{}", '{"value": {}}', "\xff"])
def test_results_that_cannot_be_read_are_a_failure(
    line: str, lab: Lab, folder: Path
) -> None:
    """Of the one that left them: the next one is measured."""
    writes = (
        "import os\n"
        "with open(os.environ['INTERLEAVED_RESULTS'], 'a', encoding='latin-1') as f:\n"
        f"    f.write({line!r})\n"
    )
    session = run(lab, folder, writes=writes, reports=REPORTS)
    assert list(session.failures) == ["writes"]
    assert "it left results that cannot be read" in session.failures["writes"]
    assert [each.experiment for each in session.results] == ["reports"]


def test_temporary_files_of_a_program_go_with_it(lab: Lab, folder: Path) -> None:
    """Also those that it had no time to remove; `run` looks that none is left."""
    leaves = (
        "import os, tempfile\n"
        "assert 'il-' in tempfile.mkdtemp()\n"
        "assert os.environ['TMPDIR'] == os.environ['TEMP'] == os.environ['TMP']\n"
        "os._exit(0)\n"
    )
    assert run(lab, folder, leaves=leaves).failures == {}


def test_a_program_that_hangs_is_ended(
    lab: Lab, folder: Path, running: Running
) -> None:
    """With its children, and the next one runs."""
    hangs = (
        "import subprocess, sys, time\n"
        f"subprocess.Popen([sys.executable, '-c', 'import time; {sleep()}'])\n"
        f"{sleep()}\n"
    )
    session = run(lab, folder, limit=2, hangs=hangs, reports=REPORTS)
    assert session.failures == {"hangs": "it did not end within 2 s"}
    assert len(session.results) == 1
    assert not running(sleep())


def test_what_a_program_leaves_behind_is_ended(
    lab: Lab, folder: Path, running: Running
) -> None:
    """Also where the program itself ended well."""
    leaves = (
        "import subprocess, sys\n"
        f"subprocess.Popen([sys.executable, '-c', 'import time; {sleep()}'])\n"
    )
    run(lab, folder, leaves=leaves)
    assert not running(sleep())


def sleep() -> str:
    """A statement that tells these tests' processes from those of others."""
    return f"time.sleep(77.{os.getpid()})"


def test_closing_ends_what_runs(lab: Lab, folder: Path, running: Running) -> None:
    """An exception while an experiment runs leaves no process and no folder."""
    code = (
        "import sys, tempfile\n"
        "from pathlib import Path\n"
        "from interleaved.experiments import Experiment\n"
        "from interleaved.measuring import measure, open_lab\n"
        f"tempfile.tempdir = {str(folder.parent / 'tmp')!r}\n"
        f"folder = Path({str(folder)!r})\n"
        "found = [Experiment('hangs', '', (), ())]\n"
        "for _ in measure(open_lab(sys.executable), found, folder=folder):\n"
        "    pass\n"
    )
    started = folder.parent / "started"
    hangs = f"open({str(started)!r}, 'w').close()\nimport time\n{sleep()}\n"
    write(folder, "hangs", hangs)
    child = subprocess.Popen(
        [sys.executable, "-c", f"import signal\n{DEFAULT}\n{code}"],
        stderr=subprocess.DEVNULL,
    )
    while not started.exists():
        assert child.poll() is None
        time.sleep(0.05)
    child.send_signal(signal.SIGINT)
    assert child.wait(20) != 0
    assert not running(sleep())
    assert list((folder.parent / "tmp").iterdir()) == []


# A shell may have it ignored for jobs in the background.
DEFAULT = "signal.signal(signal.SIGINT, signal.default_int_handler)"


def test_needs_that_are_not_met_are_told(lab: Lab, folder: Path) -> None:
    """By version and by module; what is met runs."""
    found = [
        write(folder, "newer", REPORTS, "9.1"),
        write(folder, "module", REPORTS, "module no_such_module"),
        write(folder, "met", REPORTS, "3.9", "module json"),
    ]
    *_, session = measure(lab, found, folder=folder)
    assert session.passed_over == {
        "newer": "needs Python 9.1",
        "module": "needs the module no_such_module",
    }
    assert [each.experiment for each in session.results] == ["met"]


def test_what_is_known_is_yielded_after_each(lab: Lab, folder: Path) -> None:
    """So that nothing is lost when somebody stops."""
    found = [write(folder, name, REPORTS) for name in ("a", "b")]
    begun: list[str] = []
    counts = [
        (len(session.results), len(begun))
        for session in measure(
            lab, found, folder=folder, before=lambda each: begun.append(each.name)
        )
    ]
    assert counts == [(1, 1), (2, 2)]
    assert begun == ["a", "b"]


def test_an_interpreter_that_does_not_work_is_told(tmp_path: Path) -> None:
    """By the name that was given."""
    with pytest.raises(CannotMeasure, match=r"no-such-python: there is no such"):
        open_lab("no-such-python")
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho oh no >&2\nexit 3\n", encoding="utf-8")
    with pytest.raises(CannotMeasure, match="without permission to execute it"):
        open_lab(broken)
    broken.chmod(0o755)
    with pytest.raises(CannotMeasure, match="does not work: oh no"):
        open_lab(broken)
    broken.write_text("#!/bin/sh\necho oh no >&2\necho eh >&2\nexit 3\n")
    with pytest.raises(CannotMeasure, match=r"does not work: oh no$"):
        open_lab(broken)
    broken.write_text("#!/bin/sh\necho Traceback >&2\necho eh >&2\nexit 3\n")
    with pytest.raises(CannotMeasure, match=r"does not work: eh$"):
        open_lab(broken)
    itself = json.dumps({"interpreter": asdict(this_interpreter()), "machine": 7})
    answers = f"[ $1 = -c ] && echo 3.11 || echo '{itself}'"
    broken.write_text(f"#!/bin/sh\n{answers}\n", encoding="utf-8")
    with pytest.raises(CannotMeasure, match="answer: machine is of type int"):
        open_lab(broken)
    broken.write_text("#!/bin/sh\necho '{}'\n", encoding="utf-8")
    with pytest.raises(CannotMeasure, match="no sensible answer"):
        open_lab(broken)
    broken.write_text("#!/bin/sh\necho 3.10\n", encoding="utf-8")
    with pytest.raises(CannotMeasure, match=r"is Python 3\.10, and 3\.11 is needed"):
        open_lab(broken)


@pytest.mark.parametrize("name", ["3.12", "3.13", "3.13t", "3.14", "3.15"])
def test_other_interpreters_run_the_same_programs(
    name: str, python: Callable[[str], str], folder: Path
) -> None:
    """Each on what it is, whatever this one has installed."""
    lab = open_lab(python(name))
    session = run(lab, folder, reports=REPORTS)
    assert session.failures == {}
    assert session.measurement.interpreter.name == name
    assert session.results[0].values[0].samples == (42.0,)


def test_the_books_experiments_are_known() -> None:
    """Each has its program, and claims with sentence and condition."""
    found = experiments()
    assert len(found) > 5
    for each in found:
        assert each.program().is_file(), each.name
        assert each.claims
        assert all(claim.sentence and claim.condition for claim in each.claims)


def test_the_reference_is_of_known_experiments() -> None:
    """No measurement speaks of a program that the book does not have."""
    names = {each.name for each in experiments()}
    for measurement in reference():
        assert {each.experiment for each in measurement.results} <= names


def test_a_damaged_reference_is_named(tmp_path: Path) -> None:
    """By its file."""
    (tmp_path / "3.99.json").write_text(json.dumps({"interleaved": 0}))
    with pytest.raises(ValueError, match=r"3\.99\.json"):
        reference(tmp_path)
