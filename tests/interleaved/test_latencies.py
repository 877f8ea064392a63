from unittest.mock import Mock

import pytest

from interleaved import latencies
from interleaved.latencies import (
    CYCLE,
    LINE,
    cycle_of_lines,
    human,
    seconds_a_hop,
    walk,
)

PER_LINE = LINE // 8  # places, of 8 bytes each


@pytest.mark.parametrize("shuffled", [True, False])
@pytest.mark.parametrize("lines", [1, 2, 3, 64])
def test_a_chain_visits_each_line_once(lines: int, shuffled: bool) -> None:
    """All lines, none of them twice, and then the first again."""
    memory = cycle_of_lines(lines * LINE, shuffled=shuffled)
    visited = [walk(memory, hops) for hops in range(lines)]
    assert sorted(visited) == [line * PER_LINE for line in range(lines)]
    assert walk(memory, lines) == 0


def test_the_order_of_a_chain() -> None:
    """In order one line after another; shuffled, hardly ever."""
    lines = 1000
    in_order = cycle_of_lines(lines * LINE, shuffled=False)
    shuffled = cycle_of_lines(lines * LINE)
    places = range(0, lines * PER_LINE, PER_LINE)
    neighbours = [
        sum(memory[place] == place + PER_LINE for place in places)
        for memory in (in_order, shuffled)
    ]
    assert neighbours[0] == lines - 1
    assert neighbours[1] < 20
    assert shuffled == cycle_of_lines(lines * LINE)


def test_a_chain_fills_its_memory() -> None:
    """As many bytes as were asked for."""
    memory = cycle_of_lines(16 * 1024)
    assert len(memory) * memory.itemsize == 16 * 1024


@pytest.mark.parametrize("size", [0, -LINE, 63, LINE + 8])
def test_parts_of_lines_are_refused(size: int) -> None:
    """The message has the number."""
    with pytest.raises(ValueError, match=f"{size} bytes"):
        cycle_of_lines(size)


def test_the_time_of_a_walk_is_shared_among_its_hops(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two seconds for eight hops are a quarter of a second for each."""
    clock = iter(range(0, 100, 2))
    monkeypatch.setattr(latencies, "perf_counter", lambda: next(clock))
    assert seconds_a_hop(cycle_of_lines(LINE), hops=8, rounds=3) == [0.25] * 3


def test_no_walk_takes_the_way_of_the_one_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else it would find in a cache what a larger memory has brought there."""
    watched = Mock(wraps=walk)
    monkeypatch.setattr(latencies, "walk", watched)
    memory = cycle_of_lines(100 * LINE)
    seconds_a_hop(memory, hops=10, rounds=5)
    begun = [place for _, _, place in (call.args for call in watched.mock_calls[1:])]
    assert begun == [walk(memory, hops) for hops in range(10, 60, 10)]


def test_a_hop_takes_time() -> None:
    """More than none, and less than a second."""
    samples = seconds_a_hop(cycle_of_lines(1024), hops=100)
    assert len(samples) == 5
    assert all(0 < sample < 1 for sample in samples)


@pytest.mark.parametrize(
    ("cycles", "said"),
    [
        (0, "0 s"),
        (-2.49, "-2.5 s"),
        (0.25, "0.25 s"),
        (1, "1 s"),
        (3, "3 s"),
        (59, "59 s"),
        (400, "6.7 min"),
        (3600, "1 h"),
        (86_400 * 3.5, "3.5 days"),
        (86_400 * 45, "1.5 months"),
        (31_556_952 * 8.13, "8.1 years"),
        (31_556_952 * 4230, "4,200 years"),
    ],
)
def test_human_scale(cycles: float, said: str) -> None:
    """A second for a cycle, in the largest unit that fits."""
    assert human(cycles * CYCLE) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(120e-9, "6.7 min"), (0.9e-9, "3 s"), (12.9e-9, "43 s"), (81e-3, "8.6 years")],
)
def test_the_textbook_agrees(seconds: float, said: str) -> None:
    """Its rounded figures, at the same scale."""
    assert human(seconds) == said
