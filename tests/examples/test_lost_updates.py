import sys
from types import ModuleType

import pytest

from interleaved import Spread


def test_every_body_is_asked_and_the_lock_loses_nothing(example: ModuleType) -> None:
    """The others may lose some, but never more than all."""
    lost = example.shares_lost(sys.executable, 5_000)
    assert list(lost) == list(example.BODIES)
    assert lost["with lock"] == Spread(0, 0, 0, "")
    assert all(0 <= each.low <= each.high <= 1 for each in lost.values())


def test_a_body_that_does_not_add_loses_all(
    example: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The share is of all updates, of all threads."""
    monkeypatch.setattr(example, "BODIES", {"nothing": id})
    assert example.shares_lost(sys.executable, 10)["nothing"].median == 1


def test_what_is_missing_is_said(
    example: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A Python that is not there has no row, and its name is printed."""
    monkeypatch.setattr(example, "PYTHONS", ("2.0", "2.1t"))
    assert example.measure() == {}
    assert capsys.readouterr().out == "not on this machine: 2.0, 2.1t\n"


def test_a_loss_in_few_rounds_is_said(example: ModuleType) -> None:
    """Where the median is none, its upper quartile still shows; no loss is said so."""
    rare, never = Spread.of((0, 0, 0.02), ""), Spread(0, 0, 0, "")
    assert example.cell(never) == "0"
    assert example.cell(rare) == "0 (0 – 1 %)"
    assert example.said({"3.11": {"+=": never}}) == "none anywhere"
    assert example.said({"3.11": {"+=": rare, "with lock": never}}) == (
        "Python 3.11 0 (0 – 1 %) with +=; all others lose none"
    )


def test_the_free_threaded_build_of_each_version_is_asked(example: ModuleType) -> None:
    """It is there from 3.13 on, and has a row below that with a GIL."""
    names = list(example.PYTHONS)
    assert names == sorted(names, key=lambda name: (int(name[2:4]), name))
    for name in ("3.13", "3.14", "3.15"):
        assert f"{name}t" in names


def test_cells(example: ModuleType) -> None:
    """Nothing lost has no colour; more lost never has less."""
    assert example.percent(0) == "0"
    assert example.percent(0.273) == "27 %"
    strengths = [example.strength(share) for share in (0, 0.001, 0.1, 0.5, 1)]
    assert strengths[0] == 0
    assert strengths == sorted(strengths)
