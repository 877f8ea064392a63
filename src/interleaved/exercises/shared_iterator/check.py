"""Judge `shared_iterator`."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event

from interleaved.exercises.expecting import PATIENCE, Wrong, expect, in_time, load

HINT = "a generator runs for one caller at a time: let the others wait"


def check(file: Path) -> str:
    """A thread draws while the generator is at work for another one."""
    answer = load(file, "Numbers")
    at_work, second_has_drawn = Event(), Event()

    def count() -> Iterator[int]:
        at_work.set()
        second_has_drawn.wait(PATIENCE)
        yield from range(1, 4)

    numbers = answer.Numbers(count())

    def second() -> int:
        at_work.wait(10)
        drawn: int = numbers.draw()
        second_has_drawn.set()
        return drawn

    try:
        drawn = in_time(
            numbers.draw, second, otherwise="two threads wait for ever", hint=HINT
        )
    except ValueError as error:
        raise Wrong(f"the second thread got a ValueError: {error}", HINT) from error
    drawn.append(numbers.draw())
    expect(sorted(drawn) == [1, 2, 3], f"the numbers drawn were {drawn}", HINT)
    return "each thread got a number of its own, and none was left out"
