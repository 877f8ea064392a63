from interleaved import compare
from interleaved.starvation import LOCKS, turns


def play(name: str) -> int:
    return len(turns(LOCKS[name](), 1_000, settle=0.002))


played = compare(
    {
        "plain lock": lambda: play("plain"),
        "ticket lock": lambda: play("ticket"),
    }
)
print(played)
