"""What the checks of exercises are made of, to decide by construction, not by luck."""

import importlib.util
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier, BrokenBarrierError, Thread
from time import monotonic, sleep
from types import FrameType, ModuleType
from typing import Any

PATIENCE = 2.0
"""Seconds that a thread waits for one that a right answer keeps from coming."""
PAUSE = 0.05
"""Seconds before a line, in which a thread that waits for a lock gets it."""


class Wrong(Exception):
    """An answer does not do what its exercise asks; the text is what it does.

    Attributes:
        hint: What to look at.
        stuck: Whether threads of the answer wait in vain just now.
    """

    def __init__(self, text: str, hint: str, *, stuck: bool = False) -> None:
        """Say what is wrong."""
        super().__init__(text)
        self.hint = hint
        self.stuck = stuck


def expect(met: bool, otherwise: str, hint: str) -> None:
    """Go on if an expectation is met.

    Raises:
        Wrong: It is not.
    """
    if not met:
        raise Wrong(otherwise, hint)


def load(file: Path, *names: str) -> ModuleType:
    """Import an answer, so that child processes can import it, too.

    Args:
        file: The answer.
        names: What it has to define.

    Raises:
        Wrong: It lacks a name, or has itself one that no module can have.
    """
    taken = file.stem in sys.stdlib_module_names or file.stem in sys.modules
    for met, otherwise in (
        (file.suffix == ".py", "is not the name of a Python file"),
        (file.stem.isidentifier(), "is a file that nobody can import"),
        (not taken, "has the name of a module that Python has already"),
    ):
        hint = "the check imports the file: rename it, such as to answer.py"
        expect(met, f"{file.name} {otherwise}", hint)
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Last: a file of the reader's is not to replace a module of Python's.
    sys.path.append(str(file.parent))
    sys.modules[file.stem] = module
    spec.loader.exec_module(module)
    for name in names:
        hint = "the check calls it: keep the names of the broken program"
        expect(hasattr(module, name), f"{file.name} does not define {name}", hint)
    return module


def in_time(
    *calls: Callable[[], Any], otherwise: str, hint: str, within: float = 5.0
) -> list[Any]:
    """Call functions at once, each on a thread of its own, and return what they do.

    Args:
        calls: What to call.
        otherwise: What is wrong if one of them does not end.
        hint: What to look at then.
        within: Seconds for all of them.

    Raises:
        Wrong: One has not ended.
        BaseException: What one of them raised.
    """
    found: list[Any] = [None] * len(calls)
    raised: list[BaseException] = []

    def call(place: int, function: Callable[[], Any]) -> None:
        try:
            found[place] = function()
        except BaseException as error:  # noqa: BLE001 (whatever it is, it is told)
            raised.append(error)

    threads = [Thread(target=call, args=each, daemon=True) for each in enumerate(calls)]
    for thread in threads:
        thread.start()
    deadline = monotonic() + within
    for thread in threads:
        thread.join(max(0, deadline - monotonic()))
    if raised:
        raise raised[0]
    if any(thread.is_alive() for thread in threads):
        raise Wrong(otherwise, hint, stuck=True)
    return found


def twice(
    file: Path, call: Callable[[], Any], *, otherwise: str, hint: str
) -> list[Any]:
    """Call an answer twice at once, with a pause before each of its lines.

    So a lock that was given back goes to a thread that waits for it. Without a pause
    the one that gave it back may take it again at once, and hide a gap between two
    blocks.

    Args:
        file: The answer's.
        call: As in `in_time`, and so are the others.
        otherwise: What is wrong if one of the two calls does not end.
        hint: What to look at then.

    Raises:
        Wrong: One has not ended.
        BaseException: What one of them raised.
    """

    def trace(frame: FrameType, event: str, _: object) -> Any:
        if frame.f_code.co_filename != str(file):
            return None
        if event == "line":
            sleep(PAUSE)
        return trace

    with _traced(trace):
        return in_time(call, call, otherwise=otherwise, hint=hint, within=10)


@contextmanager
def started() -> Iterator[set[Thread]]:
    """Note the threads that start meanwhile, also those that end again."""
    threads: set[Thread] = set()
    with _traced(lambda *_: threads.add(threading.current_thread())):
        yield threads


@contextmanager
def _traced(trace: Callable[[FrameType, str, object], Any]) -> Iterator[None]:
    """Have the threads that start meanwhile traced."""
    before = threading.gettrace()
    threading.settrace(trace)
    try:
        yield
    finally:
        threading.settrace(before)


def meet(barrier: Barrier) -> bool:
    """Wait for the others, and tell whether they came.

    In a broken answer they come. A right one keeps them out, so the wait is in vain.
    """
    try:
        barrier.wait()
    except BrokenBarrierError:
        return False
    return True


@contextmanager
def failing(kind: type[Exception], otherwise: str, hint: str) -> Iterator[None]:
    """Expect that what is done raises an exception of a kind.

    Raises:
        Wrong: It does not.
    """
    try:
        yield
    except kind:
        return
    raise Wrong(otherwise, hint)


def run(*arguments: str, within: float) -> subprocess.CompletedProcess[str] | None:
    """Run Python in a process of its own.

    Args:
        arguments: Of the interpreter.
        within: Seconds that it may take.

    Returns:
        How it ended and what it printed, or None if it did not end in time.
    """
    try:
        return subprocess.run(
            [sys.executable, "-X", "utf8", *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=within,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None
