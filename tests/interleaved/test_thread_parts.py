import threading
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from threading import Barrier, Event, Thread

import pytest

from interleaved import thread_parts
from interleaved.thread_parts import Registers, read_broken, read_fixed, registers

Read = Callable[[Path, Sequence[int]], list[bytes]]

RECORDS = [b"gold", b"iron", b"zinc", b"lead"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "records"
    path.write_bytes(b"".join(RECORDS))
    return path


def is_right(read: Read, path: Path, records: Sequence[int]) -> bool:
    return read(path, records) == [RECORDS[number] for number in records]


@pytest.mark.parametrize("records", [[0, 2], [3, 0], [2, 1, 0], [1], []])
def test_a_file_of_its_own_gives_each_thread_its_record(
    path: Path, records: list[int]
) -> None:
    """Whatever the others read meanwhile."""
    if records:
        assert is_right(read_fixed, path, records)


@pytest.mark.parametrize("records", [[0, 2], [3, 0], [2, 1, 0]])
def test_one_file_has_one_place(path: Path, records: list[int]) -> None:
    """The same check fails, on each run."""
    assert not is_right(read_broken, path, records)


def test_one_thread_cannot_tell_the_difference(path: Path) -> None:
    """Alone, the broken version is right; that is how it passes its tests."""
    assert is_right(read_broken, path, [2])


def test_what_the_page_shows(path: Path) -> None:
    """The last to seek decides what all of them read."""
    assert read_broken(path, [0, 2]) == [b"zinc", b"lead"]


def test_threads_that_do_not_meet_are_an_error(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And not a hang."""

    def one_too_many(parties: int, timeout: float) -> Barrier:
        return Barrier(parties + 1, timeout=min(timeout, 0.1))

    monkeypatch.setattr(thread_parts, "Barrier", one_too_many)
    with pytest.raises(threading.BrokenBarrierError):
        read_fixed(path, [0, 1])


def test_registers_are_the_last_two(tmp_path: Path) -> None:
    """Behind the call and its arguments; a thread that runs shows none."""
    for number, text in (
        (7, "202 0x1 0x2 0x3 0x4 0x5 0x6 0x7f01 0xbeef\n"),
        (8, "-1 0x10 0x20\n"),
        (9, "running\n"),
    ):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "syscall").write_text(text)
    assert registers(7, task=tmp_path) == Registers(0x7F01, 0xBEEF)
    assert registers(8, task=tmp_path) == Registers(0x10, 0x20)
    assert registers(9, seconds=0.01, task=tmp_path) is None
    assert registers(10, task=tmp_path) is None
    assert str(Registers(16, 32)) == "stack at 0x10, next 0x20"


def test_each_waiting_thread_has_a_stack() -> None:
    """Their stack pointers differ by more than a call takes."""
    may_end = Event()
    threads = [Thread(target=may_end.wait, args=(30,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    found = [registers(thread.native_id or 0) for thread in threads]
    may_end.set()
    for thread in threads:
        thread.join(30)
    if None in found:
        pytest.skip("this system does not show them")
    pointers = sorted(each.stack_pointer for each in found if each)
    assert all(higher - lower > 4096 for lower, higher in pairwise(pointers))
