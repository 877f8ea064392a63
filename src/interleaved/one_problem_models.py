"""One problem solved by every model of concurrency, with one signature.

Each function takes the addresses of pages and a number of workers, and returns the
summaries in the order of the addresses. The page "One problem, every model" shows
the same functions; a test holds the two together.
"""

import asyncio
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from multiprocessing import Pipe, Process, get_context
from multiprocessing.connection import Connection
from queue import Queue
from threading import Thread
from urllib.parse import urlsplit

from interleaved.one_problem import (
    TIMEOUT,
    Summary,
    request_of,
    summarise,
    summary_of,
    text_in,
)

if sys.version_info >= (3, 14):
    from concurrent.futures import InterpreterPoolExecutor

Solve = Callable[[list[str], int], list[Summary]]
"""Takes the addresses of pages and a number of workers; returns their summaries."""


def by_row(urls: list[str], _workers: int) -> list[Summary]:
    """Do one page after the other.

    Args:
        urls: The addresses of the pages.
        _workers: Not used; a row has one.
    """
    return [summary_of(url) for url in urls]


def by_threads(urls: list[str], workers: int) -> list[Summary]:
    """Give each of some threads its share of the pages.

    Args:
        urls: The addresses of the pages.
        workers: How many threads.

    Raises:
        KeyError: A thread failed; what it raised went to `threading.excepthook`.
    """
    found: dict[str, Summary] = {}

    def work(share: list[str]) -> None:
        for url in share:
            found[url] = summary_of(url)

    shares = [urls[at::workers] for at in range(workers)]
    threads = [Thread(target=work, args=(each,)) for each in shares]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(TIMEOUT)
    return [found[url] for url in urls]


def by_thread_pool(urls: list[str], workers: int) -> list[Summary]:
    """Map over the pages with a pool of threads.

    Args:
        urls: The addresses of the pages.
        workers: How many threads.

    Raises:
        TimeoutError: A summary was not there 30 s after the call.
        Exception: What the first page in order that failed has raised.
    """
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(summary_of, urls, timeout=TIMEOUT))


def by_queue(urls: list[str], workers: int) -> list[Summary]:
    """Let threads take one page after the other from a queue.

    Args:
        urls: The addresses of the pages.
        workers: How many threads.

    Raises:
        KeyError: A thread failed; what it raised went to `threading.excepthook`.
    """
    todo: Queue[str | None] = Queue()
    found: dict[str, Summary] = {}

    def work() -> None:
        while (url := todo.get(timeout=TIMEOUT)) is not None:
            found[url] = summary_of(url)

    threads = [Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for entry in [*urls, *[None] * workers]:
        todo.put(entry)
    for thread in threads:
        thread.join(TIMEOUT)
    return [found[url] for url in urls]


def by_processes(urls: list[str], workers: int) -> list[Summary]:
    """Give each of some processes its share of the pages, and a pipe.

    Call it under `if __name__ == "__main__":`, as a process may import the main
    module.

    Args:
        urls: The addresses of the pages.
        workers: How many processes.

    Raises:
        EOFError: A process failed; what it raised went to its stderr.
        TimeoutError: A process sent nothing within 30 s.
    """
    found: dict[str, Summary] = {}
    started = []
    for share in [urls[at::workers] for at in range(workers)]:
        here, there = Pipe(duplex=False)
        process = Process(target=send_summaries, args=(there, share))
        process.start()
        there.close()  # so that recv() fails if the process does
        started.append((process, here, share))
    try:
        for _, here, share in started:
            if not here.poll(TIMEOUT):
                raise TimeoutError(f"no summaries within {TIMEOUT:g} s")
            found |= zip(share, here.recv(), strict=True)
    finally:
        for process, here, _ in started:
            here.close()
            process.join(TIMEOUT)
    return [found[url] for url in urls]


def send_summaries(there: Connection, share: list[str]) -> None:
    """Do a share of the pages, in a process, and send the summaries."""
    there.send([summary_of(url) for url in share])


def by_process_pool(urls: list[str], workers: int) -> list[Summary]:
    """Map over the pages with a pool of processes.

    Call it under `if __name__ == "__main__":`, as a process may import the main
    module.

    Args:
        urls: The addresses of the pages.
        workers: How many processes.

    Raises:
        TimeoutError: A summary was not there 30 s after the call.
        Exception: What the first page in order that failed has raised.
    """
    with ProcessPoolExecutor(workers) as pool:
        return list(pool.map(summary_of, urls, timeout=TIMEOUT))


async def fetch_async(url: str) -> str:
    """Return the text that is at an address, and let other tasks run meanwhile.

    Raises:
        OSError: The server cannot be reached, or refused.
        TimeoutError: It took 30 s.
    """
    where = urlsplit(url)
    async with asyncio.timeout(TIMEOUT):
        reader, writer = await asyncio.open_connection(where.hostname, where.port)
        try:
            writer.write(request_of(url))
            return text_in(await reader.read())
        finally:
            writer.close()


def by_asyncio(urls: list[str], workers: int) -> list[Summary]:
    """Do each page in a task, some at a time, all on this thread.

    Args:
        urls: The addresses of the pages.
        workers: How many tasks may be past the gate at once.

    Raises:
        ExceptionGroup: What pages have raised that failed.
    """

    async def solve(url: str, gate: asyncio.Semaphore) -> Summary:
        async with gate:
            return summarise(url, await fetch_async(url))

    async def solve_all() -> list[Summary]:
        gate = asyncio.Semaphore(workers)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(solve(url, gate)) for url in urls]
        return [task.result() for task in tasks]

    return asyncio.run(solve_all())


MODELS: dict[str, Solve] = {
    "in a row": by_row,
    "threads": by_threads,
    "thread pool": by_thread_pool,
    "queue and workers": by_queue,
    "processes": by_processes,
    "process pool": by_process_pool,
    "asyncio": by_asyncio,
}
"""What solves the problem, by name; interpreters are among them from 3.14 on."""

if sys.version_info >= (3, 14):

    def by_interpreters(urls: list[str], workers: int) -> list[Summary]:
        """Map over the pages with a pool of interpreters, a thread for each.

        Args:
            urls: The addresses of the pages.
            workers: How many interpreters.

        Raises:
            TimeoutError: A summary was not there 30 s after the call.
            Exception: What the first page in order that failed has raised.
        """
        with InterpreterPoolExecutor(workers) as pool:
            return list(pool.map(summary_of, urls, timeout=TIMEOUT))

    MODELS["interpreters"] = by_interpreters


@contextmanager
def open_pools(workers: int) -> Iterator[dict[str, Executor]]:
    """Keep a pool of each kind open.

    Call it under `if __name__ == "__main__":`, as the processes import the main
    module.

    Args:
        workers: How many each has.

    Yields:
        The pools by name: "processes", "threads" and, from 3.14 on, "interpreters".
    """
    with ExitStack() as stack:
        spawn = get_context("spawn")  # fork would copy the locks of other threads
        pools: dict[str, Executor] = {
            "processes": stack.enter_context(ProcessPoolExecutor(workers, spawn)),
            "threads": stack.enter_context(ThreadPoolExecutor(workers)),
        }
        if sys.version_info >= (3, 14):
            pools["interpreters"] = stack.enter_context(
                InterpreterPoolExecutor(workers)
            )
        yield pools
