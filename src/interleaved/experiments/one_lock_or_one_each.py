from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from time import sleep

from interleaved import compare

one_for_all = Lock()
one_each = [Lock() for _ in range(4)]


def move(lock: Lock) -> None:
    with lock:
        sleep(0.01)  # stands for a write to disk


with ThreadPoolExecutor(4) as pool:
    moves = compare(
        {
            "one lock": lambda: list(pool.map(move, [one_for_all] * 4)),
            "a lock each": lambda: list(pool.map(move, one_each)),
        }
    )
print(moves)
