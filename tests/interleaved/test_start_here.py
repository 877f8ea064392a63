from collections.abc import Callable
from threading import Barrier, get_ident

import pytest

from interleaved import start_here
from interleaved.start_here import wait_serial, wait_threaded


@pytest.mark.parametrize("wait", [wait_serial, wait_threaded])
@pytest.mark.parametrize("waits", [0, 1, 5])
def test_every_wait_is_done(
    wait: Callable[[int, float], int], waits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each variant does all its waits, each as long as asked, and counts them."""
    slept: list[float] = []
    monkeypatch.setattr(start_here, "sleep", slept.append)
    assert wait(waits, 0.25) == waits
    assert slept == [0.25] * waits


def test_serial_waits_in_this_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits in a row are all in the caller's thread."""
    threads: list[int] = []
    monkeypatch.setattr(start_here, "sleep", lambda _: threads.append(get_ident()))
    wait_serial(3, 1)
    assert threads == [get_ident()] * 3


def test_threaded_waits_overlap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three waits are under way at one time: they meet before any ends."""
    all_waiting = Barrier(3, timeout=10)
    monkeypatch.setattr(start_here, "sleep", lambda _: all_waiting.wait())
    assert wait_threaded(3, 1) == 3


def test_a_wait_that_fails_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a wait that came to its end counts."""
    monkeypatch.setattr("threading.excepthook", lambda _: None)

    def interrupted(seconds: float) -> None:
        raise InterruptedError

    monkeypatch.setattr(start_here, "sleep", interrupted)
    assert wait_threaded(2, 1) == 0
