import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from interleaved.thread_costs import (
    Memory,
    double_in_threads,
    memory,
    waiting_threads,
)


def test_threads_wait_until_the_end() -> None:
    """They are all alive inside the `with`, and none is after it."""
    with waiting_threads(20) as threads:
        assert len(threads) == len({thread.native_id for thread in threads}) == 20
        assert all(thread.is_alive() for thread in threads)
    assert not any(thread.is_alive() for thread in threads)


def test_an_exception_leaves_no_thread_behind() -> None:
    """What goes wrong meanwhile ends and joins them just the same."""
    with pytest.raises(LookupError), waiting_threads(5) as threads:
        raise LookupError
    assert len(threads) == 5
    assert not any(thread.is_alive() for thread in threads)


@pytest.mark.parametrize("error", [RuntimeError, MemoryError])
def test_a_system_that_refuses_gives_fewer(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that were started before are handed over, and joined."""
    start = threading.Thread.start
    left = 3

    def refuse(thread: threading.Thread) -> None:
        nonlocal left
        if not left:
            raise error
        left -= 1
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with waiting_threads(10) as threads:
        assert len(threads) == 3
    assert not any(thread.is_alive() for thread in threads)


def test_memory_is_read_in_bytes(tmp_path: Path) -> None:
    """The first two numbers are pages; the others do not count."""
    resource = pytest.importorskip("resource")
    statm = tmp_path / "statm"
    statm.write_text("30 20 9 1 0 7 0\n")
    page = resource.getpagesize()
    assert memory(statm) == Memory(30 * page, 20 * page)


def test_memory_is_unknown_without_proc(tmp_path: Path) -> None:
    """A system without the file says nothing."""
    assert memory(tmp_path / "missing") is None


def test_memory_of_each() -> None:
    """What came since, shared out."""
    before = Memory(1000, 100)
    assert Memory(5000, 140).each(before, 4) == Memory(1000, 10)


@pytest.mark.skipif(memory() is None, reason="only Linux has /proc/self/statm")
def test_waiting_threads_take_memory() -> None:
    """Each takes some kilobytes, and sets aside many more addresses than that."""
    before = memory()
    with waiting_threads(100) as threads:
        during = memory()
    assert before is not None
    assert during is not None
    each = during.each(before, len(threads))
    assert 1000 < each.resident < each.address_space


@pytest.mark.parametrize(
    "shares", [[], [[1, 2, 3]], [[1], [2], [3]], [[1, 2], [3]], [[], [1, 2, 3]]]
)
def test_every_share_is_doubled(shares: list[list[int]]) -> None:
    """However it is cut, the whole list comes back in its order."""
    whole = [number for share in shares for number in share]
    assert double_in_threads(shares) == [2 * number for number in whole]


def test_each_share_has_its_thread() -> None:
    """All shares are under way at once."""
    both_read = threading.Barrier(2, timeout=10)

    class Share(list[int]):
        def __iter__(self) -> Iterator[int]:
            both_read.wait()
            return super().__iter__()

    assert double_in_threads([Share([1]), Share([2])]) == [2, 4]
