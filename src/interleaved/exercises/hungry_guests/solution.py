"""One cook puts dishes on a queue, and several guests eat them."""

from queue import Queue
from threading import Thread


def eat(dishes: Queue[str | None], eaten: list[str]) -> None:
    while (dish := dishes.get()) is not None:
        eaten.append(dish)


def dine(menu: list[str], guests: int) -> list[str]:
    """Return what was eaten, when all guests have left."""
    dishes: Queue[str | None] = Queue()
    eaten: list[str] = []
    threads = [
        Thread(target=eat, args=(dishes, eaten), daemon=True)
        for _ in range(guests)
    ]
    for thread in threads:
        thread.start()
    for dish in menu:
        dishes.put(dish)
    for _ in threads:
        dishes.put(None)  # no more dishes for one of them
    for thread in threads:
        thread.join()
    return eaten
