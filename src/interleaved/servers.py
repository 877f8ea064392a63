"""A server in a process of its own, which takes no part in the GIL of who asks it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any


@contextmanager
def server_process(
    serve: Callable[..., None], *arguments: object, patience: float
) -> Iterator[Any]:
    """Run a server in a process of its own, which is ended afterwards.

    Call it under `if __name__ == "__main__":`, as its process imports the main
    module.

    Args:
        serve: What that process calls, a function of a module. It gets one end of
            a pipe, on which it sends where it listens, and the arguments.
        arguments: What else it gets.
        patience: Seconds that it has to start, and to end.

    Yields:
        What it sent.

    Raises:
        TimeoutError: It did not start in time.
        RuntimeError: It ended by itself before it sent anything; what it raised
            went to its stderr.
    """
    spawn = get_context("spawn")  # fork would copy the locks of other threads
    here, there = spawn.Pipe(duplex=False)
    server = spawn.Process(target=serve, args=(there, *arguments), daemon=True)
    server.start()
    there.close()  # so that recv() fails if the server does
    try:
        if not here.poll(patience):
            raise TimeoutError(f"the server did not start within {patience:g} s")
        try:
            where = here.recv()
        except EOFError:
            server.join(patience)
            status = f"with status {server.exitcode}"
            raise RuntimeError(f"the server ended {status} before it began") from None
        yield where
    finally:
        server.kill()
        server.join(patience)
        here.close()
