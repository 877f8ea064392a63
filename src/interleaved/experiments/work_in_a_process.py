from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

from interleaved import report
from interleaved.convoy import answered, beside, p90
from interleaved.gil import count_to

if __name__ == "__main__":
    pool = ProcessPoolExecutor(1, get_context("spawn"))
    with answered() as ask, pool:
        pool.submit(count_to, 1).result(timeout=30)  # warm up
        with beside(partial(count_to, 10_000)):
            broken = [p90(ask(20)) for _ in range(5)]
        with beside(
            lambda: pool.submit(count_to, 2_000_000).result(timeout=30)
        ):
            fixed = [p90(ask(20)) for _ in range(5)]
    report("p90, counting on a thread", broken, "s")
    report("p90, counting in a process", fixed, "s")
