"""The same work under a lock that is held long, briefly, or not at all."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from threading import Lock
from time import sleep
from typing import TypeVar

T = TypeVar("T")

Fetch = Callable[[str], int]
"""Finds the price of a symbol, in cents; waits for it."""

WAIT = 0.02
"""Seconds for which `fetch` and `book` wait."""


def fetch(symbol: str) -> int:
    """Return a price after a wait, which stands for a question to a server."""
    sleep(WAIT)
    return len(symbol)


def collect_serial(symbols: Sequence[str], fetch: Fetch = fetch) -> dict[str, int]:
    """Fetch one price after the other."""
    return {symbol: fetch(symbol) for symbol in symbols}


def collect_holding(symbols: Sequence[str], fetch: Fetch = fetch) -> dict[str, int]:
    """Fetch in a thread for each symbol, and hold the lock meanwhile."""
    prices: dict[str, int] = {}
    lock = Lock()

    def collect(symbol: str) -> None:
        with lock:
            prices[symbol] = fetch(symbol)

    _for_each(collect, symbols)
    return {symbol: prices[symbol] for symbol in symbols}


def collect_entering(symbols: Sequence[str], fetch: Fetch = fetch) -> dict[str, int]:
    """Fetch in a thread for each symbol, and hold the lock only for the entry."""
    prices: dict[str, int] = {}
    lock = Lock()

    def collect(symbol: str) -> None:
        price = fetch(symbol)
        with lock:
            prices[symbol] = price

    _for_each(collect, symbols)
    return {symbol: prices[symbol] for symbol in symbols}


Pause = Callable[[], None]
"""Comes between the read of a balance and its write."""


def book() -> None:
    """Wait, as for a disk that has to confirm an entry."""
    sleep(WAIT)


def deposit_coarse(names: Sequence[str], pause: Pause = book) -> dict[str, int]:
    """Add one to the account of each name, in threads; one lock for all accounts."""
    lock = Lock()
    return _deposit(names, dict.fromkeys(names, lock), pause)


def deposit_fine(names: Sequence[str], pause: Pause = book) -> dict[str, int]:
    """Add one to the account of each name, in threads; a lock for each account."""
    return _deposit(names, {name: Lock() for name in names}, pause)


def _deposit(
    names: Sequence[str],
    locks: Mapping[str, AbstractContextManager[object]],
    pause: Pause,
) -> dict[str, int]:
    balances = dict.fromkeys(names, 0)

    def deposit(name: str) -> None:
        with locks[name]:  # held across the wait: what was read must stay true
            seen = balances[name]
            pause()
            balances[name] = seen + 1

    _for_each(deposit, names)
    return balances


def count_serial(times: int, threads: int = 2) -> int:
    """Count in one thread what the others count in several, under a lock."""
    total = 0
    lock = Lock()
    for _ in range(threads * times):
        with lock:
            total += 1
    return total


def count_contending(times: int, threads: int = 2) -> int:
    """Count in several threads, and take the same lock for each addition."""
    total = 0
    lock = Lock()

    def count(_: int) -> None:
        nonlocal total
        for _ in range(times):
            with lock:
                total += 1

    _for_each(count, range(threads))
    return total


def count_confined(times: int, threads: int = 2) -> int:
    """Count in several threads, each for itself, and add up under the lock once."""
    total = 0
    lock = Lock()

    def count(_: int) -> None:
        nonlocal total
        mine = 0
        for _ in range(times):
            mine += 1
        with lock:
            total += mine

    _for_each(count, range(threads))
    return total


def _for_each(work: Callable[[T], None], items: Sequence[T]) -> None:
    """Do some work on each item, in a thread for each; an exception is raised here."""
    with ThreadPoolExecutor(len(items)) as pool:
        for future in [pool.submit(work, item) for item in items]:
            future.result()
