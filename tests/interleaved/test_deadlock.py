import subprocess
from threading import Barrier, Event, Lock, Thread

import pytest

from interleaved import deadlock
from interleaved.deadlock import (
    Deadlock,
    WatchedLock,
    cycle,
    run_limited,
    stable_dump,
    take_as_given,
    take_crosswise,
    take_in_order,
)


def in_a_circle(names: str, order: bool = False) -> list[str]:
    """Each thread takes a lock, waits for all, and wants the next one's lock."""
    locks = [WatchedLock(f"lock {name}") for name in names]
    all_hold_one = Barrier(len(names), timeout=0.2 if order else 10)
    circles: list[str] = []

    def work(at: int) -> None:
        pair = [at, (at + 1) % len(locks)]
        first, second = sorted(pair) if order else pair
        with locks[first]:
            if not order:
                all_hold_one.wait()
            try:
                with locks[second]:
                    pass
            except Deadlock as error:
                circles.append(str(error))

    threads = [
        Thread(target=work, args=(at,), name=name) for at, name in enumerate(names)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()
    return circles


def test_a_circle_is_found_before_it_closes() -> None:
    """One thread is told, and the others go on."""
    assert in_a_circle("AB") == ["A → lock B → B → lock A → A"]


def test_a_long_circle_is_found() -> None:
    """Whoever closes it, its text begins with the first name."""
    circle = "A → lock B → B → lock C → C → lock D → D → lock A → A"
    assert in_a_circle("ABCD") == [circle]


def test_an_order_has_no_circle() -> None:
    """The same locks, sorted, and nobody is told anything."""
    assert in_a_circle("ABCD", order=True) == []


def test_a_thread_alone_is_a_circle() -> None:
    """Who takes a lock twice waits for itself."""
    lock = WatchedLock("mine")
    with lock, pytest.raises(Deadlock, match="MainThread → mine → MainThread"):
        lock.acquire()
    assert lock.acquire()  # it was given back once, not twice
    lock.release()


def test_a_wait_is_no_circle() -> None:
    """A thread that waits for one that does not is not stuck, only late."""
    lock, waits = WatchedLock("lock"), Event()
    found: list[bool] = []

    def late() -> None:
        waits.set()
        found.append(lock.acquire(timeout=0.05))

    with lock:
        thread = Thread(target=late, name="late")
        thread.start()
        assert waits.wait(10)
        assert cycle() == []
        thread.join(10)
    assert found == [False]
    assert cycle() == []


def test_cycle_reads_the_records(monkeypatch: pytest.MonkeyPatch) -> None:
    """The waits of a circle that was let happen are found from outside."""
    one, two, off = WatchedLock("one"), WatchedLock("two"), WatchedLock("off")
    monkeypatch.setattr(deadlock, "_holders", {one: "A", two: "B", off: "B"})
    monkeypatch.setattr(deadlock, "_waiting", {"A": two, "B": one, "0": off})
    assert cycle() == ["A", "two", "B", "one", "A"]
    monkeypatch.setattr(deadlock, "_waiting", {"A": two})
    assert cycle() == []
    # Taken or given back in this moment: whoever waits is not stuck.
    monkeypatch.setattr(deadlock, "_waiting", {"A": two, "B": one})
    monkeypatch.setattr(deadlock, "_holders", {two: "B"})
    assert cycle() == []


def test_a_lock_that_does_not_come_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`with` gives up after its time, and does not go on without the lock."""
    lock = WatchedLock("lock")
    plain = lock.acquire
    monkeypatch.setattr(lock, "acquire", lambda: plain(timeout=0.01))
    raised: list[str] = []

    def late() -> None:
        try:
            with lock:
                raised.append("nothing")
        except TimeoutError as error:
            raised.append(str(error))

    with WatchedLock("other"):
        assert plain()
        thread = Thread(target=late)
        thread.start()
        thread.join(10)
        lock.release()
    assert raised == ["the lock lock was not free in time"]


def test_take_in_order_ends() -> None:
    """Within this process: nothing is left hanging."""
    thread = Thread(target=take_crosswise, args=(take_in_order, 0.1), daemon=True)
    thread.start()
    thread.join(10)
    assert not thread.is_alive()


@pytest.mark.negative_control
@pytest.mark.parametrize(
    ("take", "stuck"), [("take_as_given", True), ("take_in_order", False)]
)
def test_the_order_decides(take: str, stuck: bool) -> None:
    """Negative control: without the order the same program does not end."""
    program = f"from interleaved.deadlock import *\ntake_crosswise({take}, 0.5)"
    assert run_limited(program, seconds=4).stuck == stuck


def test_a_program_that_ends() -> None:
    """It is not stuck, and what it printed is there."""
    ending = run_limited("print('ä', __name__)", seconds=20)
    assert (ending.stuck, ending.printed, ending.dump) == (False, "ä __main__\n", "")
    assert str(ending) == "ä __main__\nended"


def test_a_program_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its last calls are in the dump, and what it printed is there, flushed or not."""
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    program = "import time\ndef wait():\n  print(1)\n  time.sleep(99)\nwait()"
    ending = run_limited(program, seconds=3)
    assert ending.stuck
    assert str(ending) == "1\nstuck:\nthread 1\n  line 4 in wait\n  line 5 in <module>"


def test_a_program_that_hangs_in_the_middle_of_a_line() -> None:
    """What it wrote to stderr may end without one, and may speak of timeouts."""
    program = (
        "import sys, time\n"
        "print('Timeout (of ours)', end='', file=sys.stderr, flush=True)\n"
        "time.sleep(99)"
    )
    assert run_limited(program, seconds=3).dump == "thread 1\n  line 3 in <module>"


def test_a_program_that_fails() -> None:
    """Is an error here, too, and not an end."""
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        run_limited("1 / 0", seconds=20)
    with pytest.raises(RuntimeError, match=r"Timeout \(of ours\)"):
        run_limited("raise TimeoutError('Timeout (of ours)')", seconds=20)
    with pytest.raises(RuntimeError, match="status 3"):
        run_limited("raise SystemExit(3)", seconds=20)


def test_a_limit_that_fails_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is a second limit behind the first."""

    def run(*_: object, timeout: float, **__: object) -> None:
        raise subprocess.TimeoutExpired("python", timeout)

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(subprocess.TimeoutExpired, match="31"):
        run_limited("", seconds=1)


def test_dumps_lose_what_changes() -> None:
    """Addresses, names, the current thread, and the library's lines."""
    dump = """Timeout (0:00:01)!
Thread 0x00007f9666e196c0 [worker] (most recent call first):
  File "program.py", line 9 in move
  File "/lib/python3.14/threading.py", line 982 in run

Current thread 0x00007f9668c5db80 (most recent call first):
  File "program.py", line 13 in <module>
  <truncated rest of calls>
"""
    assert stable_dump(dump) == (
        "thread 1\n  line 9 in move\nthread 2\n  line 13 in <module>"
    )
    assert stable_dump("") == ""


def test_one_lock_is_not_taken_twice() -> None:
    """It is refused, and free afterwards, where a wait would never end."""
    lock = Lock()
    refused: list[str] = []

    def take() -> None:
        try:
            take_in_order(lock, lock, lambda: None)
        except ValueError as error:
            refused.append(str(error))

    thread = Thread(target=take, daemon=True)
    thread.start()
    thread.join(10)
    assert refused == ["one lock cannot be taken twice"]
    assert not lock.locked()


def test_locks_are_taken_as_they_were_given() -> None:
    """The other one is free as long as one is held, and in the end both are."""
    locks = Lock(), Lock()
    for first, second in (locks, locks[::-1]):
        held: list[bool] = []
        note = lambda: held.extend((first.locked(), second.locked()))  # noqa: B023, E731
        take_as_given(first, second, note)
        assert held == [True, False]
        assert not first.locked()
        assert not second.locked()
