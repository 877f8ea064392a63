import sys
from functools import partial

from interleaved import report
from interleaved.convoy import answered, beside, p90
from interleaved.gil import count_to

count = partial(count_to, 10_000)

if __name__ == "__main__":
    with answered() as ask:
        ask(20)  # warm up
        alone = [p90(ask(15)) for _ in range(5)]
        report("p90 alone", alone, "s")
        for milliseconds in (1, 5, 20):
            sys.setswitchinterval(milliseconds / 1000)
            with beside(count):
                replies = [p90(ask(15)) for _ in range(5)]
            report(f"p90 at {milliseconds} ms", replies, "s")
