import gc
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from interleaved import comparing
from interleaved.comparing import (
    Comparison,
    DifferentAnswers,
    VariantError,
    compare,
)
from interleaved.machine import this_interpreter, this_machine
from interleaved.start_here import wait_serial, wait_threaded

MS = 1_000_000  # nanoseconds


class Clock:
    """A clock that goes on only when a variant says so, and counts its readers."""

    def __init__(self) -> None:
        self.now = 0
        self.reads = 0
        self.calls: list[str] = []

    def __call__(self) -> int:
        self.reads += 1
        return self.now

    def variant(
        self, label: str, *durations: int, answer: object = "same"
    ) -> Callable[[], object]:
        """Make a variant that takes these nanoseconds, the last again and again."""
        rest = list(durations)

        def run() -> object:
            self.calls.append(label)
            self.now += rest.pop(0) if len(rest) > 1 else rest[0]
            return answer

        return run


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(comparing, "perf_counter_ns", made)
    monkeypatch.delenv("INTERLEAVED_RESULTS", raising=False)
    return made


def test_turns(clock: Clock) -> None:
    """Warm up, calibrate, then rounds in turn, every other one in reverse."""
    names = "abc"
    variants = {name: clock.variant(name, 20 * MS) for name in names}
    compare(variants, rounds=3)
    assert "".join(clock.calls) == "abc" + "abc" + "abc" + "cba" + "abc"


def test_warm_up_is_not_measured(clock: Clock) -> None:
    """What the first call costs is in no timing."""
    a, b = clock.variant("a", 9000 * MS, 40 * MS), clock.variant("b", 20 * MS)
    comparison = compare({"a": a, "b": b}, rounds=4)
    assert comparison.baseline.seconds == (0.04,) * 4


@pytest.mark.parametrize("duration", [50, 999, 70_000, 3 * MS, 19 * MS, 20 * MS])
def test_calibration(clock: Clock, duration: int) -> None:
    """A timing takes min_seconds at the least, and not far more."""
    a, b = clock.variant("a", duration), clock.variant("b", 50 * MS)
    comparison = compare({"a": a, "b": b}, rounds=2, min_seconds=0.02)
    first, second = comparison.timings
    assert 20 * MS <= first.loops * duration <= 20 * MS * 1.1 + duration
    assert second.loops == 1
    assert first.seconds == pytest.approx((duration / 1e9,) * 2)


def test_clock_is_read_twice_a_timing(clock: Clock) -> None:
    """However many calls a timing has, it reads the clock before and after them."""
    a, b = clock.variant("a", 20 * MS // 200), clock.variant("b", 20 * MS)
    comparison = compare({"a": a, "b": b}, rounds=5)
    assert comparison.baseline.loops > 100
    warm_ups, calibrations, rounds = 2, 4 + 1, 2 * 5  # a: 1, 10, 100, 220 loops
    assert clock.reads == 2 * (warm_ups + calibrations + rounds)


def test_clock_costs_little() -> None:
    """Reading the real clock twice takes less than 1 % of a 20 ms timing."""
    idle = [comparing._time("none", lambda: None, 0)[0] for _ in range(9)]
    assert 0 < min(idle) < 0.01 * 0.02


def test_clock_that_stands_still(clock: Clock) -> None:
    """A timing too short for the clock counts as a nanosecond, so ratios exist."""
    a, b = clock.variant("a", 20 * MS), clock.variant("b", 20 * MS, 20 * MS, 0)
    comparison = compare({"a": a, "b": b}, rounds=1)
    assert comparison.timing("b").seconds == (1e-9,)
    assert comparison.speedup("b").median == pytest.approx(20 * MS)


def test_noise_that_both_meet_cancels_out(clock: Clock) -> None:
    """A round ten times slower for both leaves their ratio alone."""
    slow = [20, 20, 20, 200, 20]  # warm-up, calibration, three rounds
    a = clock.variant("a", *(2 * ms * MS for ms in slow))
    b = clock.variant("b", *(ms * MS for ms in slow))
    comparison = compare({"a": a, "b": b}, rounds=3)
    assert comparison.baseline.seconds == (0.04, 0.4, 0.04)
    speedup = comparison.speedup("b")
    assert speedup.low == speedup.high == pytest.approx(2)


def test_where_it_ran(clock: Clock) -> None:
    """A comparison knows the machine and the interpreter."""
    variants = {name: clock.variant(name, 20 * MS) for name in "ab"}
    comparison = compare(variants, rounds=1)
    assert comparison.machine == this_machine()
    assert comparison.interpreter == this_interpreter()


@pytest.mark.parametrize("enabled", [True, False])
def test_garbage_collector_stays(clock: Clock, enabled: bool) -> None:
    """The garbage collector is on during a timing if it was on before."""
    seen: set[bool] = set()

    def look() -> None:
        clock.now += 20 * MS
        seen.add(gc.isenabled())

    before = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        compare({"a": look, "b": look}, rounds=1)
        assert seen == {gc.isenabled()} == {enabled}
    finally:
        (gc.enable if before else gc.disable)()


def fine() -> str:
    return "fine"


@pytest.mark.parametrize(
    ("variants", "options", "kind", "message"),
    [
        ({}, {}, ValueError, "0 variants: it takes two"),
        ({"a": fine}, {}, ValueError, "1 variants: it takes two"),
        ({"a": fine, "": fine}, {}, ValueError, "blank"),
        ({"a": fine, "b": fine()}, {}, TypeError, "'b' is no function"),
        ({"a": fine, "b": fine}, {"rounds": 0}, ValueError, "rounds is 0"),
        ({"a": fine, "b": fine}, {"min_seconds": 0.0}, ValueError, "min_seconds is 0"),
        (
            {"a": fine, "b": fine},
            {"min_seconds": float("nan")},
            ValueError,
            "min_seconds is nan",
        ),
    ],
)
def test_refused(
    variants: dict[str, Callable[[], object]],
    options: dict[str, float],
    kind: type[Exception],
    message: str,
) -> None:
    """What cannot be compared is refused in words, before anything runs."""
    with pytest.raises(kind, match=message):
        compare(variants, **options)  # type: ignore[arg-type]


def test_variant_that_raises(clock: Clock) -> None:
    """An exception of a variant names the variant, and is kept as the cause."""

    def fail() -> None:
        raise ZeroDivisionError("no shares")

    message = "'b' raised ZeroDivisionError: no shares"
    with pytest.raises(VariantError, match=message) as caught:
        compare({"a": clock.variant("a", 20 * MS), "b": fail})
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_interrupt_passes(clock: Clock) -> None:
    """Ctrl-C in a variant is no error of the variant."""

    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compare({"a": clock.variant("a", 20 * MS), "b": interrupt})


def test_different_answers(clock: Clock) -> None:
    """Variants that answer differently are told apart at once, with both answers."""
    a = clock.variant("a", 20 * MS, answer=[1, 2])
    b = clock.variant("b", 20 * MS, answer=[1, 3])
    message = r"'b' answered \[1, 3\] where 'a' had answered \[1, 2\]"
    with pytest.raises(DifferentAnswers, match=message):
        compare({"a": a, "b": b})
    assert clock.calls == ["a", "b"]


def test_answer_that_changes_later(clock: Clock) -> None:
    """A variant that errs only in its last round is found out too."""
    good, rounds = clock.variant("a", 20 * MS, answer=7), 3
    answers = [7] * (1 + 1 + rounds - 1) + [8]

    def drift() -> object:
        clock.now += 20 * MS
        return answers.pop(0)

    with pytest.raises(DifferentAnswers, match="'b' answered 8 where 'a'"):
        compare({"a": good, "b": drift}, rounds=rounds)
    assert not answers


def test_results_file(
    clock: Clock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Each comparison is one more line of the results file, written at once."""
    results = tmp_path / "results"
    results.write_text("what was there\n")
    monkeypatch.setenv("INTERLEAVED_RESULTS", str(results))
    writes: list[bytes] = []
    write = os.write

    def watched(file: int, line: bytes) -> int:
        writes.append(line)
        return write(file, line)

    monkeypatch.setattr(os, "write", watched)
    variants = {name: clock.variant(name, 20 * MS) for name in "aß"}
    made = [compare(variants, rounds=rounds) for rounds in (1, 2)]
    monkeypatch.undo()
    first, *lines = results.read_bytes().splitlines(keepends=True)
    assert first == b"what was there\n"
    assert lines == writes
    found = [json.loads(line) for line in lines]
    assert [list(line) for line in found] == [["comparison"]] * 2
    read = [Comparison.from_json(json.dumps(line["comparison"])) for line in found]
    assert read == made
    assert capsys.readouterr() == ("", "")


def test_results_file_cut_short(
    clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that takes half a line is an error, not a broken file in silence."""
    monkeypatch.setenv("INTERLEAVED_RESULTS", str(tmp_path / "results"))
    monkeypatch.setattr(os, "write", lambda _, line: len(line) // 2)
    variants = {name: clock.variant(name, 20 * MS) for name in "ab"}
    with pytest.raises(OSError, match="written only"):
        compare(variants, rounds=1)


def test_unfinished_comparison_is_not_appended(
    clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A comparison that failed leaves no line."""
    results = tmp_path / "results"
    monkeypatch.setenv("INTERLEAVED_RESULTS", str(results))
    variants = {
        name: clock.variant(name, 20 * MS, answer=answer)
        for name, answer in (("a", 1), ("b", 2))
    }
    with pytest.raises(DifferentAnswers):
        compare(variants)
    assert not results.exists()


def test_real_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the real clock, two waits at once take well under two in a row."""
    monkeypatch.delenv("INTERLEAVED_RESULTS", raising=False)
    comparison = compare(
        {
            "serial": lambda: wait_serial(2, 0.02),
            "threaded": lambda: wait_threaded(2, 0.02),
        },
        rounds=5,
    )
    assert comparison.speedup("threaded").median > 1.2
    assert min(comparison.baseline.seconds) >= 0.04
