import json
import os
import subprocess
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from threading import Barrier

import pytest

from interleaved import turns as turns_module
from interleaved.turns import (
    Slice,
    Stamp,
    Turns,
    at_once,
    hand_offs,
    show_turns,
    slices,
    stamped,
    stamps_of,
    strip,
)


def test_all_workers_set_stamps() -> None:
    """Each in its time, and time never goes back for one of them."""
    stamps = stamped(1, workers="ABC")
    assert {stamp.worker for stamp in stamps} == set("ABC")
    assert all(0 <= stamp.time < 1 for stamp in stamps)
    for worker in "ABC":
        times = [stamp.time for stamp in stamps if stamp.worker == worker]
        assert times == sorted(times)


def test_workers_run_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both are at work at one time: their counts meet."""
    both_count = Barrier(2, timeout=10)
    monkeypatch.setattr(turns_module, "count_to", lambda _: both_count.wait())
    clock = iter(range(10_000))
    monkeypatch.setattr(turns_module, "perf_counter", lambda: next(clock))
    # Each looks at the clock, meets the other, looks again and ends.
    stamps = stamped(2.5)
    assert sorted(stamp.worker for stamp in stamps) == ["A", "B"]
    assert hand_offs(stamps) == 1


def test_processes_share_the_clock_of_their_stamps() -> None:
    """Stamps that two processes set in the same time lie in the same time."""
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        both = list(pool.map(stamps_of, "AB", [0.3, 0.3], timeout=60))
    (first, last), (other_first, other_last) = (
        (stamps[0].time, stamps[-1].time) for stamps in both
    )
    assert [{stamp.worker for stamp in stamps} for stamps in both] == [{"A"}, {"B"}]
    assert abs(first - other_first) < 30
    assert 0 < last - first < 0.31
    assert 0 < other_last - other_first < 0.31


def stamps_from(letters: str) -> list[Stamp]:
    """A stamp each second, and none where there is a dot."""
    return [
        Stamp(letter, float(at)) for at, letter in enumerate(letters) if letter != "."
    ]


@pytest.mark.parametrize(
    ("letters", "changes"),
    [("", 0), ("A", 0), ("AAAA", 0), ("AB", 1), ("AABBA", 2), ("ABAB", 3)],
)
def test_hand_offs(letters: str, changes: int) -> None:
    """A change of worker counts, a stamp of the same does not."""
    assert hand_offs(stamps_from(letters)) == changes


@pytest.mark.parametrize(
    ("letters", "found"),
    [
        ("", []),
        ("A", [("A", 0, 0)]),
        ("AAABBB", [("A", 0, 2), ("B", 3, 5)]),
        ("AABBAA", [("A", 0, 1), ("B", 2, 3), ("A", 4, 5)]),
        ("AA..AA", [("A", 0, 1), ("A", 4, 5)]),  # the system let others run
        ("ABABAB", [("A", 0, 4), ("B", 1, 5)]),  # no GIL: both at once
    ],
)
def test_a_worker_that_sets_no_stamp_does_not_run(
    letters: str, found: list[tuple[str, float, float]]
) -> None:
    """With a GIL slices alternate; without one they overlap."""
    seen = slices(stamps_from(letters), pause=2)
    assert [(each.worker, each.start, each.end) for each in seen] == found


def test_slices_count_from_the_first_stamp() -> None:
    """Whatever the clock shows then."""
    stamps = [Stamp("B", 105.0), Stamp("A", 103.0)]
    assert slices(stamps, pause=1) == [Slice("A", 0, 0), Slice("B", 2, 2)]


@pytest.mark.parametrize(
    ("letters", "drawn"),
    [
        ("AAABBB", "AA.BB."),
        ("A", "......"),  # its slice lasts no time
        ("ABABAB", "A###B."),
        ("AA..BB", "A...B."),
    ],
)
def test_strip(letters: str, drawn: str) -> None:
    """A letter for who ran longest, a # for two at once, a dot for nobody."""
    seen = tuple(slices(stamps_from(letters), pause=2))
    assert strip(Turns("x", 6.0, seen), columns=6) == drawn


@pytest.mark.parametrize(
    ("times", "number"),
    [
        ({}, 0),
        ({"A": (0, 0)}, 0),
        ({"A": (0, 9)}, 1),
        ({"A": (0, 9), "B": (9, 20)}, 1),
        ({"A": (0, 9), "B": (40, 49)}, 1),
        ({"A": (0, 10), "B": (5, 15)}, 4 / 3),
        ({"A": (0, 10), "B": (0, 10)}, 2),
        ({"A": (0, 10), "B": (2, 4), "C": (3, 8)}, 1.7),
    ],
)
def test_how_many_run_at_once(times: dict[str, tuple[int, int]], number: float) -> None:
    """Where anybody runs; the time in which nobody does is left out."""
    stamps = [
        Stamp(worker, at / 10_000)
        for worker, (begin, end) in times.items()
        for at in range(begin, end + 1)
    ]
    assert at_once(stamps) == pytest.approx(number)


def test_turns_are_printed_and_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """As a strip for the reader, as slices for who runs the program."""
    results = tmp_path / "results"
    monkeypatch.setenv("INTERLEAVED_RESULTS", str(results))
    stamps = [Stamp("A", 1.0), Stamp("A", 1.0004), Stamp("B", 1.001), Stamp("B", 9.0)]
    turns = show_turns("at once", stamps, seconds=0.002, columns=4)
    assert turns.slices == (Slice("A", 0, turns.slices[0].end), turns.slices[1])
    assert turns.workers == ["A", "B"]
    assert capsys.readouterr().out == "at once: A...\n"
    (line,) = results.read_text().splitlines()
    left = json.loads(line)["turns"]
    assert left["name"] == "at once"
    assert [each["worker"] for each in left["slices"]] == ["A", "B"]


def test_turns_end_where_the_drawing_ends() -> None:
    """A slice that goes on is cut there, one that begins later is left out."""
    stamps = [Stamp("A", at / 10_000) for at in range(100)]
    turns = show_turns("x", [*stamps, Stamp("B", 5.0)], seconds=0.005)
    assert turns.slices == (Slice("A", 0, 0.005),)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Turns(" ", 1.0, (Slice("A", 0, 1),)), "blank"),
        (lambda: Turns("a\nb", 1.0, (Slice("A", 0, 1),)), "not printable"),
        (lambda: Turns("x", 0.0, (Slice("A", 0, 1),)), "lasts 0.0 s"),
        (lambda: Turns("x", float("inf"), (Slice("A", 0, 1),)), "lasts inf"),
        (lambda: Turns("x", 1.0, ()), "nobody ran"),
        (lambda: Slice("A", 2, 1), "from 2 to 1"),
        (lambda: Slice("A", -1, 1), "from -1"),
        (lambda: Slice("A", 0, float("nan")), "to nan"),
    ],
)
def test_wrong_turns_are_refused(make: Callable[[], object], message: str) -> None:
    """They could not be drawn."""
    with pytest.raises(ValueError, match=message):
        make()


ONE_LONG_TURN = """
import sys
from interleaved.turns import slices, stamped

sys.setswitchinterval(60)  # nobody has to hand the GIL over
ran = {}
for each in slices(stamped(0.3)):
    ran.setdefault(each.worker, []).append(each)
print(len(ran), all(own[0].start < 0.2 for own in ran.values()))
"""


def turns_on(command: str) -> str:
    """How many workers ran on an interpreter that asks for no hand-off."""
    return subprocess.run(
        [command, "-c", ONE_LONG_TURN],
        env=os.environ | {"PYTHONPATH": str(Path(turns_module.__file__).parents[1])},
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    ).stdout.strip()


@pytest.mark.parametrize("name", ["3.12", "3.13", "3.14", "3.15"])
def test_with_a_gil_one_thread_runs_at_a_time(
    python: Callable[[str], str], name: str
) -> None:
    """Who has the GIL and need not hand it over is the only one with slices."""
    assert turns_on(python(name)) == "1 True"


@pytest.mark.quiet
def test_without_a_gil_nobody_waits_for_a_turn(python: Callable[[str], str]) -> None:
    """Both threads run in the same time, with nothing to hand over."""
    assert turns_on(python("3.13t")) == "2 True"
