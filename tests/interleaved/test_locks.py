from contextlib import AbstractContextManager, nullcontext
from threading import Condition, Lock, RLock, Semaphore

import pytest

from interleaved.locks import most_inside


@pytest.mark.parametrize("lock", [Lock(), RLock(), Condition(), Semaphore(1)])
def test_a_lock_lets_in_one(lock: AbstractContextManager[object]) -> None:
    """Whatever its kind."""
    assert most_inside(lock, patience=0.05) == 1


@pytest.mark.negative_control
def test_no_lock_lets_in_all() -> None:
    """The negative control: the lock taken away, all ten are inside at once."""
    assert most_inside(nullcontext(), patience=10) == 10


@pytest.mark.parametrize("threads", [2, 3, 5])
def test_a_semaphore_lets_in_its_number(threads: int) -> None:
    """So the count is neither all nor one by accident."""
    assert most_inside(Semaphore(threads), patience=0.5) == threads


def test_the_lock_is_free_afterwards() -> None:
    """Each thread has left."""
    lock = Lock()
    most_inside(lock, threads=3, patience=0.05)
    assert lock.acquire(blocking=False)
