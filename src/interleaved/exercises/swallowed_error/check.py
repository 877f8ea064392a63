"""Judge `swallowed_error`."""

from pathlib import Path
from threading import Barrier, Event

from interleaved.exercises.expecting import (
    PATIENCE,
    expect,
    failing,
    in_time,
    load,
    meet,
)

NAMES = [f"{number}.txt" for number in range(100)]  # more than a pool has workers
HINT = "an exception stays in its future until somebody asks for the result"


def check(file: Path) -> str:
    """The first of many files cannot be saved, and the caller hears of it."""
    answer = load(file, "save_all")
    saved: set[str] = set()
    met: list[bool] = []
    neighbours = Barrier(2, timeout=PATIENCE)
    time_to_hear = Event()

    def save(name: str) -> None:
        if name == NAMES[0]:
            raise OSError("the disk is full")
        if name in NAMES[1:3]:
            met.append(meet(neighbours))
        # Who tells the caller before the others are saved, does it meanwhile.
        if not time_to_hear.wait(PATIENCE / 4):
            time_to_hear.set()
        saved.add(name)

    with failing(OSError, "one of many files was not saved, and nobody heard", HINT):
        in_time(
            lambda: answer.save_all(save, NAMES),
            otherwise="it does not end",
            hint=HINT,
        )
    told = f"of {len(NAMES) - 1} other files {len(saved)} were saved"
    expect(saved == set(NAMES[1:]), told, "save the others")
    expect(all(met), "the files were saved one after another", "keep the pool")
    return "one of many files was not saved, and its OSError reached the caller"
