from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from joblib import Parallel, delayed

from interleaved import compare
from interleaved.beyond_one_machine import dask_executor
from interleaved.gil_primes import count_primes, pieces

SHARES = pieces(range(100_000), 8)

if __name__ == "__main__":
    team, call = Parallel(n_jobs=2), delayed(count_primes)
    with (
        ProcessPoolExecutor(2, get_context("spawn")) as pool,
        dask_executor(workers=2, pure=False) as dask,
    ):
        engines = {
            "in a row": lambda: sum(map(count_primes, SHARES)),
            "pool": lambda: sum(pool.map(count_primes, SHARES)),
            "joblib": lambda: sum(team(map(call, SHARES))),
            "Dask": lambda: sum(dask.map(count_primes, SHARES)),
        }
        assert sum(dask.map(count_primes, SHARES)) == 9_592
        print(compare(engines, rounds=5, attempts=1))
