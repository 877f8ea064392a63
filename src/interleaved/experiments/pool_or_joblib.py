from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from joblib import Parallel, delayed

from interleaved import compare
from interleaved.gil_primes import count_primes, pieces

SHARES = pieces(range(100_000), 8)

if __name__ == "__main__":
    spawn = get_context("spawn")
    team = Parallel(n_jobs=2)
    call = delayed(count_primes)
    with ProcessPoolExecutor(2, spawn) as pool:
        counts = {
            "in a row": lambda: sum(map(count_primes, SHARES)),
            "pool": lambda: sum(pool.map(count_primes, SHARES)),
            "joblib": lambda: sum(team(map(call, SHARES))),
        }
        print(compare(counts, rounds=7, attempts=1))
