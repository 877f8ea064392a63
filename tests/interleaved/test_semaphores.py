from contextlib import nullcontext
from threading import Condition

import pytest

from interleaved import semaphores
from interleaved.semaphores import ask_at_most

ADDRESS = ("127.0.0.1", 1)


class Server:
    """Replies when as many ask as are expected, and when no more come for a while."""

    def __init__(self, expected: int, patience: float) -> None:
        self.expected, self.patience = expected, patience
        self.changed = Condition()
        self.inside = self.peak = 0

    def ask(self, address: tuple[str, int]) -> bytes:
        assert address == ADDRESS
        with self.changed:
            self.inside += 1
            self.peak = max(self.peak, self.inside)
            self.changed.notify_all()
            assert self.changed.wait_for(lambda: self.peak >= self.expected, 10)
            self.changed.wait_for(lambda: self.peak > self.expected, self.patience)
            self.inside -= 1
        return b"42\n"


@pytest.mark.parametrize("at_once", [1, 3, 12])
def test_so_many_ask_at_once(monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    """As many as the limit are connected at the same time, and never one more."""
    server = Server(at_once, patience=0.02)
    monkeypatch.setattr(semaphores, "ask", server.ask)
    assert ask_at_most(at_once, ADDRESS) == [b"42\n"] * 12
    assert server.peak == at_once


def test_the_limit_is_the_semaphore(monkeypatch: pytest.MonkeyPatch) -> None:
    """Taken away, more are connected than it let in."""
    server = Server(3, patience=10)
    monkeypatch.setattr(semaphores, "ask", server.ask)
    monkeypatch.setattr(semaphores, "Semaphore", nullcontext)
    ask_at_most(3, ADDRESS)
    assert server.peak > 3


def test_a_failure_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that cannot connect raises, and holds none of the others up."""
    replies = iter([b"42\n"] * 4)
    monkeypatch.setattr(semaphores, "ask", lambda _: next(replies))
    with pytest.raises(StopIteration):
        ask_at_most(1, ADDRESS, times=5)
