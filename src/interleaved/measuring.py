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
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from interleaved import limited, machine, strictly
from interleaved.elsewhere import kept_variables
from interleaved.experiments import PROGRAMS, Experiment
from interleaved.machine import Interpreter, Machine, release
from interleaved.measurements import Measurement, Result, read_results
from interleaved.reporting import Value
from interleaved.timings import Comparison

LIMIT = 300.0
"""Seconds that an experiment may take."""
LAST_LINES = 5
"""Lines of a failing program's stderr that are told."""
OLDEST = (3, 11)
"""Version of Python that this package needs."""
_TEMPORARY = ("TMPDIR", "TEMP", "TMP")


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
                # -P: a folder of that name in the working directory is no module.
                asked = subprocess.run(
                    [str(self.path), "-P", "-c", code],
                    env=kept_variables(),
                    capture_output=True,
                    check=False,
                    timeout=60,
                )
                if asked.returncode:
                    return f"needs the module {module}"
            elif release(self.interpreter.version) < release(need):
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
        CannotMeasure: It is not there, too old, or does not work.
    """
    found = shutil.which(python)
    if not found:
        if Path(python).is_file() and not os.access(python, os.X_OK):
            raise CannotMeasure(f"{python} is a file without permission to execute it")
        raise CannotMeasure(f"{python}: there is no such command")
    # Not resolved: a virtual environment is known by the link to its interpreter.
    path = Path(found).absolute()
    try:
        major, minor = release(_ask(path, "-c", _RELEASE))
        if (major, minor) < OLDEST:
            least = ".".join(map(str, OLDEST))
            old = f"is Python {major}.{minor}, and {least} is needed"
            raise CannotMeasure(f"{python} {old}")
        said = json.loads(_ask(path, machine.__file__))
        return Lab(
            path,
            strictly.read(Interpreter, said["interpreter"], "interpreter"),
            strictly.read(Machine, said["machine"], "machine"),
        )
    except subprocess.CalledProcessError as error:
        lines = error.stderr.strip().splitlines() or [f"status {error.returncode}"]
        # Python says at last what was wrong, a shim for it at first.
        told = lines[-1 if lines[0].startswith("Traceback") else 0]
        raise CannotMeasure(f"{python} does not work: {told}") from error
    except (
        OSError,
        subprocess.TimeoutExpired,
        ValueError,
        LookupError,
        TypeError,
    ) as error:
        raise CannotMeasure(f"{python} gives no sensible answer: {error}") from error


# Also Python 2 can answer it.
_RELEASE = "import sys; print('%d.%d' % sys.version_info[:2])"


def _ask(path: Path, *arguments: str) -> str:
    """What an interpreter prints."""
    return subprocess.run(
        [str(path), *arguments],
        env=kept_variables(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        timeout=60,
        check=True,
    ).stdout


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
    with tempfile.TemporaryDirectory(
        prefix="il-",  # short: a socket's path may have 104 characters on macOS
        ignore_cleanup_errors=True,  # Windows keeps what somebody has open
    ) as name:
        base = Path(name)
        package = Path(machine.__file__).parent
        ignored = shutil.ignore_patterns("__pycache__", "reference")
        shutil.copytree(package, base / "path" / package.name, ignore=ignored)
        for number, experiment in enumerate(experiments):
            before(experiment)
            room = base / str(number)
            try:
                reason = lab.lacks(experiment)
                if reason:
                    session.passed_over[experiment.name] = reason
                else:
                    _run(session, experiment, room, folder, limit)
            except (OSError, subprocess.SubprocessError) as error:
                # An interpreter that is gone or hangs, a disk that is full.
                session.failures[experiment.name] = str(error)
            shutil.rmtree(room, ignore_errors=True)
            yield session


def _run(
    session: Session, experiment: Experiment, room: Path, folder: Path, limit: float
) -> None:
    """Run one experiment, with its files in a room of its own."""
    for name in ("work", "tmp"):
        (room / name).mkdir(parents=True)
    program = room / "work" / f"{experiment.name}.py"
    shutil.copyfile(experiment.program(folder), program)
    start = time.perf_counter()
    status = _finish(session.lab, program, room, limit)
    seconds = time.perf_counter() - start
    try:
        if status != 0:
            raise _Failure(_ending(status, limit) + _last_lines(room / "stderr"))
        comparisons, values = _read_results(room / "results")
    except _Failure as failure:
        session.failures[experiment.name] = str(failure)
        return
    digest = experiment.digest(folder)
    session.results.append(
        Result(experiment.name, digest, round(seconds, 3), comparisons, values)
    )


class _Failure(Exception):
    """An experiment that measured nothing; the text says why."""


def _ending(status: int | None, limit: float) -> str:
    if status is None:
        return f"it did not end within {limit:g} s"
    if status < 0:
        with contextlib.suppress(ValueError):  # most real-time signals have no name
            return f"it was ended by {signal.Signals(-status).name}"
    return f"it ended with status {status}"


def _last_lines(stderr: Path) -> str:
    """The end of what a program complained of, to put behind a sentence."""
    with open(stderr, "rb") as file:
        file.seek(max(0, stderr.stat().st_size - 10_000))
        said = file.read().decode("utf-8", "replace")
    lines = said.rstrip().splitlines()[-LAST_LINES:]
    return "".join(f"\n    {line}" for line in lines)


def _finish(lab: Lab, program: Path, room: Path, limit: float) -> int | None:
    """Run a program to its end; its exit status, or None if it had to be ended."""
    environment = kept_variables() | {
        "PYTHONPATH": str(room.parent / "path"),
        "PYTHONUTF8": "1",
        "INTERLEAVED_RESULTS": str(room / "results"),
    }
    # What is ended at once cannot remove its temporary files: they go with the room.
    environment |= dict.fromkeys(_TEMPORARY, str(room / "tmp"))
    with open(room / "stdout", "wb") as stdout, open(room / "stderr", "wb") as stderr:
        return limited.finish(
            [str(lab.path), program.name],
            limit,
            folder=program.parent,
            environment=environment,
            streams=(stdout, stderr),
        )


def _read_results(file: Path) -> tuple[tuple[Comparison, ...], tuple[Value, ...]]:
    """Read what `compare` and `report` left."""
    try:
        text = file.read_text(encoding="utf-8") if file.exists() else ""
        found = list(read_results(text.splitlines()))
    except ValueError as error:
        raise _Failure(f"it left results that cannot be read: {error}") from error
    comparisons = tuple(each for each in found if isinstance(each, Comparison))
    # Turns are for a page to draw.
    return comparisons, tuple(each for each in found if isinstance(each, Value))
