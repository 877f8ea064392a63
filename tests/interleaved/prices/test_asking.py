import asyncio
import pickle
import socket

import httpx2
import pytest

from interleaved.prices.asking import (
    Patience,
    RefusedForGood,
    Reply,
    ask,
    ask_async,
    open_async_client,
    open_client,
    passing_trouble,
    summary_of,
)
from interleaved.prices.habits import Habits
from interleaved.prices.market import LookUp, look_ups
from interleaved.prices.serving import PriceService, price_service

GOLD = LookUp("london", "GOLD", "2026-01-31")
QUICK = Patience(timeout=1, tries=6, pause=0.01)


def both_ways(url: str, look_up: LookUp, patience: Patience) -> list[Reply]:
    """What `ask` and `ask_async` reply."""

    async def asynchronous() -> Reply:
        async with open_async_client(url) as client:
            return await ask_async(client, look_up, patience)

    with open_client(url) as client:
        return [ask(client, look_up, patience), asyncio.run(asynchronous())]


def test_a_price_is_asked_for_once_if_it_comes(service: PriceService) -> None:
    """Both ways, without a trouble."""
    right = Reply(GOLD, service.market[GOLD])
    assert both_ways(service.url, GOLD, Patience(timeout=30)) == [right, right]


def test_a_price_that_is_refused_is_asked_for_again(flaky: PriceService) -> None:
    """Until it comes, and what happened is in the reply; one try is not enough."""
    with open_client(flaky.url) as client:
        once = [ask(client, each, Patience(timeout=1, tries=1)) for each in look_ups(1)]
        often = [ask(client, each, QUICK) for each in look_ups(1)]
    assert any(reply.cents is None for reply in once)
    assert [reply.cents for reply in often] == [
        flaky.market[look_up] for look_up in look_ups(1)
    ]
    assert any(reply.troubles for reply in often)


def test_a_reply_that_does_not_come_is_given_up() -> None:
    """After the tries of the patience, each with its timeout."""
    with price_service(Habits(refused=0, stalled=1)) as silent:
        patience = Patience(timeout=0.05, tries=2, pause=0.01)
        given_up = Reply(GOLD, None, ("timed out",) * 2)
        assert both_ways(silent.url, GOLD, patience) == [given_up, given_up]


def test_a_service_that_is_not_there_is_given_up() -> None:
    """A connection that is not made may be made later."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    patience = Patience(tries=3, pause=0.01)
    given_up = Reply(GOLD, None, ("cut off",) * 3)
    assert both_ways(f"http://127.0.0.1:{port}", GOLD, patience) == [given_up, given_up]


def test_what_does_not_pass_by_is_not_repeated(service: PriceService) -> None:
    """A price that is not there is an exception, at once."""
    nowhere = LookUp("atlantis", "GOLD", "2026-01-31")
    with (
        open_client(service.url) as client,
        pytest.raises(RefusedForGood, match="404"),
    ):
        ask(client, nowhere, Patience(tries=1000, pause=10, longest=10))


def test_an_error_that_nobody_foresaw_is_no_passing_trouble() -> None:
    """It is raised, with the error as its cause."""
    error = httpx2.HTTPError("odd")
    with pytest.raises(RefusedForGood, match="odd") as raised:
        passing_trouble(error)
    assert raised.value.__cause__ is error


def test_an_exception_comes_back_from_a_process() -> None:
    """By pickling; that of the client would not, and this is why it is replaced."""
    error = RefusedForGood("404")
    assert str(pickle.loads(pickle.dumps(error))) == "404"
    request = httpx2.Request("GET", "http://127.0.0.1")
    response = httpx2.Response(404, request=request)
    theirs = httpx2.HTTPStatusError("404", request=request, response=response)
    with pytest.raises(TypeError):
        pickle.loads(pickle.dumps(theirs))


def test_pauses_grow_are_drawn_and_end() -> None:
    """The first try waits for nothing, and no pause is above its bound."""
    patience = Patience(tries=6, pause=0.1, longest=0.5)
    draws = [list(patience.pauses()) for _ in range(300)]
    assert {len(pauses) for pauses in draws} == {6}
    most = [max(column) for column in zip(*draws, strict=True)]
    for longest, bound in zip(most, (0, 0.1, 0.2, 0.4, 0.5, 0.5), strict=True):
        assert 0.8 * bound <= longest <= bound
    assert len({pauses[1] for pauses in draws}) > 290


def test_a_summary_counts_what_came_and_what_went_wrong() -> None:
    """Each trouble by its name."""
    replies = [
        Reply(GOLD, 1),
        Reply(GOLD, 2, ("refused", "timed out")),
        Reply(GOLD, None, ("refused", "refused")),
    ]
    assert summary_of(replies) == "2 prices, 3 refused, 1 timed out, 1 given up"
    assert summary_of([]) == "0 prices, 0 given up"
