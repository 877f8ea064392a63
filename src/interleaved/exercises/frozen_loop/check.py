"""Judge `frozen_loop`."""

import asyncio
from pathlib import Path
from threading import Barrier

from interleaved.exercises.expecting import expect, in_time, load, meet

HINT = "a call that blocks holds up the loop: where else can it block?"


def check(file: Path) -> str:
    """Two functions that block are under way at the same time."""
    answer = load(file, "fetch_both")
    both_under_way = Barrier(2, timeout=5)
    met: list[bool] = []

    def get(page: str) -> str:
        met.append(meet(both_under_way))
        return page

    (found,) = in_time(
        lambda: asyncio.run(
            answer.fetch_both(lambda: get("tea"), lambda: get("coffee"))
        ),
        otherwise="it does not end",
        hint=HINT,
        within=20,
    )
    expect(met == [True, True], "the second call began when the first was over", HINT)
    told = f"it returned {found}, not what the two returned, in their order"
    expect(list(found or ()) == ["tea", "coffee"], told, "return both answers")
    return "two calls that block were under way at the same time"
