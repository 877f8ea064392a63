"""How many threads wake up for the items that come."""

from concurrent.futures import ThreadPoolExecutor
from threading import Condition, Lock

_PATIENCE = 10.0  # seconds that anybody here waits for anybody else


def count_wake_ups(wake_all: bool, threads: int = 20) -> int:
    """Let threads wait for one item each, and count how often one wakes up.

    The next item comes when all have settled: the last one is taken, and the
    threads that have none sleep. So the count is the same on every run.

    Args:
        wake_all: Notify all threads of each item, instead of one.
        threads: How many, and how many items.

    Raises:
        TimeoutError: They did not settle within 10 s.
    """
    lock = Lock()
    changed, settled = Condition(lock), Condition(lock)
    items: list[str] = []
    asleep = wake_ups = 0

    def take() -> None:
        nonlocal asleep, wake_ups
        with lock:
            while not items:
                asleep += 1
                settled.notify()
                if not changed.wait(_PATIENCE):
                    raise TimeoutError(f"no item within {_PATIENCE:g} s")
                wake_ups += 1
            items.pop()
            settled.notify()

    left = threads

    def all_settled() -> bool:
        return asleep == left and not items

    with ThreadPoolExecutor(threads) as pool:
        taking = [pool.submit(take) for _ in range(threads)]
        for left in range(threads, -1, -1):
            with lock:
                if not settled.wait_for(all_settled, _PATIENCE):
                    raise TimeoutError(f"not settled within {_PATIENCE:g} s")
                if left:
                    items.append("an item")
                    woken = asleep if wake_all else 1
                    asleep -= woken  # here, as a thread that is woken may be late
                    changed.notify(woken)
        for each in taking:
            each.result()
    return wake_ups
