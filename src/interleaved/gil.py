"""Counting twice in a row, and in two threads."""

from concurrent.futures import ThreadPoolExecutor


def count_to(number: int) -> int:
    """Count from 0 to a number in pure Python, and return where it ended."""
    reached = 0
    for _ in range(number):
        reached += 1
    return reached


def count_serial(number: int, threads: int = 2) -> list[int]:
    """Count in this thread, as often as `count_threaded` has threads."""
    return [count_to(number) for _ in range(threads)]


def count_threaded(number: int, threads: int = 2) -> list[int]:
    """Count in several threads at once; a thread's exception is raised here."""
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(count_to, [number] * threads))
