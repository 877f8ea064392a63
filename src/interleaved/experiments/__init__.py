"""The book's experiments: programs that its claims rest on, and what it measured.

Each program is a copy of a block of the book, made by the press; `index.json`
tells where it stands and what is claimed of it.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from interleaved import strictly
from interleaved.measurements import Measurement, read_measurements

PROGRAMS = Path(__file__).parent
REFERENCE = PROGRAMS.parent / "reference"


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence of the book about an experiment.

    Attributes:
        name: Unique in the book.
        sentence: As plain text.
        condition: When it is true, such as `"overlapping" >= 1.8`.
    """

    name: str
    sentence: str
    condition: str


@dataclass(frozen=True, slots=True)
class Experiment:
    """A program of the book that measures.

    Attributes:
        name: Unique in the book.
        page: Its page, relative to the book's folder of pages.
        needs: What it takes: a version such as "3.14", or "module numpy".
        claims: What the book claims of it.
    """

    name: str
    page: str
    needs: tuple[str, ...]
    claims: tuple[Claim, ...]

    def program(self, folder: Path = PROGRAMS) -> Path:
        """Return its file."""
        return folder / f"{self.name}.py"

    def digest(self, folder: Path = PROGRAMS) -> str:
        """Return what its measurements are known by, besides its name."""
        return hashlib.sha256(self.program(folder).read_bytes()).hexdigest()


def experiments(folder: Path = PROGRAMS) -> tuple[Experiment, ...]:
    """Return the book's experiments, in the order of its pages."""
    found = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    known: tuple[Experiment, ...] = strictly.read(
        tuple[Experiment, ...], found, "index.json"
    )
    return known


def reference(folder: Path = REFERENCE) -> tuple[Measurement, ...]:
    """Return what was measured for the book, an interpreter each.

    Raises:
        ValueError: A file is damaged; the message names it.
    """
    return tuple(
        measurement
        for file in sorted(folder.glob("*.json"))
        for measurement in read_measurements(
            file.read_text(encoding="utf-8"), file.name
        )
    )
