from interleaved import compare
from interleaved.producers_consumers import (
    ITEMS,
    look_up_pooled,
    look_up_serial,
    serving,
)

if __name__ == "__main__":
    with serving(seconds=0.005) as address:
        look_ups = compare(
            {
                "one": lambda: look_up_serial(ITEMS[:40], address),
                "eight": lambda: look_up_pooled(ITEMS[:40], address),
            },
            rounds=7,
        )
    print(look_ups)
