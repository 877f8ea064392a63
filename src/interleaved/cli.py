"""The command `interleaved`: this machine, and the book's experiments on it."""

import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from difflib import get_close_matches
from importlib.metadata import version
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
from rich.table import Table
from rich.text import Text

from interleaved.experiments import Experiment, experiments, reference
from interleaved.machine import (
    granted_cores,
    load_average,
    scheduled_cores,
    this_interpreter,
    this_machine,
)
from interleaved.measurements import (
    Measurement,
    Result,
    agree,
    read_measurements,
    write_measurements,
)
from interleaved.measuring import CannotMeasure, Session, measure, open_lab
from interleaved.spread import Spread, size

GUESS = 5.0
"""Seconds that an experiment is taken to need if nobody has measured it."""


def main(prog_name: str = "interleaved") -> None:
    """Run the command."""
    command(prog_name=prog_name)


@click.group()
@click.version_option(version("interleaved"), prog_name="interleaved")
def command() -> None:
    """Measure the book's experiments on your own machine."""


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
    usable, every = this_machine().cores, os.cpu_count() or 1
    if usable >= every:
        return f"{usable}"
    granted = granted_cores()
    reasons = []
    if scheduled_cores() < every:
        reasons.append("by the scheduler's permission or an option of Python")
    if granted < scheduled_cores():
        reasons.append(f"by a quota of {granted:g} cores")
    return f"{usable} of {every}, limited {' and '.join(reasons)}"


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
    labs = []
    for python in pythons or (sys.executable,):
        try:
            labs.append(open_lab(python))
        except CannotMeasure as error:
            raise click.UsageError(str(error)) from error
    sessions: list[Session] = []
    stopped = False
    # A SIGTERM ends what is running, too.
    with suppress(ValueError):  # not in the main thread
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        for lab in labs:
            sessions.append(Session(lab))
            with _progress(chosen, others) as before:
                for session in measure(lab, chosen, before=before):
                    sessions[-1] = session
    except KeyboardInterrupt:
        stopped = True
    _show(sessions, others, "the book" if against is None else against.name, target)
    if target:
        _write(target, [each.measurement for each in sessions])
    if stopped:
        _complain("stopped: this is what was measured until then")
        sys.exit(130)
    sys.exit(1 if any(each.failures for each in sessions) else 0)


def _experiments() -> tuple[Experiment, ...]:
    try:
        return experiments()
    except (OSError, ValueError) as error:
        raise click.ClickException(f"the list of experiments: {error}") from error


def _chosen(names: tuple[str, ...]) -> list[Experiment]:
    known = {each.name: each for each in _experiments()}
    for name in names:
        if name not in known:
            near = get_close_matches(name.replace("-", "_"), known, 1)
            hint = f"did you mean {near[0]}?" if near else "see `interleaved list`"
            raise click.UsageError(f"there is no experiment {name!r}: {hint}")
    return [known[name] for name in dict.fromkeys(names or known)]


def _others(against: Path | None) -> tuple[Measurement, ...]:
    """What to compare with."""
    try:
        if against is None:
            return reference()
        return read_measurements(against.read_text(encoding="utf-8"), str(against))
    except (OSError, ValueError) as error:
        raise click.ClickException(str(error)) from error


class _TimeLeft(ProgressColumn):
    """Seconds that are left, by what the experiments took elsewhere."""

    def __init__(self, left: Callable[[], float]) -> None:
        super().__init__()
        self._left = left

    def render(self, task: Task) -> Text:  # noqa: ARG002 (rich gives it)
        return Text(f"about {self._left():.0f} s left")


@contextmanager
def _progress(
    chosen: list[Experiment], others: tuple[Measurement, ...]
) -> Iterator[Callable[[Experiment], None]]:
    """Show on a terminal's stderr how far the measuring is."""
    took = {
        result.experiment: result.seconds for each in others for result in each.results
    }
    known = list(took.values())
    guess = sum(known) / len(known) if known else GUESS
    waiting = [took.get(each.name, guess) for each in chosen]
    begun = time.monotonic()

    def left() -> float:
        if not waiting:
            return 0
        spent = time.monotonic() - begun
        return max(waiting[0] - spent, 0) + sum(waiting[1:])

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), _TimeLeft(left))
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as progress:
        task = progress.add_task("", total=len(chosen))
        done = 0

        def before(experiment: Experiment) -> None:
            nonlocal begun, done
            if done:
                waiting.pop(0)
            begun = time.monotonic()
            progress.update(task, description=experiment.name, completed=done)
            done += 1

        yield before


def _show(
    sessions: list[Session],
    others: tuple[Measurement, ...],
    book: str,
    target: str | None,
) -> None:
    """Print a table for each interpreter, and what was not measured."""
    # With `--json -` stdout belongs to the JSON.
    console = Console(stderr=target == "-")
    for session in sessions:
        interpreter = session.lab.interpreter
        kind = "GIL" if interpreter.gil else "no GIL"
        title = f"{interpreter.implementation} {interpreter.version} ({kind})"
        if session.results:
            _print_table(console, title, session, _beside(session, others), book)
        for name, reason in session.passed_over.items():
            _complain(f"{name}: not measured on {interpreter.name}: it {reason}")
        for name, reason in session.failures.items():
            _complain(f"{name}: failed on {interpreter.name}: {reason}")


def _print_table(
    console: Console,
    title: str,
    session: Session,
    other: Measurement | None,
    book: str,
) -> None:
    rows = [row for result in session.results for row in _rows(result, other)]
    heads = ("experiment", "variant", "here", book, "agrees?")
    if not console.is_terminal:  # for programs: a line a row, tabs between
        for row in rows:
            click.echo("\t".join(row), err=console.stderr)
        return
    origin = f"{book}: {other.machine.cpu}, {other.date}" if other else ""
    table = Table(title=title, caption=origin or None)
    for head in heads:
        table.add_column(head)
    previous = ""
    for row in rows:
        first = "" if row[0] == previous else row[0]
        previous = row[0]
        table.add_row(*map(Text, (first, *row[1:])))
    console.print(table)


def _rows(
    result: Result, other: Measurement | None
) -> Iterator[tuple[str, str, str, str, str]]:
    """One row for each ratio and each reported value of an experiment."""
    theirs = {
        each.experiment: each for each in (other.results if other is not None else ())
    }.get(result.experiment)
    same = theirs is not None and theirs.digest == result.digest
    there = _spreads(theirs) if theirs and same else {}
    disturbed = any(each.disturbance for each in result.comparisons)
    for label, here in _spreads(result).items():
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


def _spreads(result: Result) -> dict[str, Spread]:
    """Every ratio and value by its label; of a repeated comparison the first."""
    found: dict[str, Spread] = {}
    for comparison in result.comparisons:
        for timing in comparison.timings[1:]:
            found.setdefault(timing.label, comparison.speedup(timing.label))
    return found | {value.name: value.spread for value in result.values}


def _beside(session: Session, others: tuple[Measurement, ...]) -> Measurement | None:
    """What to put beside: the same interpreter's, or the newest of the same kind."""
    interpreter = session.lab.interpreter
    for each in others:
        if each.interpreter.name == interpreter.name:
            return each
    alike = [each for each in others if each.interpreter.gil == interpreter.gil]
    return max(alike, key=lambda each: _release(each.interpreter.version), default=None)


def _release(text: str) -> list[int]:
    return [int(part) for part in text.split(".")[:2]]


def _write(target: str, measurements: list[Measurement]) -> None:
    """Write the whole file or, on failure, leave what was there."""
    text = write_measurements(measurements) + "\n"
    if target == "-":
        click.echo(text, nl=False)
        return
    path = Path(target)
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=path.parent, suffix=".new", delete=False
        ) as file:
            file.write(text)
        Path(file.name).replace(path)
    except OSError as error:
        raise click.ClickException(f"cannot write {target}: {error}") from error


def _complain(text: str) -> None:
    click.echo(text, err=True)
