import multiprocessing
import os
from collections.abc import Callable
from itertools import pairwise
from time import sleep

import pytest

from interleaved import operating_system
from interleaved.operating_system import (
    Ran,
    move_to_one_core,
    on_one_core,
    other_end,
    same_end,
    share,
    spans_between,
)
from interleaved.process_states import python


def test_one_core_and_back() -> None:
    """One while it lasts, and those of before afterwards."""
    if not hasattr(os, "sched_getaffinity"):
        pytest.skip("it takes Linux")
    before = os.sched_getaffinity(0)
    with on_one_core() as done:
        assert done
        assert len(os.sched_getaffinity(0)) == 1
    assert os.sched_getaffinity(0) == before
    with pytest.raises(LookupError), on_one_core():
        raise LookupError
    assert os.sched_getaffinity(0) == before


def test_moving_others_to_one_core() -> None:
    """Them, and not us."""
    if not hasattr(os, "sched_getaffinity"):
        assert not move_to_one_core([])
        pytest.skip("it takes Linux")
    before = os.sched_getaffinity(0)
    with python("while True: pass") as one, python("while True: pass") as other:
        assert move_to_one_core([one.pid, other.pid])
        cores = [os.sched_getaffinity(each.pid) for each in (one, other)]
    assert len(cores[0]) == 1
    assert cores[0] == cores[1]
    assert os.sched_getaffinity(0) == before


def test_where_no_core_can_be_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The work is done all the same."""
    monkeypatch.delattr(os, "sched_setaffinity", raising=False)
    with on_one_core() as done:
        assert not done
    assert not move_to_one_core([os.getpid()])


def overlap(ran: list[Ran]) -> float:
    """Part of the time in which two or more processes were on a core."""
    spans = [span for each in ran for span in each.spans]
    edges = sorted({edge for span in spans for edge in span})
    both = sum(
        end - start
        for start, end in pairwise(edges)
        if sum(span[0] <= start and end <= span[1] for span in spans) > 1
    )
    return both / (edges[-1] - edges[0])


def test_processes_take_turns_on_one_core() -> None:
    """Each has its part, and next to never do two run at once."""
    with on_one_core() as pinned:
        ran = share(["P1", "P2", "P3"], 0.2)
    assert [each.name for each in ran] == ["P1", "P2", "P3"]
    total = sum(each.seconds for each in ran)
    assert all(each.seconds / total > 0.1 for each in ran)
    assert min(each.spans[0][0] for each in ran) == 0
    if pinned:
        # A turn too short to be seen as a gap counts for both.
        assert overlap(ran) < 0.05
    assert multiprocessing.active_children() == []


def test_processes_that_do_not_report_are_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After a while, and none of them stays behind."""
    monkeypatch.setattr(operating_system, "_PATIENCE", -0.05)
    with pytest.raises(TimeoutError, match="did not report"):
        share(["P1", "P2"], 0.1)
    monkeypatch.undo()
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize(
    ("looks", "spans"),
    [
        ([0, 0.0004, 0.0008, 2], [(0, 0.0008), (2, 2)]),
        ([0, 0.9, 0.9003, 2], [(0, 0), (0.9, 0.9003), (2, 2)]),
        ([5, 5.0001, 7], [(5, 5.0001), (7, 7)]),
    ],
)
def test_a_clock_that_was_not_looked_at(
    looks: list[float], spans: list[tuple[float, float]]
) -> None:
    """More than half a millisecond without a look ends a span."""
    clock = iter(looks)
    assert spans_between(lambda: next(clock), 1) == spans


def test_drawing_a_process() -> None:
    """A mark where it ran in the middle of a slice."""
    ran = Ran("P1", ((0.0, 1.0), (2.6, 4.4)))
    assert ran.seconds == pytest.approx(2.8)
    assert ran.drawn(1, columns=6) == "#..#.."
    assert ran.drawn(0.5, columns=10) == "##...####."


def test_round_trips() -> None:
    """A byte comes back, from another process or from our own pipe."""
    with other_end() as there, same_end() as here:
        for call in (there, here):
            assert [call() for _ in range(20)] == [b"?"] * 20


def test_a_process_that_has_ended_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """By b"" if it ends in the middle of a round trip, and by an error after that."""
    monkeypatch.setattr(operating_system, "_ECHO", "import os; os.read(0, 1)")
    with other_end() as call:
        assert call() == b""
        sleep(1)  # its pipes may go one after the other
        with pytest.raises(OSError, match=r"pipe|Invalid"):
            call()


def test_round_trips_make_the_same_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """In one process all four, with another our half of them."""
    calls: list[str] = []

    def noted(name: str, call: Callable[..., object]) -> Callable[..., object]:
        def and_call(*arguments: object) -> object:
            calls.append(name)
            return call(*arguments)

        return and_call

    for name in ("read", "write"):
        monkeypatch.setattr(os, name, noted(name, getattr(os, name)))
    with same_end() as call:
        call()
    assert sorted(calls) == ["read", "read", "write", "write"]
    with other_end() as call:
        calls.clear()
        call()
        assert calls == ["write", "read"]


def test_the_other_end_closes_with_an_exception() -> None:
    """What goes wrong meanwhile ends its process just the same."""
    with pytest.raises(LookupError), other_end():
        raise LookupError
