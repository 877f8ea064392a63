"""The command `interleaved`: the book's experiments and exercises, here."""

import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from difflib import get_close_matches
from importlib.metadata import version
from pathlib import Path
from types import FrameType
from typing import NoReturn, TextIO

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
from rich.table import Column, Table
from rich.text import Text

from interleaved.exercises import EXERCISES, Exercise, copy_out, find
from interleaved.exercises.judging import judge
from interleaved.experiments import Experiment, experiments, reference
from interleaved.machine import (
    granted_cores,
    load_average,
    release,
    scheduled_cores,
    this_interpreter,
    this_machine,
)
from interleaved.measurements import (
    LARGEST,
    Measurement,
    Result,
    agree,
    read_measurements,
    write_measurements,
)
from interleaved.measuring import CannotMeasure, Lab, Session, measure, open_lab
from interleaved.spread import size

GUESS = 5.0
"""Seconds that an experiment is taken to need if nobody has measured it."""


def main(prog_name: str = "interleaved") -> None:
    """Run the command."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed, as by >&-
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        # An old code page may lack the sign of ratios: better a ? than no table.
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    command(prog_name=prog_name)


@click.group()
@click.version_option(version("interleaved"), prog_name="interleaved")
def command() -> None:
    """Measure the book's experiments, and do its exercises, on your own machine."""


@command.command("machine")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show_machine(as_json: bool) -> None:
    """Show what a measurement on this machine depends on."""
    machine, interpreter = this_machine(), this_interpreter()
    load = load_average()
    if as_json:
        found = {"machine": asdict(machine), "interpreter": asdict(interpreter)}
        click.echo(json.dumps(found | {"load": load}))
        return
    memory = machine.memory_bytes
    kind = "free-threaded build" if interpreter.free_threaded else "build with a GIL"
    rows = {
        "system": machine.system,
        "processor": machine.cpu,
        "cores": _cores(),
        "memory": size(memory) if memory else "unknown",
        "interpreter": f"{interpreter.implementation} {interpreter.version}, {kind}",
        "GIL": "at work" if interpreter.gil else "not at work",
        "load": "unknown" if load is None else f"{load:.2f} in the last minute",
    }
    table = Table.grid(padding=(0, 2))
    for name, value in rows.items():
        table.add_row(Text(name), Text(value))
    Console(soft_wrap=not sys.stdout.isatty()).print(table)
    if load is not None and load > 0.5:
        _complain("this machine is busy: what you measure now will be disturbed")


def _cores() -> str:
    """How many cores may be used, and what keeps us from the others."""
    usable, every = this_machine().cores, _every_core()
    reasons = []
    if os.cpu_count() != every:
        reasons.append("told by -X cpu_count or PYTHON_CPU_COUNT")
    elif scheduled_cores() < every:
        reasons.append("limited by the scheduler's affinity")
    granted = granted_cores()
    if granted < scheduled_cores():
        reasons.append(f"limited by a quota of {granted:g} cores")
    return f"{usable} of {every}, {' and '.join(reasons)}" if reasons else f"{usable}"


def _every_core() -> int:
    """Count the cores that there are, whatever Python was told of them."""
    with suppress(AttributeError, ValueError, OSError):
        return os.sysconf("SC_NPROCESSORS_ONLN")
    return int(os.environ.get("NUMBER_OF_PROCESSORS", os.cpu_count() or 1))  # Windows


@command.command("list")
def show_list() -> None:
    """List the experiments, and what the book claims of them."""
    found = _experiments()
    width = max((len(each.name) for each in found), default=0)
    for each in found:
        needs = f" (needs {', '.join(each.needs)})" if each.needs else ""
        click.echo(f"{each.name:{width}}  {each.page}{needs}")
        for claim in each.claims:
            click.echo(f"{'':{width}}  {claim.sentence}")


@command.command("exercise")
@click.argument("name", required=False)
@click.option("--force", is_flag=True, help="Replace a file of that name.")
def copy_exercise(name: str | None, force: bool) -> None:
    """Copy the broken program NAME into this folder, for you to repair.

    Without a NAME all exercises are listed. Nobody keeps account of what you solved.
    """
    if name is None:
        width = max(len(each.name) for each in EXERCISES)
        for each in EXERCISES:
            click.echo(f"{each.name:{width}}  {each.symptom}")
        return
    exercise = _exercise(name)
    try:
        file = copy_out(exercise, Path(), force=force)
    except FileExistsError as error:
        raise click.ClickException(
            f"{exercise.name}.py is there already: --force replaces it"
        ) from error
    except OSError as error:
        text = f"cannot write {exercise.name}.py: {error.strerror}"
        raise click.ClickException(text) from error
    click.echo(f"{file}: {exercise.symptom}")
    click.echo(f"Repair it, then run: interleaved check {exercise.name}")


@command.command("check")
@click.argument("name")
@click.argument("file", required=False, type=click.Path(path_type=Path))
def check_exercise(name: str, file: Path | None) -> None:
    """Judge your repair of the exercise NAME, in FILE or else NAME.py.

    The file runs in a process of its own, which is ended after a minute. The exit
    status is 0 if the repair is right.
    """
    exercise = _exercise(name)
    file = file or Path(f"{exercise.name}.py")
    try:
        with _signals_stop():
            verdict = judge(exercise, file)
    except KeyboardInterrupt:
        _complain("stopped: the file was not judged")
        sys.exit(130)
    except OSError as error:
        anew = f"; `interleaved exercise {exercise.name}` copies the program there"
        hint = anew if isinstance(error, FileNotFoundError) else ""
        text = f"cannot read {file}: {error.strerror}{hint}"
        raise click.ClickException(text) from error
    click.echo(verdict)
    sys.exit(0 if verdict.right else 1)


def _exercise(name: str) -> Exercise:
    try:
        return find(name)
    except LookupError as error:
        raise click.UsageError(str(error.args[0])) from error


@command.command("measure")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option(
    "--python",
    "pythons",
    multiple=True,
    metavar="PATH",
    help="Measure on this interpreter (default: this one); may be repeated.",
)
@click.option(
    "--json",
    "target",
    metavar="FILE",
    help="Write what was measured to FILE, for --against or the book; - prints it.",
)
@click.option(
    "--against",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Compare with FILE, of --json or a site's measured.json, not with the book.",
)
def measure_here(
    names: tuple[str, ...],
    pythons: tuple[str, ...],
    target: str | None,
    against: Path | None,
) -> None:
    """Measure experiments here, and compare with the book.

    Without a NAME all of them run, one after another; `interleaved list` shows
    their names. Ctrl-C stops at once; what was measured is kept.
    """
    chosen = _chosen(names)
    others = _others(against)
    if target:
        _check(target)
    sessions: list[Session] = []
    stopped = False
    with _signals_stop():
        try:
            labs = _labs(pythons)
            with _progress(chosen * len(labs), others) as before:
                for lab in labs:
                    sessions.append(Session(lab))
                    for session in measure(lab, chosen, before=before):
                        sessions[-1] = session
        except KeyboardInterrupt:
            stopped = True
        # First of all, lest a closed pipe or terminal cost the measurements.
        unwritten = _write(target, sessions) if target else None
        _show(sessions, others, against, sys.stderr if target == "-" else sys.stdout)
        if stopped:
            _complain("stopped: this is what was measured until then")
    if unwritten:
        raise click.ClickException(unwritten)
    if stopped:
        sys.exit(130)
    sys.exit(1 if any(each.failures for each in sessions) else 0)


@contextmanager
def _signals_stop() -> Iterator[None]:
    """Take what asks the command to end as Ctrl-C, and only the first of it.

    Also where a shell has Ctrl-C ignored, as for jobs in the background. A second
    one would disturb the cleaning up, which takes a moment.
    """
    known = ("SIGINT", "SIGTERM", "SIGBREAK", "SIGHUP")
    numbers = [getattr(signal, name) for name in known if hasattr(signal, name)]
    if os.name == "posix" and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        numbers.remove(signal.SIGHUP)  # nohup

    def stop(number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001
        for each in numbers:
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _labs(pythons: tuple[str, ...]) -> list[Lab]:
    """The interpreters to measure on, each once."""
    try:
        labs = [open_lab(python) for python in pythons or (sys.executable,)]
    except CannotMeasure as error:
        raise click.UsageError(str(error)) from error
    return list({lab.path: lab for lab in labs}.values())


def _experiments() -> tuple[Experiment, ...]:
    try:
        return experiments()
    except (OSError, ValueError) as error:
        raise click.ClickException(f"the list of experiments: {error}") from error


def _chosen(names: tuple[str, ...]) -> list[Experiment]:
    known = {each.name: each for each in _experiments()}
    for name in names:
        if name not in known:
            hint = _hint(name, known)
            raise click.UsageError(f"there is no experiment {name!r}: {hint}")
    return [known[name] for name in dict.fromkeys(names or known)]


def _hint(name: str, known: Mapping[str, object]) -> str:
    """What was meant by a name that is none of an experiment."""
    if "py" in Path(name).name and shutil.which(name):
        return "to measure on that interpreter, write --python before it"
    wanted = name.replace("-", "_").lower()
    # A part of a name says more than letters in common.
    near = [each for each in known if wanted in each]
    near = near or get_close_matches(wanted, known, 1)
    return f"did you mean {near[0]}?" if near else "see `interleaved list`"


def _others(against: Path | None) -> tuple[Measurement, ...]:
    """What to compare with."""
    try:
        if against is None:
            return reference()
        with open(against, encoding="utf-8") as file:
            text = file.read(LARGEST + 1)  # one more than is read: refused by size
        others = read_measurements(text, str(against))
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{against or 'the book'} is no UTF-8") from error
    except (OSError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    for each in others:
        try:
            release(each.interpreter.version)
        except ValueError as error:
            raise click.ClickException(f"{against}: {error}") from error
    return others


def _check(target: str) -> None:
    """Refuse a file that cannot be written before minutes are spent measuring."""
    folder = Path(target).parent
    if target != "-" and not folder.is_dir():
        raise click.UsageError(f"cannot write {target}: there is no folder {folder}")
    if Path(target).is_dir():
        raise click.UsageError(f"cannot write {target}: it is a folder")


class _TimeLeft(ProgressColumn):
    """Time that is left, by what the experiments took elsewhere or before."""

    def __init__(self, left: Callable[[], float]) -> None:
        super().__init__(Column(no_wrap=True))
        self._left = left

    def render(self, task: Task) -> Text:  # noqa: ARG002 (rich gives it)
        left = self._left()
        about = f"{left:.0f} s" if left < 100 else f"{left / 60:.0f} min"
        return Text(f"about {about} left")


class _Estimate:
    """How long a row of experiments will take.

    Each is taken to need what it took elsewhere, or for an earlier interpreter;
    one that nobody measured needs as long as the mean of the others.
    """

    def __init__(
        self, experiments: list[Experiment], others: Iterable[Measurement]
    ) -> None:
        self._waiting = [each.name for each in experiments]
        self._took = {
            result.experiment: result.seconds
            for each in others
            for result in each.results
        }
        self._running = ""
        self._begun = 0.0

    def begin(self, experiment: Experiment) -> None:
        """Note that the next experiment begins, and the one before has ended."""
        now = time.monotonic()
        if self._running:
            self._took.setdefault(self._running, now - self._begun)
        self._running, self._begun = experiment.name, now
        self._waiting.remove(experiment.name)

    def left(self) -> float:
        """Return the seconds that are left."""
        known = list(self._took.values())
        guess = sum(known) / len(known) if known else GUESS
        needs = self._took.get(self._running, guess) if self._running else 0
        left = max(needs - (time.monotonic() - self._begun), 0)
        return left + sum(self._took.get(name, guess) for name in self._waiting)


@contextmanager
def _progress(
    chosen: list[Experiment], others: tuple[Measurement, ...]
) -> Iterator[Callable[[Experiment], None]]:
    """Show on a terminal's stderr how far the measuring is."""
    estimate = _Estimate(chosen, others)
    console = Console(stderr=True)
    name = TextColumn("{task.description}", table_column=Column(no_wrap=True))
    bar = BarColumn(min(40, max(4, console.width - 45)))
    with Progress(
        *(name, bar, _TimeLeft(estimate.left)),
        console=console,
        transient=True,
        refresh_per_second=1,  # drawing takes time from what is measured
        disable=not console.is_terminal,
    ) as progress:
        task = progress.add_task("", total=len(chosen))
        begun = 0

        def before(experiment: Experiment) -> None:
            nonlocal begun
            estimate.begin(experiment)
            progress.update(task, description=experiment.name, completed=begun)
            progress.refresh()
            begun += 1

        yield before


Row = tuple[str, str, str, str, str]


def _show(
    sessions: list[Session],
    others: tuple[Measurement, ...],
    against: Path | None,
    stream: TextIO,
) -> None:
    """Print what was measured on each interpreter, and tell what was not."""
    book = against.name if against else "the book"
    console = Console(file=stream)
    for session in sessions:
        interpreter = session.lab.interpreter
        other = _beside(session, others)
        rows = [row for result in session.results for row in _rows(result, other)]
        if not console.is_terminal:  # for programs: a line a row, tabs between
            for row in rows:
                click.echo("\t".join((interpreter.name, *row)), file=stream)
        elif rows:
            kind = "GIL" if interpreter.gil else "no GIL"
            title = f"{interpreter.implementation} {interpreter.version} ({kind})"
            _print_rows(console, title, rows, book, other)
        if rows and other is None:
            kind = "with a GIL" if interpreter.gil else "without a GIL"
            _complain(f"{book} has no measurement of an interpreter {kind}")
        for name, reason in session.passed_over.items():
            _complain(f"{name}: not measured on {interpreter.name}: it {reason}")
        for name, reason in session.failures.items():
            _complain(f"{name}: failed on {interpreter.name}: {reason}")


def _print_rows(
    console: Console,
    title: str,
    rows: list[Row],
    book: str,
    other: Measurement | None,
) -> None:
    """Print a table or, where the terminal would break its words, a list."""
    heads = ("experiment", "variant", "here", book, "agrees?")
    table = Table(title=title)
    for head in heads:
        table.add_column(head, no_wrap=head == "experiment")
    previous = ""
    for row in rows:
        first = "" if row[0] == previous else row[0]
        previous = row[0]
        table.add_row(*map(Text, (first, *row[1:])))
    wide = console.options.update(max_width=1000)
    if console.measure(table, options=wide).minimum <= console.width:
        console.print(table)
    else:
        console.print(Text(title, style="bold"))
        for name, variant, *cells in rows:
            console.print(Text(f"{name}: {variant}"))
            for head, cell in zip(heads[2:], cells, strict=True):
                console.print(Text(f"  {head}: {cell or '-'}"))
    if other is not None:
        of = f"Python {other.interpreter.name} on {other.machine.cpu}, {other.date}"
        console.print(Text(f"{book}: {of}", style="dim"))


def _rows(result: Result, other: Measurement | None) -> Iterator[Row]:
    """One row for each ratio and each reported value of an experiment."""
    theirs = {
        each.experiment: each for each in (other.results if other is not None else ())
    }.get(result.experiment)
    same = theirs is not None and theirs.digest == result.digest
    there = theirs.spreads if theirs and same else {}
    disturbed = any(each.disturbance for each in result.comparisons)
    for label, here in result.spreads.items():
        book = there.get(label)
        if theirs and not same:
            verdict = "older program"
        elif book is None:
            verdict = ""
        elif here.unit not in ("×", ""):
            verdict = "-"  # seconds and bytes are this machine's own
        else:
            verdict = "yes" if agree(here, book) else "no"
        if disturbed:
            verdict = f"{verdict} (disturbed)".strip()
        yield result.experiment, label, str(here), str(book or ""), verdict


def _beside(session: Session, others: tuple[Measurement, ...]) -> Measurement | None:
    """What to put beside: the same interpreter's, or the newest of the same kind."""
    interpreter = session.lab.interpreter
    for each in others:
        if each.interpreter.name == interpreter.name:
            return each
    alike = [each for each in others if each.interpreter.gil == interpreter.gil]
    return max(alike, key=lambda each: release(each.interpreter.version), default=None)


def _write(target: str, sessions: list[Session]) -> str | None:
    """Write the whole file or leave what was there; return why, if it was left."""
    found = [each.measurement for each in sessions if each.results]
    text = write_measurements(found) + "\n"
    if target == "-":
        click.echo(text, nl=False)
        return None
    if not found:
        return f"nothing was measured: {target} is as it was"
    path = Path(target)
    try:
        if path.exists() and not path.is_file():  # a pipe, a device
            path.write_text(text, encoding="utf-8")
            return None
        path = path.resolve()  # a link stays a link
        new = path.with_name(f".{path.name}.{os.getpid()}.new")
        try:
            new.write_text(text, encoding="utf-8")
            new.replace(path)
        finally:
            new.unlink(missing_ok=True)
    except OSError as error:
        return f"cannot write {target}: {error.strerror}"
    return None


def _complain(text: str) -> None:
    click.echo(text, err=True)
