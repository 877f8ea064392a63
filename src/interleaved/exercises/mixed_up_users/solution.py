"""Answer several users at once, each by name."""

from collections.abc import Awaitable, Callable
from contextvars import ContextVar

current_user: ContextVar[str] = ContextVar("current_user")


def greeting() -> str:
    return f"hello {current_user.get()}"


async def answer(
    user: str, read: Callable[[], Awaitable[object]]
) -> str:
    """Read what the user wants, and return a greeting."""
    current_user.set(user)
    await read()
    return greeting()
