import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from interleaved.prices.market import (
    DAYS,
    EXCHANGES,
    SYMBOLS,
    LookUp,
    look_ups,
    read_market,
    read_only,
    write_market,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "a market #1.sqlite"
    write_market(file)
    return file


def test_a_month_has_1395_look_ups() -> None:
    """15 exchanges, 3 symbols, 31 days, and no look-up twice."""
    assert (len(EXCHANGES), len(SYMBOLS), len(DAYS)) == (15, 3, 31)
    assert len(set(look_ups())) == 1395
    assert look_ups(2) == look_ups()[:90]
    assert {look_up.day for look_up in look_ups(2)} == {"2026-01-01", "2026-01-02"}
    assert DAYS[-1] == "2026-01-31"


def test_each_look_up_has_a_price(path: Path) -> None:
    """Above nothing, not all alike, in a real SQLite file."""
    market = read_market(path)
    assert set(market) == set(look_ups())
    assert all(cents > 0 for cents in market.values())
    assert len(set(market.values())) > 1000
    assert path.read_bytes().startswith(b"SQLite format 3\0")


def test_prices_are_the_same_on_each_call(path: Path, tmp_path: Path) -> None:
    """So every machine and every Python has the same oracle."""
    again = tmp_path / "again.sqlite"
    write_market(again)
    market = read_market(path)
    assert read_market(again) == market
    assert market[LookUp("london", "GOLD", "2026-01-31")] == 74806


def test_a_price_moves_little_from_day_to_day(path: Path) -> None:
    """By 3 % at most."""
    market = read_market(path)
    for today, tomorrow in zip(look_ups(30), look_ups()[45:], strict=True):
        assert abs(market[tomorrow] / market[today] - 1) < 0.031


def test_a_market_is_written_once(path: Path) -> None:
    """And never changed by those who read it."""
    with pytest.raises(sqlite3.OperationalError, match="already exists"):
        write_market(path)
    with (
        closing(read_only(path)) as connection,
        pytest.raises(sqlite3.OperationalError, match="readonly"),
    ):
        connection.execute("DELETE FROM prices")


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """And is not made."""
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        read_market(tmp_path / "nowhere.sqlite")
    assert list(tmp_path.iterdir()) == []
