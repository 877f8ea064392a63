"""Waits outside the core: for a file, for another process, for a new one."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from random import Random
from socket import IPPROTO_TCP, TCP_NODELAY, create_server, socket
from threading import Thread
from time import perf_counter

PAGE = 4096
"""Bytes of a page, the unit in which systems keep files in memory."""

_PAGES = 1024  # of the file: 4 MiB
_PATIENCE = 30.0  # seconds that anybody here waits for anybody else
_ECHO = """
import socket, sys
with socket.create_connection(("127.0.0.1", int(sys.argv[1])), 30) as peer:
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    while byte := peer.recv(1):
        peer.sendall(byte)
"""


def timed(action: Callable[[], object], times: int) -> list[float]:
    """Call something again and again, after one call to warm up.

    Args:
        action: What to call.
        times: How many calls are timed.

    Returns:
        Seconds of each call.
    """
    samples = []
    action()
    for _ in range(times):
        begin = perf_counter()
        action()
        samples.append(perf_counter() - begin)
    return samples


class FileOfPages:
    """A file of 4 MiB, of which single pages are read and written, at random."""

    def __init__(self, file: FileIO) -> None:
        self._file = file
        self._random = Random(1)  # noqa: S311 (nobody is to be kept from guessing)

    def read(self) -> bytes:
        """Read a page, from wherever the system has it."""
        self._file.seek(self._random.randrange(_PAGES) * PAGE)
        return self._file.read(PAGE)

    def write(self) -> int:
        """Hand a page to the system, which writes it when it sees fit."""
        self._file.seek(self._random.randrange(_PAGES) * PAGE)
        return self._file.write(bytes(PAGE))

    def write_through(self) -> None:
        """Write a page and wait until the device says that it has it."""
        self.write()
        os.fsync(self._file.fileno())

    def forget(self) -> bool:
        """Ask the system to drop its copy in memory; say whether one can ask.

        Source: Linux, posix_fadvise(2). It drops only what is on the device
        already, and a file system that lives in memory drops nothing.
        """
        if not hasattr(os, "posix_fadvise"):
            return False
        number = self._file.fileno()
        os.fsync(number)
        os.posix_fadvise(number, 0, 0, os.POSIX_FADV_RANDOM)  # no reading ahead
        os.posix_fadvise(number, 0, 0, os.POSIX_FADV_DONTNEED)
        return True


@contextmanager
def file_of_pages(folder: Path | str = ".") -> Iterator[FileOfPages]:
    """Make a file for the time of the `with`, without a buffer of Python's own.

    Args:
        folder: Where, and so on which device.

    Raises:
        OSError: The file cannot be made there.
    """
    made, name = tempfile.mkstemp(dir=folder)
    os.close(made)
    path = Path(name)
    try:
        with FileIO(path, "r+") as file:
            file.write(bytes(PAGE * _PAGES))
            os.fsync(file.fileno())
            yield FileOfPages(file)
    finally:
        path.unlink()


def fresh_reads(file: FileOfPages, times: int) -> list[float] | None:
    """Time reads of pages that the system was asked to forget first.

    Args:
        file: As from `file_of_pages`.
        times: How many reads.

    Returns:
        Seconds of each, or None where a program cannot ask that.
    """
    samples = []
    for _ in range(times):
        if not file.forget():
            return None
        begin = perf_counter()
        file.read()
        samples.append(perf_counter() - begin)
    return samples


@contextmanager
def echoing_process() -> Iterator[Callable[[], bytes]]:
    """Have another process send every byte back, over TCP on this machine.

    Yields:
        A function that sends a byte and waits until it is back. Call it at least
        every 30 s: a process that hears nothing for so long ends with an error, and
        then the function returns b"" or raises ConnectionError.

    Raises:
        TimeoutError: The process did not connect, or a byte did not come back,
            within 30 s.
    """
    with create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(_PATIENCE)
        port = str(listening.getsockname()[1])
        with subprocess.Popen([sys.executable, "-c", _ECHO, port]) as child:
            try:
                peer, _ = listening.accept()
                with peer:
                    peer.settimeout(_PATIENCE)
                    peer.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
                    yield lambda: _round_trip(peer)
                child.wait(_PATIENCE)  # it ends when its connection has ended
            finally:
                child.kill()


def _round_trip(peer: socket) -> bytes:
    peer.sendall(b"?")
    return peer.recv(1)


def start_thread() -> None:
    """Start a thread that does nothing, and join it."""
    thread = Thread(target=int)
    thread.start()
    thread.join(_PATIENCE)


def start_process(*options: str) -> None:
    """Start an interpreter that does nothing, and wait for its end.

    Args:
        options: Those of the interpreter, such as "-S".

    Raises:
        subprocess.CalledProcessError: It failed.
        subprocess.TimeoutExpired: It did not end within 30 s.
    """
    command = [sys.executable, *options, "-c", "pass"]
    subprocess.run(command, check=True, timeout=_PATIENCE)
