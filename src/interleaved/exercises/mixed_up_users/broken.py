"""Answer several users at once, each by name."""

from collections.abc import Awaitable, Callable
from threading import local

request = local()


def greeting() -> str:
    return f"hello {request.user}"


async def answer(
    user: str, read: Callable[[], Awaitable[object]]
) -> str:
    """Read what the user wants, and return a greeting."""
    request.user = user
    await read()
    return greeting()
