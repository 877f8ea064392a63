"""Add up squares, on a pool of processes."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context


def square(number: int) -> int:
    return number * number


if __name__ == "__main__":
    # As on Windows and macOS: a new process imports this file.
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        print(sum(pool.map(square, range(10))))
