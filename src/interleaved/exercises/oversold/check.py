"""Judge `oversold`."""

from pathlib import Path
from threading import Barrier

from interleaved.exercises.expecting import PATIENCE, expect, in_time, load, meet, twice

HINT = "hold one lock across the check and the act, and give it back on each way out"


def check(file: Path) -> str:
    """Two customers want the last ticket, and one of them gets it."""
    answer = load(file, "sell")
    tickets, both_have_looked = ["A1"], Barrier(2, timeout=PATIENCE)

    def left() -> int:
        number = len(tickets)
        meet(both_have_looked)
        return number

    def take() -> None:
        if tickets:  # else one of the two stands at the door, to be counted below
            tickets.pop()

    def buy() -> bool:
        sold: bool = answer.sell(left, take)
        return sold

    sold = twice(file, buy, otherwise="two customers wait for ever", hint=HINT)
    expect(sum(sold) == 1, f"one ticket was sold {sum(sold)} times", HINT)
    third = in_time(buy, otherwise="the third customer waits for ever", hint=HINT)
    expect(third == [False], "a third customer bought a ticket that was gone", HINT)
    return "the last ticket was sold once, and two customers went without"
