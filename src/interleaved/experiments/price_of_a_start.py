from functools import partial
from multiprocessing import get_all_start_methods

from interleaved import compare
from interleaved.processes import start_and_join

if __name__ == "__main__":
    variants = {
        method: partial(start_and_join, method)
        for method in ("thread", *get_all_start_methods())
    }
    print(compare(variants, rounds=7))
