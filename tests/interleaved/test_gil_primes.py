import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from interleaved import gil_primes
from interleaved.gil_primes import (
    REPLY,
    ask,
    count_divisions,
    count_primes,
    pieces,
    replying,
)


@pytest.mark.parametrize(
    ("numbers", "primes"),
    [
        (range(0), 0),
        (range(2), 0),
        (range(3), 1),
        (range(10), 4),
        (range(24, 29), 0),
        (range(1000), 168),
        (range(0, 1000, 2), 1),
    ],
)
def test_primes_are_counted(numbers: range, primes: int) -> None:
    """As many as a table of primes has, 2 being the only even one."""
    assert count_primes(numbers) == primes


@pytest.mark.parametrize(
    ("number", "divisions"),
    [(0, 0), (1, 0), (2, 0), (3, 0), (4, 1), (5, 1), (9, 2), (13, 2), (25, 4), (26, 1)],
)
def test_divisions_end_at_the_first_divisor(number: int, divisions: int) -> None:
    """By 2, 3, 4 and so on, up to a divisor or to the square root."""
    assert count_divisions(range(number, number + 1)) == divisions


@pytest.mark.parametrize("count", [1, 2, 7, 32, 1000])
@pytest.mark.parametrize("length", [0, 1, 10, 100])
def test_pieces_make_the_whole(length: int, count: int) -> None:
    """Together they are the numbers in their order, and none is empty."""
    cut = pieces(range(length), count)
    assert [number for piece in cut for number in piece] == list(range(length))
    assert len(cut) <= count
    assert all(cut)


def test_shares_are_as_unequal_as_the_page_says() -> None:
    """The upper half is most of the work; the odd numbers are nearly all of it."""
    numbers = range(60_000)
    whole = count_divisions(numbers)
    lower, upper = pieces(numbers, 2)
    assert 0.6 < count_divisions(upper) / whole < 0.65
    assert count_divisions(numbers[0::2]) + 1 == len(range(2, 60_000, 2))
    assert max(map(count_divisions, pieces(numbers, 32))) / whole < 0.05
    assert count_divisions(lower) + count_divisions(upper) == whole


def test_server_replies_to_all_at_once() -> None:
    """Replies come, each after its time, four of them together; then it is gone."""
    with replying(seconds=0.3) as address:
        begun = time.monotonic()
        with ThreadPoolExecutor(4) as team:
            assert list(team.map(ask, [address] * 4)) == [REPLY] * 4
        assert time.monotonic() - begun >= 0.3
    with pytest.raises(OSError, match=r"refused|failed|reset"):
        ask(address)


def test_server_waits_for_each_client_in_a_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two clients are under way at one time: their waits meet."""
    both_wait = threading.Barrier(2, timeout=10)
    monkeypatch.setattr(gil_primes, "sleep", lambda _: both_wait.wait())

    class Started:
        def send(self, address: gil_primes.Address) -> None:
            self.address = address
            self.known.set()

        known = threading.Event()

    started = Started()
    server = threading.Thread(target=gil_primes._serve, args=(started, 1), daemon=True)
    server.start()
    assert started.known.wait(10)
    with ThreadPoolExecutor(2) as team:
        assert list(team.map(ask, [started.address] * 2)) == [REPLY] * 2


def test_an_exception_ends_the_server() -> None:
    """Whatever goes wrong meanwhile, no process stays behind."""
    with pytest.raises(LookupError), replying(seconds=0) as address:
        raise LookupError
    with pytest.raises(OSError, match=r"refused|failed|reset"):
        ask(address)


def test_a_server_that_does_not_start_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After a while, and not a hang."""
    monkeypatch.setattr(gil_primes, "_PATIENCE", 0.0)
    with pytest.raises(TimeoutError, match="did not start"), replying(seconds=0):
        pass
