from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from threading import Event, Thread, get_ident

import pytest

from interleaved import responsive
from interleaved.responsive import Window


class Clock:
    """A clock that only sleeping and working move."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        monkeypatch.setattr(responsive, "perf_counter", lambda: self.now)
        monkeypatch.setattr(responsive, "sleep", self.work)

    def work(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def test_a_handler_that_works_delays_the_next_frame(clock: Clock) -> None:
    """By all that it takes, but for the time that the frame was away anyway."""

    def click(window: Window) -> None:
        clock.work(0.5)
        window.show("done")

    assert Window().frame_delays(click) == pytest.approx([0, 0.49])


def test_a_handler_that_returns_delays_nothing(clock: Clock) -> None:
    """Frames go on at their pace until what it left behind is shown."""
    frames = 5

    def click(window: Window) -> None:
        def later(left: int) -> None:
            if left:
                window.post(lambda: later(left - 1))
            else:
                window.show("done")

        later(frames)

    delays = Window().frame_delays(click)
    assert delays == pytest.approx([0] * (frames + 2))
    assert clock.now == pytest.approx((frames + 2) * 0.01)


def test_late_frames_are_not_made_up_for(clock: Clock) -> None:
    """After a freeze, the next frame is due its pause later, not at once."""

    def click(window: Window) -> None:
        clock.work(0.5)
        window.post(lambda: window.show("done"))

    assert Window().frame_delays(click) == pytest.approx([0, 0.49, 0])


def test_a_future_that_is_read_in_the_handler_freezes_the_window(
    clock: Clock,
) -> None:
    """The pitfall: waiting for a process is as bad as working."""

    class Slow(Future[int]):
        def result(self, _timeout: float | None = None) -> int:
            clock.work(0.5 if not self.done() else 0)
            return 7

    def waiting(window: Window) -> None:
        window.show(Slow().result(30))

    def called_back(window: Window) -> None:
        future = Slow()
        window.show_later(future)
        future.set_result(7)

    assert max(Window().frame_delays(waiting)) == pytest.approx(0.49)
    assert max(Window().frame_delays(called_back)) == pytest.approx(0)


@pytest.fixture(params=[True, False], ids=["called back", "at once"])
def may_end(request: pytest.FixtureRequest) -> Event:
    event = Event()
    if not request.param:
        event.set()
    return event


def test_results_are_shown_by_the_thread_of_the_window(may_end: Event) -> None:
    """Whoever calls back: what is shown comes from another thread by the queue."""
    window = Window()
    worked_in: list[int] = []

    def work() -> int:
        assert may_end.wait(10)
        worked_in.append(get_ident())
        return 42

    with ThreadPoolExecutor(1) as pool:

        def click(window: Window) -> None:
            window.show_later(pool.submit(work))
            may_end.set()

        window.frame_delays(click)
    assert window.shown == [42]
    assert worked_in != [get_ident()]


def test_other_threads_must_not_show() -> None:
    """The broken sibling of posting: showing from the worker raises, and is lost."""
    window = Window()
    raised: list[RuntimeError] = []

    def work() -> None:
        try:
            window.show("mine")
        except RuntimeError as error:
            raised.append(error)
        window.post(lambda: window.show("posted"))

    def click(_: Window) -> None:
        thread = Thread(target=work)
        thread.start()
        thread.join(10)

    window.frame_delays(click)
    assert window.shown == ["posted"]
    assert "only the window's thread" in str(raised[0])


def test_exceptions_of_the_work_are_raised_in_the_window() -> None:
    """They are not lost in a callback."""

    def fail() -> int:
        raise ArithmeticError("cannot")

    with ThreadPoolExecutor(1) as pool, pytest.raises(ArithmeticError, match="cannot"):
        Window().frame_delays(lambda window: window.show_later(pool.submit(fail)))


def test_a_window_that_shows_nothing_gives_up(clock: Clock) -> None:
    """After a while, and not never."""
    with pytest.raises(TimeoutError, match="nothing was shown"):
        Window().frame_delays(lambda _: None)
    assert clock.now == pytest.approx(30, abs=0.1)


def test_a_window_can_be_clicked_again() -> None:
    """Each click waits for something new."""
    window = Window()
    for number in range(3):
        window.frame_delays(partial(Window.show, result=number))
    assert window.shown == [0, 1, 2]
