"""Judge `visitor_lost`."""

from pathlib import Path
from threading import Barrier

from interleaved.exercises.expecting import PATIENCE, expect, load, meet, twice

HINT = "let nobody load between another's load and save"


def check(file: Path) -> str:
    """Two visitors come at once, and both are counted."""
    answer = load(file, "count_visitor")
    stored, both_have_loaded = [0], Barrier(2, timeout=PATIENCE)

    def load_number() -> int:
        seen = stored[-1]
        meet(both_have_loaded)
        return seen

    def visit() -> None:
        answer.count_visitor(load_number, stored.append)

    twice(file, visit, otherwise="two visitors wait for each other", hint=HINT)
    expect(stored[-1] == 2, f"two visitors came at once: {stored[-1]} counted", HINT)
    return "two visitors came at once: 2 counted"
