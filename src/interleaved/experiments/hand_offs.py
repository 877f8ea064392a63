import sys

from interleaved import report
from interleaved.turns import hand_offs, show_turns, stamped

SECONDS = 0.3

for milliseconds in (1, 5, 20):
    sys.setswitchinterval(milliseconds / 1000)
    runs = [stamped(SECONDS) for _ in range(3)]
    show_turns(f"{milliseconds:2} ms", runs[-1], seconds=0.06)
    per_second = [hand_offs(stamps) / SECONDS for stamps in runs]
    report(f"hand-offs a second at {milliseconds} ms", per_second)
