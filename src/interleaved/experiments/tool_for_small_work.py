from concurrent.futures import ProcessPoolExecutor

from interleaved import compare


def double(number: int) -> int:
    return 2 * number


if __name__ == "__main__":
    numbers = range(200)
    with ProcessPoolExecutor(2) as pool:
        doubled = compare(
            {
                "in a row": lambda: [*map(double, numbers)],
                "a task each": lambda: [*pool.map(double, numbers)],
                "two chunks": lambda: [
                    *pool.map(double, numbers, chunksize=100)
                ],
            },
            rounds=7,
        )
    print(doubled)
