"""What a comparison leaves: timings, ratios, a table."""

import json
from dataclasses import asdict, dataclass
from math import inf

from interleaved import strictly
from interleaved.machine import Interpreter, Machine
from interleaved.spread import Spread, duration

_VERSION = 1  # of the JSON; raise it when a record's fields change
_WIDTH = 72  # columns of a table, as many as a page shows


@dataclass(frozen=True, slots=True)
class Timing:
    """How long one variant took, round by round.

    Attributes:
        label: Name of the variant.
        loops: Calls between two readings of the clock.
        seconds: Seconds per call, one for each round.

    Raises:
        ValueError: The label is blank or not printable, there are no loops or
            no rounds, or a duration is not a finite number above 0.
    """

    label: str
    loops: int
    seconds: tuple[float, ...]

    def __post_init__(self) -> None:
        """Check what every user of a timing relies on."""
        check_label(self.label)
        if self.loops < 1:
            raise ValueError(f"{self.label!r} has {self.loops} loops, not 1 or more")
        if not self.seconds:
            raise ValueError(f"{self.label!r} has no round")
        for taken in self.seconds:
            if not 0 < taken < inf:
                raise ValueError(f"{self.label!r} took {taken} seconds")


@dataclass(frozen=True, slots=True)
class Comparison:
    """Variants of the same work, timed in turn.

    Attributes:
        timings: One for each variant, the baseline first, all of equally many
            rounds. The same position is the same round.
        machine: The machine that ran them.
        interpreter: The interpreter that ran them.

    Raises:
        ValueError: Fewer than two timings, a label twice, or unequal rounds.
    """

    timings: tuple[Timing, ...]
    machine: Machine
    interpreter: Interpreter

    def __post_init__(self) -> None:
        """Check that the rounds can be paired and the labels told apart."""
        if len(self.timings) < 2:
            raise ValueError(f"{len(self.timings)} timings: it takes two to compare")
        if len({timing.label for timing in self.timings}) < len(self.timings):
            raise ValueError("two timings have the same label")
        if len({len(timing.seconds) for timing in self.timings}) > 1:
            raise ValueError("the timings differ in their number of rounds")

    @property
    def baseline(self) -> Timing:
        """The timing that the others are compared with: the first."""
        return self.timings[0]

    def timing(self, label: str) -> Timing:
        """Return the timing of a variant.

        Raises:
            LookupError: No variant has this label; the message names a near one.
        """
        for timing in self.timings:
            if timing.label == label:
                return timing
        from difflib import get_close_matches  # seldom needed, slow to import

        labels = [timing.label for timing in self.timings]
        near = get_close_matches(label, labels, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {labels}"
        raise LookupError(f"no variant {label!r}: {hint}")

    def seconds(self, label: str) -> Spread:
        """Return the seconds per call of a variant, over the rounds.

        Raises:
            LookupError: No variant has this label.
        """
        return Spread.of(self.timing(label).seconds, "s")

    def speedup(self, label: str) -> Spread:
        """Return how many times faster than the baseline a variant is.

        Each round gives one ratio, baseline by variant: the two ran next to each
        other, so what slows the machine for longer than a round cancels out.

        Raises:
            LookupError: No variant has this label.
        """
        pairs = zip(self.baseline.seconds, self.timing(label).seconds, strict=True)
        return Spread.of((base / variant for base, variant in pairs), "×")

    def __str__(self) -> str:
        """Write a table of at most 72 columns: label, time per call, speed-up."""
        rows = [("variant", "time per call", "speed-up (quartiles)")]
        for timing in self.timings:
            typical = duration(self.seconds(timing.label).median)
            first = timing is self.baseline
            ratio = "baseline" if first else str(self.speedup(timing.label))
            rows.append((timing.label, typical, ratio))
        middle, right = (max(len(row[column]) for row in rows) for column in (1, 2))
        left = min(max(len(row[0]) for row in rows), _WIDTH - middle - right - 4)
        return "\n".join(
            f"{_shortened(label, left):{left}}  {typical:>{middle}}  {ratio}"
            for label, typical, ratio in rows
        )

    def to_json(self) -> str:
        """Write everything as one line of JSON, which `from_json` reads."""
        return json.dumps({"version": _VERSION, **asdict(self)})

    @classmethod
    def from_json(cls, text: str) -> "Comparison":
        """Read what `to_json` wrote.

        Raises:
            ValueError: The text is anything else; the message says where.
        """
        try:
            found = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"the comparison is no JSON: {error}") from error
        version = found.pop("version", None) if isinstance(found, dict) else None
        if type(version) is not int or version != _VERSION:
            raise ValueError(f"not a comparison of version {_VERSION}: {version!r}")
        comparison: Comparison = strictly.read(cls, found, "comparison")
        return comparison


def check_label(label: str) -> None:
    """Check that a label can stand in a table: printable, and not blank.

    Raises:
        ValueError: It cannot.
    """
    if not label.strip() or not label.isprintable():
        raise ValueError(f"the label {label!r} is blank or not printable")


def _shortened(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"
