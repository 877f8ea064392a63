"""What was collected, kept in an SQLite file by one writer."""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

from interleaved.prices.asking import Reply
from interleaved.prices.market import LookUp, Market, read_only

TABLE = (
    "CREATE TABLE IF NOT EXISTS replies (exchange TEXT, symbol TEXT, day TEXT,"
    " cents INTEGER, troubles TEXT NOT NULL, PRIMARY KEY (exchange, symbol, day))"
)


def write_replies(path: Path, replies: Iterable[Reply], batch: int = 100) -> int:
    """Write replies as they come, from the thread that calls this.

    What had come when something went wrong is kept, so that a second run need ask
    only for the rest.

    Args:
        path: The file, which is made if it is not there.
        replies: They are waited for here, so they may come from a pool or a queue.
        batch: How many are written until a commit, which waits for the disk.

    Returns:
        How many were written.

    Raises:
        sqlite3.Error: The file cannot be written.
        Exception: What the iteration over the replies raised.
    """
    written = 0
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(TABLE)
        try:
            for reply in replies:
                connection.execute(
                    "INSERT OR REPLACE INTO replies VALUES (?, ?, ?, ?, ?)", _row(reply)
                )
                written += 1
                if written % batch == 0:
                    connection.commit()
        finally:
            connection.commit()
    return written


def read_replies(path: Path) -> Market:
    """Return the prices that a file has.

    Raises:
        sqlite3.Error: There is no such file, or it is no file of replies.
    """
    with closing(read_only(path)) as connection:
        rows = connection.execute(
            "SELECT exchange, symbol, day, cents FROM replies WHERE cents NOT NULL"
        )
        return {LookUp(*keys): cents for *keys, cents in rows}


def troubles_in(path: Path) -> dict[str, int]:
    """Return what went wrong in the look-ups of a file, and how often.

    Raises:
        sqlite3.Error: There is no such file, or it is no file of replies.
    """
    with closing(read_only(path)) as connection:
        rows = connection.execute("SELECT troubles FROM replies WHERE troubles <> ''")
        counts = Counter(each for (row,) in rows for each in row.split(", "))
    return dict(sorted(counts.items()))


def missing_in(path: Path, look_ups: Sequence[LookUp]) -> list[LookUp]:
    """Return the look-ups whose prices a file does not have: all if it is not there.

    Raises:
        sqlite3.Error: It is no file of replies.
    """
    there = read_replies(path) if path.exists() else {}
    return [look_up for look_up in look_ups if look_up not in there]


def _row(reply: Reply) -> tuple[str, str, str, int | None, str]:
    asked = reply.look_up
    troubles = ", ".join(reply.troubles)
    return asked.exchange, asked.symbol, asked.day, reply.cents, troubles
