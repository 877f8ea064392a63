"""A process to look into, and the tools that look."""

import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

_PATIENCE = 30.0  # seconds


@contextmanager
def running(program: str) -> Iterator[int]:
    """Run a program in a process of its own, and end it at the end of the `with`.

    Args:
        program: Its text. It prints a line when there is something to see.

    Yields:
        The id of the process, as soon as that line is there.

    Raises:
        RuntimeError: It ended before that, or printed nothing within 30 s.
    """
    command = [sys.executable, "-X", "utf8", "-c", program]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        give_up = Timer(_PATIENCE, child.kill)  # ends the wait for a line, too
        give_up.start()
        try:
            if child.stdout is None or not child.stdout.readline():
                raise RuntimeError("the program printed no line")
            give_up.cancel()
            yield child.pid
        finally:
            give_up.cancel()
            child.kill()


def said_by(*command: str) -> str:
    """Run a tool, and return what it printed, or why it could not.

    Args:
        command: Its name and arguments; a name that ends in `.py` or begins with
            `-m` is given to this interpreter.
    """
    own = command[0].startswith("-m") or command[0].endswith(".py")
    try:
        done = subprocess.run(
            [sys.executable, *command] if own else [_tool(command[0]), *command[1:]],
            capture_output=True,
            encoding="utf-8",
            timeout=_PATIENCE,
            check=False,
        )
    except FileNotFoundError:
        return f"{command[0]}: not installed here"
    except subprocess.TimeoutExpired:
        return f"{command[0]}: no answer within {_PATIENCE:g} s"
    if done.returncode:
        reason = done.stderr.strip().splitlines() or ["no reason given"]
        return f"{' '.join(command[:2])}: not possible here ({reason[-1].strip()})"
    return done.stdout


def _tool(name: str) -> str:
    """Find a tool: beside the interpreter first, where pip put it."""
    beside = shutil.which(name, path=str(Path(sys.executable).parent))
    return beside or name


def innermost(collapsed: Path) -> Counter[str]:
    """Count the samples of each innermost function in a file of collapsed stacks.

    Args:
        collapsed: Lines of calls, outermost first, with `;` between them, and the
            number of samples at the end; a call is `file:function:line`.
    """
    found: Counter[str] = Counter()
    for line in collapsed.read_text(encoding="utf-8").splitlines():
        calls, _, samples = line.rpartition(" ")
        parts = calls.rpartition(";")[2].split(":")
        found[parts[-2] if len(parts) > 1 else parts[0]] += int(samples)
    return found
