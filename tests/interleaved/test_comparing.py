import gc
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from interleaved import comparing
from interleaved.comparing import (
    Comparison,
    DifferentAnswers,
    TooFast,
    VariantError,
    compare,
)
from interleaved.machine import Interpreter, this_interpreter, this_machine
from interleaved.noise import Noise
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
    monkeypatch.setattr(comparing, "between", lambda *_: Noise(0, 0))
    for name in ("INTERLEAVED_RESULTS", "INTERLEAVED_MOST_ROUNDS"):
        monkeypatch.delenv(name, raising=False)
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


def test_calibration_is_not_misled(clock: Clock) -> None:
    """By one call that was too short to tell: it takes ten times as many at most."""
    a, b = clock.variant("a", 20 * MS, 1, 20 * MS), clock.variant("b", 20 * MS)
    assert compare({"a": a, "b": b}, rounds=1).baseline.loops == 10


def test_clock_is_read_twice_a_timing(clock: Clock) -> None:
    """However many calls a timing has, it reads the clock before and after them."""
    a, b = clock.variant("a", 20 * MS // 200), clock.variant("b", 20 * MS)
    few = compare({"a": a, "b": b}, rounds=5)
    assert few.baseline.loops > 100
    reads, clock.reads = clock.reads, 0
    compare({"a": a, "b": b}, rounds=25)
    assert clock.reads - reads == 2 * 2 * 20


def test_clock_costs_little() -> None:
    """Reading the real clock twice takes less than 1 % of a 20 ms timing."""
    assert 0 < comparing._clock_seconds() < 0.01 * 0.02


def test_slow_clock_makes_timings_longer(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However slow the clock, it takes 1 % of a timing at most."""

    def slow() -> int:
        clock.now += 1 * MS  # two readings are 1 ms apart
        return clock.now

    monkeypatch.setattr(comparing, "perf_counter_ns", slow)
    variants = {name: clock.variant(name, 20 * MS) for name in "ab"}
    comparison = compare(variants, rounds=1, min_seconds=0.02)
    assert {timing.loops for timing in comparison.timings} == {6}  # 120 ms


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
        ({"a": fine, "b": fine}, {"attempts": 0}, ValueError, "attempts is 0"),
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


@pytest.mark.parametrize("label", ["a", "b"])
def test_too_fast(clock: Clock, monkeypatch: pytest.MonkeyPatch, label: str) -> None:
    """A variant worth less than ten empty calls is refused, with advice."""
    monkeypatch.setattr(comparing, "empty_call", lambda: 30e-9)
    short = {"a": 300, "b": 300, label: 299}
    variants = {name: clock.variant(name, short[name]) for name in "ab"}
    message = (
        f"the variant '{label}' takes 299 ns, and a call that does nothing 30.0 ns:"
        " put a loop inside the variant"
    )
    with pytest.raises(TooFast, match=message):
        compare(variants)
    variants = {name: clock.variant(name, 300) for name in "ab"}
    assert compare(variants, rounds=5).verdict == "stable"


def test_nothing_is_too_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the real clock, too, variants that do nothing are refused."""
    monkeypatch.delenv("INTERLEAVED_RESULTS", raising=False)
    refused = 0
    for _ in range(10):  # somebody else on the core can make nothing take long
        try:
            compare({"a": lambda: 1, "b": lambda: 1}, rounds=1)
        except TooFast:
            refused += 1
    assert refused > 0


QUIET, LOUD, LOUDER = Noise(0, 0.1), Noise(0, 0.2), Noise(0.15, 0.15)


@pytest.mark.parametrize(
    ("noises", "attempts", "kept"),
    [
        ([QUIET], 1, 0),
        ([LOUD, QUIET], 2, 1),
        ([LOUD, LOUDER, QUIET], 3, 2),
        ([LOUDER, LOUD, LOUDER], 3, 1),
        ([LOUD, LOUDER, LOUD], 3, 0),
        ([LOUD, LOUD, LOUD], 3, 0),
    ],
)
def test_measured_again_while_disturbed(
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    noises: list[Noise],
    attempts: int,
    kept: int,
) -> None:
    """The first stable attempt is kept; without one, that with the least noise."""
    waiting = list(noises)
    monkeypatch.setattr(comparing, "between", lambda *_: waiting.pop(0))
    # Each attempt is slower than the one before, so that they can be told apart,
    # and its ratio is larger, which has no say.
    a = clock.variant("a", 20 * MS, 20 * MS, *(n * 20 * MS for n in _fives(1, 2, 3)))
    b = clock.variant("b", 20 * MS)
    comparison = compare({"a": a, "b": b}, rounds=5)
    assert not waiting
    assert comparison.attempts == attempts
    assert comparison.noise == noises[kept]
    assert comparison.speedup("b").median == pytest.approx(kept + 1)
    assert len(comparison.baseline.seconds) == 5


def _fives(*numbers: int) -> list[int]:
    return [number for number in numbers for _ in range(5)]


@pytest.mark.parametrize(("attempts", "made"), [(1, 1), (2, 2), (9, 9)])
def test_attempts_end(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, attempts: int, made: int
) -> None:
    """Where it never becomes quiet, there are as many attempts as asked for."""
    monkeypatch.setattr(comparing, "between", lambda *_: LOUD)
    variants = {name: clock.variant(name, 20 * MS) for name in "ab"}
    comparison = compare(variants, rounds=5, attempts=attempts)
    assert (comparison.attempts, comparison.verdict) == (made, "disturbed")
    assert len(clock.calls) == 2 * (1 + 1 + 5 * made)


@pytest.mark.parametrize(
    ("most", "rounds", "made"),
    [("5", 15, 5), ("5", 4, 4), ("5", 5, 5 * 2), ("", 7, 7 * 2), ("1", 2, 1)],
)
def test_a_quick_look(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, most: str, rounds: int, made: int
) -> None:
    """INTERLEAVED_MOST_ROUNDS ends a comparison early, and then nothing is repeated."""
    monkeypatch.setattr(comparing, "between", lambda *_: LOUD)
    monkeypatch.setenv("INTERLEAVED_MOST_ROUNDS", most)
    variants = {name: clock.variant(name, 20 * MS) for name in "ab"}
    compare(variants, rounds=rounds, attempts=2)
    assert len(clock.calls) == 2 * (1 + 1 + made)


@pytest.mark.parametrize("most", ["0", "-1", "five", "2.5"])
def test_a_quick_look_has_a_number_of_rounds(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, most: str
) -> None:
    """Anything else in the variable is an error that names it."""
    monkeypatch.setenv("INTERLEAVED_MOST_ROUNDS", most)
    variants = {name: clock.variant(name, 20 * MS) for name in "ab"}
    with pytest.raises(ValueError, match=f"INTERLEAVED_MOST_ROUNDS is '{most}'"):
        compare(variants)
    assert clock.calls == []


def test_wide_quartiles_are_measured_again(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ratios that spread call for another attempt, where nobody says why, too."""
    monkeypatch.setattr(comparing, "between", lambda *_: None)
    wild = [20 * n * MS for n in (1, 2, 1, 2, 1)]
    a = clock.variant("a", 20 * MS, 20 * MS, *wild, 20 * MS)
    comparison = compare({"a": a, "b": clock.variant("b", 20 * MS)}, rounds=5)
    assert (comparison.attempts, comparison.verdict) == (2, "stable")
    assert comparison.noise is None


def test_too_few_rounds_are_not_repeated(clock: Clock) -> None:
    """More attempts of four rounds would tell no more than one."""
    variants = {name: clock.variant(name, 20 * MS) for name in "ab"}
    comparison = compare(variants, rounds=4)
    assert (comparison.attempts, comparison.verdict) == (1, "disturbed")


def test_noise_is_read_around_the_rounds(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What happens while variants warm up disturbs nothing, so it is not read."""
    seen: list[tuple[object, int]] = []

    def read(before: object = None) -> int:
        seen.append((before, len(clock.calls)))
        return len(seen)

    monkeypatch.setattr(comparing, "read", read)
    variants = {name: clock.variant(name, 20 * MS) for name in "ab"}
    compare(variants, rounds=5)
    assert seen == [(None, 2 + 2), (1, 2 + 2 + 2 * 5)]


class ByItself:
    """A variant that is timed where it is called."""

    def __init__(self, taken: float, empty: float = 1e-9) -> None:
        self.taken, self.empty = taken, empty
        self.interpreter: Interpreter | None = None

    def __call__(self) -> object:
        raise NotImplementedError

    def timed(self, loops: int) -> tuple[float, object]:
        return self.taken * loops, "same"

    def empty_call(self) -> float:
        return self.empty


def test_variant_that_times_itself(clock: Clock) -> None:
    """Its own seconds count, its interpreter is noted, our clock is not read."""
    there = ByItself(0.005)
    there.interpreter = this_interpreter()
    comparison = compare({"a": clock.variant("a", 20 * MS), "b": there}, rounds=5)
    timing = comparison.timing("b")
    assert timing.loops == 5
    assert timing.seconds == pytest.approx((0.005,) * 5)
    assert timing.interpreter == this_interpreter()
    assert comparison.baseline.interpreter is None
    assert Comparison.from_json(comparison.to_json()) == comparison


def test_too_fast_for_where_it_is(clock: Clock) -> None:
    """Whether such a variant is too fast is a matter of its own empty calls."""
    a = clock.variant("a", 20 * MS)
    compare({"a": a, "b": ByItself(0.005, 0.0005)}, rounds=1)
    with pytest.raises(TooFast, match=r"'b' takes 5.00 ms, and .* nothing 510 µs"):
        compare({"a": a, "b": ByItself(0.005, 0.00051)}, rounds=1)


@pytest.mark.parametrize("kind", ["threads", "fork", "spawn", "forkserver"])
def test_pools(kind: str, tmp_path: Path) -> None:
    """Variants may be pools of threads or processes, however these start."""
    comparison = compared_by_script(POOLS.replace("KIND", kind), tmp_path)
    assert comparison.timing("pooled").label == "pooled"
    assert comparison.noise is None or comparison.noise.foreign < 1


@pytest.mark.parametrize("name", ["3.14", "3.15"])
def test_subinterpreters(
    name: str, python: Callable[[str], str], tmp_path: Path
) -> None:
    """Variants may be subinterpreters, where there are any."""
    script = POOLS.replace("KIND", "interpreters")
    comparison = compared_by_script(script, tmp_path, python(name))
    assert comparison.interpreter.name == name


POOLS = """
from concurrent import futures
from multiprocessing import get_context

from interleaved import compare
from interleaved.gil import count_serial, count_to


def start():
    if "KIND" == "threads":
        return futures.ThreadPoolExecutor(2)
    if "KIND" == "interpreters":
        return futures.InterpreterPoolExecutor(2)
    return futures.ProcessPoolExecutor(2, mp_context=get_context("KIND"))


if __name__ == "__main__":
    with start() as pool:
        compare(
            {
                "in a row": lambda: count_serial(10_000),
                "pooled": lambda: list(pool.map(count_to, [10_000] * 2)),
            },
            rounds=5,
            attempts=1,
        )
"""


def compared_by_script(
    script: str, folder: Path, interpreter: str = sys.executable
) -> Comparison:
    """Run a script in a fresh interpreter; return the comparison that it made."""
    program, results = folder / "program.py", folder / "results"
    program.write_text(script)
    finished = subprocess.run(
        [interpreter, str(program)],
        env=os.environ
        | {
            "PYTHONPATH": str(Path(comparing.__file__).parents[1]),
            "INTERLEAVED_RESULTS": str(results),
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (finished.returncode, finished.stderr) == (0, "")
    (line,) = results.read_text().splitlines()
    return Comparison.from_json(json.dumps(json.loads(line)["comparison"]))


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


@pytest.mark.quiet
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
