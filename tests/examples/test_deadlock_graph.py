import threading
from types import ModuleType

import pytest


def test_in_a_circle_all_wait_for_each_other(example: ModuleType) -> None:
    """On every run, and after it no thread is left."""
    before = threading.active_count()
    assert example.waits_in_a_circle() == [
        ("A", "B", "2"),
        ("B", "C", "3"),
        ("C", "A", "1"),
    ]
    assert threading.active_count() == before


def test_in_one_order_nobody_waits_in_a_circle(example: ModuleType) -> None:
    """Somebody waits, but for one who does not."""
    for _ in range(20):
        edges = example.waits_in_order()
        assert edges
        assert example.circle(edges) == []


FOUR = {"A": ("1", "2"), "B": ("2", "3"), "C": ("3", "4"), "D": ("4", "1")}


def test_four_threads_in_a_circle(
    example: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The exercise: all wait, until one of them takes its locks the other way."""
    monkeypatch.setattr(example, "ROUND", FOUR)
    assert example.circle(example.waits_in_a_circle()) == ["A", "B", "C", "D"]
    for name, (first, second) in FOUR.items():
        monkeypatch.setattr(example, "ROUND", FOUR | {name: (second, first)})
        edges = example.waits_in_a_circle()
        assert edges
        assert example.circle(edges) == []


def test_places_lie_around_the_middle(example: ModuleType) -> None:
    """The first on top, and as many as there are threads."""
    for names in ("ABC", "ABCD"):
        places = example.places(names)
        assert list(places) == list(names)
        assert places["A"] == pytest.approx((0, 0.85))
        assert sum(x for x, _ in places.values()) == pytest.approx(0)
        assert sum(y for _, y in places.values()) == pytest.approx(0)


def test_circles_are_found(example: ModuleType) -> None:
    """Also behind a tail; a chain is none."""
    chain = [("A", "B", "1"), ("B", "C", "2")]
    assert example.circle([]) == []
    assert example.circle(chain) == []
    assert example.circle([*chain, ("C", "B", "3")]) == ["B", "C"]
    assert example.circle([("A", "A", "1")]) == ["A"]


def test_a_lock_that_is_held_is_waited_for_in_vain(
    example: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time limit ends the wait, and then nobody holds or wants anything."""
    monkeypatch.setattr(example, "HELD_UP", 0.01)
    watch = example.Watch(["1"])
    with watch.hold("A", "1") as first, watch.hold("B", "1") as second:
        assert (first, second) == (True, False)
        assert watch.edges() == []
    with watch.hold("B", "1") as third:
        assert third


def test_threads_that_never_settle_are_an_error(
    example: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one who looks does not wait for ever."""
    monkeypatch.setattr(example, "PATIENCE", 0.01)
    with pytest.raises(TimeoutError, match="neither rests nor waits"):
        example.Watch(["1"]).settled_edges(1)
