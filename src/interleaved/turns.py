"""Who runs when: workers that stamp the clock while they compute."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from math import isfinite
from threading import Barrier, Thread
from time import perf_counter

from interleaved.gil import count_to
from interleaved.reporting import append_result

_PATIENCE = 30.0  # seconds that the workers wait for each other
_CHUNK = 200  # counts between two stamps: some microseconds
_PAUSE = 0.0005  # seconds without a stamp that tell that a worker did not run


@dataclass(frozen=True, slots=True)
class Stamp:
    """A worker that ran, and when.

    Attributes:
        worker: Its letter or name.
        time: Seconds, on a clock that all workers share.
    """

    worker: str
    time: float


@dataclass(frozen=True, slots=True)
class Slice:
    """A time in which a worker ran.

    Attributes:
        worker: Its letter or name.
        start: Seconds, from where the drawing begins.
        end: Seconds, not before the start.

    Raises:
        ValueError: A time is not finite, is negative, or ends before it starts.
    """

    worker: str
    start: float
    end: float

    def __post_init__(self) -> None:
        """Check what a drawing relies on."""
        if not (0 <= self.start <= self.end and isfinite(self.end)):
            raise ValueError(f"a slice from {self.start} to {self.end}")


@dataclass(frozen=True, slots=True)
class Turns:
    """Who ran when, for a time.

    Attributes:
        name: What it shows, unique in its program.
        seconds: How long.
        slices: When each worker ran.

    Raises:
        ValueError: The name is blank or not printable, the time not above 0, or
            there is no slice.
    """

    name: str
    seconds: float
    slices: tuple[Slice, ...]

    def __post_init__(self) -> None:
        """Check what a drawing relies on."""
        if not self.name.strip() or not self.name.isprintable():
            raise ValueError(f"the name {self.name!r} is blank or not printable")
        if not (self.seconds > 0 and isfinite(self.seconds)):
            raise ValueError(f"{self.name!r} lasts {self.seconds} s")
        if not self.slices:
            raise ValueError(f"{self.name!r} has no slice: nobody ran")

    @property
    def workers(self) -> list[str]:
        """The workers, by name."""
        return sorted({each.worker for each in self.slices})

    def to_json(self) -> str:
        """Write everything as one line of JSON."""
        return json.dumps(asdict(self))


def stamped(seconds: float, workers: str = "AB") -> list[Stamp]:
    """Let threads compute side by side, and note who ran when.

    Each counts a little, sets a stamp, and so on; none of them ever waits.

    Args:
        seconds: How long.
        workers: A letter for each.

    Returns:
        The stamps of all, in the order in which they were set, from 0 on.

    Raises:
        threading.BrokenBarrierError: Not all threads were there within 30 s.
    """
    stamps: list[Stamp] = []
    all_started = Barrier(len(workers) + 1, timeout=_PATIENCE)

    def work(worker: str) -> None:
        all_started.wait()
        _stamp_until(worker, begun + seconds, stamps.append)

    threads = [Thread(target=work, args=(worker,)) for worker in workers]
    for thread in threads:
        thread.start()
    begun = perf_counter()  # one for all, before any of them passes the barrier
    all_started.wait()
    for thread in threads:
        thread.join(seconds + _PATIENCE)
    return [Stamp(stamp.worker, stamp.time - begun) for stamp in stamps]


def stamps_of(worker: str, seconds: float) -> list[Stamp]:
    """Compute for a time in this thread, and note when.

    For a worker process, too: processes share the clock on Linux, macOS and
    Windows, so that the stamps of several can be put together.

    Args:
        worker: Its letter or name.
        seconds: How long.
    """
    stamps: list[Stamp] = []
    _stamp_until(worker, perf_counter() + seconds, stamps.append)
    return stamps


def _stamp_until(worker: str, end: float, keep: Callable[[Stamp], None]) -> None:
    while (time := perf_counter()) < end:
        keep(Stamp(worker, time))
        count_to(_CHUNK)


def hand_offs(stamps: Sequence[Stamp]) -> int:
    """Count how often a stamp is of another worker than the one before."""
    return max(0, sum(1 for _ in groupby(stamp.worker for stamp in stamps)) - 1)


def slices(stamps: Iterable[Stamp], pause: float = _PAUSE) -> list[Slice]:
    """Find out from the stamps of workers when each of them ran.

    Args:
        stamps: Those of all workers, those of each in order.
        pause: Seconds. A worker that sets no stamp for longer did not run: it
            waited for the GIL, or the system let somebody else run.

    Returns:
        The slices of all workers, by their start, which is counted from the
        first stamp of all.
    """
    times: dict[str, list[float]] = {}
    for stamp in stamps:
        times.setdefault(stamp.worker, []).append(stamp.time)
    begun = min((first for first, *_ in times.values()), default=0.0)
    found = []
    for worker, own in times.items():
        start = own[0]
        for time, after in zip(own, [*own[1:], float("inf")], strict=True):
            if after - time > pause:
                found.append(Slice(worker, start - begun, time - begun))
                start = after
    return sorted(found, key=lambda each: (each.start, each.worker))


def at_once(stamps: Iterable[Stamp]) -> float:
    """Find out from the stamps of workers how many of them ran at a time.

    Args:
        stamps: Those of all workers, those of each in order.

    Returns:
        The mean over the time in which anybody ran: 1 if they took turns, 2 if two
        ran together throughout; 0 if nobody ran for long enough to tell.
    """
    ran = anybody = last = 0.0
    for each in slices(stamps):
        ran += each.end - each.start
        anybody += max(0.0, each.end - max(each.start, last))
        last = max(last, each.end)
    return ran / anybody if anybody else 0.0


def strip(turns: Turns, columns: int = 60) -> str:
    """Draw who ran when in letters: one for each slice of time.

    Args:
        turns: Who ran when.
        columns: How many letters.

    Returns:
        The first letter of the worker that ran longest in each slice of time, a
        dot where nobody ran, and a # where two or more ran for over half of it,
        as they can without a GIL or in processes.
    """
    width = turns.seconds / columns
    return "".join(
        _letter(_shares(turns, column * width, (column + 1) * width))
        for column in range(columns)
    )


def _shares(turns: Turns, begin: float, end: float) -> dict[str, float]:
    """How much of a time each worker ran."""
    ran = dict.fromkeys(turns.workers, 0.0)
    for each in turns.slices:
        ran[each.worker] += max(0.0, min(each.end, end) - max(each.start, begin))
    return {worker: seconds / (end - begin) for worker, seconds in ran.items()}


def _letter(shares: dict[str, float]) -> str:
    longest = max(shares, key=lambda worker: shares[worker])
    if sum(share > 0.5 for share in shares.values()) > 1:
        return "#"
    return longest[0] if shares[longest] else "."


def show_turns(
    name: str, stamps: Iterable[Stamp], seconds: float, columns: int = 60
) -> Turns:
    """Print who ran when as a strip of letters, and leave it to be drawn.

    If the environment variable INTERLEAVED_RESULTS names a file, it is also
    appended to it, as the line `{"turns": ...}`; a page of the book that asks
    for a timeline draws it.

    Args:
        name: What it shows, unique in the program.
        stamps: Those of all workers, those of each in order.
        seconds: How much of it is shown, from the first stamp on.
        columns: How many letters the strip has.

    Raises:
        ValueError: See `Turns`.
        OSError: The file named by INTERLEAVED_RESULTS cannot be written.
    """
    seen = tuple(
        Slice(each.worker, each.start, min(each.end, seconds))
        for each in slices(stamps)
        if each.start < seconds
    )
    turns = Turns(name, seconds, seen)
    print(f"{name}: {strip(turns, columns)}")
    append_result("turns", turns.to_json())
    return turns
