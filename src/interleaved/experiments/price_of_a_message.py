from functools import partial

from interleaved import compare
from interleaved.process_messages import echo

SIZES = {"1 kB": 10**3, "100 kB": 10**5, "10 MB": 10**7}

if __name__ == "__main__":
    with echo() as there_and_back:
        variants = {
            name: partial(there_and_back, bytes(size))
            for name, size in SIZES.items()
        }
        print(compare(variants, rounds=9))
