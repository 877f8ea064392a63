from interleaved import compare
from interleaved.free_threaded import (
    tally_apart,
    tally_serial,
    tally_together,
)

tallies = compare(
    {
        "in a row": lambda: tally_serial(20_000),
        "one for each": lambda: tally_apart(20_000),
        "one for all": lambda: tally_together(20_000),
    }
)
print(tallies)
