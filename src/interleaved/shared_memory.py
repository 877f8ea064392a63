"""Memory that two processes see at once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.shared_memory import SharedMemory
from multiprocessing.synchronize import Barrier
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from multiprocessing.sharedctypes import Synchronized

LIMIT = 30.0
"""Seconds after which a wait gives up."""

PAGE = 4096
"""Bytes of a page of memory, or less than one."""


def write_hello(name: str) -> None:
    """Write "hello" at the start of a block of shared memory."""
    block = SharedMemory(name)
    bytes_of(block)[:5] = b"hello"
    block.close()


def read(block: SharedMemory, size: int) -> bytes:
    """Copy the first bytes of a block."""
    return bytes(bytes_of(block)[:size])


def bytes_of(block: SharedMemory) -> memoryview:
    """The bytes of a block that is open; they are not copied.

    Raises:
        ValueError: The block is closed.
    """
    if block.buf is None:
        raise ValueError(f"the block {block.name} is closed")
    return block.buf


def add_unlocked(counter: "Synchronized[int]", barrier: Barrier) -> None:
    """Add one without the lock, and meet the other between reading and writing."""
    seen = counter.value
    barrier.wait(LIMIT)
    counter.value = seen + 1


def add_locked(counter: "Synchronized[int]", barrier: Barrier) -> None:
    """Meet the other, and add one under the lock."""
    barrier.wait(LIMIT)
    with counter.get_lock():
        counter.value += 1


def sum_of_pages(data: "bytes | memoryview") -> int:
    """Add up one byte of each page."""
    return sum(data[::PAGE])


@contextmanager
def summing(data: bytes) -> Iterator[tuple[Callable[[], int], Callable[[], int]]]:
    """Start a process that adds up one byte of each page of some data.

    Call it under `if __name__ == "__main__":`, as its process imports the main
    module.

    Yields:
        Two functions that return the sum: one sends the data each time, the other
        has put it into shared memory once and sends nothing. They raise TimeoutError
        if no answer comes within `LIMIT`; the sending may take as long as it likes.
    """
    spawn = get_context("spawn")
    mine, theirs = spawn.Pipe()
    block = SharedMemory(create=True, size=len(data))
    bytes_of(block)[: len(data)] = data
    process = spawn.Process(
        target=_sum_what_comes, args=(theirs, block.name, len(data)), daemon=True
    )
    process.start()
    theirs.close()

    def answer() -> int:
        if not mine.poll(LIMIT):
            raise TimeoutError(f"no answer in {LIMIT} s")
        return int(mine.recv())

    def sum_sent() -> int:
        mine.send_bytes(data)
        return answer()

    def sum_shared() -> int:
        mine.send_bytes(b"")
        return answer()

    try:
        yield sum_sent, sum_shared
    finally:
        mine.close()
        process.join(LIMIT)
        block.close()
        block.unlink()


def _sum_what_comes(connection: Connection, name: str, size: int) -> None:
    block = SharedMemory(name)
    try:
        while True:
            sent = connection.recv_bytes()
            with bytes_of(block)[:size] as shared:
                connection.send(sum_of_pages(sent or shared))
    except EOFError:
        pass
    finally:
        block.close()
