"""Fetch two pages at once, with a function that blocks."""

import asyncio
from collections.abc import Callable


async def fetch_both(
    first: Callable[[], str], second: Callable[[], str]
) -> list[str]:
    """Call both at the same time, and return what they return."""

    async def fetch(get: Callable[[], str]) -> str:
        return get()

    return list(await asyncio.gather(fetch(first), fetch(second)))
