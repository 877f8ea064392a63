import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import active_children, get_all_start_methods
from threading import Barrier, BrokenBarrierError, Event, Lock
from time import monotonic
from urllib.parse import urlsplit

import pytest

from interleaved import waiting_together
from interleaved.waiting_together import fetch, sleep_in, web_sites


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Delays that a site began; it does not really wait."""
    delays: list[float] = []
    monkeypatch.setattr(waiting_together, "sleep", delays.append)
    return delays


def ask_all(urls: list[str]) -> list[str]:
    with ThreadPoolExecutor(len(urls)) as team:
        return list(team.map(fetch, urls, timeout=30))


def test_each_site_replies_after_its_own_delay(begun: list[float]) -> None:
    """Three sites, three ports, three delays."""
    with web_sites(1, 2.5, 0) as urls:
        assert len({urlsplit(url).port for url in urls}) == 3
        assert [fetch(url) for url in urls] == ["after 1 s", "after 2.5 s", "after 0 s"]
    assert begun == [1, 2.5, 0]


def test_a_reply_takes_the_delay() -> None:
    """Not less, by the clock of the one who asks."""
    with web_sites(0.2) as (url,):
        start = monotonic()
        fetch(url)
        assert monotonic() - start >= 0.19  # Windows' clocks are coarse


def test_no_sites() -> None:
    """None is a number, too."""
    with web_sites() as urls:
        assert urls == []


def meeting(visitors: int, patience: float) -> tuple[Callable[[float], None], Barrier]:
    met = Barrier(visitors, timeout=patience)

    def wait(seconds: float) -> None:
        try:
            met.wait()
        except BrokenBarrierError:
            return

    return wait, met


def test_waits_at_different_sites_overlap(monkeypatch: pytest.MonkeyPatch) -> None:
    """All three are under way at one time: they meet before any ends."""
    wait, met = meeting(3, patience=10)
    monkeypatch.setattr(waiting_together, "sleep", wait)
    with web_sites(1, 1, 1) as urls:
        assert ask_all(urls) == ["after 1 s"] * 3
    assert not met.broken


def test_waits_in_a_row_do_not_overlap(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same meeting fails when nobody asks the next before the last replied."""
    wait, met = meeting(3, patience=0.2)
    monkeypatch.setattr(waiting_together, "sleep", wait)
    with web_sites(1, 1, 1) as urls:
        assert list(map(fetch, urls)) == ["after 1 s"] * 3
    assert met.broken


@pytest.mark.parametrize(("at_once", "meet"), [(2, True), (1, False)])
def test_a_site_serves_only_so_many_at_once(
    at_once: int, meet: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two visitors meet in a site with two seats, and not in one with one."""
    wait, met = meeting(2, patience=10 if meet else 0.2)
    monkeypatch.setattr(waiting_together, "sleep", wait)
    with web_sites(1, at_once=at_once) as (url,):
        assert ask_all([url] * 2) == ["after 1 s"] * 2
    assert met.broken is not meet


@pytest.mark.parametrize("locked", [True, False])
def test_waits_under_one_lock_do_not_overlap(
    locked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the pitfall of the page says: the lock, and nothing else, parts them."""
    wait, met = meeting(2, patience=0.2 if locked else 10)
    monkeypatch.setattr(waiting_together, "sleep", wait)
    lock = Lock()

    def ask(url: str) -> None:
        if not locked:
            fetch(url)
            return
        with lock:
            fetch(url)

    with web_sites(1, 1) as urls, ThreadPoolExecutor(2) as team:
        list(team.map(ask, urls, timeout=30))
    assert met.broken is locked


def test_who_finds_no_seat_in_time_is_sent_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With a status that says so, which `fetch` does not take for a reply."""
    served, may_end = Event(), Event()

    def wait(seconds: float) -> None:
        served.set()
        may_end.wait(10)

    monkeypatch.setattr(waiting_together, "sleep", wait)
    with (
        web_sites(1, at_once=1) as (url,),
        ThreadPoolExecutor(1) as team,
    ):
        first = team.submit(fetch, url)
        assert served.wait(10)
        monkeypatch.setattr(waiting_together, "_PATIENCE", 0.1)
        # The visitor is more patient than the site.
        host, port = urlsplit(url).netloc.split(":")
        with socket.create_connection((host, int(port)), timeout=10) as visitor:
            visitor.sendall(b"GET / HTTP/1.0\r\n\r\n")
            assert b" 503 " in visitor.recv(100)
        may_end.set()
        monkeypatch.undo()
        assert first.result(timeout=10) == "after 1 s"


def test_another_status_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that is not there does not pass for a text."""

    def refuse(visit: waiting_together._Visit) -> None:
        visit.send_error(404)

    monkeypatch.setattr(waiting_together._Visit, "do_GET", refuse)
    with web_sites(0) as (url,), pytest.raises(OSError, match="status 404"):
        fetch(url)


def test_sites_end_with_the_with(begun: list[float]) -> None:
    """Nobody replies any more, and no thread of theirs is left."""
    before = set(threading.enumerate())
    with web_sites(0, 0) as urls:
        ask_all(urls)
        assert "site" in {thread.name for thread in threading.enumerate()}
    assert set(threading.enumerate()) <= before
    for url in urls:
        with pytest.raises(OSError, match=r"refused|failed|reset|timed out"):
            fetch(url)


def test_an_exception_ends_the_sites() -> None:
    """Whatever goes wrong meanwhile, no thread stays behind."""
    with pytest.raises(LookupError), web_sites(0) as (url,):
        raise LookupError
    with pytest.raises(OSError, match=r"refused|failed|reset|timed out"):
        fetch(url)


def test_a_visitor_may_leave(
    begun: list[float], capfd: pytest.CaptureFixture[str]
) -> None:
    """Who does not wait for the reply is no error of the site, which goes on."""
    with web_sites(0) as (url,):
        host, port = urlsplit(url).netloc.split(":")
        for _ in range(3):
            with socket.create_connection((host, int(port)), timeout=10) as visitor:
                visitor.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert fetch(url) == "after 0 s"
    assert capfd.readouterr().err == ""


@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
@pytest.mark.parametrize("way", ["threads", *get_all_start_methods()])
def test_all_sleepers_sleep(way: str) -> None:
    """Each has slept, and ended, and no process is left."""
    start = monotonic()
    assert sleep_in(way, 3, seconds=0.1) == 3
    assert monotonic() - start >= 0.09  # Windows' clocks are coarse
    assert active_children() == []


def test_no_such_way_to_sleep() -> None:
    """An unknown one is an error, and does not pass for threads."""
    with pytest.raises(ValueError, match="hammock"):
        sleep_in("hammock", 1, seconds=0)


def test_sleepers_sleep_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them are under way at one time: they meet before any ends."""
    wait, met = meeting(5, patience=10)
    monkeypatch.setattr(waiting_together, "sleep", wait)
    assert sleep_in("threads", 5, seconds=1) == 5
    assert not met.broken


def test_a_sleeper_that_fails_is_not_counted() -> None:
    """A process that cannot sleep that long ends early, with another status."""
    assert sleep_in("spawn", 1, seconds=-1) == 0


def test_a_sleeper_that_goes_on_is_not_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After a while, and not a hang."""
    may_end = Event()
    monkeypatch.setattr(waiting_together, "sleep", lambda _: may_end.wait(10))
    monkeypatch.setattr(waiting_together, "_PATIENCE", 0.05)
    assert sleep_in("threads", 2, seconds=0) == 0
    may_end.set()
