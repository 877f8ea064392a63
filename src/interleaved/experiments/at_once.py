from interleaved import report
from interleaved.turns import at_once, show_turns, stamped

runs = sorted((stamped(0.1) for _ in range(5)), key=at_once)
show_turns("two threads", runs[-1], seconds=0.1)
report("threads that ran at once", at_once(runs[-1]), "×")
