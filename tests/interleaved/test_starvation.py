from collections import Counter
from contextlib import nullcontext
from threading import Event, Lock, Thread
from time import monotonic, sleep

import pytest

from interleaved import starvation
from interleaved.starvation import TicketLock, runs, turns, turns_beside


def wait_for_queue(lock: TicketLock, length: int) -> None:
    end = monotonic() + 10
    while lock.queue != length:
        assert monotonic() < end
        sleep(0.001)


def in_line(lock: TicketLock) -> list[int]:
    """Let five threads queue one after the other; the order in which they get it."""
    got: list[int] = []

    def take(me: int) -> None:
        with lock:
            got.append(me)

    threads = [Thread(target=take, args=(me,)) for me in range(5)]
    with lock:
        for length, thread in enumerate(threads, 1):
            thread.start()
            wait_for_queue(lock, length)
    for thread in threads:
        thread.join(10)
    return got


def test_first_come_first_served() -> None:
    """The ticket lock goes to those who wait in the order in which they came."""
    assert in_line(TicketLock()) == [0, 1, 2, 3, 4]


@pytest.mark.negative_control
def test_another_order_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: with a stack of tickets the same check fails."""

    class Stack(list[Lock]):
        popleft = list.pop

    lock = TicketLock()
    monkeypatch.setattr(lock, "_tickets", Stack())
    assert in_line(lock) == [4, 3, 2, 1, 0]


def most_inside(lock: object) -> int:
    inside = most = 0

    def work() -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        sleep(0.0005)
        inside -= 1

    turns(lock, 40, work)  # type: ignore[arg-type]
    return most


@pytest.mark.negative_control
def test_one_at_a_time() -> None:
    """It is a lock: never two inside. Negative control: without one there are."""
    assert most_inside(TicketLock()) == 1
    assert most_inside(nullcontext()) > 1


def test_it_does_not_go_to_who_comes_by() -> None:
    """Handed on, it is not free in between."""
    lock, has_it, may_end = TicketLock(), Event(), Event()

    def take() -> None:
        with lock:
            has_it.set()
            may_end.wait(10)

    thread = Thread(target=take)
    lock.acquire()
    thread.start()
    wait_for_queue(lock, 1)
    lock.release()
    assert lock._taken  # even if the other has not woken up
    assert has_it.wait(10)
    may_end.set()
    thread.join(10)
    with lock:
        pass


def test_a_lock_that_does_not_come_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And its ticket is void: the lock does not go to who has left."""
    monkeypatch.setattr(starvation, "_PATIENCE", 0.01)
    lock = TicketLock()
    with lock:
        with pytest.raises(TimeoutError, match=r"within 0\.01 s"):
            lock.acquire()
        assert lock.queue == 0
    with lock:
        pass


@pytest.mark.parametrize("came", [False, True])
def test_a_wait_that_is_interrupted_takes_nothing(
    came: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After Ctrl-C the lock goes to nobody who has left, even if it came just then."""
    lock = TicketLock()

    class Ticket:
        def acquire(self, timeout: float | None = None) -> bool:
            if timeout is None:
                return True
            if came:
                lock.release()
            raise KeyboardInterrupt

        def release(self) -> None:
            pass

    lock.acquire()
    monkeypatch.setattr(starvation, "Lock", Ticket)
    with pytest.raises(KeyboardInterrupt):
        lock.acquire()
    assert lock.queue == 0
    if not came:
        lock.release()
    assert not lock._taken


def test_release_of_a_free_lock() -> None:
    """Is an error, as with a plain lock."""
    with pytest.raises(RuntimeError, match="nobody holds"):
        TicketLock().release()


@pytest.mark.parametrize("kind", [Lock, TicketLock])
def test_all_turns_are_had(kind: type) -> None:
    """As many as asked for, by the threads that there are."""
    order = turns(kind(), 100, threads=3)
    assert len(order) == 100
    assert set(order) <= {0, 1, 2}


def test_the_ticket_lock_goes_round() -> None:
    """Everybody has about as many turns as the others."""
    counts = Counter(turns(TicketLock(), 400, lambda: sleep(0.0001)))
    assert len(counts) == 4
    assert min(counts.values()) > 80


def test_turns_beside_are_counted() -> None:
    """Many beside somebody who does not use the lock, none that the other has."""
    lock = Lock()
    assert turns_beside(lambda: sleep(0.001), lock, seconds=0.05) > 1
    assert not lock.locked()

    def hog() -> None:
        with lock:
            sleep(0.1)

    assert turns_beside(hog, lock, seconds=0.1) < 40


@pytest.mark.parametrize(
    ("order", "lengths"),
    [([], []), ([7], [1]), ([0, 0, 1, 0], [2, 1, 1]), ([1, 1, 1], [3])],
)
def test_runs(order: list[int], lengths: list[int]) -> None:
    """How often in a row, each time."""
    assert runs(order) == lengths
