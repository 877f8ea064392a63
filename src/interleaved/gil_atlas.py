"""Calls of the standard library, made in a row and on two threads."""

import bz2
import hashlib
import json
import lzma
import re
import select
import socket
import sqlite3
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory, TemporaryFile

Call = Callable[[], object]
"""Something to do twice; it returns equal answers whenever it is called."""

_WAIT = 0.01  # seconds of the calls that wait
_READ_SIZE = 2**18  # bytes
_COUNT_SQL = (
    "WITH RECURSIVE numbers(n) AS"
    " (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 60000)"
    " SELECT sum(n * n % 7) FROM numbers"
)


def in_a_row(call: Call) -> list[object]:
    """Make the same call twice, one after the other."""
    return [call(), call()]


def on_two_threads(call: Call) -> list[object]:
    """Make the same call on two threads; an exception of one is raised here."""
    with ThreadPoolExecutor(2) as pool:
        return [future.result() for future in [pool.submit(call), pool.submit(call)]]


@contextmanager
def library_calls() -> Iterator[dict[str, Call]]:
    """Prepare calls of the standard library, each of some milliseconds.

    What they work on is made beforehand and only read. What a call writes to is
    its own: no two calls meet anywhere but at the GIL, and in the machine. Without
    a GIL they meet at the reference counts of what they share, too.

    Yields:
        The calls by their names.
    """
    random = Random(1)  # noqa: S311 (data to work on, no secrets)
    text = " ".join(str(random.randrange(10**6)) for _ in range(60_000)).encode()
    big = text * 16  # some megabytes
    floats = [random.random() for _ in range(60_000)]
    numbers = list(range(400_000))
    document = json.dumps([{"n": n, "name": str(n)} for n in range(8_000)])
    packing = struct.Struct(f"{len(numbers)}q")
    packed = packing.pack(*numbers)
    with TemporaryDirectory() as folder:
        stored = Path(folder, "stored")
        stored.write_bytes(big)
        yield {
            "hashlib.sha256": lambda: hashlib.sha256(big).digest(),
            "zlib.compress": lambda: zlib.compress(text, 3),
            "bz2.compress": lambda: bz2.compress(text[:100_000]),
            "lzma.compress": lambda: lzma.compress(text[:60_000], preset=0),
            "time.sleep": lambda: time.sleep(_WAIT),
            "socket.recv": _receive,
            "select.select": _select,
            "subprocess.run": _run,
            "file write": lambda: _write(folder, big),
            "file read": lambda: _read(stored),
            "sqlite3 query": _query,
            "json.loads": lambda: json.loads(document)[-1],
            "re search": lambda: re.search(rb"\d{5}x", text),
            "sorted": lambda: sorted(floats)[:1],
            "sum": lambda: sum(numbers),
            "bytes.find": lambda: big.find(b"1 1x"),
            "struct unpack": lambda: packing.unpack(packed)[-1],
            "list comprehension": lambda: [n + 1 for n in numbers][-1],
        }


def _receive() -> str:
    here, there = socket.socketpair()
    with here, there:
        here.settimeout(_WAIT)
        try:
            here.recv(1)
        except TimeoutError:
            return "nothing came"
    return "something came"


def _select() -> bool:
    here, there = socket.socketpair()
    with here, there:
        return select.select([here], [], [], _WAIT)[0] == []


def _run() -> int:
    # Isolated and without `site`, since only the start of a process matters here.
    run = subprocess.run([sys.executable, "-I", "-S", "-c", ""], check=True, timeout=60)
    return run.returncode


def _write(folder: str, content: bytes) -> int:
    with TemporaryFile(dir=folder, buffering=0) as file:
        return file.write(content)


def _read(stored: Path) -> int:
    # Into one small buffer: the memory of a large one would be what takes the time.
    buffer = bytearray(_READ_SIZE)
    total = 0
    with open(stored, "rb", buffering=0) as file:
        while count := file.readinto(buffer):
            total += count
    return total


def _query() -> int:
    connection = sqlite3.connect(":memory:")
    try:
        (total,) = connection.execute(_COUNT_SQL).fetchone()
        return int(total)
    finally:
        connection.close()
