"""How late a loop is, and what waits cost."""

import asyncio
import sys
import time
from pathlib import Path

import pytest

from interleaved.asyncio_border import lateness, memory_of_tasks, memory_of_threads

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


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /proc/self/statm")
def test_a_waiting_thread_takes_more_memory_than_a_waiting_task() -> None:
    """Kilobytes each, and not nothing."""
    task, thread = memory_of_tasks(5_000), memory_of_threads(200)
    assert 100 < task < 20_000
    assert task * 2 < thread < 1_000_000


def test_elsewhere_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """No wrong number where the system does not tell."""

    def gone(*_: object, **__: object) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_text", gone)
    with pytest.raises(OSError, match="has no /proc"):
        memory_of_tasks(10)
