from interleaved import compare
from interleaved.events_and_barriers import (
    ask_again,
    count_for,
    sleep_until_set,
)

waits = compare(
    {
        "asking again": lambda: count_for(ask_again),
        "asleep": lambda: count_for(sleep_until_set),
    },
    rounds=7,
)
print(waits)
