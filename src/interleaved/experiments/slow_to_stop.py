from interleaved import compare
from interleaved.thread_stopping import (
    stop_a_sleeper,
    stop_a_waiter,
)

stops = compare(
    {
        "sleep(0.05)": lambda: stop_a_sleeper(0.05),
        "stop.wait(0.05)": lambda: stop_a_waiter(0.05),
    }
)
print(stops)
