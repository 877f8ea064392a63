import ast
import dis
import signal
import subprocess
import sys
from collections.abc import Callable
from threading import Thread

import pytest

from interleaved import race_matrix, this_interpreter
from interleaved.race_matrix import (
    BODIES,
    NAMES,
    first_of,
    listing,
    lost_by_body,
    program,
    pythons_here,
    switch_points,
    table,
)
from interleaved.races import Counter, one

LOCKED = "with lock: c += f()"
counter = Counter()


def add_call() -> None:
    for _ in range(3):
        counter.value += one()


def add_constant() -> None:
    for _ in range(3):
        counter.value += 1


def asked_within(function: Callable[[], object]) -> set[str]:
    """Return the instructions of a loop's body at which the interpreter asks."""
    points = switch_points(function, seconds=0.4)
    steps = {step.offset: step.opname for step in dis.get_instructions(function)}
    first = next(at for at, name in steps.items() if name == "FOR_ITER")
    own = {at for name, at in points if name == function.__name__ and at > first}
    return {steps[at] for at in own}


def test_the_program_suits_python_2() -> None:
    """No syntax and no text that Python 2.7 lacks, so that Jython runs it."""
    text = program(BODIES, times=1, rounds=1)
    assert text.isascii()
    for node in ast.walk(ast.parse(text)):
        assert not isinstance(node, ast.JoinedStr | ast.AnnAssign | ast.Nonlocal)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "print":
            assert len(node.args) == 1  # or it would print a tuple


def test_every_body_adds_one() -> None:
    """One thread at a time loses nothing: what is lost is due to the second."""
    alone = program([*BODIES, "p.v += 1"], times=50, rounds=1)
    alone = alone.replace("range(2)", "range(1)").replace("< 2", "< 1")
    run = subprocess.run(
        [sys.executable, "-c", alone],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    # Of 100 updates, as the program counts, one thread makes 50.
    assert run.stdout.split() == ["50"] * (len(BODIES) + 1)


def test_lost_updates_are_some_of_all() -> None:
    """Each body is reported, in order, and never loses more than there are."""
    lost = lost_by_body(times=2000, rounds=2)
    assert tuple(lost) == BODIES
    assert all(0 <= count < 8000 for count in lost.values())
    assert lost["items.append(1)"] == lost["items += [1]"] == 0


@pytest.mark.negative_control
def test_the_lock_keeps_what_its_absence_loses() -> None:
    """The negative control: the same body without its lock."""
    bodies = (LOCKED, LOCKED.removeprefix("with lock: "))
    locked, unlocked = lost_by_body(bodies=bodies, times=300_000).values()
    assert locked == 0
    assert unlocked > 0


def test_rounds_are_added_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lines of one body follow each other, a line for each round."""
    asked: list[str] = []

    def printed(python: str, text: str, **_: float) -> list[float]:
        asked.extend((python, text))
        return [1, 2, 3, 40, 50, 60]

    monkeypatch.setattr(race_matrix, "numbers_printed", printed)
    found = lost_by_body("other", bodies=("c += 1", "c += 2"), times=7, rounds=3)
    assert found == {"c += 1": 6, "c += 2": 150}
    assert asked == ["other", program(("c += 1", "c += 2"), times=7, rounds=3)]


def test_this_interpreter_is_found() -> None:
    """Wherever it is, and the command finds nothing."""
    name = this_interpreter().name
    assert pythons_here(find=lambda _: None)[name] == sys.executable


def test_what_does_not_work_is_not_found() -> None:
    """A shim with nothing behind it, and a Python of another version."""
    everywhere = pythons_here(find=lambda _: sys.executable)
    others = set(NAMES) - {this_interpreter().name}
    assert all(everywhere.get(name) != sys.executable for name in others)
    broken = pythons_here(find=lambda command: f"/no/such/{command}")
    assert not any(path.startswith("/no/such/python") for path in broken.values())


def test_the_table_has_percentages() -> None:
    """Zero only for none at all."""
    found = {
        "3.9": {"c += 1": 50.0, "c += f()": 1.0},
        "3.13t": {"c += 1": 0.0, "c += f()": 200.0},
    }
    assert table(found, updates=200).splitlines() == [
        "            3.9  3.13t",
        "c += 1       25      0",
        "c += f()     <1    100",
    ]


def test_a_loop_is_asked_where_it_jumps_back() -> None:
    """And nowhere between the read and the write of a plain increment."""
    assert asked_within(add_constant) == {"JUMP_BACKWARD"}


def test_a_called_function_is_asked_at_its_start() -> None:
    """That is between the read and the write of the one who calls."""
    points = switch_points(add_call, seconds=0.4)
    steps = {step.offset: step.opname for step in dis.get_instructions(one)}
    assert {steps[at] for name, at in points if name == "one"} == {"RESUME"}


def test_a_listing_marks_the_points() -> None:
    """Those of this function, and no others."""
    resume = next(s for s in dis.get_instructions(one) if s.opname == "RESUME")
    first, *lines = listing(one, {("one", resume.offset), ("other", 0)}).splitlines()
    assert first == "one:"
    marked = [line.split()[0] for line in lines if line.endswith("<- may switch")]
    assert marked == ["RESUME"]
    assert "may switch" not in listing(one, set())


def test_ctrl_c_works_again_afterwards() -> None:
    """Even when the work fails."""
    before = signal.getsignal(signal.SIGINT)

    def fail() -> None:
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        switch_points(fail, seconds=0.05)
    assert signal.getsignal(signal.SIGINT) is before


def test_points_are_found_in_the_main_thread_only() -> None:
    """Another thread gets no signals, and hears so."""
    said: list[str] = []

    def try_it() -> None:
        try:
            switch_points(one, seconds=0.01)
        except ValueError as error:
            said.append(str(error))

    thread = Thread(target=try_it)
    thread.start()
    thread.join(10)
    assert "main thread" in said[0]


def test_the_first_that_is_there_is_taken() -> None:
    """In the order of the names asked for, not of the interpreters."""
    here = {"3.13t": "old", "3.14t": "new"}
    assert first_of(here, "3.15t", "3.14t", "3.13t") == "new"
    assert first_of(here, "3.15t") is None
