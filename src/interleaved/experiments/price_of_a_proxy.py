from multiprocessing import Manager, Value

from interleaved import compare

TIMES = range(100)

if __name__ == "__main__":
    with Manager() as manager:
        asked, shared, own = manager.dict(n=1), Value("q", 1), {"n": 1}
        reads = compare(
            {
                "own": lambda: sum(own["n"] for _ in TIMES),
                "shared": lambda: sum(shared.value for _ in TIMES),
                "asked": lambda: sum(asked["n"] for _ in TIMES),
            }
        )
    print(reads)
