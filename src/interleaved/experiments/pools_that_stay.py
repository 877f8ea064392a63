from concurrent.futures import Executor
from functools import partial

from interleaved import compare
from interleaved.one_problem import Summary, serving, summary_of
from interleaved.one_problem_models import open_pools


def mapped(pool: Executor, urls: list[str]) -> list[Summary]:
    return [*pool.map(summary_of, urls, timeout=30)]


if __name__ == "__main__":
    with (
        serving(pages=8, words=60_000, seconds=0.005) as urls,
        open_pools(workers=4) as pools,
    ):
        variants = {"in a row": lambda: [*map(summary_of, urls)]}
        for name, pool in pools.items():
            variants[name] = partial(mapped, pool, urls)
        print(compare(variants, rounds=5, attempts=1))
