"""Reference measurements: what other machines measured, kept with the book.

A page shows them where the building machine has no such interpreter, and says
whose they are. They never stand in for a run of the building machine.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from interleaved import Comparison, Interpreter, Machine
from interleaved.measurements import Measurement, read_measurements
from interleaved.reporting import Value
from livedocs.experiments import digest_of, name_of
from livedocs.page import Script


@dataclass(frozen=True, slots=True)
class Reference:
    """What an experiment measured on another machine or on another day."""

    comparisons: tuple[Comparison, ...]
    values: tuple[Value, ...]
    interpreter: Interpreter
    machine: Machine
    date: str
    """Day of the measurement, ISO 8601."""


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
        """What was measured with this very program, newest interpreter first or not.

        A measurement of the program as it once was is not of it.
        """
        name, digest = name_of(script), digest_of(script)
        return [
            Reference(
                result.comparisons,
                result.values,
                each.interpreter,
                each.machine,
                each.date,
            )
            for each in self._measurements
            for result in each.results
            if result.experiment == name and result.digest == digest
        ]

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


def add_measurements(files: list[Path], folder: Path) -> list[str]:
    """Put the measurements of files into the folder of references.

    Returns:
        A line on each interpreter: what was done.

    Raises:
        ValueError: a file holds no measurements; nothing has been written then.
        OSError: a file cannot be read or written.
    """
    from interleaved.measurements import write_measurements

    found = [
        each
        for file in files
        for each in read_measurements(file.read_text(encoding="utf-8"), str(file))
    ]
    folder.mkdir(parents=True, exist_ok=True)
    said = []
    for each in found:
        target = folder / f"{each.interpreter.name}.json"
        done = "replaced" if target.exists() else "added"
        target.write_text(write_measurements([each]) + "\n", encoding="utf-8")
        said.append(
            f"{done}: {each.interpreter.name}, {len(each.results)} experiments,"
            f" {each.date}"
        )
    return said


def _measurements(folder: Path, warn: Callable[[str], None]) -> Iterator[Measurement]:
    for file in sorted(folder.glob("*.json")):
        try:
            yield from read_measurements(file.read_text(encoding="utf-8"), str(file))
        except (OSError, ValueError) as error:
            warn(f"no reference from {file.name}: {error}")
