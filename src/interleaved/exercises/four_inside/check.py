"""Judge `four_inside`."""

from pathlib import Path
from threading import Event, Semaphore, Thread
from types import ModuleType

from interleaved.exercises.expecting import expect, failing, in_time, load

HINT = "release what was acquired, and nothing that was not"


def check(file: Path) -> str:
    """Three stay, others are turned away; when they have left, three fit again."""
    answer = load(file, "visit")

    def breaks() -> None:
        raise OSError("the light is out")

    with failing(OSError, "what look() raised was not told", "let it pass"):
        answer.visit(breaks, 1.0)
    three_stay(answer)
    (entered,) = in_time(
        lambda: answer.visit(lambda: None, 5.0), otherwise="it stays full", hint=HINT
    )
    expect(entered, "all three have left, and nobody gets in", HINT)
    three_stay(answer)
    return "three were inside, a fourth and a fifth were turned away"


def three_stay(answer: ModuleType) -> None:
    """Fill the room, try to get in, and empty it."""
    inside, leave = Semaphore(0), Event()

    def stay() -> None:
        inside.release()
        leave.wait(10)

    threads = [
        Thread(target=answer.visit, args=(stay, 10.0), daemon=True) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for number in range(3):
        expect(inside.acquire(timeout=5), f"only {number} of three got in", HINT)
    for who in ("fourth", "fifth"):
        (entered,) = in_time(
            lambda: answer.visit(lambda: None, 0.01),
            otherwise=f"the {who} waits for ever",
            hint="acquire(timeout=patience) waits no longer than that",
        )
        expect(not entered, f"the {who} got in while three were inside", HINT)
    leave.set()
    for thread in threads:
        thread.join(5)
