"""The price of a start, and a lock that was held when a process forked."""

import multiprocessing
from threading import Event, Lock

import pytest

from interleaved import processes
from interleaved.processes import can_take, held, start_and_join

METHODS = multiprocessing.get_all_start_methods()


@pytest.mark.parametrize("method", ["thread", *METHODS])
def test_a_worker_starts_and_ends(method: str) -> None:
    """A thread, and a process by each start method."""
    assert start_and_join(method)


def test_what_does_not_end_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that outlives the limit is no success."""
    enough = Event()
    monkeypatch.setattr(processes, "LIMIT", 0.01)
    monkeypatch.setattr(processes, "nothing", lambda: enough.wait(30))
    assert not start_and_join("thread")
    enough.set()


def test_a_lock_is_held_by_another_thread() -> None:
    """While the block lasts, and no longer."""
    lock = Lock()
    with held(lock):
        assert not lock.acquire(timeout=0.01)
    assert lock.acquire(timeout=10)


def test_a_lock_is_not_held_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even if the block lasts longer than the limit."""
    monkeypatch.setattr(processes, "LIMIT", 0.01)
    lock = Lock()
    with held(lock):
        assert lock.acquire(timeout=10)
        lock.release()


@pytest.mark.skipif("fork" not in METHODS, reason="this system has no fork")
@pytest.mark.parametrize("taken", [False, True])
def test_a_fork_keeps_a_lock_as_it_is(taken: bool) -> None:
    """A held one stays held for ever; a free one stays free."""
    lock = Lock()
    child = multiprocessing.get_context("fork").Process(target=can_take, args=(lock,))
    if taken:
        with held(lock):
            child.start()
    else:
        child.start()
    child.join(timeout=60)
    assert child.exitcode == int(taken)


def test_a_lock_that_is_never_free_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a while, and not a hang; the lock stays with who has it."""
    monkeypatch.setattr(processes, "LIMIT", 0.01)
    lock = Lock()
    with lock, pytest.raises(TimeoutError, match="never free"), held(lock):
        pass
    assert lock.acquire(timeout=10)
