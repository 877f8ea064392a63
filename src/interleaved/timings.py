"""What a comparison leaves: timings, ratios, a verdict, a table."""

import json
from dataclasses import asdict, dataclass
from math import inf, isnan
from typing import TYPE_CHECKING, Literal

from interleaved import strictly
from interleaved.machine import Interpreter, Machine
from interleaved.noise import Noise, percent
from interleaved.spread import Spread, duration, written

if TYPE_CHECKING:
    from rich.table import Table

WIDEST = 0.15
FEWEST_ROUNDS = 5
"""Beyond these a comparison is disturbed, see `Comparison.verdict`."""

_VERSION = 2  # of the JSON; raise it when a record's fields change
_WIDTH = 72  # columns of a table, as many as a page shows
_HEAD = ("variant", "time per call", "speed-up (quartiles)")


@dataclass(frozen=True, slots=True)
class Timing:
    """How long one variant took, round by round.

    Attributes:
        label: Name of the variant.
        loops: Calls between two readings of the clock.
        seconds: Seconds per call, one for each round.
        interpreter: What ran it, if not the comparison's own interpreter.

    Raises:
        ValueError: The label is blank or not printable, there are no loops or
            no rounds, or a duration is not a finite number above 0.
    """

    label: str
    loops: int
    seconds: tuple[float, ...]
    interpreter: Interpreter | None = None

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


@dataclass(frozen=True, slots=True, repr=False)
class Comparison:
    """Variants of the same work, timed in turn.

    Attributes:
        timings: One for each variant, the baseline first, all of equally many
            rounds. The same position is the same round.
        machine: The machine that ran them.
        interpreter: The interpreter that ran them.
        noise: What else was at work meanwhile; None where the system does not
            say.
        attempts: How often the rounds were run, until they were stable or given
            up. Those of one attempt are kept.

    Raises:
        ValueError: Fewer than two timings, a label twice, unequal rounds, or no
            attempts.
    """

    timings: tuple[Timing, ...]
    machine: Machine
    interpreter: Interpreter
    noise: Noise | None = None
    attempts: int = 1

    def __post_init__(self) -> None:
        """Check that the rounds can be paired and the labels told apart."""
        if len(self.timings) < 2:
            raise ValueError(f"{len(self.timings)} timings: it takes two to compare")
        if len({timing.label for timing in self.timings}) < len(self.timings):
            raise ValueError("two timings have the same label")
        if self.attempts < 1:
            raise ValueError(f"{self.attempts} attempts, not 1 or more")
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
        return self.ratio(label, self.baseline.label)

    def ratio(self, label: str, other: str) -> Spread:
        """Return how many times faster one variant is than another, as `speedup`.

        Raises:
            LookupError: No variant has one of the labels.
        """
        fast, slow = self.timing(label).seconds, self.timing(other).seconds
        pairs = zip(slow, fast, strict=True)
        return Spread.of((longer / shorter for longer, shorter in pairs), "×")

    @property
    def verdict(self) -> Literal["stable", "disturbed"]:
        """Whether the ratios can be relied on.

        A comparison is disturbed if, while its rounds ran, the hypervisor took
        more than 2 % of the usable cores' time or other processes took more than
        10 %; if the quartiles of a speed-up are further apart than 15 % of its
        median; or if it has fewer than 5 rounds, which cannot tell. Where the
        system keeps no record of the former two, the quartiles alone decide.

        pyperf judges the seconds of one benchmark: it warns if their standard
        deviation is 10 % of the mean or more, if one is 50 % from the mean or
        more, or if a reading of the clock is less than 1 ms from the next. This
        judges ratios, out of which a slowness that both variants met has
        cancelled. Quartiles that are 15 % apart are those of a normal
        distribution whose standard deviation is 11 %, so the two agree on how
        much is too much. One round that strayed far, for which pyperf warns,
        moves neither the median nor the quartiles. The 1 ms is left to
        `min_seconds` of `compare`, which is 20 ms unless you ask for less.
        """
        return "disturbed" if self.disturbance else "stable"

    @property
    def disturbance(self) -> str:
        """What makes the ratios unreliable, in a few words; empty if nothing does."""
        rounds = len(self.baseline.seconds)
        if rounds < FEWEST_ROUNDS:
            made = "1 round is" if rounds == 1 else f"{rounds} rounds are"
            return f"{made} too few to tell, {FEWEST_ROUNDS} are enough"
        found = [self.noise.disturbance] if self.noise else []
        if (widest := self._widest()) > WIDEST:
            found.append(f"quartiles {percent(widest)} apart")
        return ", ".join(filter(None, found))

    def _widest(self) -> float:
        """How far apart the quartiles of a speed-up are at most, by its median."""
        return max(_apart(self.speedup(timing.label)) for timing in self.timings[1:])

    def _rows(self) -> list[tuple[str, str, str]]:
        """Label, time per call and speed-up of each variant, as text."""
        return [
            (
                timing.label,
                duration(self.seconds(timing.label).median),
                str(self.speedup(timing.label)) if number else "baseline",
            )
            for number, timing in enumerate(self.timings)
        ]

    def __repr__(self) -> str:
        """Write labels, speed-ups and verdict on one line."""
        first, *others = self.timings
        speedups = (
            f"{timing.label!r} {written(self.speedup(timing.label).median, '×')}"
            for timing in others
        )
        return f"<Comparison {first.label!r}, {', '.join(speedups)}: {self.verdict}>"

    def __str__(self) -> str:
        """Write a table of at most 72 columns: label, time per call, speed-up.

        Where something disturbed it, a last line says what.
        """
        rows = [_HEAD, *self._rows()]
        middle, right = (max(len(row[column]) for row in rows) for column in (1, 2))
        left = min(max(len(row[0]) for row in rows), _WIDTH - middle - right - 4)
        lines = [
            f"{_shortened(label, left):{left}}  {typical:>{middle}}  {ratio}"
            for label, typical, ratio in rows
        ]
        if self.disturbance:
            lines.append(_shortened(f"disturbed: {self.disturbance}", _WIDTH))
        return "\n".join(lines)

    def __rich__(self) -> "Table":
        """Make a table for `rich.print`; only rich itself asks for it."""
        from rich.table import Table
        from rich.text import Text

        caption = f"disturbed: {self.disturbance}" if self.disturbance else None
        table = Table(caption=caption)
        for heading, justify in zip(_HEAD, ("left", "right", "left"), strict=True):
            table.add_column(heading, justify=justify)  # type: ignore[arg-type]
        for row in self._rows():
            table.add_row(*map(Text, row))  # a label in brackets is no markup
        return table

    def _repr_html_(self) -> str:
        """Write a table for a page or a notebook, on one line."""
        from html import escape

        cores = f"{self.machine.cores} core{'s' * (self.machine.cores != 1)}"
        caption = [
            f"Python {self.interpreter.name}, {cores}",
            f"{len(self.baseline.seconds)} rounds",
            f"disturbed: {self.disturbance}" if self.disturbance else "stable",
        ]
        heads = "".join(f'<th scope="col">{heading}</th>' for heading in _HEAD)
        rows = "".join(
            f'<tr><th scope="row">{escape(label)}</th>'
            f"<td>{typical}</td><td>{ratio}</td></tr>"
            for label, typical, ratio in self._rows()
        )
        return (
            f"<table><caption>{escape('; '.join(caption))}</caption>"
            f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
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


def _apart(spread: Spread) -> float:
    apart = (spread.high - spread.low) / spread.median if spread.median else inf
    return inf if isnan(apart) else apart  # of durations beyond all reason
