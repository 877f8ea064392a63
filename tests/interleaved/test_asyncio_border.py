"""How late an event loop is."""

import asyncio
import time

import pytest

from interleaved.asyncio_border import lateness

NAP = 0.3


async def blocking() -> None:
    """Wait without giving way."""
    time.sleep(NAP)


async def awaiting() -> None:
    """Wait and give way."""
    await asyncio.sleep(NAP)


def test_a_blocking_call_is_seen_as_lateness() -> None:
    """A tick that fell into it comes after it."""
    assert asyncio.run(lateness(blocking, tick=0.01)) > NAP / 2


def test_what_gives_way_makes_nobody_late_by_its_length() -> None:
    """The control: the same wait, awaited; the quickest of three on a busy machine."""
    assert min(asyncio.run(lateness(awaiting)) for _ in range(3)) < NAP / 2


def test_an_exception_of_the_work_is_raised() -> None:
    """And not lost with its task."""

    async def fail() -> None:
        raise KeyError("work")

    with pytest.raises(KeyError, match="work"):
        asyncio.run(lateness(fail))
