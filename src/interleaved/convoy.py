"""A thread that answers, beside one that computes."""

import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from statistics import quantiles
from threading import Event, Thread
from time import perf_counter, sleep

Ask = Callable[[int], list[float]]
"""Asks so many times, each a little after the last answer; returns their seconds."""

_PATIENCE = 30.0  # seconds that anybody here waits for anybody else
_PAUSE = 0.003  # seconds from an answer to the next question


@contextmanager
def answered() -> Iterator[Ask]:
    """Answer in a thread what a process asks that is only there to ask.

    The one who asks and measures has an interpreter of its own, so what it
    measures is the wait of the thread that answers, and not its own. Call this
    under `if __name__ == "__main__":`, as its process imports the main module.

    Yields:
        A function that makes the process ask.

    Raises:
        TimeoutError: The process did not connect, or did not ask, within 30 s.
        EOFError: It has ended; what it raised went to its stderr.
    """
    spawn = get_context("spawn")  # fork would copy the locks of other threads
    here, there = spawn.Pipe()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(_PATIENCE)
        asking = spawn.Process(
            target=_ask, args=(there, listening.getsockname()), daemon=True
        )
        asking.start()
        there.close()  # so that recv() fails if the process does
        answering: Thread | None = None
        try:
            connection, _ = listening.accept()
            answering = Thread(target=_answer, args=(connection,), name="answers")
            answering.start()

            def ask(times: int) -> list[float]:
                here.send(times)
                if not here.poll(_PATIENCE):
                    raise TimeoutError(f"no answer within {_PATIENCE:g} s")
                seconds: list[float] = here.recv()
                return seconds

            yield ask
        finally:
            asking.kill()  # which closes its connection, so that the thread ends
            asking.join(_PATIENCE)
            if answering is not None:
                answering.join(_PATIENCE)
            here.close()


@contextmanager
def beside(work: Callable[[], object]) -> Iterator[None]:
    """Repeat some work in a thread, until the end of the `with`.

    Args:
        work: A call that ends soon, as nothing cuts it short.

    Raises:
        Exception: What the work raised, at the end of the `with`.
    """
    stop = Event()
    raised: list[Exception] = []

    def repeat() -> None:
        try:
            while not stop.is_set():
                work()
        except Exception as error:  # noqa: BLE001 (handed over below)
            raised.append(error)

    thread = Thread(target=repeat, name="works")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(_PATIENCE)
    if raised:
        raise raised[0]


def p90(samples: Sequence[float]) -> float:
    """Return the 90th percentile: nine samples of ten are not above it.

    Args:
        samples: Two or more.
    """
    return quantiles(samples, n=10, method="inclusive")[-1]


def _answer(connection: socket.socket) -> None:
    """Send every byte back, until the other end closes, as it does when it ends.

    There is no timeout: with one, a call would wait before it reads or writes, and
    give up the GIL twice.
    """
    with connection, suppress(ConnectionError):
        while question := connection.recv(1):
            connection.sendall(question)


def _ask(orders: Connection, address: tuple[str, int]) -> None:
    """Ask as often as ordered, and hand over the seconds, until ended."""
    with socket.create_connection(address, timeout=_PATIENCE) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while True:
            seconds = []
            for _ in range(orders.recv()):
                # Without a pause, questions and answers can follow so quickly that
                # a thread which wants the GIL in between gets no core to take it on.
                sleep(_PAUSE)
                begin = perf_counter()
                connection.sendall(b"?")
                connection.recv(1)
                seconds.append(perf_counter() - begin)
            orders.send(seconds)
