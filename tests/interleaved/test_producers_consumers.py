import http.client
import multiprocessing
import threading
from collections.abc import Iterator
from queue import Empty, Queue

import pytest

from interleaved import producers_consumers
from interleaved.producers_consumers import (
    DATES,
    EXCHANGES,
    ITEMS,
    SYMBOLS,
    Address,
    connected,
    join_within,
    look_up_pooled,
    look_up_serial,
    price_of,
    serving,
)

NOWHERE = ("Atlantis", SYMBOLS[0], DATES[0])


@pytest.fixture(scope="module")
def address() -> Iterator[Address]:
    with serving(0.001) as address:
        yield address


def test_there_are_thousands() -> None:
    """Exchanges × symbols × dates, each once, each with its own price or nearly so."""
    assert len(ITEMS) == len(set(ITEMS)) == 2000
    assert len(ITEMS) == len(EXCHANGES) * len(SYMBOLS) * len(DATES)
    prices = {price_of(item) for item in ITEMS}
    assert len(prices) > 1900
    assert all(0 <= price < 100_000 for price in prices)


@pytest.mark.parametrize("wrong", [NOWHERE, ("Berlin", "Z9", DATES[0]), ("", "", "")])
def test_what_has_no_price(wrong: tuple[str, str, str]) -> None:
    """It is an error, which says what was asked for."""
    with pytest.raises(LookupError, match=f"no price of {wrong[1]} in {wrong[0]}"):
        price_of(wrong)


def test_a_connection_serves_many(address: Address) -> None:
    """Prices and errors come over one connection, in any order."""
    with connected(address) as look_up:
        for item in ITEMS[::400]:
            assert look_up(item) == price_of(item)
            with pytest.raises(LookupError, match="Atlantis"):
                look_up(NOWHERE)


def test_it_is_plain_http(address: Address) -> None:
    """Any client can ask."""
    connection = http.client.HTTPConnection(*address, timeout=10)
    connection.request("GET", "/nonsense")
    answer = connection.getresponse()
    assert (answer.status, b"no price" in answer.read()) == (404, True)
    connection.close()


@pytest.mark.parametrize("consumers", [1, 3, 8])
def test_the_same_prices_in_a_row_and_pooled(address: Address, consumers: int) -> None:
    """Whoever looks them up, and with fewer items than consumers, too."""
    for items in (ITEMS[:100], ITEMS[:2], ()):
        expected = {item: price_of(item) for item in items}
        assert look_up_serial(items, address) == expected
        assert look_up_pooled(items, address, consumers) == expected


def test_a_failure_is_heard_at_the_end(address: Address) -> None:
    """The other consumers do the rest, and then the error comes."""
    asked: list[object] = []

    def items() -> Iterator[tuple[str, str, str]]:
        for item in (NOWHERE, *ITEMS[:50]):
            asked.append(item)
            yield item

    with pytest.raises(LookupError, match="Atlantis"):
        look_up_pooled(items(), address, consumers=3)
    assert len(asked) == 51


@pytest.mark.negative_control
def test_each_consumer_needs_its_sentinel(
    address: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: with one that is missing, a consumer waits in vain."""
    monkeypatch.setattr(producers_consumers, "chain", lambda items, _: items)
    monkeypatch.setattr(producers_consumers, "_PATIENCE", 0.3)
    with pytest.raises(Empty):
        look_up_pooled(ITEMS[:5], address, consumers=2)


def test_the_server_ends() -> None:
    """With the `with`, also by an exception."""
    with pytest.raises(ArithmeticError), serving(0.0):
        raise ArithmeticError
    before = {child.pid for child in multiprocessing.active_children()}
    with serving(0.0):
        assert {child.pid for child in multiprocessing.active_children()} > before
    assert {child.pid for child in multiprocessing.active_children()} == before


def test_a_server_that_does_not_start_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After a while, and not a hang."""
    monkeypatch.setattr(producers_consumers, "_PATIENCE", 0.0)
    with pytest.raises(TimeoutError, match="did not start"), serving(0.0):
        pass


def test_join_within() -> None:
    """It waits for `task_done`, not for an empty queue, and for no longer than said."""
    tasks: Queue[str] = Queue()
    assert join_within(tasks, 10)
    tasks.put("bake")
    assert not join_within(tasks, 0.02)
    tasks.get(timeout=1)
    assert not join_within(tasks, 0.02)
    tasks.task_done()
    assert join_within(tasks, 10)
    for thread in threading.enumerate():
        if thread.name == "joins":
            thread.join(10)
    assert "joins" not in {thread.name for thread in threading.enumerate()}


def test_a_reply_waits_for_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each connection has a thread of its own: two that take their time meet."""
    both = threading.Barrier(2, timeout=10)
    monkeypatch.setattr(producers_consumers, "sleep", lambda _: both.wait())
    with producers_consumers._Server(
        ("127.0.0.1", 0), producers_consumers._Prices
    ) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        address = server.server_name, server.server_port
        try:
            found = look_up_pooled(ITEMS[:2], address, consumers=2)
        finally:
            server.shutdown()
            thread.join(10)
    assert found == {item: price_of(item) for item in ITEMS[:2]}
