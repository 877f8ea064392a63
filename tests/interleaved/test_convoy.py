import threading
from threading import Event, get_ident

import pytest

from interleaved import convoy
from interleaved.convoy import answered, beside, p90


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
