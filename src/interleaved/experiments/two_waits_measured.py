from interleaved import compare
from interleaved.start_here import wait_serial, wait_threaded

waits = compare(
    {
        "in a row": lambda: wait_serial(2, seconds=0.05),
        "overlapping": lambda: wait_threaded(2, seconds=0.05),
    }
)
print(waits)
