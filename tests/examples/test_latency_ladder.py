import os
import threading
from array import array
from pathlib import Path
from statistics import median
from types import ModuleType

import pytest

from interleaved.latencies import LINE, walk


def test_every_step_is_taken(example: ModuleType) -> None:
    """As often as asked, in some time, and the ends of the ladder are far apart."""
    before = threading.active_count()
    found = example.measure(3)
    assert len(found) == 8
    assert all(len(samples) == 3 for samples in found.values())
    assert all(min(samples) > 0 for samples in found.values())
    first, last = median(found["hop, cached"]), median(found["new interpreter"])
    assert last > 10_000 * first
    assert threading.active_count() == before


def test_a_step_is_taken_as_often_as_said(example: ModuleType) -> None:
    """Once to warm up, then as often in each sample."""
    taken: list[None] = []
    assert len(example.sampled(lambda: taken.append(None), 5, 3)) == 3
    assert len(taken) == 1 + 5 * 3


def test_hops_lead_through_all_of_the_memory(
    example: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One after another, from line to line, each as far as the memory is large."""
    walked: list[tuple[int, int]] = []

    def note(memory: object, rounds: int) -> list[float]:
        assert isinstance(memory, array)
        places = {walk(memory, hops) for hops in range(len(memory))}
        walked.append((len(places), rounds))
        return [1.0] * rounds

    monkeypatch.setattr(example, "seconds_a_hop", note)
    assert example.hops(8 * LINE, 3) == [1.0] * 3
    assert walked == [(8, 3)]


def test_the_disk_is_that_of_the_current_folder(
    example: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Where temporary files are, there may be memory; nothing is left behind."""
    there: list[int] = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "fsync", lambda _: there.append(len([*tmp_path.iterdir()])))
    assert len(example.disk(2)) == 2
    assert set(there) == {1}
    assert list(tmp_path.iterdir()) == []
