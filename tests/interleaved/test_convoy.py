import threading
from threading import Barrier, Event, get_ident

import pytest

from interleaved import convoy
from interleaved.convoy import (
    Stamp,
    answered,
    beside,
    hand_offs,
    p90,
    stamped,
    strip,
)


def names() -> set[str]:
    return {thread.name for thread in threading.enumerate()}


def test_every_question_is_answered() -> None:
    """As many durations as questions, and nobody stays behind."""
    with answered() as ask:
        assert "answers" in names()
        assert len(ask(3)) == 3
        assert all(0 < seconds < 30 for seconds in ask(20))
        assert ask(0) == []
    assert "answers" not in names()


def test_answering_ends_with_an_exception() -> None:
    """What goes wrong meanwhile ends the client and the thread just the same."""
    with pytest.raises(LookupError), answered():
        raise LookupError
    assert "answers" not in names()


def test_an_answer_that_never_comes_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After a while, and not a hang."""
    with answered() as ask:
        monkeypatch.setattr(convoy, "_PATIENCE", 0.0)
        with pytest.raises(TimeoutError, match="no answer"):
            ask(5)
        monkeypatch.undo()


def test_work_goes_on_until_the_end() -> None:
    """It is repeated in one other thread, which ends with the `with`."""
    threads: list[int] = []
    thrice = Event()

    def work() -> None:
        threads.append(get_ident())
        if len(threads) == 3:
            thrice.set()

    with beside(work):
        assert thrice.wait(10)
        assert "works" in names()
    assert "works" not in names()
    assert len(set(threads)) == 1
    assert get_ident() not in threads


def test_work_that_fails_is_heard() -> None:
    """Its exception reaches the caller at the end."""
    failed = Event()

    def fail() -> None:
        failed.set()
        raise ArithmeticError("cannot")

    with pytest.raises(ArithmeticError, match="cannot"), beside(fail):
        assert failed.wait(10)


@pytest.mark.parametrize(
    ("samples", "expected"),
    [(range(11), 9), ([5, 5], 5), ([0, 10], 9), (range(100, -1, -1), 90)],
)
def test_p90(samples: list[float], expected: float) -> None:
    """Nine samples of ten are not above it, in whatever order they come."""
    assert p90(samples) == expected


def test_all_workers_set_stamps() -> None:
    """Each in its time, and time never goes back for one of them."""
    stamps = stamped(0.1, workers="ABC")
    assert {stamp.worker for stamp in stamps} == set("ABC")
    assert all(0 <= stamp.time < 0.1 for stamp in stamps)
    for worker in "ABC":
        times = [stamp.time for stamp in stamps if stamp.worker == worker]
        assert times == sorted(times)


def test_workers_run_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both are at work at one time: their counts meet."""
    both_count = Barrier(2, timeout=10)
    monkeypatch.setattr(convoy, "count_to", lambda _: both_count.wait())
    clock = iter(range(10_000))
    monkeypatch.setattr(convoy, "perf_counter", lambda: next(clock))
    # Each looks at the clock, meets the other, looks again and ends.
    stamps = stamped(2.5)
    assert sorted(stamp.worker for stamp in stamps) == ["A", "B"]
    assert hand_offs(stamps) == 1


def stamps_of(letters: str) -> list[Stamp]:
    return [Stamp(letter, float(at)) for at, letter in enumerate(letters)]


@pytest.mark.parametrize(
    ("letters", "changes"),
    [("", 0), ("A", 0), ("AAAA", 0), ("AB", 1), ("AABBA", 2), ("ABAB", 3)],
)
def test_hand_offs(letters: str, changes: int) -> None:
    """A change of worker counts, a stamp of the same does not."""
    assert hand_offs(stamps_of(letters)) == changes


@pytest.mark.parametrize(
    ("letters", "seconds", "drawn"),
    [
        ("AABB", 1.0, "AABB.."),
        ("AABB", 2.0, "AB...."),
        ("AAB", 3.0, "A....."),
        ("ABBAAA", 3.0, "BA...."),
        ("", 1.0, "......"),
    ],
)
def test_strip(letters: str, seconds: float, drawn: str) -> None:
    """Who set most stamps in a slice gives it its letter."""
    assert strip(stamps_of(letters), seconds, columns=6) == drawn
