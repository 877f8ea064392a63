import threading

import pytest

from interleaved import notifying
from interleaved.notifying import count_wake_ups


@pytest.mark.parametrize(
    ("wake_all", "threads", "wake_ups"),
    [(False, 1, 1), (True, 1, 1), (False, 20, 20), (True, 3, 6), (True, 20, 210)],
)
def test_wake_ups(wake_all: bool, threads: int, wake_ups: int) -> None:
    """One for each item, or one for each thread that is left: the same every time."""
    before = threading.active_count()
    assert {count_wake_ups(wake_all, threads) for _ in range(5)} == {wake_ups}
    assert threading.active_count() == before


@pytest.mark.negative_control
def test_without_a_notification_nobody_wakes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: it ends with an error after a while."""

    class Mute(threading.Condition):
        def notify(self, n: int = 1) -> None:
            pass

    monkeypatch.setattr(notifying, "Condition", Mute)
    monkeypatch.setattr(notifying, "_PATIENCE", 0.05)
    with pytest.raises(TimeoutError, match="not settled"):
        count_wake_ups(wake_all=False, threads=2)
