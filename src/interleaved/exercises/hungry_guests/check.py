"""Judge `hungry_guests`."""

import threading
from functools import partial
from pathlib import Path

from interleaved.exercises.expecting import expect, in_time, load, started

HINT = "a sentinel is gone once a guest has taken it: how many are needed?"


def check(file: Path) -> str:
    """All dishes are eaten, and all guests leave."""
    answer = load(file, "dine")
    before = threading.active_count()
    for guests in (1, 3):
        with started() as threads:
            (eaten,) = in_time(
                partial(answer.dine, ["soup", "fish", "cake"], guests),
                otherwise=f"of {guests} guests somebody still waits for a dish",
                hint=HINT,
            )
        dishes = sorted(eaten or ())
        told = f"{guests} guests ate {dishes}"
        expect(dishes == ["cake", "fish", "soup"], told, "wait until all is eaten")
        alone = len(threads) == 1  # the one that called dine()
        expect(not alone, "no guest has come", "let each guest eat on a thread")
        left = threading.active_count() - before
        expect(left <= 0, f"{left} guests are still there", "join every thread")
    return "three guests ate all dishes and left"
