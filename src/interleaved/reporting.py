"""Values that a program prints and that its page may speak of."""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from math import isfinite

from interleaved import noise, strictly
from interleaved.noise import Noise
from interleaved.spread import Spread, Unit

_BEGINNING = noise.read()
"""What the cores did until the program imported this."""


@dataclass(frozen=True, slots=True)
class Value:
    """What a program found out, once or in repeated samples.

    Attributes:
        name: What it is, unique in its program.
        samples: One number for each repetition.
        unit: "s" seconds, "×" a ratio, "B" bytes, "" a count.
        noise: What else was at work until it was reported, if it was measured by
            a clock (in seconds, or as a ratio) and the system says.

    Raises:
        ValueError: The name is blank or not printable, or there is no sample,
            or one is not finite.
    """

    name: str
    samples: tuple[float, ...]
    unit: Unit
    noise: Noise | None = None

    def __post_init__(self) -> None:
        """Check what every user of a value relies on."""
        if not self.name.strip() or not self.name.isprintable():
            raise ValueError(f"the name {self.name!r} is blank or not printable")
        if not self.samples:
            raise ValueError(f"{self.name!r} has no sample")
        for sample in self.samples:
            if not isfinite(sample):
                raise ValueError(f"{self.name!r} has the sample {sample}")

    @property
    def by_clock(self) -> bool:
        """Whether a clock measured it, so that other work disturbs it."""
        return self.unit in ("s", "×")

    @property
    def spread(self) -> Spread:
        """Median and quartiles of the samples."""
        return Spread.of(self.samples, self.unit)

    def to_json(self) -> str:
        """Write everything as one line of JSON, which `from_json` reads."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Value":
        """Read what `to_json` wrote.

        Raises:
            ValueError: The text is anything else; the message says where.
        """
        try:
            found = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"the value is no JSON: {error}") from error
        value: Value = strictly.read(cls, found, "value")
        return value

    def __str__(self) -> str:
        """Write such as "lost updates: 0" or "reply: 5.1 ms (4.9 ms to 5.3 ms)"."""
        return f"{self.name}: {self.spread}"


def report(name: str, value: float | Iterable[float], unit: Unit = "") -> None:
    """Print a value with its name, and leave it for who runs the program.

    If the environment variable INTERLEAVED_RESULTS names a file, the value is
    also appended to it, as the line `{"value": ...}`.

    Args:
        name: What it is, unique in the program.
        value: A number, or the numbers that repetitions gave.
        unit: "s" seconds, "×" a ratio, "B" bytes, "" a count.

    Raises:
        ValueError: See `Value`.
        OSError: The file named by INTERLEAVED_RESULTS cannot be written.
    """
    samples = tuple(value) if isinstance(value, Iterable) else (value,)
    found = Value(name, tuple(map(float, samples)), unit)
    if found.by_clock:
        around = noise.between(_BEGINNING, noise.read(_BEGINNING))
        found = replace(found, noise=around)
    print(found)
    append_result("value", found.to_json())


def append_result(kind: str, content: str) -> None:
    """Append a line to the file that INTERLEAVED_RESULTS names, if it does.

    Args:
        kind: What the content is: "comparison", "value" or "turns".
        content: JSON, on one line.

    Raises:
        OSError: The file cannot be written.
    """
    path = os.environ.get("INTERLEAVED_RESULTS")
    if not path:
        return
    line = f'{{"{kind}": {content}}}\n'.encode()
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    try:
        # One write, so that lines of several processes do not mix.
        written = os.write(file, line)
    finally:
        os.close(file)
    if written < len(line):
        raise OSError(f"{path}: written only {written} of {len(line)} bytes")
