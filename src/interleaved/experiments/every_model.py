from functools import partial

from interleaved import compare
from interleaved.one_problem import serving
from interleaved.one_problem_models import MODELS

if __name__ == "__main__":
    with serving(pages=8, words=2_000, seconds=0.025) as urls:
        variants = {
            name: partial(solve, urls, 4)
            for name, solve in MODELS.items()
        }
        print(compare(variants, rounds=5, attempts=1))
