"""Save several files at once, in tasks."""

import asyncio
from collections.abc import Awaitable, Callable

Save = Callable[[], Awaitable[object]]


async def save_all(saves: list[Save]) -> None:
    """Raise if one fails; then none of the others runs any more."""

    async def run(save: Save) -> None:
        await save()

    tasks = [run(save) for save in saves]
    await asyncio.gather(*tasks, return_exceptions=True)
