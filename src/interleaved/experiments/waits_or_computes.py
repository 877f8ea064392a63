from functools import partial

from interleaved import report
from interleaved.choose import processor_share
from interleaved.gil import count_to
from interleaved.gil_primes import ask, replying

if __name__ == "__main__":
    with replying(seconds=0.05) as address:
        asking = partial(ask, address)
        shares = [processor_share(asking) for _ in range(5)]
    report("processor share, asking", shares)
    counting = partial(count_to, 100_000)
    shares = [processor_share(counting) for _ in range(5)]
    report("processor share, counting", shares)
