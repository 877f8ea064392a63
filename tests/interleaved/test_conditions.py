import threading

import pytest

from interleaved import conditions
from interleaved.conditions import Mailbox


def wait_broken(box: Mailbox) -> bool:
    """Look without the lock, and then wait."""
    if box.look():
        return True
    with box.changed:
        return box.changed.wait(timeout=0.05)


def wait_fixed(box: Mailbox) -> bool:
    """Look and wait under one lock."""
    with box.changed:
        return bool(box.changed.wait_for(box.look, timeout=10))


@pytest.mark.negative_control
def test_a_look_without_the_lock_loses_the_wake_up() -> None:
    """Every time, although the item is there."""
    for _ in range(5):
        with Mailbox() as box:
            assert not wait_broken(box)
            assert box.items == ["news"]


def test_wait_for_is_woken() -> None:
    """Every time."""
    for _ in range(20):
        with Mailbox() as box:
            assert wait_fixed(box)
            assert box.items == ["news"]


def test_the_item_comes_in_any_case() -> None:
    """Also if nobody looks; and its thread has ended then."""
    with Mailbox() as box:
        pass
    assert box.items == ["news"]
    assert box.look()
    assert "puts" not in {thread.name for thread in threading.enumerate()}


def test_a_thread_that_does_not_come_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After a while, and not a hang."""
    monkeypatch.setattr(conditions, "_PATIENCE", 0.01)
    with pytest.raises(TimeoutError, match="nobody tried"):
        Mailbox().look()  # outside of a `with`, so no thread puts
