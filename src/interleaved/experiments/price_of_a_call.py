from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from interleaved import compare
from interleaved.beyond_one_machine import dask_executor

if __name__ == "__main__":
    with (
        ProcessPoolExecutor(2, get_context("spawn")) as pool,
        dask_executor(workers=2, pure=False) as dask,
    ):
        calls = {
            "pool": lambda: sum(pool.map(abs, range(50))),
            "Dask": lambda: sum(dask.map(abs, range(50))),
        }
        print(compare(calls, rounds=5, attempts=1))
