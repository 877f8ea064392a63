"""Reference measurements: what other machines measured, kept with the book.

A page shows them where the building machine has no such interpreter, and says
whose they are. They never stand in for a run of the building machine.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from interleaved import Comparison, Interpreter, Machine
from interleaved.measurements import (
    Measurement,
    read_measurements,
    write_measurements,
)
from interleaved.reporting import Value
from livedocs.claims import find, is_open
from livedocs.experiments import digest_of, name_of
from livedocs.page import Page, Script
from livedocs.prose import counted

_INTERPRETER = re.compile(r"[a-z_-]*[0-9]+\.[0-9]+t?")
"""Its name becomes a file's name and the title of a tab."""
_VERSION = re.compile(r"[0-9]+\.[0-9]+\S*")
_LIST_OF_NUMBERS = re.compile(r'\[\n\s+([^][{}"]*?)\n\s+\]')
"""In indented JSON, where a text has no line end of its own."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What an experiment measured on another machine or on another day."""

    comparisons: tuple[Comparison, ...]
    values: tuple[Value, ...]
    interpreter: Interpreter
    machine: Machine
    date: str
    """Day of the measurement, ISO 8601."""
    capacity: float | None = None
    """Nobody looked."""


class References:
    """The reference measurements of a book.

    Args:
        folder: has a file for each interpreter; there are none without one.
        warn: told of each file that cannot be used, in a full sentence.
    """

    def __init__(
        self, folder: Path | None, warn: Callable[[str], None] | None = None
    ) -> None:
        self._measurements = (
            list(_measurements(folder, warn or print)) if folder else []
        )

    def of(self, script: Script) -> list[Reference]:
        """What was measured with this very program: the latest by each interpreter.

        A measurement of the program as it once was is not of it.
        """
        name, digest = name_of(script), digest_of(script)
        latest = {
            each.interpreter.name: Reference(
                result.comparisons,
                result.values,
                each.interpreter,
                each.machine,
                each.date,
            )
            for each in sorted(self._measurements, key=lambda each: each.date)
            for result in each.results
            if result.experiment == name and result.digest == digest
        }
        return list(latest.values())

    def outdated(self, scripts: list[Script]) -> list[str]:
        """Experiments that some interpreter has measured only as they once were."""
        digests = {name_of(script): digest_of(script) for script in scripts}
        return sorted(
            {
                result.experiment
                for each in self._measurements
                for result in each.results
                if digests.get(result.experiment, result.digest) != result.digest
            }
        )

    def unsettled(self, pages: Iterable[Page], interpreter: str) -> list[str]:
        """Experiments of an interpreter that leave a claim open, or break it.

        Raises:
            ValueError: a claim speaks of what its program does not measure.
        """
        return sorted(
            {
                name
                for page in pages
                for script in page.scripts
                if (name := name_of(script))
                for claim in page.claims_on(script)
                for each in self.of(script)
                if each.interpreter.name == interpreter and is_open(find(claim, each))
            }
        )


def add_measurements(
    files: list[Path], folder: Path, *, amend: bool = False
) -> list[str]:
    """Put the measurements of files into the folder of references.

    Args:
        files: each has those of one interpreter or more.
        folder: has a file for each interpreter.
        amend: keep what was measured of other experiments on the same machine, with
            the same interpreter, on the same day.

    Returns:
        A line on each interpreter: what was done, and which experiments of the
        measurement before it are lost.

    Raises:
        ValueError: a file holds no measurements; nothing has been written then.
        OSError: a file cannot be read or written.
    """
    found = [(file, each) for file in files for each in _read(file)]
    for file, each in found:
        if not each.results:
            raise ValueError(f"{file}: nothing was measured on {each.interpreter.name}")
    folder.mkdir(parents=True, exist_ok=True)
    said = []
    for _, each in found:
        target = folder / f"{each.interpreter.name}.json"
        done = "replaced" if target.exists() else "added"
        names = {result.experiment for result in each.results}
        whole = _amended(target, each) if amend else each
        kept = {result.experiment for result in whole.results}
        lost = sorted(_experiments_in(target) - kept)
        target.write_text(_indented(whole), encoding="utf-8")
        said.append(
            f"{done}: {each.interpreter.name}, {counted(len(names), 'experiment')},"
            f" {each.date}" + (f"; gone: {', '.join(lost)}" if lost else "")
        )
    return said


def _indented(measurement: Measurement) -> str:
    """A measurement as JSON whose changes can be read line by line."""
    results = sorted(measurement.results, key=lambda result: result.experiment)
    text = write_measurements([replace(measurement, results=tuple(results))])
    indented = json.dumps(json.loads(text), indent=1, ensure_ascii=False)
    short = _LIST_OF_NUMBERS.sub(
        lambda numbers: f"[{' '.join(numbers[1].split())}]", indented
    )
    return short + "\n"


def _amended(target: Path, new: Measurement) -> Measurement:
    """New results together with what is in a file of other experiments."""
    names = {result.experiment for result in new.results}
    kept = (
        result
        for old in _kept(target)
        if replace(old, results=()) == replace(new, results=())
        for result in old.results
        if result.experiment not in names
    )
    return replace(new, results=(*kept, *new.results))


def _experiments_in(file: Path) -> set[str]:
    return {result.experiment for each in _kept(file) for result in each.results}


def _kept(file: Path) -> tuple[Measurement, ...]:
    try:
        return _read(file)
    except (OSError, ValueError):
        return ()


def _measurements(folder: Path, warn: Callable[[str], None]) -> Iterator[Measurement]:
    for file in sorted(folder.glob("*.json")):
        try:
            yield from _read(file)
        except (OSError, ValueError) as error:
            warn(f"no reference from {file.name}: {error}")


def _read(file: Path) -> tuple[Measurement, ...]:
    """The measurements of a file whose interpreters have names that can be shown."""
    found = read_measurements(file.read_text(encoding="utf-8"), str(file))
    for each in found:
        name, version = each.interpreter.name, each.interpreter.version
        if not _INTERPRETER.fullmatch(name):
            raise ValueError(f"{file}: {name!r} is no interpreter such as '3.13t'")
        if not (_VERSION.fullmatch(version) and version.isascii()):
            raise ValueError(f"{file}: {version!r} is no version such as '3.13.5'")
    return found
