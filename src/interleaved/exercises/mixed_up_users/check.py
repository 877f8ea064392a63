"""Judge `mixed_up_users`."""

import asyncio
from pathlib import Path

from interleaved.exercises.expecting import expect, in_time, load

HINT = "both tasks run on one thread: what is local to a task?"


def check(file: Path) -> str:
    """Two tasks wait at the same time, and then greet their users."""
    module = load(file, "answer")

    async def both() -> list[str]:
        both_wait = asyncio.Barrier(2)
        answers = (module.answer(user, both_wait.wait) for user in ("ann", "bob"))
        return list(await asyncio.gather(*answers))

    (found,) = in_time(lambda: asyncio.run(both()), otherwise="no end", hint=HINT)
    told = f"ann and bob were told {' and '.join(map(repr, found))}"
    expect(found == ["hello ann", "hello bob"], told, HINT)
    return "ann and bob were each greeted by name"
