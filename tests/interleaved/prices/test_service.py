import sqlite3
from collections import Counter
from pathlib import Path

import httpx2
import pytest

from interleaved.prices.asking import open_client
from interleaved.prices.habits import Habits
from interleaved.prices.market import look_ups
from interleaved.prices.service import make_app
from interleaved.prices.serving import PriceService, price_service


def test_every_price_is_that_of_the_database(service: PriceService) -> None:
    """Asked for one by one."""
    with open_client(service.url) as client:
        found = {
            look_up: client.get(look_up.path).json()["cents"] for look_up in look_ups(3)
        }
    assert found == {look_up: service.market[look_up] for look_up in look_ups(3)}


@pytest.mark.parametrize(
    "path", ["/prices/london/GOLD/2026-02-30", "/prices/london/GOLD", "/"]
)
def test_what_is_not_there_is_not_found(service: PriceService, path: str) -> None:
    """With the status that says so."""
    with open_client(service.url) as client:
        assert client.get(path).status_code == 404


def statuses(client: httpx2.Client, days: int = 1) -> list[int]:
    """What the service says to each look-up, asked for until it replies."""
    found = []
    for look_up in look_ups(days):
        while (status := client.get(look_up.path).status_code) != 200:
            found.append(status)
        found.append(status)
    return found


def test_failures_are_the_same_for_everyone() -> None:
    """In each collection, whatever came before, and in another service."""
    habits = Habits(delay=0, refused=0.2, stalled=0)
    with price_service(habits) as one, open_client(one.url) as client:
        first, second = statuses(client), statuses(client)
    with price_service(habits) as other, open_client(other.url) as client:
        third = statuses(client)
    assert first == second == third
    assert Counter(first)[200] == 45
    assert Counter(first)[503] > 2


def test_one_that_always_refuses_says_so() -> None:
    """With 503, each time."""
    habits = Habits(delay=0, refused=1, stalled=0)
    with price_service(habits) as refusing, open_client(refusing.url) as client:
        path = look_ups()[0].path
        assert [client.get(path).status_code for _ in range(5)] == [503] * 5


def test_a_service_needs_its_database(tmp_path: Path) -> None:
    """Before it serves, not at the first request."""
    with pytest.raises(sqlite3.OperationalError):
        make_app(tmp_path / "nowhere.sqlite", Habits())
