"""Running one script of a page in a child interpreter, and leaving nothing behind.

The child is what a reader would start: `python page.md` in an empty folder,
where `page.md` holds the blocks on the lines that they have on the page and
nothing on the others, so that tracebacks name page and line. Output goes to
files, not pipes: a forgotten grandchild would keep a pipe open. POSIX only.
"""

import ast
import contextlib
import itertools
import json
import os
import re
import resource
import select
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import psutil

import interleaved.machine
from interleaved import Comparison, Interpreter, Machine, Turns, Value
from interleaved.measurements import read_results
from livedocs.guard import (
    VARIABLE,
    GuardedFolder,
    end_marked,
    is_marked,
    marking,
    remove,
)
from livedocs.page import Script, Task
from livedocs.record import Part
from livedocs.tracing import (
    FOLDER,
    MOST_EVENTS,
    Span,
    TooMuch,
    read_spans,
    tracing_environment,
)

MOST_OUTPUT = 1_000_000
"""Bytes that a script may print to either stream."""
GRACE = 3.0
"""Seconds that helpers of multiprocessing get to notice that their script ended."""
_TICK = 0.1
_HEAD = b"output of a block:\n"
"""First line of the files of both streams: where it is gone, so is what followed."""
_CHILD = Path(__file__).parent / "child"
_KEPT_VARIABLES = ("LANG", "LC_ALL", "LC_CTYPE", "TZ", "TERM")


class CannotRun(Exception):
    """Nothing can be run, by this interpreter or here; the text says why."""


@dataclass(frozen=True, slots=True)
class Target:
    """An interpreter that blocks run on, and the machine it runs on."""

    path: Path
    interpreter: Interpreter
    machine: Machine


@dataclass(frozen=True, slots=True)
class ScriptError:
    """An exception that the script did not deal with."""

    where: str
    """`the script`, `thread NAME`, `asyncio`, `a future that nobody read`."""
    type: str
    """Name of its class."""
    text: str
    trace: str = ""
    """Its traceback, where nothing printed it."""


@dataclass(slots=True)
class Outcome:
    """What one run of a script left, good or bad."""

    script: Script
    page: str
    started: float = 0.0
    """Seconds since the epoch."""
    seconds: float = 0.0
    status: int | None = None
    """Exit status; a signal's number as a negative; nothing if it had to be ended."""
    parts: tuple[Part, ...] = ()
    """Output of each block as its author needs it: tracebacks name page and line."""
    shown: tuple[Part, ...] = ()
    """The same as somebody sees it who copied the script into a file."""
    reached: int | None = None
    """How many of its blocks began, if that is known."""
    errors: tuple[ScriptError, ...] = ()
    files: tuple[str, ...] = ()
    """Files of the project that it imported, absolute."""
    comparisons: tuple[Comparison, ...] = ()
    values: tuple[Value, ...] = ()
    turns: tuple[Turns, ...] = ()
    spans: tuple[Span, ...] = ()
    """Calls of the tasks of its timeline."""
    origin: int = 0
    """When it was started, by the clock of the spans."""
    tasks: tuple[Task, ...] = ()
    """The functions that its timeline names."""
    faults: list[str] = field(default_factory=list)
    """What was wrong with the run itself, each a full sentence."""

    @property
    def stderr(self) -> str:
        """What all its blocks wrote to stderr."""
        return "".join(part.stderr for part in self.parts)


def probe(path: Path | str) -> Target:
    """Ask an interpreter what it is, in the environment that blocks get.

    Args:
        path: the interpreter's command: a path, or a name on PATH.

    Raises:
        CannotRun: it is not there, too old, or does not answer.
    """
    found = shutil.which(path)
    if not found:
        raise CannotRun(f"{path}: there is no such command")
    # Not resolved: a virtual environment is known by the link to its interpreter.
    absolute = Path(found).absolute()
    command = [str(absolute), interleaved.machine.__file__]
    try:
        answer = subprocess.run(
            command,
            env=kept_variables(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        ).stdout
        said = json.loads(answer)
        interpreter = msgspec.convert(said["interpreter"], Interpreter)
        machine = msgspec.convert(said["machine"], Machine)
    except OSError as error:
        raise CannotRun(f"{path}: {error.strerror}") from error
    except subprocess.CalledProcessError as error:
        last = error.stderr.strip().splitlines()[-1:] or [f"status {error.returncode}"]
        raise CannotRun(f"{path} does not work: {last[0]}") from error
    except (subprocess.TimeoutExpired, ValueError, LookupError, TypeError) as error:
        raise CannotRun(f"{path} gives no sensible answer: {error}") from error
    return Target(absolute, interpreter, machine)


class Runner:
    """Runs scripts on one interpreter; may be called from several threads at once.

    Args:
        target: the interpreter.
        python_path: folders that blocks import from; files imported from them
            are the sources of a record.
        time_limit: seconds for a script that asks for none.

    Raises:
        CannotRun: there is no place for temporary files.

    Use it as a context manager: leaving ends what is still running.
    """

    def __init__(
        self, target: Target, *, python_path: tuple[Path, ...], time_limit: float
    ) -> None:
        self.target = target
        self.time_limit = time_limit
        self._python_path = python_path
        self._stopping = threading.Event()
        # Short names: a socket that multiprocessing puts into TMPDIR may have no
        # more than 103 characters, of which macOS takes 49 for its own TMPDIR.
        try:
            self._folder = GuardedFolder()
            self._commands = self._make_commands()
        except OSError as error:
            raise CannotRun(f"a temporary folder cannot be made: {error}") from error
        self._numbers = itertools.count()

    def _make_commands(self) -> Path:
        folder = self._folder.path / "bin"
        try:
            folder.mkdir()
            for name in ("python", "python3"):
                shim = folder / name
                shim.write_text(f'#!/bin/sh\nexec "{self.target.path}" "$@"\n')
                shim.chmod(0o755)
        except OSError:
            self._folder.__exit__()
            raise
        return folder

    def __enter__(self) -> "Runner":
        resource.setrlimit(
            resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1])
        )
        self._folder.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._folder.__exit__()

    def stop(self) -> None:
        """End what is running; runs that go on return at once with a fault."""
        self._stopping.set()

    def run(
        self, script: Script, page: str, *, name: str, most_rounds: int | None = None
    ) -> Outcome:
        """Run a script once.

        Args:
            script: what to run.
            page: the page as its readers know it, for messages.
            name: file name that the script gets: the page's.
            most_rounds: let its comparisons have no more rounds than that.
        """
        outcome = Outcome(script, page, tasks=script.tasks)
        with self._own_folder() as base:
            for part in ("work", "home", "tmp", FOLDER):
                (base / part).mkdir()
            program = base / "work" / name
            program.write_text(padded(script), encoding="utf-8")
            # Kept open, so that a script which removes them cannot hide what it
            # printed; for appending, so that nobody's offset matters.
            with (
                open(base / "stdout", "a+b") as out,
                open(base / "stderr", "a+b") as err,
            ):
                for stream in (out, err):
                    stream.write(_HEAD)
                    stream.flush()
                self._run(outcome, program, (out, err), most_rounds)
                is_python = script.language == "python"
                report = _report(base) if is_python else _shell_report(base)
                _read_outputs(outcome, program, (out, err), report)
            self._read_report(outcome, base, program, report)
        return outcome

    def can_import(self, module: str) -> bool:
        """Whether scripts find a module; only the packages it is in are run."""
        test = (
            "import importlib.util, sys;"
            f"sys.exit(importlib.util.find_spec({module!r}) is None)"
        )
        with self._own_folder() as folder:
            with marking(folder):  # not with the mark of a script that starts now
                child = subprocess.Popen(
                    [str(self.target.path), "-c", test],
                    cwd=folder,
                    env=self._environment(folder) | {VARIABLE: ""},
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
            with child:
                try:
                    return child.wait(self.time_limit) == 0
                except subprocess.TimeoutExpired:
                    child.kill()
                    return False

    @contextlib.contextmanager
    def _own_folder(self) -> Iterator[Path]:
        folder = self._folder.path / str(next(self._numbers))
        folder.mkdir()
        try:
            yield folder
        except BaseException:  # such as Ctrl-C, which may come amid a start
            end_marked([folder])
            raise
        finally:
            remove(folder)

    def _run(
        self,
        outcome: Outcome,
        program: Path,
        streams: tuple[BinaryIO, BinaryIO],
        most_rounds: int | None,
    ) -> None:
        base = program.parent.parent
        limit = outcome.script.time_limit or self.time_limit
        command = self._command(outcome, program)
        environment = self._environment(base)
        environment |= tracing_environment(outcome.tasks)
        if most_rounds:
            environment["INTERLEAVED_MOST_ROUNDS"] = str(most_rounds)
        before = set(psutil.pids())
        outcome.started = time.time()
        outcome.origin = time.monotonic_ns()
        start = time.perf_counter()
        try:
            with marking(base):
                child = subprocess.Popen(
                    command,
                    cwd=program.parent,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=streams[0],
                    stderr=streams[1],
                    start_new_session=True,
                )
        except OSError as error:
            outcome.faults.append(f"{command[0]} cannot start: {error.strerror}.")
            return
        try:
            for _ in _until_exit(child):
                if self._stopping.is_set():
                    outcome.faults.append(BROKEN_OFF)
                elif time.perf_counter() - start > limit:
                    outcome.faults.append(
                        f"It did not end within {limit:g} s. The stack of every"
                        " thread is in its stderr; <!--livedocs:timeout(…)--> allows"
                        " more seconds."
                    )
                    _dump_stacks(child)
                elif _size(streams) > MOST_OUTPUT:
                    outcome.faults.append(_too_much(_size(streams)))
                if outcome.faults:
                    break
            else:
                outcome.status = child.returncode
        finally:
            outcome.seconds = time.perf_counter() - start
            ended = outcome.status is not None
            left = self._clean_up(child, base, before, patient=ended)
        if left and not outcome.faults:
            outcome.faults.append(
                f"It left {len(left)} process{'es' if len(left) > 1 else ''} behind"
                f" ({'; '.join(left)}): join or terminate what you start."
            )

    def _command(self, outcome: Outcome, program: Path) -> list[str]:
        if outcome.script.language == "python":
            launcher = [str(_CHILD / "run_traced.py")] if outcome.tasks else []
            return [str(self.target.path), *launcher, program.name]
        if outcome.script.language == "bash":
            return ["bash", "-euo", "pipefail", program.name]
        return ["sh", "-eu", program.name]

    def _environment(self, base: Path) -> dict[str, str]:
        kept = kept_variables()
        modules = [str(_CHILD), *map(str, self._python_path)]
        return kept | {
            "PATH": os.pathsep.join([str(self._commands), kept["PATH"]]),
            "PYTHONPATH": os.pathsep.join(modules),
            "PYTHONFAULTHANDLER": "1",
            "PYTHONUTF8": "1",
            "HOME": str(base / "home"),
            "TMPDIR": str(base / "tmp"),
            VARIABLE: str(base),
            "LIVEDOCS_PRESS": str(os.getpid()),
            "LIVEDOCS_ROOTS": os.pathsep.join(map(str, self._python_path)),
            "INTERLEAVED_RESULTS": str(base / "results"),
        }

    def _clean_up(
        self,
        child: subprocess.Popen[bytes],
        base: Path,
        before: set[int],
        *,
        patient: bool,
    ) -> list[str]:
        """End what the script started; what had to be ended is named."""
        deadline = time.perf_counter() + (GRACE if patient else 0)
        pause = 0.001
        while True:
            left = _descendants(child.pid, base, before)
            if not left or time.perf_counter() > deadline:
                break
            time.sleep(pause)
            pause = min(pause * 2, 0.05)
        names = [_describe(process) for process in left]
        # Even if nobody was seen: who forks and exits in turn is hard to see.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
            if not left:
                left = _descendants(child.pid, base, before)
                names = [str(process.pid) for process in left]
        child.wait()
        deadline = time.perf_counter() + GRACE
        while left and time.perf_counter() < deadline:
            for process in left:
                with contextlib.suppress(psutil.Error):
                    process.kill()
            time.sleep(0.001)
            left = _descendants(child.pid, base, before)  # zombies do not count
        return names

    def _read_report(
        self, outcome: Outcome, base: Path, program: Path, report: dict[str, Any]
    ) -> None:
        try:
            _read_results(outcome, base / "results")
        except ValueError as error:
            outcome.faults.append(f"What it measured cannot be read: {error}.")
        try:
            outcome.spans = read_spans(base, outcome.tasks, outcome.origin)
        except TooMuch as error:
            outcome.faults.append(str(error))
        outcome.files = tuple(sorted(set(_lines(base / "files"))))
        if outcome.script.language != "python":
            return
        outcome.errors = tuple(
            ScriptError(
                each["where"],
                each["type"],
                _encodable(each["text"]),
                _text(_encodable(each["trace"]), program, outcome),
            )
            for each in report.get("errors", ())
        )
        wanted = outcome.script.directive("expect-exit")
        if not report and outcome.status == int(wanted.argument if wanted else 0):
            outcome.faults.append(
                "It ended without the interpreter's clean-up (by os._exit?), so its"
                " threads and futures could not be checked."
            )


def padded(script: Script) -> str:
    """The script's program, each line at the number that it has on the page."""
    lines: list[str] = []
    for block in script.blocks:
        if lines:
            lines.append(_PART if script.language == "python" else _SHELL_PART)
        lines += [""] * (block.fence.line - len(lines))
        lines += block.fence.code.removesuffix("\n").split("\n")
    return "\n".join(lines) + "\n"


BROKEN_OFF = "The run was broken off."

_PART = '__import__("_livedocs").part()'
_SHELL_PARTS = "parts"
_COUNT = "; ".join(
    f'command -p wc -c <"${VARIABLE}/{stream}" >>"${VARIABLE}/{_SHELL_PARTS}"'
    for stream in ("stdout", "stderr")
)
_SHELL_PART = f'{{ _ld=$?; {_COUNT}; (exit "$_ld") && :; }} 2>/dev/null'
"""Notes, between the parts of a script, how much it has printed so far.

The status of the command before stays what it was, and `set -x` shows nothing of it.
"""


def _until_exit(child: subprocess.Popen[bytes]) -> Iterator[None]:
    """Yield now and then until the child has ended; end at once when it has."""
    try:
        descriptor = os.pidfd_open(child.pid)
    except (AttributeError, OSError):
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(_TICK)
                return
            yield
    try:
        poller = select.poll()
        poller.register(descriptor, select.POLLIN)
        while not poller.poll(_TICK * 1000):
            yield
    finally:
        os.close(descriptor)
    child.wait()


def _dump_stacks(child: subprocess.Popen[bytes]) -> None:
    """Have faulthandler print every thread's stack, in the script and its children."""
    with contextlib.suppress(ProcessLookupError, PermissionError):  # all have ended
        child.send_signal(signal.SIGABRT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(2)
        os.killpg(child.pid, signal.SIGABRT)
        time.sleep(0.2)


def _descendants(session: int, base: Path, before: set[int]) -> list[psutil.Process]:
    """Live processes that carry a mark of the run or belong to its session."""
    found = []
    for pid in set(psutil.pids()) - before - {session}:
        with contextlib.suppress(psutil.Error, OSError):
            process = psutil.Process(pid)
            zombie = process.status() == psutil.STATUS_ZOMBIE
            own = os.getsid(pid) == session or is_marked(process, base)
            if own and not zombie:
                found.append(process)
    return found


def _describe(process: psutil.Process) -> str:
    with contextlib.suppress(psutil.Error):
        return f"{process.pid}: {' '.join(process.cmdline())[:80] or process.name()}"
    return str(process.pid)


def kept_variables() -> dict[str, str]:
    """What of the press's own environment the blocks see: no secret is in it."""
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    return kept | {"PATH": os.environ.get("PATH", os.defpath)}


def _read_outputs(
    outcome: Outcome,
    program: Path,
    files: tuple[BinaryIO, BinaryIO],
    report: dict[str, Any],
) -> None:
    """Divide what was printed among the script's blocks."""
    streams = []
    for file in files:
        file.seek(0)
        content = file.read(len(_HEAD) + MOST_OUTPUT)
        if not content.startswith(_HEAD):
            content = _HEAD + content
            if not outcome.faults:
                outcome.faults.append(_CUT)
        elif _size((file,)) > MOST_OUTPUT and not outcome.faults:
            outcome.faults.append(_too_much(_size((file,))))
        streams.append(content)
    count = len(outcome.script.blocks)
    ends = [[len(_HEAD)] * 2]
    parts = report.get("parts", [])
    for sizes in parts[: count - 1]:
        ends.append(sizes or ends[-1])
    outcome.reached = len(parts) or None
    ends += [ends[-1]] * (count - len(ends))
    ends.append([len(stream) for stream in streams])
    printed = [
        [
            _decoded(stream[slice(*pair)])
            for stream, pair in zip(streams, zip(*both, strict=True), strict=True)
        ]
        for both in itertools.pairwise(ends)
    ]
    outcome.parts = tuple(
        Part(*(_text(each, program, outcome) for each in part)) for part in printed
    )
    outcome.shown = tuple(
        Part(*(_copied_text(each, program, outcome.script) for each in part))
        for part in printed
    )


def _size(files: Iterable[BinaryIO]) -> int:
    return max(os.fstat(file.fileno()).st_size for file in files) - len(_HEAD)


_CUT = (
    "It emptied the file that its output goes to, as `> /dev/stdout` and"
    " `tee /dev/stderr` do: write `>&1`, `>&2` or `>> /dev/stdout`."
)


def _too_much(size: int) -> str:
    return (
        f"It printed more than {MOST_OUTPUT:,} bytes ({size:,} when it was stopped):"
        " no page can show that."
    )


def _report(base: Path) -> dict[str, Any]:
    try:
        report: dict[str, Any] = ast.literal_eval((base / "report").read_text("ascii"))
    except (OSError, SyntaxError, ValueError):
        return {}
    return report


def _shell_report(base: Path) -> dict[str, Any]:
    """What a script for a shell left of the ends of its parts."""
    lines = map(str.strip, _lines(base / _SHELL_PARTS))
    sizes = [int(line) for line in lines if line.isdecimal()]
    parts = list(zip(sizes[::2], sizes[1::2], strict=False))
    return {"parts": [*parts, ()]}  # the last one's end is the script's


def _read_results(outcome: Outcome, results: Path) -> None:
    """Read what the functions of `interleaved` appended to their file.

    Raises:
        ValueError: something else did, a line is cut off, a name was used twice,
            or there is too much to be drawn.
    """
    for found in read_results(_lines(results)):
        match found:
            case Comparison():
                outcome.comparisons += (found,)
            case Value():
                if any(each.name == found.name for each in outcome.values):
                    raise ValueError(f"{found.name!r} was reported twice")
                outcome.values += (found,)
            case Turns():
                if any(each.name == found.name for each in outcome.turns):
                    raise ValueError(f"{found.name!r} was shown twice")
                outcome.turns += (found,)
    count = sum(len(each.slices) for each in outcome.turns)
    if count > MOST_EVENTS:
        raise ValueError(f"{count:,} slices are too many to be drawn ({MOST_EVENTS:,})")


def _lines(file: Path) -> list[str]:
    """The lines of a file; none if it is not there."""
    try:
        return file.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def _encodable(text: str) -> str:
    """Text that can be printed: half of a surrogate pair cannot."""
    return text.encode(errors="backslashreplace").decode()


def _decoded(content: bytes) -> str:
    return content.decode("utf-8", "replace").replace("\r\n", "\n")


def _text(text: str, program: Path, outcome: Outcome) -> str:
    """Output as its author needs it, with the page in place of the program."""
    page = outcome.page
    for spelling in (str(program), os.path.realpath(program)):
        text = text.replace(spelling, page)
    if outcome.script.language == "python":
        return text
    shell = rf"(?m)^{re.escape(program.name)}(: (?:line )?\d+: )"
    return re.sub(shell, lambda match: page + match[1], text)


def _copied_text(text: str, program: Path, script: Script) -> str:
    """Output as somebody sees it who copied the script into a file of its own."""
    name = program.stem + (".py" if script.language == "python" else ".sh")

    def copied(match: re.Match[str]) -> str:
        return f"{name}{match[1]}{_line_in_copy(script, int(match[2]))}"

    for spelling in (str(program), os.path.realpath(program)):
        place = rf'{re.escape(spelling)}(", line |: line |: |:)(\d+)'
        text = re.sub(place, copied, text).replace(spelling, name)
    if script.language == "python":
        return text
    shell = rf"(?m)^{re.escape(program.name)}(: (?:line )?)(\d+)(?=: )"
    return re.sub(shell, copied, text)


def _line_in_copy(script: Script, line: int) -> int:
    """Where a line of the page stands in a file that has the blocks alone."""
    before = 0
    for block in script.blocks:
        if line <= block.fence.end:
            break
        before += block.fence.code.count("\n")
    return before + line - block.fence.line
