from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from types import ModuleType

import pytest

from interleaved import Spread


def test_the_law(example: ModuleType) -> None:
    """Nothing in a row: as many as workers. Half in a row: never two."""
    assert example.amdahl(0, 7) == 7
    assert example.amdahl(1, 7) == 1
    assert example.amdahl(0.5, 2) == pytest.approx(4 / 3)
    assert 1.99 < example.amdahl(0.5, 1000) < 2


def test_every_share_does_the_same_work(example: ModuleType) -> None:
    """What is not done here is done by the pool, and nothing twice."""
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        for share in (*example.SHARES, 1.0):
            assert example.shared(pool, share, 10) == example.serial(10)
    assert example.serial(10) == 10 * example.PARTS


def test_every_share_is_measured_with_every_number_of_workers(
    example: ModuleType,
) -> None:
    """A variant each, besides the baseline."""
    found = example.measure(2_000, 1)
    wanted = {example.label(s, n) for s in example.SHARES for n in example.WORKERS}
    assert {timing.label for timing in found.timings[1:]} == wanted
    assert found.baseline.label == example.IN_A_ROW


@pytest.mark.parametrize("cores", [1, 3, 4, 64])
def test_the_picture_ends_with_the_workers(
    example: ModuleType, monkeypatch: pytest.MonkeyPatch, cores: int
) -> None:
    """A machine with many cores does not press the points to its left edge."""
    from matplotlib import pyplot

    points = {share: [Spread.of([1], "×")] * 3 for share in example.SHARES}
    monkeypatch.setattr(pyplot, "show", lambda: None)
    monkeypatch.setattr(example, "usable_cores", lambda: cores)
    example.draw(points)
    figure = pyplot.gcf()
    assert figure.axes[0].get_xlim()[1] < example.WORKERS[-1] + 1
    marked = f"{cores} cores" in figure.axes[0].get_legend_handles_labels()[1]
    assert marked == (cores <= example.WORKERS[-1])
    pyplot.close(figure)
