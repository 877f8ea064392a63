from interleaved import compare
from interleaved.lock_granularity import (
    collect_entering,
    collect_holding,
    collect_serial,
)

symbols = ["A", "BB", "CCC", "DDDD"]
prices = compare(
    {
        "in a row": lambda: collect_serial(symbols),
        "held to ask and enter": lambda: collect_holding(symbols),
        "held to enter": lambda: collect_entering(symbols),
    }
)
print(prices)
