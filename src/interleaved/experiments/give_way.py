from random import random

from interleaved import report
from interleaved.livelock import failures_in_real_time

PAUSES = {
    "no pause": lambda _: 0.0,
    "random pause": lambda _: random() * 0.004,
}

for name, pause in PAUSES.items():
    failures = [failures_in_real_time(pause) for _ in range(3)]
    report(f"failures, {name}", failures)
