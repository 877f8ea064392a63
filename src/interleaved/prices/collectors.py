"""Six ways to collect prices, with one signature.

Each takes the address of a price service, what to look up, a number of workers and a
patience, and returns a reply for each look-up, in the order of the look-ups.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from queue import Queue
from threading import Thread

import httpx2

from interleaved.prices.asking import (
    Patience,
    Reply,
    ask,
    ask_async,
    open_async_client,
    open_client,
)
from interleaved.prices.market import LookUp

LookUps = Sequence[LookUp]
Collect = Callable[[str, LookUps, int, Patience], list[Reply]]
"""Takes an address, look-ups, a number of workers, a patience; returns the replies."""

_PATIENCE = 120.0  # seconds that anybody here waits for anybody else


def in_a_row(
    url: str, look_ups: LookUps, _workers: int, patience: Patience
) -> list[Reply]:
    """Ask for one price after the other, on one connection.

    Args:
        url: The address of the service.
        look_ups: What to ask for.
        _workers: Not used; a row has one.
        patience: How often to ask again.
    """
    with open_client(url) as client:
        return [ask(client, look_up, patience) for look_up in look_ups]


def by_threads(
    url: str, look_ups: LookUps, workers: int, patience: Patience
) -> list[Reply]:
    """Give each of some threads its share of the look-ups.

    Raises:
        KeyError: A thread failed; what it raised went to `threading.excepthook`.
    """
    found: dict[LookUp, Reply] = {}
    with open_client(url, workers) as client:

        def work(share: LookUps) -> None:
            for look_up in share:
                found[look_up] = ask(client, look_up, patience)

        shares = [look_ups[at::workers] for at in range(workers)]
        threads = [Thread(target=work, args=(share,)) for share in shares]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(_PATIENCE)
    return [found[look_up] for look_up in look_ups]


def by_queue(
    url: str, look_ups: LookUps, workers: int, patience: Patience
) -> list[Reply]:
    """Let consumers take one look-up after the other from a queue.

    Raises:
        KeyError: A consumer failed; what it raised went to `threading.excepthook`.
    """
    todo: Queue[LookUp | None] = Queue()
    found: dict[LookUp, Reply] = {}
    with open_client(url, workers) as client:

        def consume() -> None:
            while (look_up := todo.get(timeout=_PATIENCE)) is not None:
                found[look_up] = ask(client, look_up, patience)

        consumers = [Thread(target=consume) for _ in range(workers)]
        for consumer in consumers:
            consumer.start()
        for entry in [*look_ups, *[None] * workers]:
            todo.put(entry)
        for consumer in consumers:
            consumer.join(_PATIENCE)
    return [found[look_up] for look_up in look_ups]


def by_executor(
    url: str, look_ups: LookUps, workers: int, patience: Patience
) -> list[Reply]:
    """Map over the look-ups with a pool of threads.

    Raises:
        Exception: What the first look-up in order that failed has raised.
    """
    with open_client(url, workers) as client, ThreadPoolExecutor(workers) as pool:

        def work(look_up: LookUp) -> Reply:
            return ask(client, look_up, patience)

        return list(pool.map(work, look_ups, timeout=_PATIENCE))


def by_processes(
    url: str, look_ups: LookUps, workers: int, patience: Patience
) -> list[Reply]:
    """Map over the look-ups with a pool of processes, each with its own client.

    Call it under `if __name__ == "__main__":`, as each imports the main module.

    Raises:
        Exception: What the first look-up in order that failed has raised.
    """
    spawn = get_context("spawn")  # fork would copy the locks of other threads
    with ProcessPoolExecutor(workers, spawn, _open_own, (url, patience)) as pool:
        return list(pool.map(_ask_own, look_ups, timeout=_PATIENCE))


def by_asyncio(
    url: str, look_ups: LookUps, workers: int, patience: Patience
) -> list[Reply]:
    """Make a task of each look-up, of which some at a time ask, on this thread.

    Raises:
        ExceptionGroup: What look-ups have raised that failed.
    """

    async def collect() -> list[Reply]:
        gate = asyncio.Semaphore(workers)

        async def work(look_up: LookUp) -> Reply:
            async with gate:
                return await ask_async(client, look_up, patience)

        async with (
            open_async_client(url, workers) as client,
            asyncio.TaskGroup() as group,
        ):
            tasks = [group.create_task(work(look_up)) for look_up in look_ups]
        return [task.result() for task in tasks]

    return asyncio.run(collect())


COLLECTORS: dict[str, Collect] = {
    "in a row": in_a_row,
    "threads": by_threads,
    "queue": by_queue,
    "executor": by_executor,
    "processes": by_processes,
    "asyncio": by_asyncio,
}
"""The six ways by name."""

_own: dict[str, tuple[httpx2.Client, Patience]] = {}
"""What a process of `by_processes` asks with; a client cannot be sent there."""


def _open_own(url: str, patience: Patience) -> None:
    _own["client"] = open_client(url), patience


def _ask_own(look_up: LookUp) -> Reply:
    client, patience = _own["client"]
    return ask(client, look_up, patience)
