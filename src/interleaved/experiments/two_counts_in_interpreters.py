from concurrent.futures import (
    InterpreterPoolExecutor,
    ThreadPoolExecutor,
)

from interleaved import compare
from interleaved.gil import count_serial, count_to

NUMBERS = [1_000_000] * 2

if __name__ == "__main__":
    with (
        InterpreterPoolExecutor(2) as inner,
        ThreadPoolExecutor(2) as team,
    ):
        counts = compare(
            {
                "in a row": lambda: count_serial(NUMBERS[0]),
                "in two interpreters": lambda: list(
                    inner.map(count_to, NUMBERS)
                ),
                "on two threads": lambda: list(
                    team.map(count_to, NUMBERS)
                ),
            }
        )
    print(counts)
