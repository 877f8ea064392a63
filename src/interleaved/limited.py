"""A program in a child process, which ends in time with its process group."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO

_TICK = 1.0
_WINDOWS = sys.platform == "win32"


def finish(
    command: Sequence[str],
    limit: float,
    *,
    folder: Path | None = None,
    environment: dict[str, str] | None = None,
    streams: tuple[IO[bytes], IO[bytes]] | None = None,
) -> int | None:
    """Run a program to its end; neither it nor its process group outlives the call.

    Those that it started are in the group, unless they left it for one of their own.
    On Windows they end with a program that had to be ended, and else outlive it.

    Args:
        command: The program and its arguments.
        limit: Seconds that it may take.
        folder: Where it runs; without one it is the current folder.
        environment: Its variables; without them it has ours.
        streams: Files for its stdout and its stderr, no pipes: whoever is left
            behind would keep a pipe open. Without them it writes where we do.

    Returns:
        Its exit status, or None if it had to be ended.
    """
    stdout, stderr = streams or (None, None)
    child = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        start_new_session=not _WINDOWS,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    )
    try:
        return _wait(child, limit)
    finally:
        _end(child)


def _wait(child: subprocess.Popen[bytes], limit: float) -> int | None:
    """Wait for a program's end, in steps: on Windows Ctrl-C comes between them."""
    deadline = time.monotonic() + limit
    while (left := deadline - time.monotonic()) > 0:
        with contextlib.suppress(subprocess.TimeoutExpired):
            return child.wait(min(left, _TICK))
    return None


def _end(child: subprocess.Popen[bytes]) -> None:
    """End a program and its process group; on Windows, those that it started."""
    if _WINDOWS:
        if child.poll() is None:
            command = ["taskkill", "/F", "/T", "/PID", str(child.pid)]
            subprocess.run(command, capture_output=True, check=False, timeout=30)
    else:
        # Also after a good end: it may have left somebody behind.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
    child.wait(30)
