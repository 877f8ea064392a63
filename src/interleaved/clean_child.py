"""A function called in a fresh interpreter, where nothing else has happened yet.

What surrounds a measurement can spoil it: in a big process a fork takes several
times as long, memory that was used before is used again, and threads that nobody
thinks of want the GIL. A notebook is such a place, and so is whatever runs the
examples of this book's gallery.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from traceback import format_exc
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess

__all__ = ["measured_in_child"]

Answer = TypeVar("Answer")

_GRACE = 5.0  # seconds for the child to end by itself


def measured_in_child(
    function: Callable[..., Answer], *args: object, timeout: float = 300.0
) -> Answer:
    """Call a function in a fresh interpreter of the same kind, and return its answer.

    The function may be one of the script that is running; then the call of this one
    stands under `if __name__ == "__main__":`, since the child imports the script.
    In a notebook the child runs the cells in the place of a script. It inherits the
    environment, and may have threads and processes of its own; on Linux and macOS none
    of its process group outlives the call. For another interpreter take `Elsewhere`.

    Args:
        function: What to call; a function at the top of a module or a script.
        args: Its arguments. They and its answer must be what pickle can carry.
        timeout: Seconds that the start of the child and the call may take.

    Raises:
        ValueError: The function is of an interactive session without cells, where no
            child can find it.
        ElsewhereError: The function raised an exception, or the child ended or did
            not answer in time.
    """
    with _main_in_a_file(function):
        return _measured(function, args, timeout)


@contextmanager
def _main_in_a_file(function: Callable[..., object]) -> Iterator[None]:
    """Have the main module in a file for a while, as a child imports it from there."""
    main = sys.modules["__main__"]
    if function.__module__ != "__main__" or hasattr(main, "__file__"):
        yield
        return
    cells = getattr(main, "In", None)  # IPython's, the running one included
    if not cells:
        hint = "put it into a file"
        raise ValueError(f"a child process cannot find {function.__name__}: {hint}")
    from pathlib import Path
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        script = Path(folder, "notebook.py")
        text = "\n".join(cell for cell in cells if "get_ipython" not in cell)
        script.write_text(text, encoding="utf-8")
        main.__file__ = str(script)
        sys.modules["__mp_main__"] = main  # the module of what the child sends back
        try:
            yield
        finally:
            del main.__file__


def _measured(
    function: Callable[..., Answer], args: tuple[object, ...], timeout: float
) -> Answer:
    """Do what `measured_in_child` does, with a main module that can be found."""
    from multiprocessing import get_context

    spawn = get_context("spawn")
    here, there = spawn.Pipe(duplex=False)
    child = spawn.Process(target=_answer, args=(there, function, args))
    answered = False
    try:
        child.start()
        there.close()  # the child has its own; so its end is the end of the pipe
        kind, found = _await(here, child, timeout)
        answered = True
    finally:
        here.close()
        _end(child, _GRACE if answered else 0)
    if kind == "error":
        text, trace = found
        failure = _failure(text)
        failure.add_note(f"In the child it was:\n{trace}")
        raise failure
    answer: Answer = found
    return answer


def _await(
    here: "Connection", child: "SpawnProcess", timeout: float
) -> tuple[str, Any]:
    """Return what the child sends."""
    if not here.poll(timeout):
        raise _failure(f"the child did not answer within {timeout:g} s; it was ended")
    try:
        sent: tuple[str, Any] = here.recv()
    except (EOFError, OSError):  # it ended before it sent, or amid that
        child.join(_GRACE)
        why = f"the child ended with status {child.exitcode} and without an answer"
        raise _failure(f"{why}; if it said why, then on stderr") from None
    return sent


def _failure(text: str) -> Exception:
    # Here, not above: the child imports this module, too, and is to stay small.
    from interleaved.elsewhere import ElsewhereError

    return ElsewhereError(text)


def _end(child: "SpawnProcess", grace: float) -> None:
    """End the child, if it does not by itself, and its process group."""
    if child.pid is None:
        return  # it could not be started
    child.join(grace)
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError, PermissionError):  # all have ended
            os.killpg(child.pid, signal.SIGKILL)
    child.kill()
    child.join()
    child.close()


def _answer(
    there: "Connection", function: Callable[..., object], args: tuple[object, ...]
) -> None:
    """Be the child: call the function, and send what it returns or raises."""
    if hasattr(os, "setpgrp"):
        os.setpgrp()  # a group of its own, so that all of it can be ended
    if hasattr(os, "register_at_fork"):
        # Else a worker that outlives us would keep our parent waiting.
        os.register_at_fork(after_in_child=there.close)
    with there:
        try:
            there.send(("answer", function(*args)))
        except Exception as error:  # noqa: BLE001 (whatever the function raises)
            text = f"{type(error).__name__}: {error}"
            there.send(("error", (text, format_exc())))
