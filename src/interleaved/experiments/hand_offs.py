import sys

from interleaved import report
from interleaved.convoy import hand_offs, stamped, strip

SECONDS = 0.3

for milliseconds in (1, 5, 20):
    sys.setswitchinterval(milliseconds / 1000)
    runs = [stamped(SECONDS) for _ in range(3)]
    print(strip(runs[-1], seconds=0.001, columns=64))
    per_second = [hand_offs(stamps) / SECONDS for stamps in runs]
    report(f"hand-offs a second at {milliseconds} ms", per_second)
