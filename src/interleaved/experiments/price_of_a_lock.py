from threading import Lock

from interleaved import compare

lock, TIMES = Lock(), 10_000


def bare() -> int:
    total = 0
    for _ in range(TIMES):
        total += 1
    return total


def locked() -> int:
    total = 0
    for _ in range(TIMES):
        with lock:
            total += 1
    return total


print(compare({"bare": bare, "under a lock": locked}))
