"""Many clients of one server, of which a semaphore lets in a few at a time."""

from concurrent.futures import ThreadPoolExecutor
from threading import Semaphore

from interleaved.gil_primes import Address, ask


def ask_at_most(at_once: int, address: Address, times: int = 12) -> list[bytes]:
    """Ask a server from as many threads as questions, of which few are connected.

    Args:
        at_once: How many threads may be connected at the same time.
        address: Where the server listens, as `gil_primes.replying` says.
        times: Questions, and threads.

    Returns:
        The replies.

    Raises:
        OSError: The server cannot be reached.
    """
    limit = Semaphore(at_once)

    def ask_in_turn() -> bytes:
        with limit:
            return ask(address)

    with ThreadPoolExecutor(times) as pool:
        futures = [pool.submit(ask_in_turn) for _ in range(times)]
        return [future.result() for future in futures]
