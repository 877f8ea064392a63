from functools import partial

from interleaved import compare
from interleaved.prices.asking import Patience
from interleaved.prices.collectors import by_executor, in_a_row
from interleaved.prices.habits import Habits
from interleaved.prices.market import look_ups
from interleaved.prices.serving import price_service

for name, seconds in ("far", 0.02), ("near", 0):
    habits = Habits(delay=seconds, refused=0, stalled=0)
    with price_service(habits) as service:
        job = service.url, look_ups(1)[:45], 15, Patience(timeout=10)
        ways = {f"{name}, in a row": partial(in_a_row, *job)}
        ways[name] = partial(by_executor, *job)
        print(compare(ways, rounds=5, attempts=1))
