from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

from interleaved import compare
from interleaved.gil_primes import count_primes, pieces

if __name__ == "__main__":
    parts = pieces(range(90_000))
    with ProcessPoolExecutor(2) as pool, ThreadPoolExecutor(2) as team:
        primes = compare(
            {
                "in a row": lambda: sum(map(count_primes, parts)),
                "in two processes": lambda: sum(
                    pool.map(count_primes, parts)
                ),
                "on two threads": lambda: sum(
                    team.map(count_primes, parts)
                ),
            },
            rounds=9,
        )
    print(primes)
