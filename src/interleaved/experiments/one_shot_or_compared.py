from concurrent.futures import ProcessPoolExecutor
from time import perf_counter

from interleaved import compare, report
from interleaved.gil import count_serial, count_to

NUMBER = 200_000


def ratio_by_one_shot() -> float:
    start = perf_counter()
    count_serial(NUMBER)
    middle = perf_counter()
    list(pool.map(count_to, [NUMBER] * 2))
    return (middle - start) / (perf_counter() - middle)


def ratio_by_comparing() -> float:
    counts = compare(
        {
            "in a row": lambda: count_serial(NUMBER),
            "in processes": lambda: list(
                pool.map(count_to, [NUMBER] * 2)
            ),
        },
        attempts=1,
    )
    return counts.speedup("in processes").median


if __name__ == "__main__":
    with ProcessPoolExecutor(2) as pool:
        ratio_by_one_shot()  # starts the processes
        shots = [ratio_by_one_shot() for _ in range(12)]
        compared = [ratio_by_comparing() for _ in range(12)]
    report("by one shot", max(shots) / min(shots), "×")
    report("compared", max(compared) / min(compared), "×")
