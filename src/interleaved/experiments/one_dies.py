import os
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from time import sleep

from interleaved import report

broken = 0
if __name__ == "__main__":
    with ProcessPoolExecutor(max_workers=2) as pool:
        asleep = pool.submit(sleep, 60)
        print(pool.submit(pow, 2, 10).result(timeout=30))
        dies = pool.submit(os._exit, 1)
        for call in (asleep, dies):
            error = call.exception(timeout=30)
            print(type(error).__name__)
            broken += isinstance(error, BrokenProcessPool)
        try:
            pool.submit(pow, 2, 10)
        except BrokenProcessPool:
            print("and it takes no more calls")
            broken += 1
    report("calls that brought no result", broken)
