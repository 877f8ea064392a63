from queue import Empty, Full, Queue
from threading import Lock

import pytest

from interleaved import back_pressure
from interleaved.back_pressure import Stage, record_depths, run_pipeline, strip


def test_a_bound_is_kept() -> None:
    """The queue gets as full as it may, and no fuller."""
    depths = record_depths(5, items=50)
    assert len(depths) == 50
    assert max(depths) == 5


@pytest.mark.negative_control
def test_without_a_bound_all_is_in_the_queue() -> None:
    """The control: the bound away, the producer waits for nobody."""
    depths = record_depths(0, items=50, seconds=0.01)
    assert max(depths) > 25
    assert depths[-1] == 1


def test_a_producer_that_waits_in_vain_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And no hang: so is a stage that nobody takes from."""
    monkeypatch.setattr(back_pressure, "_PATIENCE", 0.02)
    with pytest.raises(Full):
        run_pipeline([Stage(0.5)], items=10, maxsize=1)


@pytest.mark.parametrize(
    ("depths", "most", "columns", "drawn"),
    [
        ([], 10, 5, ""),
        ([0, 1, 5, 9, 10, 11], 10, 6, "015999"),
        ([3, 1, 2], 10, 60, "312"),
        ([1, 8, 3, 2, 7], 10, 3, "837"),
        ([5] * 61, 10, 60, "5" * 31),
        ([10, 300], 300, 60, "09"),
    ],
)
def test_strip(depths: list[int], most: int, columns: int, drawn: str) -> None:
    """The largest of each stretch, in tenths."""
    assert strip(depths, most, columns) == drawn


@pytest.mark.parametrize(
    "stages",
    [
        [Stage(0)],
        [Stage(0), Stage(0, workers=3)],
        [Stage(0, workers=4), Stage(0.001), Stage(0, workers=2)],
    ],
)
@pytest.mark.parametrize("items", [0, 1, 30])
def test_all_come_out(stages: list[Stage], items: int) -> None:
    """However many stages and workers there are."""
    assert run_pipeline(stages, items, maxsize=2) == items


def test_each_stage_waits_for_its_items(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every item takes each stage's time once."""
    slept: list[float] = []
    counting = Lock()

    def sleep(seconds: float) -> None:
        with counting:
            slept.append(seconds)

    monkeypatch.setattr(back_pressure, "sleep", sleep)
    assert run_pipeline([Stage(0.1), Stage(0.4, workers=2)], items=7) == 7
    assert sorted(slept) == [0.1] * 7 + [0.4] * 7


@pytest.mark.negative_control
def test_a_closed_pipeline_needs_its_sentinels(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The control: sentinels away, the workers wait in vain."""

    class Leaky(Queue[int | None]):
        def put(
            self, item: int | None, block: bool = True, timeout: float | None = None
        ) -> None:
            if item is not None:
                super().put(item, block, timeout)

    monkeypatch.setattr(back_pressure, "Queue", Leaky)
    monkeypatch.setattr(back_pressure, "_PATIENCE", 0.05)
    with pytest.raises(Empty):
        run_pipeline([Stage(0)], items=3)
