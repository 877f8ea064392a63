import threading

import pytest

from interleaved.prices import collectors
from interleaved.prices.asking import Patience, RefusedForGood, Reply
from interleaved.prices.collectors import COLLECTORS, by_executor
from interleaved.prices.market import LookUp, look_ups
from interleaved.prices.serving import PriceService

PATIENT = Patience(timeout=1, tries=6, pause=0.01)


def wrong(replies: list[Reply], service: PriceService) -> list[LookUp]:
    """The look-ups whose price is missing or not that of the database."""
    return [
        reply.look_up
        for reply in replies
        if reply.cents != service.market[reply.look_up]
    ]


def workers_of(way: str) -> int:
    """Few processes, as each is a start of Python."""
    return 2 if way == "processes" else 8


@pytest.mark.parametrize("way", COLLECTORS)
def test_each_way_brings_every_price(way: str, flaky: PriceService) -> None:
    """Those of the database, in the order of the look-ups, past all failures."""
    replies = COLLECTORS[way](flaky.url, look_ups(1), workers_of(way), PATIENT)
    assert [reply.look_up for reply in replies] == look_ups(1)
    assert wrong(replies, flaky) == []
    assert any(reply.troubles for reply in replies)


@pytest.mark.parametrize("way", COLLECTORS)
def test_no_way_brings_every_price_without_retries(
    way: str, flaky: PriceService
) -> None:
    """The same check fails if nobody asks again; what fails is told."""
    once = Patience(timeout=1, tries=1)
    replies = COLLECTORS[way](flaky.url, look_ups(1), workers_of(way), once)
    missing = wrong(replies, flaky)
    assert missing
    assert missing == [reply.look_up for reply in replies if reply.troubles]
    # Each failed once more now: ask until they come, for the tests that follow.
    assert wrong(by_executor(flaky.url, look_ups(1), 8, PATIENT), flaky) == []


@pytest.mark.parametrize("way", COLLECTORS)
def test_nothing_to_look_up_is_no_trouble(way: str, service: PriceService) -> None:
    """Nor are more workers than look-ups."""
    collect, workers = COLLECTORS[way], workers_of(way)
    calm = Patience(timeout=30)
    assert collect(service.url, [], workers, calm) == []
    one = look_ups()[:1]
    assert collect(service.url, one, workers, calm) == [
        Reply(one[0], service.market[one[0]])
    ]


@pytest.mark.parametrize("way", ["threads", "queue", "executor"])
def test_as_many_threads_ask_as_there_are_workers(
    way: str, service: PriceService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the same time, and no more."""
    all_here = threading.Barrier(4, timeout=30)
    askers = set()

    def meet(_client: object, look_up: LookUp, _patience: object) -> Reply:
        askers.add(threading.get_ident())
        all_here.wait()
        return Reply(look_up, 1)

    monkeypatch.setattr(collectors, "ask", meet)
    replies = COLLECTORS[way](service.url, look_ups(1)[:8], 4, PATIENT)
    assert len(replies) == 8
    assert len(askers) == 4


@pytest.mark.parametrize("way", ["in a row", "executor", "processes", "asyncio"])
def test_an_exception_reaches_the_caller(way: str, service: PriceService) -> None:
    """Of a price that is not there; asyncio's comes in a group."""
    nowhere = [LookUp("atlantis", "GOLD", "2026-01-31")]
    with pytest.raises((RefusedForGood, ExceptionGroup)) as raised:
        COLLECTORS[way](service.url, nowhere, 1, PATIENT)
    assert isinstance(raised.value, ExceptionGroup) == (way == "asyncio")
