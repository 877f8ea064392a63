"""Memory that two processes see at once."""

from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.shared_memory import SharedMemory
from typing import Any

import pytest

from interleaved.shared_memory import (
    PAGE,
    add_locked,
    add_unlocked,
    read,
    sum_of_pages,
    summing,
    write_hello,
)


def test_what_one_writes_the_other_reads() -> None:
    """Under the same name."""
    block = SharedMemory(create=True, size=10)
    try:
        write_hello(block.name)
        assert read(block, size=6) == b"hello\0"
    finally:
        block.close()
        block.unlink()


def test_a_closed_block_is_told() -> None:
    """Instead of None, which says nothing."""
    block = SharedMemory(create=True, size=10)
    block.close()
    with pytest.raises(ValueError, match="is closed"):
        read(block, size=1)
    block.unlink()


@pytest.mark.negative_control
@pytest.mark.parametrize(("add", "total"), [(add_locked, 2), (add_unlocked, 1)])
def test_an_update_needs_the_lock(add: Callable[..., None], total: int) -> None:
    """Around both accesses; without it, the control, an update is lost each time."""
    spawn = get_context("spawn")
    counter, barrier = spawn.Value("q", 0), spawn.Barrier(2)
    adders = [spawn.Process(target=add, args=(counter, barrier)) for _ in range(2)]
    for adder in adders:
        adder.start()
    for adder in adders:
        adder.join(timeout=60)
    assert counter.value == total


@pytest.mark.parametrize("data", [b"\7", bytes([1, 2]) * PAGE])
def test_sent_or_shared_the_sum_is_the_same(data: bytes) -> None:
    """One byte of each page."""
    with summing(data) as (sum_sent, sum_shared):
        sums: list[Any] = [sum_sent(), sum_shared(), sum_sent(), sum_shared()]
    assert sums == [sum_of_pages(data)] * 4
    assert sums[0] == (7 if len(data) == 1 else 2)
