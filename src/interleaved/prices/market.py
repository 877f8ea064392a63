"""Prices of a month, made up once and for all, in an SQLite file."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random

EXCHANGES = (
    "amsterdam",
    "chicago",
    "dublin",
    "frankfurt",
    "johannesburg",
    "lagos",
    "london",
    "mumbai",
    "new-york",
    "oslo",
    "sao-paulo",
    "singapore",
    "sydney",
    "tokyo",
    "zurich",
)
SYMBOLS = ("COFFEE", "GOLD", "WHEAT")
DAYS = tuple(str(date(2026, 1, 1) + timedelta(days)) for days in range(31))


@dataclass(frozen=True, slots=True, order=True)
class LookUp:
    """What one price is asked by.

    Attributes:
        exchange: One of `EXCHANGES`.
        symbol: One of `SYMBOLS`.
        day: One of `DAYS`, such as "2026-01-31".
    """

    exchange: str
    symbol: str
    day: str

    @property
    def path(self) -> str:
        """Where the service has the price."""
        return f"/prices/{self.exchange}/{self.symbol}/{self.day}"


Market = dict[LookUp, int]
"""Prices in cents."""


def look_ups(days: int = len(DAYS)) -> list[LookUp]:
    """Return every look-up of the first days of the month, day by day.

    Args:
        days: How many; 45 look-ups each.
    """
    return [
        LookUp(exchange, symbol, day)
        for day in DAYS[:days]
        for exchange in EXCHANGES
        for symbol in SYMBOLS
    ]


def write_market(path: Path) -> None:
    """Make the prices up, the same on each call, and write them to a new file.

    Raises:
        sqlite3.Error: The file cannot be written, or has prices already.
    """
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "CREATE TABLE prices (exchange TEXT, symbol TEXT, day TEXT,"
            " cents INTEGER NOT NULL, PRIMARY KEY (exchange, symbol, day))"
        )
        connection.executemany("INSERT INTO prices VALUES (?, ?, ?, ?)", _make_up())


def read_market(path: Path) -> Market:
    """Return all prices of a file: what every collector has to come to.

    Raises:
        sqlite3.Error: There is no such file, or it has no prices.
    """
    with closing(read_only(path)) as connection:
        rows = connection.execute("SELECT exchange, symbol, day, cents FROM prices")
        return {LookUp(*keys): cents for *keys, cents in rows}


def read_only(path: Path) -> sqlite3.Connection:
    """Open a file of prices that must be there, and that nobody shall change here.

    Raises:
        sqlite3.Error: There is no such file.
    """
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)


def _make_up() -> Iterator[tuple[str, str, str, int]]:
    """Let each price walk at random from day to day, by up to 3 %."""
    random = Random(15 * 3 * 31)  # noqa: S311 (no secret: all shall get the same)
    for exchange in EXCHANGES:
        for symbol in SYMBOLS:
            cents = random.randint(10_000, 90_000)
            for day in DAYS:
                yield exchange, symbol, day, cents
                cents += cents * random.randint(-30, 30) // 1000
