import os
import subprocess
import threading
from io import FileIO
from pathlib import Path

import pytest

from interleaved import machine_waits
from interleaved.machine_waits import (
    PAGE,
    FileOfPages,
    echoing_process,
    file_of_pages,
    fresh_reads,
    start_process,
    start_thread,
    timed,
)


def test_calls_are_timed_after_a_first_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """One call more than samples, and each sample is of one call."""
    clock = iter(range(0, 100, 3))
    monkeypatch.setattr(machine_waits, "perf_counter", lambda: next(clock))
    calls: list[None] = []
    assert timed(lambda: calls.append(None), 4) == [3] * 4
    assert len(calls) == 5


def test_a_file_of_pages(tmp_path: Path) -> None:
    """Whole pages are read and written, and nothing is left behind."""
    with file_of_pages(tmp_path) as file:
        (path,) = tmp_path.iterdir()
        size = path.stat().st_size
        assert size == 4 * 2**20
        for _ in range(50):
            assert file.read() == bytes(PAGE)
            assert file.write() == PAGE
        assert path.stat().st_size == size
    assert list(tmp_path.iterdir()) == []


def test_a_file_goes_when_things_go_wrong(tmp_path: Path) -> None:
    """An exception does not leave it behind."""
    with pytest.raises(LookupError), file_of_pages(tmp_path):
        raise LookupError
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    numbers: list[int] = []
    monkeypatch.setattr(os, "fsync", numbers.append)
    return numbers


def test_only_writing_through_waits_for_the_device(
    tmp_path: Path, synced: list[int]
) -> None:
    """`write` does not, which is the control."""
    with file_of_pages(tmp_path) as file:
        synced.clear()
        file.write()
        assert len(synced) == 0
        file.write_through()
        assert len(synced) == 1


def test_forgetting_comes_after_writing(
    tmp_path: Path, synced: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page that is not on the device yet would not be dropped."""
    if not hasattr(os, "posix_fadvise"):
        pytest.skip("it takes posix_fadvise")
    advice: list[tuple[int, int]] = []
    monkeypatch.setattr(
        os,
        "posix_fadvise",
        lambda *arguments: advice.append((len(synced), arguments[-1])),
    )
    with file_of_pages(tmp_path) as file:
        synced.clear()
        assert file.forget()
    assert advice == [(1, os.POSIX_FADV_RANDOM), (1, os.POSIX_FADV_DONTNEED)]


def test_each_fresh_read_forgets_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once for each sample."""
    forgotten: list[FileOfPages] = []

    def forget(file: FileOfPages) -> bool:
        forgotten.append(file)
        return True

    monkeypatch.setattr(FileOfPages, "forget", forget)
    with file_of_pages(tmp_path) as file:
        samples = fresh_reads(file, 3)
    assert samples is not None
    assert len(samples) == len(forgotten) == 3


def test_without_advice_no_fresh_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are not made up where a program cannot ask."""
    monkeypatch.delattr(os, "posix_fadvise", raising=False)
    path = tmp_path / "file"
    path.write_bytes(bytes(PAGE))
    with FileIO(path) as file:
        assert not FileOfPages(file).forget()
        assert fresh_reads(FileOfPages(file), 3) is None


def test_every_byte_comes_back() -> None:
    """From another process, which ends with the `with`."""
    before = threading.active_count()
    with echoing_process() as echo:
        assert [echo() for _ in range(20)] == [b"?"] * 20
    assert threading.active_count() == before


def test_echoing_ends_with_an_exception() -> None:
    """What goes wrong meanwhile ends the process just the same."""
    with pytest.raises(LookupError), echoing_process():
        raise LookupError


def test_a_process_that_does_not_connect_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After a while, and not a hang."""
    monkeypatch.setattr(machine_waits, "_ECHO", "pass")
    monkeypatch.setattr(machine_waits, "_PATIENCE", 0.2)
    with pytest.raises(TimeoutError), echoing_process():
        pytest.fail("nobody was there")


def test_a_started_thread_has_ended() -> None:
    """It is joined."""
    before = threading.active_count()
    start_thread()
    assert threading.active_count() == before


def test_a_started_process_has_to_succeed() -> None:
    """It does, and an option that nobody knows is an error."""
    start_process("-I", "-S")
    with pytest.raises(subprocess.CalledProcessError):
        start_process("--no-such-option")
