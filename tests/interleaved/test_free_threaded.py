import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Barrier, BrokenBarrierError, Lock, get_ident

import pytest

from interleaved import free_threaded
from interleaved.free_threaded import (
    Tally,
    build_old_extension,
    collatz_serial,
    collatz_steps,
    collatz_threaded,
    count_into,
    count_into_locked,
    in_threads,
    parts,
    tally_apart,
    tally_serial,
    tally_together,
    tally_unlocked,
)

KEPT = [tally_serial, tally_apart, tally_together]


@pytest.mark.parametrize(
    ("number", "steps"), [(1, 0), (2, 1), (3, 7), (6, 8), (27, 111)]
)
def test_collatz_steps(number: int, steps: int) -> None:
    """3, 10, 5, 16, 8, 4, 2, 1: seven steps."""
    assert collatz_steps([number]) == steps


@pytest.mark.parametrize("count", [0, 1, 31, 32, 33, 1000])
def test_parts_are_the_whole(count: int) -> None:
    """Each number is in one part, in order, and no part is empty."""
    numbers = range(1, 1 + count)
    cut = parts(numbers)
    assert [number for part in cut for number in part] == list(numbers)
    assert all(cut)
    assert len(cut) <= 32


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_parts_add_up(threads: int) -> None:
    """However many threads there are, no step is lost and none counted twice."""
    steps = collatz_steps(range(1, 200))
    assert collatz_serial(range(1, 200)) == steps
    assert collatz_threaded(range(1, 200), threads) == steps


def test_threads_work_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two parts are under way at one time, neither in the caller's thread."""
    both_work = Barrier(2, timeout=10)
    seen = set()

    def steps(numbers: range) -> int:
        both_work.wait()
        seen.add(get_ident())
        return len(numbers)

    monkeypatch.setattr(free_threaded, "collatz_steps", steps)
    assert collatz_threaded(range(32), 2) == 32
    assert len(seen - {get_ident()}) == 2


def test_serial_works_in_this_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts in a row are all in the caller's thread."""
    monkeypatch.setattr(free_threaded, "collatz_steps", lambda _: get_ident())
    assert collatz_serial(range(32)) == 32 * get_ident()


@pytest.mark.parametrize("tally", KEPT)
@pytest.mark.parametrize("threads", [1, 2, 4])
def test_kept_tallies_are_exact(
    tally: Callable[[int, int], Tally], threads: int
) -> None:
    """No update is lost where threads share nothing, or share a lock."""
    assert tally(2001, threads) == {"even": 1001 * threads, "odd": 1000 * threads}


def test_unlocked_tally_is_exact_on_one_thread() -> None:
    """Nobody comes between its reads and its writes."""
    assert tally_unlocked(2001, 1) == {"even": 1001, "odd": 1000}


class Meeting(dict[str, int]):
    """A tally whose readers wait a moment for each other, until one waits in vain."""

    def __init__(self, patience: float) -> None:
        super().__init__(even=0, odd=0)
        self.both_have_read = Barrier(2, timeout=patience)

    def __getitem__(self, kind: str) -> int:
        seen = super().__getitem__(kind)
        with suppress(BrokenBarrierError):
            self.both_have_read.wait()
        return seen


@pytest.mark.negative_control
def test_unlocked_updates_get_lost() -> None:
    """Negative control: both read before either writes, on every run."""
    tally = Meeting(patience=10)
    in_threads(lambda: count_into(tally, 1), threads=2)
    assert dict(tally) == {"even": 1, "odd": 0}


def test_locked_updates_are_kept() -> None:
    """The same readers cannot meet where one lock is held from read to write."""
    tally, lock = Meeting(patience=0.05), Lock()
    in_threads(lambda: count_into_locked(tally, 1, lock), threads=2)
    assert dict(tally) == {"even": 2, "odd": 0}


def test_tally_apart_shares_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each thread has a dictionary of its own; together there is one."""
    seen: list[Tally] = []

    def note(tally: Tally, *_: object) -> Tally:
        seen.append(tally)
        return tally

    monkeypatch.setattr(free_threaded, "count_into", note)
    monkeypatch.setattr(free_threaded, "count_into_locked", note)
    tally_apart(1, 3)
    assert len({id(tally) for tally in seen}) == 3
    seen.clear()
    tally_together(1, 3)
    assert len({id(tally) for tally in seen}) == 1


def test_exception_of_a_thread_is_raised() -> None:
    """What fails in a thread fails in the caller's hands."""
    with pytest.raises(KeyError, match="even"):
        in_threads(lambda: count_into({}, 1), threads=2)


def test_no_compiler_no_extension(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a compiler nothing is written."""
    monkeypatch.setenv("PATH", "")
    assert build_old_extension(tmp_path) is None
    assert not list(tmp_path.iterdir())


IMPORT = """
import sys, warnings
from pathlib import Path
from interleaved.free_threaded import build_old_extension
if not build_old_extension(Path(sys.argv[1])):
    sys.exit("no compiler or headers")
sys.path.insert(0, sys.argv[1])
gil_at_work = getattr(sys, "_is_gil_enabled", lambda: True)
before = gil_at_work()
with warnings.catch_warnings(record=True) as seen:
    warnings.simplefilter("always")
    import old_extension
print(before, gil_at_work(), len(seen))
"""


def import_with(python: str, folder: Path) -> str:
    source = Path(free_threaded.__file__).parents[1]
    ran = subprocess.run(
        [python, "-c", IMPORT, str(folder)],
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(source)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if "no compiler or headers" in ran.stderr:
        pytest.skip("no C compiler, or no headers of this Python")
    assert not ran.returncode, ran.stderr
    return ran.stdout.strip()


def test_extension_brings_the_gil_back(
    python: Callable[[str], str], tmp_path: Path
) -> None:
    """On a free-threaded build its import switches the GIL on, with a warning."""
    assert import_with(python("3.13t"), tmp_path) == "False True 1"


def test_extension_changes_nothing_with_a_gil(tmp_path: Path) -> None:
    """Negative control: with a GIL there is nothing to switch and to warn of."""
    if not getattr(sys, "_is_gil_enabled", lambda: True)():
        pytest.skip("this interpreter has no GIL at work")
    assert import_with(sys.executable, tmp_path) == "True True 0"
