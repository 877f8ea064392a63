"""Counting primes in shares, and asking a server that takes its time."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil, isqrt
from multiprocessing.connection import Connection
from time import sleep

from interleaved.servers import server_process

REPLY = b"42\n"
_PATIENCE = 10.0  # seconds that anybody here waits for anybody else

Address = tuple[str, int]
"""Where a server listens: host and port."""


def count_primes(numbers: range) -> int:
    """Count the primes among numbers, by dividing each until it is out."""
    return sum(_divisor(number) == number for number in numbers if number > 1)


def count_divisions(numbers: range) -> int:
    """Count the divisions that `count_primes` takes for these numbers.

    Those of a number end at its smallest divisor, or at its square root.
    """
    return sum(
        min(_divisor(number), isqrt(number)) - 1 for number in numbers if number > 1
    )


def pieces(numbers: range, count: int = 32) -> list[range]:
    """Cut numbers into pieces of equal length, the last one shorter.

    Args:
        numbers: What to cut.
        count: The most pieces; 1 or more.
    """
    size = max(1, ceil(len(numbers) / count))
    return [numbers[at : at + size] for at in range(0, len(numbers), size)]


def _divisor(number: int) -> int:
    """Return the smallest divisor above 1: the number itself if it is prime."""
    for divisor in range(2, isqrt(number) + 1):
        if number % divisor == 0:
            return divisor
    return number


@contextmanager
def replying(seconds: float) -> Iterator[Address]:
    """Run a server in a process of its own, which is ended afterwards.

    Being a process, it takes no part in the GIL of those who ask. Call it under
    `if __name__ == "__main__":`, as its process imports the main module.

    Args:
        seconds: What it takes to reply, to any number of clients at once.

    Yields:
        Its address, on this machine.

    Raises:
        TimeoutError: It did not start within 10 s.
    """
    with server_process(_serve, seconds, patience=_PATIENCE) as address:
        yield address


def ask(address: Address) -> bytes:
    """Connect to a server and return its reply."""
    with socket.create_connection(address, timeout=_PATIENCE) as connection:
        return connection.recv(len(REPLY))


def _serve(started: Connection, seconds: float) -> None:
    """Reply to each client in a thread, until this process is ended."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as listening:
        started.send(listening.getsockname())
        while True:
            client, _ = listening.accept()
            threading.Thread(target=_reply, args=(client, seconds)).start()


def _reply(client: socket.socket, seconds: float) -> None:
    with client:
        sleep(seconds)  # stands for the work of a database
        client.sendall(REPLY)
