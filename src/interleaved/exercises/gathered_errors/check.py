"""Judge `gathered_errors`."""

import asyncio
from contextlib import suppress
from pathlib import Path

from interleaved.exercises.expecting import PATIENCE, Wrong, expect, in_time, load

HINT = "gather() leaves the others running, and with return_exceptions says nothing"


def check(file: Path) -> str:
    """One of two tasks fails; the caller hears of it, and the other is ended."""
    answer = load(file, "save_all")

    async def save_two() -> None:
        both_under_way = asyncio.Barrier(2)

        async def save() -> None:
            with suppress(TimeoutError):
                await asyncio.wait_for(both_under_way.wait(), PATIENCE)
                met.append("a file")
            saved.append("a file")

        await answer.save_all([save, save])

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
    met: list[str] = []
    in_time(
        lambda: asyncio.run(save_two()),
        otherwise="two files are saved, and it does not end",
        hint=HINT,
    )
    if len(saved) != 2:
        raise Wrong(f"of two files {len(saved)} were saved", "run all tasks")
    one_by_one = "the second file was begun when the first was saved"
    expect(len(met) == 2, one_by_one, "save all files at once, each in a task")
    ((heard, left),) = in_time(
        lambda: asyncio.run(heard_and_left()),
        otherwise="one of two tasks failed, and it does not end",
        hint=HINT,
        within=10,
    )
    expect(heard, "one of two tasks failed, and the caller heard nothing", HINT)
    expect(not left, "the caller heard of the error while a task still ran", HINT)
    return "one of two tasks failed: the caller heard of it, and the other was ended"
