"""Variants in another interpreter.

It runs as a child process, which makes the calls and reads the clock itself, so
that no timing has the way to it and back in it.

Calls and answers travel as pickles, because answers have to equal those of
variants in this interpreter: JSON would make lists of tuples and lose sets, bytes
and dataclasses. Both ends are ours, so neither has to mistrust the other.
Protocol 4 is what every Python from 3.8 on reads and writes.
"""

import os
import pickle
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from importlib import import_module
from pathlib import Path
from traceback import format_exc
from typing import IO, TYPE_CHECKING, Any, Self

from interleaved.comparing import empty_call, time_calls
from interleaved.machine import Interpreter, this_interpreter

if TYPE_CHECKING:
    import subprocess

__all__ = ["Elsewhere", "ElsewhereError"]

# What a program needs to find its way, or to look quickly as `compare` is asked to,
# and nothing that changes how Python works.
KEPT = """
    PATH HOME LANG LC_ALL LC_CTYPE TZ TERM TMPDIR TMP TEMP
    SYSTEMROOT SYSTEMDRIVE COMSPEC USERPROFILE APPDATA LOCALAPPDATA PATHEXT
    INTERLEAVED_MOST_ROUNDS
"""

# Loads this package from where it is, and puts nothing else of that folder, which
# may hold packages of another interpreter, in the way.
_START = """
import sys
if sys.version_info < (3, 11):
    sys.exit("this is Python %d.%d, not 3.11 or newer" % sys.version_info[:2])
from importlib.util import module_from_spec, spec_from_file_location
spec = spec_from_file_location("interleaved", sys.argv[1])
sys.modules["interleaved"] = module_from_spec(spec)
spec.loader.exec_module(sys.modules["interleaved"])
from interleaved.elsewhere import serve
serve()
"""

_GRACE = 5.0  # seconds for the other interpreter to end by itself


def kept_variables() -> dict[str, str]:
    """Return of this process's environment what a clean child has, too."""
    return {name: os.environ[name] for name in KEPT.split() if name in os.environ}


class ElsewhereError(Exception):
    """The other interpreter does not work, or what it ran raised an exception."""


class Elsewhere:
    """A variant for `compare` that runs in another interpreter.

    The `with` statement starts the interpreter and ends it, whatever happens. Its value
    is the variant, as in the book's program `price_on_one_thread.py`.

    It imports the function from the same file as this interpreter does, has its
    own standard library and packages, and few variables of the environment. What
    the function prints there goes to stderr.

    Args:
        python: The other interpreter, 3.11 or newer: a path, or a command on PATH.
        function: A function at the top of a module that can be imported, so not
            one of the script that is running.
        args: Its arguments. They and its answer must be what pickle can carry.
        timeout: Seconds that the start, and each timing, may take.

    Attributes:
        interpreter: The other interpreter, once it is started.

    Raises:
        ValueError: The function cannot be found by its module and name.
    """

    def __init__(
        self,
        python: str | Path,
        function: Callable[..., object],
        *args: object,
        timeout: float = 60.0,
    ) -> None:
        self.interpreter: Interpreter | None = None
        self._python = str(python)
        self._task = pickle.dumps((*_name(function), args), protocol=4)
        self._folder = _folder(function.__module__)
        self._timeout = timeout
        self._child: subprocess.Popen[bytes] | None = None
        self._empty_call = 0.0

    def __enter__(self) -> Self:
        """Start the other interpreter.

        Raises:
            ElsewhereError: There is none, it does not start, or it cannot import
                the function.
        """
        self._child = self._start()
        try:
            self.interpreter, self._empty_call = self._ask(self._task)
        except BaseException:
            self._end(0)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """End the other interpreter; at once, if an exception is on its way."""
        self._end(0 if kind else _GRACE)

    def __call__(self) -> object:
        """Call the function once there, and return its answer."""
        return self.timed(1)[1]

    def timed(self, loops: int) -> tuple[float, object]:
        """Return the seconds that some calls took together, and the last answer.

        Raises:
            ElsewhereError: The function raised an exception there, or the other
                interpreter has ended or did not answer in time.
        """
        seconds, answer = self._ask(pickle.dumps(loops, protocol=4))
        return seconds, answer

    def empty_call(self) -> float:
        """Return the seconds that a call takes there that does nothing."""
        return self._empty_call

    def _start(self) -> "subprocess.Popen[bytes]":
        import subprocess

        environment = kept_variables() | {"PYTHONSAFEPATH": "1"}
        if self._folder:
            environment["PYTHONPATH"] = self._folder
        package = Path(__file__).with_name("__init__.py")
        try:
            return subprocess.Popen(
                [self._python, "-c", _START, str(package)],
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                # A group of its own: Ctrl-C is for us, who then end all of it.
                process_group=0,
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
            )
        except OSError as error:
            hint = "give a path, or a command on PATH"
            raise ElsewhereError(
                f"cannot start {self._python!r}, {error.strerror}: {hint}"
            ) from error

    def _ask(self, question: bytes) -> Any:
        """Send a pickle; return what the answer holds."""
        if self._child is None:
            hint = "with Elsewhere(…) as variant: compare(…)"
            raise ElsewhereError(f"{self._python} is not running: {hint}")
        answer = self._exchange(self._child, question)
        try:
            kind, found = pickle.loads(answer)  # noqa: S301 (our child wrote it)
        except Exception as error:
            message = f"{self._python} gave an answer that cannot be read here"
            raise ElsewhereError(f"{message}: {error}") from error
        if kind == "error":
            text, trace = found
            failure = ElsewhereError(f"{self._python}: {text}")
            failure.add_note(f"There it was:\n{trace}")
            raise failure
        return found

    def _exchange(self, child: "subprocess.Popen[bytes]", question: bytes) -> bytes:
        """Send a message and wait for another; a child that is late is killed."""
        from threading import Event, Timer

        assert child.stdin
        assert child.stdout
        late = Event()

        def give_up() -> None:
            late.set()
            child.kill()  # which ends the pipe, and so the reading from it

        timer = Timer(self._timeout, give_up)
        timer.start()
        answer = b""
        try:
            with suppress(OSError):  # it has ended; Windows has another error for it
                _send(child.stdin, question)
            answer = _receive(child.stdout)
        finally:
            timer.cancel()
        if answer:
            return answer
        if late.is_set():
            why = f"did not answer within {self._timeout:g} s, so it was ended"
        else:
            status = child.wait(_GRACE)
            why = f"signal {-status}" if status < 0 else f"exit status {status}"
            why = f"ended with {why}; if it said why, then on stderr"
        raise ElsewhereError(f"{self._python} {why}")

    def _end(self, grace: float) -> None:
        """End the other interpreter and, where there are groups, its processes."""
        import signal
        from subprocess import TimeoutExpired

        child, self._child = self._child, None
        if child is None:
            return
        assert child.stdin
        assert child.stdout
        try:
            with suppress(OSError):  # it has ended
                child.stdin.close()  # which tells it to end
            with suppress(TimeoutExpired):
                child.wait(grace)
        finally:
            if hasattr(os, "killpg"):
                with suppress(ProcessLookupError, PermissionError):  # all have ended
                    os.killpg(child.pid, signal.SIGKILL)
            else:
                child.kill()
            child.stdout.close()
            child.wait()


def serve() -> None:
    """Be the other interpreter: answer each message until there is no more.

    The first names the function and its arguments, each other says how often to
    call it.
    """
    questions, answers = _take_pipes()
    call: Callable[[], object] | None = None

    def act(message: bytes) -> object:
        nonlocal call
        found = pickle.loads(message)  # noqa: S301 (our parent wrote it)
        if call is not None:
            return time_calls(call, found)
        module, name, args = found
        call = partial(getattr(import_module(module), name), *args)
        # Asked after the import, which may have switched the GIL on.
        return this_interpreter(), empty_call()

    with suppress(OSError):  # our parent was killed
        for message in iter(partial(_receive, questions), b""):
            _send(answers, _outcome(act, message))


def _outcome(act: Callable[[bytes], object], message: bytes) -> bytes:
    """Pickle what is returned, or in words what is raised."""
    try:
        return pickle.dumps(("answer", act(message)), protocol=4)
    except Exception as error:  # noqa: BLE001 (whatever the function raises)
        text = f"{type(error).__name__}: {error}"
        return pickle.dumps(("error", (text, format_exc())), protocol=4)


def _take_pipes() -> tuple[IO[bytes], IO[bytes]]:
    """Take the pipes for our messages; what the function prints goes to stderr."""
    pipes = [os.dup(0), os.dup(1)]
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    os.close(nowhere)
    os.dup2(2, 1)
    if hasattr(os, "register_at_fork"):
        # Else a worker that outlives us would keep our parent waiting.
        os.register_at_fork(after_in_child=partial(_close, pipes))
    first, second = pipes
    questions = open(first, "rb", closefd=False)  # noqa: SIM115 (until we end)
    return questions, open(second, "wb", closefd=False)


def _close(pipes: list[int]) -> None:
    while pipes:  # once, for by the next fork the numbers may be other files'
        os.close(pipes.pop())


def _send(stream: IO[bytes], message: bytes) -> None:
    stream.write(len(message).to_bytes(8, "big") + message)
    stream.flush()


def _receive(stream: IO[bytes]) -> bytes:
    """Read a message; empty at the end, even if it is one amid a message."""
    head = stream.read(8)
    message = stream.read(int.from_bytes(head, "big")) if len(head) == 8 else b""
    return message if len(message) == int.from_bytes(head, "big") else b""


def _name(function: Callable[..., object]) -> tuple[str, str]:
    """Return the module and the name by which another interpreter finds it."""
    module = getattr(function, "__module__", None) or ""
    name = getattr(function, "__qualname__", "")
    found = getattr(sys.modules.get(module), name, None)
    if module == "__main__" or found is not function:
        raise ValueError(
            f"another interpreter cannot find {function!r}: give a function"
            " that is at the top of a module, and of one that can be imported"
        )
    return module, name


def _folder(module: str) -> str | None:
    """Return the folder to import a module from; None if it is a standard one."""
    top = module.partition(".")[0]
    if top in sys.stdlib_module_names:
        return None
    package = sys.modules[top]
    if hasattr(package, "__path__"):
        return str(Path(next(iter(package.__path__))).absolute().parent)
    return str(Path(package.__file__ or "").absolute().parent)
