import os
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from interleaved import report

broken = 0
if __name__ == "__main__":
    with ProcessPoolExecutor(max_workers=1) as pool:
        print(pool.submit(pow, 2, 10).result(timeout=30))
        for call in ((os._exit, 1), (pow, 2, 10), (pow, 2, 10)):
            try:
                print(pool.submit(*call).result(timeout=30))
            except BrokenProcessPool as error:
                print(type(error).__name__)
                broken += 1
    report("calls that brought no result", broken)
