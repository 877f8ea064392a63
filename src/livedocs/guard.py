"""What a press leaves when it is killed, and who clears that away.

Whoever runs programs for the book does so in a temporary folder, which it keeps
locked. Beside it lives a guard, a process in a session of its own: by the end of a
pipe it notices that the press is gone, ends what the press had running, and removes
the folder. Where the guard was killed as well, the next press does so. POSIX only.
"""

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psutil

VARIABLE = "LIVEDOCS_RUN"
"""Of the environment of all that a run starts: the run's folder."""

_PREFIX = "ld_"
_NAME = re.compile(_PREFIX + r"[a-z0-9_]{8}")
_LOCK = "lock"
_LIMIT = 3.0
_DONE = b"."
_starting = threading.Lock()


class GuardedFolder:
    """A temporary folder that goes with its process, however that ends.

    To make one removes those of processes that were killed. Use it as a context
    manager: inside, a guard watches over it.

    Attributes:
        path: the folder, absolute.
    """

    def __init__(self) -> None:
        temporary = Path(tempfile.gettempdir()).absolute()
        for stale in sorted(temporary.glob(f"{_PREFIX}*")):
            _clear_if_stale(stale)
        self._lock: int | None
        self._guard: subprocess.Popen[bytes] | None = None
        self.path, self._lock = _make_locked()

    def __enter__(self) -> Path:
        self._guard = subprocess.Popen(
            [sys.executable, "-P", "-m", "livedocs.guard", str(self.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for the press, and so is SIGHUP
        )
        return self.path

    def __exit__(self, *_: object) -> None:
        if self._lock is None:
            return
        remove(self.path)
        os.close(self._lock)
        self._lock = None
        if self._guard:
            self._guard.communicate(_DONE)


def _make_locked() -> tuple[Path, int]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX)).absolute()
        with contextlib.suppress(OSError):
            lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
            if _locks(lock) and os.fstat(lock).st_nlink:
                return folder, lock
            os.close(lock)
        # Another press saw it before it was locked, and took it for a stale one.
        shutil.rmtree(folder, ignore_errors=True)


def remove(folder: Path) -> None:
    """Remove a folder of ours, also what a script took our rights to."""
    shutil.rmtree(folder, ignore_errors=True)
    if folder.is_dir():
        with contextlib.suppress(OSError):
            folder.chmod(0o700)
        for parent, names, _ in os.walk(folder):
            for each in (Path(parent, name) for name in names):
                with contextlib.suppress(OSError):
                    if not each.is_symlink():
                        each.chmod(0o700)
        shutil.rmtree(folder, ignore_errors=True)


def _locks(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _clear_if_stale(folder: Path) -> None:
    """Remove a folder that a press made and nobody holds any more."""
    with contextlib.suppress(OSError):
        if not _NAME.fullmatch(folder.name) or folder.lstat().st_uid != os.getuid():
            return
        lock = os.open(folder / _LOCK, os.O_RDWR)
        try:
            if _locks(lock):
                clear(folder)
        finally:
            os.close(lock)


def clear(folder: Path) -> None:
    """End what runs in a folder of a press that is gone, and remove the folder."""
    end_marked([folder, *folder.iterdir()])
    remove(folder)


def end_marked(bases: list[Path]) -> None:
    """End all that belongs to the runs of some folders, but not this process."""
    import psutil  # a guard that waits has not read it

    deadline = time.monotonic() + _LIMIT
    while time.monotonic() < deadline:
        found = [
            process
            for process in psutil.process_iter()
            if process.pid != os.getpid()
            and any(is_marked(process, base) for base in bases)
        ]
        if not found:
            break
        for process in found:
            with contextlib.suppress(OSError, psutil.Error):
                group = os.getpgid(process.pid)
                if group == os.getpgrp():  # it was only just forked
                    process.kill()
                else:
                    os.killpg(group, signal.SIGKILL)
        time.sleep(0.01)


@contextlib.contextmanager
def marking(base: Path) -> Iterator[None]:
    """Have what is started meanwhile bear the mark of a run, and all that it starts.

    An environment can be emptied and a session be left. So on Linux a limit is the
    mark, RLIMIT_LOCKS, which each process inherits and no kernel since 2.4.25 heeds.
    A process that got it once it runs might have started others before; so this one
    bears it while it starts another, one at a time.
    Source: `man 2 getrlimit`.

    Args:
        base: folder of the run.
    """
    if sys.platform != "linux":
        yield
        return
    import psutil

    this = psutil.Process()
    with _starting, contextlib.ExitStack() as afterwards:
        with contextlib.suppress(psutil.Error, OSError, ValueError):
            old = this.rlimit(psutil.RLIMIT_LOCKS)
            this.rlimit(psutil.RLIMIT_LOCKS, (_limit_of(base), old[1]))
            afterwards.callback(this.rlimit, psutil.RLIMIT_LOCKS, old)
        yield


def is_marked(process: "psutil.Process", base: Path) -> bool:
    """Whether a process lives and belongs to the run of a folder."""
    return any(_marks(process, base))


def _marks(process: "psutil.Process", base: Path) -> Iterator[bool]:
    import psutil

    with contextlib.suppress(psutil.Error, OSError):
        if process.status() == psutil.STATUS_ZOMBIE:
            return
        yield process.environ().get(VARIABLE) == str(base)
    if sys.platform == "linux":
        with contextlib.suppress(psutil.Error, OSError):
            yield process.rlimit(psutil.RLIMIT_LOCKS)[0] == _limit_of(base)


def _limit_of(base: Path) -> int:
    return int.from_bytes(hashlib.sha256(os.fsencode(base)).digest()[:7])


def main(folder: Path) -> None:
    """Wait until the press is gone; clear its folder unless it did so itself."""
    if sys.stdin.buffer.read() == _DONE:
        return
    with contextlib.suppress(FileNotFoundError), open(folder / _LOCK, "r+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        clear(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
