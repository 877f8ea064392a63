import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from interleaved.prices.asking import Patience, Reply, ask, open_client
from interleaved.prices.market import look_ups
from interleaved.prices.results import (
    missing_in,
    read_replies,
    troubles_in,
    write_replies,
)
from interleaved.prices.serving import PriceService

DAY = look_ups(1)
REPLIES = [Reply(look_up, number) for number, look_up in enumerate(DAY, 100)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "results.sqlite"


def test_what_many_threads_ask_one_thread_writes(
    flaky: PriceService, file: Path
) -> None:
    """Every price of the database is in the file, and each trouble."""
    with open_client(flaky.url, 8) as client, ThreadPoolExecutor(8) as pool:
        work = partial(ask, client, patience=Patience(timeout=1, tries=6))
        assert write_replies(file, pool.map(work, DAY, timeout=60)) == 45
    assert read_replies(file) == {each: flaky.market[each] for each in DAY}
    assert troubles_in(file)["refused"] > 2


def test_two_writers_without_a_queue_do_not_get_along(file: Path) -> None:
    """One of them waits for the other's commit, and gives up."""

    def waits_for_another_writer() -> Iterator[Reply]:
        yield REPLIES[0]
        with closing(sqlite3.connect(file, timeout=0.05)) as other:
            other.execute("DELETE FROM replies")

    with pytest.raises(sqlite3.OperationalError, match="database is locked"):
        write_replies(file, waits_for_another_writer())


def test_what_came_before_an_error_is_kept(file: Path) -> None:
    """So a second run asks for the rest alone."""

    def stopped() -> Iterator[Reply]:
        yield from REPLIES[:7]
        raise KeyboardInterrupt

    assert missing_in(file, DAY) == DAY
    with pytest.raises(KeyboardInterrupt):
        write_replies(file, stopped(), batch=5)
    assert missing_in(file, DAY) == DAY[7:]
    assert write_replies(file, REPLIES[7:]) == 38
    assert missing_in(file, DAY) == []


def test_a_batch_is_there_for_others_as_soon_as_it_is_full(file: Path) -> None:
    """What is not committed is not: a kill loses no more than a batch."""
    seen = []

    def watched() -> Iterator[Reply]:
        for reply in REPLIES[:7]:
            yield reply
            seen.append(len(read_replies(file)))

    write_replies(file, watched(), batch=3)
    assert seen == [0, 0, 3, 3, 3, 6, 6]


def test_a_price_that_was_given_up_is_missing(file: Path) -> None:
    """And is replaced when it comes."""
    given_up = Reply(DAY[0], None, ("refused", "timed out"))
    write_replies(file, [given_up])
    assert missing_in(file, DAY[:1]) == DAY[:1]
    assert troubles_in(file) == {"refused": 1, "timed out": 1}
    write_replies(file, [REPLIES[0]])
    assert read_replies(file) == {DAY[0]: 100}
    assert troubles_in(file) == {}
