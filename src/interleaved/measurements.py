"""What experiments measured, as data that travels: between machines and the book."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date
from math import inf

from interleaved import strictly
from interleaved.machine import Interpreter, Machine
from interleaved.reporting import Value
from interleaved.spread import Spread, size
from interleaved.timings import Comparison
from interleaved.turns import Turns

VERSION = 1  # of the file; raise it when a field changes
LARGEST = 20_000_000
"""Characters of the largest file that is read; a reader may look at its size first."""

_CLOSE = 0.15  # of the larger median
_NAME = re.compile(r"\w[\w.-]*")


@dataclass(frozen=True, slots=True)
class Result:
    """What one run of an experiment measured.

    Attributes:
        experiment: Its name, such as "two_counts".
        digest: SHA-256 of its program's text.
        seconds: How long the run took, start of the interpreter included.
        comparisons: What `compare` measured in it.
        values: What `report` reported in it.

    Raises:
        ValueError: The name is not one of letters, digits and "_.-", or the
            seconds are not 0 or more.
    """

    experiment: str
    digest: str
    seconds: float
    comparisons: tuple[Comparison, ...]
    values: tuple[Value, ...]

    def __post_init__(self) -> None:
        """Check what readers rely on."""
        if not _NAME.fullmatch(self.experiment):
            raise ValueError(f"{self.experiment!r} is no name of an experiment")
        if not 0 <= self.seconds < inf:
            raise ValueError(f"{self.experiment} took {self.seconds} seconds")

    @property
    def spreads(self) -> dict[str, Spread]:
        """Every ratio and value by its label; of a repeated comparison the first."""
        found: dict[str, Spread] = {}
        for comparison in self.comparisons:
            for timing in comparison.timings[1:]:
                found.setdefault(timing.label, comparison.speedup(timing.label))
        return found | {value.name: value.spread for value in self.values}


@dataclass(frozen=True, slots=True)
class Measurement:
    """What experiments measured on one interpreter of one machine.

    Attributes:
        machine: The machine.
        interpreter: The interpreter.
        date: Day of the runs in UTC, such as "2026-11-21".
        results: One for each experiment that ran.

    Raises:
        ValueError: The date is no such date, or an experiment has two results.
    """

    machine: Machine
    interpreter: Interpreter
    date: str
    results: tuple[Result, ...]

    def __post_init__(self) -> None:
        """Check what readers rely on."""
        try:
            known = date.fromisoformat(self.date).isoformat() == self.date
        except ValueError:
            known = False
        if not known:
            raise ValueError(f"{self.date!r} is no date such as '2026-11-21'")
        names = [result.experiment for result in self.results]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"two results of {', '.join(sorted(twice))}")


def agree(here: Spread, book: Spread) -> bool:
    """Tell whether two measurements of the same quantity agree.

    They do if their quartile ranges overlap, or if their medians differ by no more
    than 15 % of the larger. What is in other units never agrees.
    """
    if here.unit != book.unit:
        return False
    if here.low <= book.high and book.low <= here.high:
        return True
    larger = max(abs(here.median), abs(book.median))
    return abs(here.median - book.median) <= _CLOSE * larger


def read_results(lines: Iterable[str]) -> Iterator[Comparison | Value | Turns]:
    """Read what a program appended to the file that INTERLEAVED_RESULTS names.

    Raises:
        ValueError: A line is something else, or is cut off.
    """
    for line in lines:
        match json.loads(line):
            case {"comparison": found, **more} if not more:
                yield Comparison.from_json(json.dumps(found))
            case {"value": found, **more} if not more:
                yield strictly.read(Value, found, "value")
            case {"turns": found, **more} if not more:
                yield strictly.read(Turns, found, "turns")
            case _:
                raise ValueError(f"{line[:80]!r} is no comparison, value or turns")


def write_measurements(measurements: Iterable[Measurement], **more: object) -> str:
    """Write measurements as JSON; `more` adds members that the reader ignores."""
    found = [asdict(each) for each in measurements]
    return json.dumps({"interleaved": VERSION, "measurements": found, **more})


def read_measurements(text: str, where: str) -> tuple[Measurement, ...]:
    """Read what `write_measurements` wrote.

    Args:
        text: The JSON.
        where: What to call it in an error, such as the file's name.

    Raises:
        ValueError: The text is anything else; the message says where.
    """
    if len(text) > LARGEST:
        most = f"and no file of measurements more than {size(LARGEST)}"
        raise ValueError(f"{where} has {size(len(text))}, {most}")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{where} is no JSON: {error}") from error
    version = found.get("interleaved") if isinstance(found, dict) else None
    if type(version) is not int or version != VERSION:
        raise ValueError(f"{where} holds no measurements of version {VERSION}")
    kind = tuple[Measurement, ...]
    measurements: tuple[Measurement, ...] = strictly.read(
        kind, found.get("measurements"), f"{where}: measurements"
    )
    return measurements
