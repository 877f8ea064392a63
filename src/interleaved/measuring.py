"""Running experiments: each in a clean child process of an interpreter.

The child sees a copy of this package and nothing else of ours, so that one
interpreter never imports what was installed for another.
"""

import contextlib
import datetime
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from interleaved import machine, strictly
from interleaved.experiments import PROGRAMS, Experiment
from interleaved.machine import Interpreter, Machine
from interleaved.measurements import Measurement, Result
from interleaved.reporting import Value
from interleaved.timings import Comparison

LIMIT = 300.0
"""Seconds that an experiment may take."""
_KEPT = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "HOME", "TERM") + (
    "SYSTEMROOT",
    "TEMP",
    "TMP",
    "COMSPEC",
    "PATHEXT",
    "USERPROFILE",
)
_WINDOWS = sys.platform == "win32"


class CannotMeasure(Exception):
    """An interpreter that does not work; the text says why."""


@dataclass(frozen=True, slots=True)
class Lab:
    """An interpreter that experiments run on.

    Attributes:
        path: Its command.
        interpreter: What it says of itself.
        machine: The machine, as it sees it.
    """

    path: Path
    interpreter: Interpreter
    machine: Machine

    def lacks(self, experiment: Experiment) -> str | None:
        """Tell what the experiment needs that is not there, if anything."""
        for need in experiment.needs:
            module = need.removeprefix("module ")
            if module != need:
                code = (
                    "import importlib.util, sys;"
                    f"sys.exit(importlib.util.find_spec({module!r}) is None)"
                )
                asked = subprocess.run(
                    [str(self.path), "-c", code],
                    env=_environment(),
                    capture_output=True,
                    check=False,
                    timeout=60,
                )
                if asked.returncode:
                    return f"needs the module {module}"
            elif _version(self.interpreter.version) < _version(need):
                return f"needs Python {need}"
        return None


@dataclass(slots=True)
class Session:
    """What was measured so far, and what was not.

    Attributes:
        lab: The interpreter.
        results: What was measured.
        passed_over: Why experiments were not run, by name.
        failures: Why experiments failed, by name.
    """

    lab: Lab
    results: list[Result] = field(default_factory=list)
    passed_over: dict[str, str] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)

    @property
    def measurement(self) -> Measurement:
        """The results, as data that travels."""
        today = datetime.datetime.now(datetime.UTC).date().isoformat()
        return Measurement(
            self.lab.machine, self.lab.interpreter, today, tuple(self.results)
        )


def open_lab(python: str | Path) -> Lab:
    """Ask an interpreter what it is.

    Args:
        python: A path, or a command on PATH.

    Raises:
        CannotMeasure: It is not there, or does not work.
    """
    found = shutil.which(python)
    if not found:
        raise CannotMeasure(f"{python}: there is no such command")
    path = Path(found).absolute()
    try:
        answer = subprocess.run(
            [str(path), str(Path(machine.__file__))],
            env=_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=60,
            check=True,
        ).stdout
        said = json.loads(answer)
        return Lab(
            path,
            strictly.read(Interpreter, said["interpreter"], "interpreter"),
            strictly.read(Machine, said["machine"], "machine"),
        )
    except subprocess.CalledProcessError as error:
        last = error.stderr.strip().splitlines()[-1:] or [f"status {error.returncode}"]
        raise CannotMeasure(f"{python} does not work: {last[0]}") from error
    except (OSError, subprocess.TimeoutExpired, ValueError, LookupError) as error:
        raise CannotMeasure(f"{python} gives no sensible answer: {error}") from error


def measure(
    lab: Lab,
    experiments: Iterable[Experiment],
    *,
    before: Callable[[Experiment], None] = lambda _: None,
    folder: Path = PROGRAMS,
    limit: float = LIMIT,
) -> Iterator[Session]:
    """Run experiments one after another, and yield what is known after each.

    An experiment that fails does not stop the others. Closing the iterator, or an
    exception such as KeyboardInterrupt while it runs, ends what is running.

    Args:
        lab: The interpreter.
        experiments: What to run.
        before: Called with each experiment right before it runs.
        folder: Where the programs are.
        limit: Seconds that each may take.
    """
    session = Session(lab)
    with tempfile.TemporaryDirectory(prefix="interleaved-") as name:
        base = Path(name)
        package = Path(machine.__file__).parent
        ignored = shutil.ignore_patterns("__pycache__", "reference")
        shutil.copytree(package, base / "path" / package.name, ignore=ignored)
        for experiment in experiments:
            before(experiment)
            reason = lab.lacks(experiment)
            if reason:
                session.passed_over[experiment.name] = reason
            else:
                _run(session, experiment, base, folder, limit)
            yield session


def _run(
    session: Session, experiment: Experiment, base: Path, folder: Path, limit: float
) -> None:
    work = base / "work"
    work.mkdir()
    try:
        program = work / f"{experiment.name}.py"
        shutil.copyfile(experiment.program(folder), program)
        results, printed = base / "results", base / "printed"
        results.unlink(missing_ok=True)
        start = time.perf_counter()
        with open(printed, "w+b") as output:
            status = _finish(session.lab, program, base, output.fileno(), limit)
            output.seek(0)
            said = output.read(1_000_000).decode("utf-8", "replace").strip()
        seconds = time.perf_counter() - start
        if status is None:
            session.failures[experiment.name] = f"it did not end within {limit:g} s"
        elif status:
            last = said.splitlines()[-1:] or [""]
            text = f"it ended with status {status}: {last[0]}"
            session.failures[experiment.name] = text
        else:
            comparisons, values = _read_results(results)
            session.results.append(
                Result(
                    experiment.name,
                    experiment.digest(folder),
                    round(seconds, 3),
                    comparisons,
                    values,
                )
            )
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _finish(
    lab: Lab, program: Path, base: Path, output: int, limit: float
) -> int | None:
    """Run a program to its end; its exit status, or None if it had to be ended."""
    environment = _environment() | {
        "PYTHONPATH": str(base / "path"),
        "PYTHONUTF8": "1",
        "INTERLEAVED_RESULTS": str(base / "results"),
    }
    child = subprocess.Popen(
        [str(lab.path), program.name],
        cwd=program.parent,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=not _WINDOWS,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    )
    try:
        return child.wait(limit)
    except subprocess.TimeoutExpired:
        return None
    finally:
        _end(child)


def _end(child: subprocess.Popen[bytes]) -> None:
    """End a program and all that it started."""
    if _WINDOWS:
        if child.poll() is None:
            command = ["taskkill", "/F", "/T", "/PID", str(child.pid)]
            subprocess.run(command, capture_output=True, check=False, timeout=30)
    else:
        # Also after a good end: it may have left somebody behind.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
    child.wait(30)


def _read_results(
    file: Path,
) -> tuple[tuple[Comparison, ...], tuple[Value, ...]]:
    comparisons: list[Comparison] = []
    values: list[Value] = []
    if file.exists():
        for line in file.read_text(encoding="utf-8").splitlines():
            found = json.loads(line)
            if "comparison" in found:
                text = json.dumps(found["comparison"])
                comparisons.append(Comparison.from_json(text))
            else:
                values.append(strictly.read(Value, found["value"], "value"))
    return tuple(comparisons), tuple(values)


def _environment() -> dict[str, str]:
    return {name: os.environ[name] for name in _KEPT if name in os.environ}


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".")[:2])
