from concurrent.futures import ProcessPoolExecutor

from interleaved import compare
from interleaved.gil import count_serial, count_to

NUMBER = 1_000_000

if __name__ == "__main__":
    with ProcessPoolExecutor(2) as pool:
        counts = compare(
            {
                "in a row": lambda: count_serial(NUMBER),
                "in two processes": lambda: list(
                    pool.map(count_to, [NUMBER] * 2)
                ),
            }
        )
    print(counts)
