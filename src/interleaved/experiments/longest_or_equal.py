from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from interleaved import compare
from interleaved.process_pools import fibonacci

Map = Callable[..., Iterable[int]]
LISTS = {"one is long": (10, 15, 20, 25), "equal": (27,) * 4}


def all_of(mapped: Map, numbers: Iterable[int]) -> list[int]:
    return list(mapped(fibonacci, numbers))


if __name__ == "__main__":
    with ProcessPoolExecutor(4) as pool:
        for name, numbers in LISTS.items():
            variants = {
                f"{name}, in a row": partial(all_of, map, numbers),
                f"{name}, in a pool": partial(
                    all_of, pool.map, numbers
                ),
            }
            print(compare(variants), end="\n\n")
