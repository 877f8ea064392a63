"""What else was at work on the machine while something was measured."""

import os
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from interleaved.machine import usable_cores

MOST_STOLEN = 0.02
MOST_FOREIGN = 0.10
"""Shares above which others disturb what is measured."""

_ROOT = Path("/")
_FEWEST_TICKS = 20  # of a core: with fewer of them, one more is 5 % or more


@dataclass(frozen=True, slots=True)
class Noise:
    """Time that the usable cores spent on others, as shares from 0 to 1.

    Attributes:
        stolen: Given to other machines by the hypervisor.
        foreign: Given to processes of this machine that are not ours, and to
            the kernel's work for them.

    Raises:
        ValueError: A share is not from 0 to 1.
    """

    stolen: float
    foreign: float

    def __post_init__(self) -> None:
        """Check that both are shares."""
        for name, share in (("stolen", self.stolen), ("foreign", self.foreign)):
            if not 0 <= share <= 1:
                raise ValueError(f"{name} is {share}, not a share from 0 to 1")

    @property
    def disturbance(self) -> str:
        """What disturbs in it, in a few words; empty if nothing does."""
        shares = []
        if self.foreign > MOST_FOREIGN:
            shares.append(f"{percent(self.foreign)} foreign")
        if self.stolen > MOST_STOLEN:
            shares.append(f"{percent(self.stolen)} stolen")
        return f"CPU time {' and '.join(shares)}" if shares else ""

    def __str__(self) -> str:
        """Write such as "0 % stolen, 1 % foreign"."""
        return f"{self.stolen * 100:.0f} % stolen, {self.foreign * 100:.0f} % foreign"


@dataclass(frozen=True, slots=True)
class Reading:
    """What was done up to now, in ticks, of which a second usually has 100.

    Attributes:
        total: Time of all cores that the scheduler allows us.
        busy: Time in which they ran a process or served an interrupt.
        stolen: Time that the hypervisor gave to other machines.
        own: Time in which our processes ran, on any core.
        allowed: How many cores the scheduler allows us.
        usable: How many of them we may keep busy, see `usable_cores`.
        processes: Ours, this one and its descendants: their ids and starts.
    """

    total: int
    busy: int
    stolen: int
    own: int
    allowed: int
    usable: int
    processes: frozenset[tuple[int, int]]


def read(before: Reading | None = None, root: Path = _ROOT) -> Reading | None:
    """Read what was done up to now; None where the system does not say.

    Source: Linux, `man 5 proc_stat` and `man 5 proc_pid_stat`.

    Args:
        before: An earlier reading. What was ours then still is, even if the
            process that started it has ended.
        root: Where `proc` and `sys` are found; another folder serves tests.
    """
    try:
        cores = _allowed_cores((root / "proc/stat").read_text())
        # Too few values without a core of ours, or in a kernel before 2.6.11.
        sums = [sum(column) for column in zip(*cores, strict=True)]
        user, nice, system, idle, iowait, irq, softirq, steal = sums
        own, processes = _ours(root / "proc", before.processes if before else ())
    except (OSError, ValueError):
        return None
    busy = user + nice + system + irq + softirq  # guests are in user and nice
    return Reading(
        total=busy + idle + iowait + steal,
        busy=busy,
        stolen=steal,
        own=own,
        allowed=len(cores),
        usable=min(usable_cores(root), len(cores)),
        processes=processes,
    )


def between(before: Reading | None, after: Reading | None) -> Noise | None:
    """Tell what else was at work between two readings.

    Where a quota grants fewer cores than the scheduler allows, others disturb us
    only if they leave fewer than granted.

    Returns:
        None if there is a reading missing, or the two are so close (0.2 s) that
        the system's clock, which counts hundredths of a second, cannot tell.
    """
    if before is None or after is None or before.allowed != after.allowed:
        return None
    total = after.total - before.total
    if total < _FEWEST_TICKS * after.allowed:
        return None
    usable = after.usable / after.allowed
    others = (after.busy - before.busy) - (after.own - before.own)
    foreign = (others / total - (1 - usable)) / usable
    stolen = (after.stolen - before.stolen) / total
    return Noise(min(max(stolen, 0.0), 1.0), min(max(foreign, 0.0), 1.0))


def _allowed_cores(stat: str) -> list[list[int]]:
    """Return the eight kinds of time of each core that the scheduler allows us."""
    lines = [line.split() for line in stat.splitlines() if line.startswith("cpu")]
    cores = {name: list(map(int, times[:8])) for name, *times in lines}
    cores.pop("cpu", None)  # the sum of all
    if hasattr(os, "sched_getaffinity"):
        allowed = {f"cpu{number}" for number in os.sched_getaffinity(0)}
        return [times for name, times in cores.items() if name in allowed]
    return list(cores.values())


def _ours(
    proc: Path, earlier: Collection[tuple[int, int]]
) -> tuple[int, frozenset[tuple[int, int]]]:
    """Return the ticks of our processes, ended children included, and the processes.

    The time of a child that has ended is its parent's once the parent has waited
    for it, so that the sum of all only grows.
    """
    ticks: dict[int, int] = {}
    starts: dict[int, int] = {}
    children: dict[int, list[int]] = {}
    for folder in proc.iterdir():
        if not folder.name.isdecimal():
            continue
        with suppress(OSError, ValueError, IndexError):  # it has just ended
            # The name, in parentheses, may contain anything, a ")" too.
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            pid, parent = int(folder.name), int(fields[1])
            ticks[pid] = sum(map(int, fields[11:15]))
            starts[pid] = int(fields[19])
            children.setdefault(parent, []).append(pid)
    ours: set[int] = set()
    waiting = [os.getpid()]
    waiting += [pid for pid, start in earlier if starts.get(pid) == start]
    while waiting:
        pid = waiting.pop()
        if pid in ticks and pid not in ours:
            ours.add(pid)
            waiting += children.get(pid, [])
    if not ours:  # a /proc of other processes than ours says nothing
        raise ValueError(f"{proc} lacks this process")
    processes = frozenset((pid, starts[pid]) for pid in ours)
    return sum(ticks[pid] for pid in ours), processes


def percent(share: float) -> str:
    """Write a share such as "2.1 %" or "15 %"."""
    parts = 100 * share
    return f"{parts:.{1 if parts < 9.95 else 0}f} %" if share < 10 else ">999 %"
