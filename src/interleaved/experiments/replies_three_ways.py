from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

from interleaved import compare
from interleaved.gil_primes import ask, replying

if __name__ == "__main__":
    with (
        replying(seconds=0.02) as address,
        ProcessPoolExecutor(2) as pool,
        ThreadPoolExecutor(2) as team,
    ):
        four = [address] * 4
        replies = compare(
            {
                "in a row": lambda: list(map(ask, four)),
                "in two processes": lambda: list(pool.map(ask, four)),
                "on two threads": lambda: list(team.map(ask, four)),
            }
        )
    print(replies)
