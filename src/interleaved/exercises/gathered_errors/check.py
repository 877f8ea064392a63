"""Judge `gathered_errors`."""

import asyncio
from pathlib import Path

from interleaved.exercises.expecting import Wrong, expect, in_time, load

HINT = "gather() leaves the others running, and with return_exceptions says nothing"


def check(file: Path) -> str:
    """One of two tasks fails; the caller hears of it, and the other is ended."""
    answer = load(file, "save_all")

    async def save() -> None:
        saved.append("a file")

    async def fail() -> None:
        raise OSError("the disk is full")

    async def heard_and_left() -> tuple[bool, int]:
        never = asyncio.Event()

        async def wait() -> None:
            await asyncio.wait_for(never.wait(), 2)

        try:
            await answer.save_all([fail, wait])
        except (OSError, ExceptionGroup):
            return True, len(asyncio.all_tasks()) - 1
        return False, 0

    saved: list[str] = []
    in_time(
        lambda: asyncio.run(answer.save_all([save, save])),
        otherwise="two files are saved, and it does not end",
        hint=HINT,
    )
    if len(saved) != 2:
        raise Wrong(f"of two files {len(saved)} were saved", "run all tasks")
    ((heard, left),) = in_time(
        lambda: asyncio.run(heard_and_left()),
        otherwise="one of two tasks failed, and it does not end",
        hint=HINT,
        within=10,
    )
    expect(heard, "one of two tasks failed, and the caller heard nothing", HINT)
    expect(not left, "the caller heard of the error while a task still ran", HINT)
    return "one of two tasks failed: the caller heard of it, and the other was ended"
