from interleaved import compare
from interleaved.gil_primes import replying
from interleaved.semaphores import ask_at_most

if __name__ == "__main__":
    with replying(0.02) as address:
        replies = compare(
            {
                "one at a time": lambda: ask_at_most(1, address),
                "three": lambda: ask_at_most(3, address),
                "all twelve": lambda: ask_at_most(12, address),
            },
            rounds=7,
        )
    print(replies)
