"""Processes, and the states that the system shows them in.

States come from `/proc`, which Linux has; elsewhere there are none to be seen.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Timer
from time import monotonic, sleep

_PROC = Path("/proc")
_PATIENCE = 30.0  # seconds that anybody here waits for anybody else
_PAUSE = 0.005  # seconds between two looks
_VFORK = """
import os, sys
end = [sys.executable, "-I", "-S", "-c", "pass"]
first = (os.POSIX_SPAWN_OPEN, 0, sys.argv[1], os.O_RDONLY, 0)
os.waitpid(os.posix_spawn(end[0], end, os.environ, file_actions=[first]), 0)
"""


def state(pid: int, proc: Path = _PROC) -> str | None:
    """Look up the letter of a process; None without `/proc`, or without a process.

    Source: Linux, proc_pid_stat(5): the number, the name in parentheses, which may
    have parentheses in it, the state: R for ready or running, S for waiting, D for
    waiting and no signal but SIGKILL can end it, and often not that, T for stopped,
    Z for terminated.

    Args:
        pid: The number of the process.
        proc: Where `/proc` is; another folder serves tests.
    """
    try:
        text = (proc / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return None
    return text.rpartition(")")[2].split()[0]


def sampled(pid: int, times: int = 20) -> str:
    """Look at a process every 5 ms, and return the letters in a row.

    Returns:
        As many letters as looks, fewer if the process is gone before; none
        without `/proc`.
    """
    letters = []
    for _ in range(times):
        letter = state(pid)
        if letter is None:
            break
        letters.append(letter)
        sleep(_PAUSE)
    return "".join(letters)


def await_state(pid: int, letter: str, seconds: float = 5.0) -> bool:
    """Look until a process is in a state, and say whether it ever was.

    Args:
        pid: The number of the process.
        letter: Such as "Z".
        seconds: How long to look at most.
    """
    give_up = monotonic() + seconds
    while (seen := state(pid)) != letter:
        if seen is None or monotonic() > give_up:
            return False
        sleep(_PAUSE)
    return True


@dataclass(frozen=True, slots=True)
class Times:
    """How a process spent its life.

    Attributes:
        running: Seconds on a core.
        ready: Seconds in which it could have run, and had no core.
    """

    running: float
    ready: float


def times(pid: int, proc: Path = _PROC) -> Times | None:
    """Look up how long a process ran, and how long it was ready to.

    Source: Linux, scheduler/sched-stats.rst: nanoseconds of both, and a count.

    Args:
        pid: The number of the process, whose first thread is looked at.
        proc: Where `/proc` is; another folder serves tests.

    Returns:
        Both, or None where the system does not say.
    """
    try:
        running, ready, _ = _schedstat(pid, proc)
    except OSError:
        return None
    return Times(running / 1e9, ready / 1e9)


def _schedstat(pid: int, proc: Path) -> list[int]:
    """Nanoseconds on a core, nanoseconds ready for one, and times picked for one."""
    return [int(word) for word in (proc / str(pid) / "schedstat").read_text().split()]


@dataclass(frozen=True, slots=True)
class Switches:
    """How often a process came to a core and was taken from it.

    Attributes:
        picked: Times that it was given a core.
        preempted: Times that it lost one, though it had not asked to wait.
    """

    picked: int
    preempted: int


def switches(pid: int, proc: Path = _PROC) -> Switches | None:
    """Look up how often a process was picked and preempted since it began.

    Source: Linux, scheduler/sched-stats.rst, the third number, and
    proc_pid_status(5), `nonvoluntary_ctxt_switches`.

    Args:
        pid: The number of the process, whose first thread is looked at.
        proc: Where `/proc` is; another folder serves tests.

    Returns:
        Both, or None where the system does not say.
    """
    try:
        _, _, picked = _schedstat(pid, proc)
        lines = (proc / str(pid) / "status").read_text(errors="replace").splitlines()
        counts = dict(line.partition(":")[::2] for line in lines)
        return Switches(picked, int(counts["nonvoluntary_ctxt_switches"]))
    except (OSError, KeyError):
        return None


@contextmanager
def python(code: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run code in a process of its own, and end that with the `with`.

    Args:
        code: Statements, which may import what they need; their output comes from
            the `stdout` of the process.

    Yields:
        The process, once its interpreter is there.

    Raises:
        RuntimeError: The interpreter was not there within 30 s.
    """
    command = [sys.executable, "-c", f"print('ready', flush=True)\n{code}"]
    # Without a buffer, which would keep what `communicate` is to return.
    with subprocess.Popen(command, stdout=subprocess.PIPE, bufsize=0) as process:
        watchdog = Timer(_PATIENCE, process.kill)
        watchdog.start()
        try:
            assert process.stdout
            if process.stdout.readline().rstrip() != b"ready":
                raise RuntimeError("the interpreter did not start")
            watchdog.cancel()
            yield process
        finally:
            watchdog.cancel()
            process.kill()  # which ends a stopped process, too
            process.wait(_PATIENCE)


@contextmanager
def uninterruptible() -> Iterator[subprocess.Popen[bytes] | None]:
    """Have a process that waits in state D, until the end of the `with`.

    It starts a process by vfork: the new one borrows the memory of the old one, so
    the old one must not run until the new one has loaded a program of its own. But
    first the new one opens a pipe that has no other end, and so waits. Of all signals
    only SIGKILL ends that, as the C library holds the others back meanwhile.

    Yields:
        The process that waits for the other, perhaps not yet in D; None where
        there is no `/proc` to see it in.

    Raises:
        subprocess.TimeoutExpired: It did not end within 30 s after the `with`.
    """
    if not _PROC.is_dir() or not hasattr(os, "POSIX_SPAWN_OPEN"):
        yield None
        return
    with TemporaryDirectory() as folder:
        pipe = Path(folder) / "pipe"
        os.mkfifo(pipe)
        command = [sys.executable, "-c", _VFORK, str(pipe)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            try:
                yield process
            finally:
                other_end = os.open(pipe, os.O_RDWR)  # of Linux: never waits
                try:
                    # Both have the same stdout, so this waits for both.
                    process.communicate(timeout=_PATIENCE)
                finally:
                    os.close(other_end)
