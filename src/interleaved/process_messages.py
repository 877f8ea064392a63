"""What the other process does with messages."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import JoinableQueue, Queue, SimpleQueue, get_context
from multiprocessing.connection import Connection

LIMIT = 30.0
"""Seconds after which a wait gives up."""

MUCH = 10_000_000
"""Bytes, more than a pipe holds."""


def answer_squares(questions: Connection) -> None:
    """Answer each number with its square, until the other end is closed."""
    while True:
        try:
            number = questions.recv()
        except EOFError:
            return
        questions.send(number**2)


def square_until_none(
    work: "JoinableQueue[int | None]", done: "SimpleQueue[int]"
) -> None:
    """Square the numbers of one queue into another, until a None comes."""
    while (number := work.get()) is not None:
        done.put(number**2)
        work.task_done()
    work.task_done()


def put_much(found: "Queue[bytes]") -> None:
    """Put `MUCH` bytes into a queue."""
    found.put(bytes(MUCH))


@contextmanager
def echo() -> Iterator[Callable[[bytes], bool]]:
    """Start a process that sends back what it is sent.

    Call it under `if __name__ == "__main__":`, as its process imports the main
    module.

    Yields:
        Sends bytes there and back, and returns whether they came back unchanged.
        It raises TimeoutError if no answer begins within `LIMIT`. The sending, and
        the rest of the answer, may take as long as they like.
    """
    spawn = get_context("spawn")
    mine, theirs = spawn.Pipe()
    process = spawn.Process(target=_send_back, args=(theirs,), daemon=True)
    process.start()
    theirs.close()

    def there_and_back(message: bytes) -> bool:
        mine.send_bytes(message)
        if not mine.poll(LIMIT):
            raise TimeoutError(f"no answer in {LIMIT} s")
        return mine.recv_bytes() == message

    try:
        yield there_and_back
    finally:
        mine.close()
        process.join(LIMIT)


def _send_back(connection: Connection) -> None:
    while True:
        try:
            message = connection.recv_bytes()
        except EOFError:
            return
        connection.send_bytes(message)
