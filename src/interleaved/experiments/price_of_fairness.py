from threading import Lock

from interleaved import compare
from interleaved.starvation import TicketLock, turns

played = compare(
    {
        "plain lock": lambda: len(turns(Lock(), 4_000)),
        "ticket lock": lambda: len(turns(TicketLock(), 4_000)),
    }
)
print(played)
