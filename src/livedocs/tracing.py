"""Spans: when the tasks of a run began and ended, as its processes noted it.

They are written by `child/livedocs_tracing.py`, in each process of a run of which
the page wants a timeline; here they are read when the run is over.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from livedocs.page import Task

MOST_EVENTS = 2000
"""How many spans and slices a run may leave to be drawn."""
FOLDER = "spans"
"""Where, in a run's folder, each process has a file for its spans."""

_SLOT = struct.Struct("<4Q64s64s")  # as in the child


@dataclass(frozen=True, slots=True)
class Span:
    """One call of a task. Times count from the start of the program."""

    task: str
    """Name of the function, as the page has it."""
    process: int
    """Its process id."""
    thread: str
    """Name of the thread; empty for one that `threading` does not know."""
    thread_id: int
    """Number that the system gave the thread."""
    asyncio_task: str
    """Name of the asyncio task; empty if it ran in none."""
    start: int
    """Nanoseconds, on the monotonic clock that processes share."""
    end: int | None
    """Nanoseconds; nothing if it did not end, as when its process was killed."""


class TooMuch(Exception):
    """A run left more than a timeline can show; the text says what to do."""


def tracing_environment(tasks: Sequence[Task]) -> dict[str, str]:
    """What tells the processes of a run which functions to trace."""
    names = (f"{task.module}:{task.function}" for task in tasks)
    return {"LIVEDOCS_TASKS": ",".join(names)} if tasks else {}


def read_spans(run: Path, tasks: Sequence[Task], origin: int) -> tuple[Span, ...]:
    """Read the spans that the processes of a run left, by their start.

    Args:
        run: the run's folder.
        tasks: as they were given to `tracing_environment`.
        origin: when the program was started, by `time.monotonic_ns`.

    Raises:
        TooMuch: they are too many to be drawn.
    """
    folder = run / FOLDER
    spans: list[Span] = []
    full = False
    for file in sorted(folder.iterdir()) if folder.is_dir() else ():
        content = file.read_bytes()
        process = int(file.name.partition("-")[0])
        full = full or content[-1:] == b"\1"
        spans += _spans(content, process, tasks, origin)
    if full or len(spans) > MOST_EVENTS:
        more = "more than " if full else ""
        count = MOST_EVENTS if full else len(spans)
        raise TooMuch(
            f"Its tasks were called {more}{count:,} times, and a timeline has room"
            f" for {MOST_EVENTS:,}: name fewer functions, or larger ones."
        )
    return tuple(sorted(spans, key=lambda each: (each.start, each.thread_id)))


def _spans(
    content: bytes, process: int, tasks: Sequence[Task], origin: int
) -> Iterator[Span]:
    for start, end, thread_id, task, thread, asyncio_task in _SLOT.iter_unpack(
        content[: -(len(content) % _SLOT.size) or None]
    ):
        if start:
            yield Span(
                task=tasks[task].name,
                process=process,
                thread=_name(thread),
                thread_id=thread_id,
                asyncio_task=_name(asyncio_task),
                start=start - origin,
                end=end - origin if end else None,
            )


def _name(padded: bytes) -> str:
    return padded.rstrip(b"\0").decode("utf-8", "ignore")
