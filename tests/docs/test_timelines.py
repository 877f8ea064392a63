"""The timelines of the pages: what a page says of one is what it draws."""

import json
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from interleaved import this_machine
from livedocs.judge import judge
from livedocs.page import Script, read_page
from livedocs.record import Part, Record
from livedocs.runner import Runner, probe
from livedocs.timeline import Bar, Panel, panels_of, timeline_html, trace_json

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A block of a page that has a timeline, its run and its picture."""

    script: Script
    record: Record
    panels: list[Panel]
    html: str

    def bars(self, name: str, lane: str = "") -> list[Bar]:
        """Those of a function, in lanes whose names contain something."""
        return [
            bar
            for panel in self.panels
            for each in panel.lanes
            for bar in each.bars
            if bar.name == name and lane in each.name
        ]


SCRIPTS = {
    path.name: script
    for path in sorted((ROOT / "docs").glob("*.md"))
    for script in read_page(path).scripts
    if script.directive("timeline")
}
"""Those that have a timeline, by page."""


@cache
def drawn(page: str, python: str = sys.executable) -> Drawn:
    """Run the block of a page as the press does, and draw it."""
    script, target = SCRIPTS[page], probe(python)
    with Runner(target, python_path=(ROOT / "src",), time_limit=60) as runner:
        outcome = runner.run(script, f"docs/{page}", name=page)
    assert judge(outcome) == []
    record = Record(
        key="0123456789abcdef",
        page=f"docs/{page}",
        line=script.line,
        language="python",
        code=tuple(block.fence.code for block in script.blocks),
        parts=tuple(Part(each.stdout, each.stderr) for each in outcome.parts),
        status=outcome.status or 0,
        started="2026-01-02T03:04:05+00:00",
        seconds=outcome.seconds,
        interpreter=target.interpreter,
        machine=this_machine(),
        sources={},
        values=outcome.values,
        spans=outcome.spans,
        turns=outcome.turns,
    )
    html = timeline_html(record, script.tasks, page, "1")
    return Drawn(script, record, panels_of(record, script.tasks), html)


def end(bar: Bar) -> float:
    assert bar.end is not None
    return bar.end


def most_at_once(bars: list[Bar]) -> int:
    """How many bars lie above each other where most do."""
    return max(
        sum(each.start <= bar.start < end(each) for each in bars) for bar in bars
    )


def by_start(bars: list[Bar]) -> list[Bar]:
    return sorted(bars, key=lambda bar: bar.start)


@pytest.mark.parametrize("page", SCRIPTS)
def test_a_program_knows_nothing_of_its_timeline(page: str) -> None:
    """A reader copies no stamp that is only there for the picture.

    Where turns are shown, stamps are what the program is about.
    """
    code = SCRIPTS[page].text
    assert not re.search(r"livedocs|tracing|perf_counter_ns|monotonic", code)


@pytest.mark.parametrize("page", SCRIPTS)
def test_a_picture_is_small_and_has_words(page: str) -> None:
    """At most 40 KB, with a title, a description and a table, on any page."""
    html = drawn(page).html
    assert len(html.encode()) <= 40_000
    for part in ("<title id=", "<desc id=", "<table", 'role="img"'):
        assert part in html
    assert "fill=" not in html
    assert "#fff" not in html


@pytest.mark.parametrize("page", SCRIPTS)
def test_a_trace_is_in_the_trace_event_format(page: str) -> None:
    """That of Chrome, which Perfetto reads: its keys, and times in microseconds."""
    run = drawn(page)
    trace = json.loads(trace_json(run.record, run.script.tasks))
    assert trace["displayTimeUnit"] == "ms"
    events = trace["traceEvents"]
    needs = {"X": {"ts", "dur"}, "M": {"args"}, "B": {"ts"}}
    needs |= {"b": {"ts", "id", "cat"}, "e": {"ts", "id", "cat"}}
    for event in events:
        assert {"name", "pid", "tid"} | needs[event["ph"]] <= set(event)
        assert all(isinstance(event[key], int) for key in ("pid", "tid"))
        assert all(event.get(key, 0) >= 0 for key in ("ts", "dur"))
    begins = [event["ts"] for event in events if event["ph"] in "XBb"]
    spans = [span.start / 1e3 for span in run.record.spans]
    slices = [each.start * 1e6 for turns in run.record.turns for each in turns.slices]
    assert sorted(begins) == pytest.approx(sorted([*spans, *slices]), abs=0.001)
    longest = max(event.get("dur", 0) for event in events) / 1e6
    assert longest <= run.record.seconds
    opened, closed = (
        sorted(event["id"] for event in events if event["ph"] == phase)
        for phase in "be"
    )
    assert opened == closed


def test_the_number_claimed_is_the_ratio_of_the_bars(
    python: Callable[[str], str],
) -> None:
    """Where free threads run at once: all bars by the time that has any."""
    for command in (sys.executable, python("3.13t")):
        run = drawn("free-threaded.md", command)
        bars = by_start(run.bars("ran"))
        anybody = last = 0.0
        for bar in bars:
            anybody += max(0.0, end(bar) - max(bar.start, last))
            last = max(last, end(bar))
        (value,) = run.record.values
        ratio = sum(end(bar) - bar.start for bar in bars) / anybody
        assert value.samples == pytest.approx((ratio,), rel=1e-6)


@pytest.mark.parametrize("page", ["gil.md", "free-threaded.md", "convoy.md"])
def test_with_a_gil_nobody_runs_beside_another(page: str) -> None:
    """Each bar begins when the one before it has ended."""
    panels = drawn(page).panels
    assert len(panels) == (3 if page == "convoy.md" else 1)
    for panel in panels:
        bars = by_start([bar for lane in panel.lanes for bar in lane.bars])
        assert len(bars) > 1
        # A stamp is read, then kept: a hand-off in between lets two bars meet.
        together = [end(one) - other.start for one, other in pairwise(bars)]
        assert sum(max(0.0, each) for each in together) <= 0.1 * panel.length


def test_replies_in_a_row_and_together() -> None:
    """The main thread's bars follow each other, the others begin before one ends."""
    run = drawn("waiting-together.md")
    row, together = run.bars("fetch", "MainThread"), run.bars("fetch", "Pool")
    assert (len(row), len(together)) == (3, 3)
    assert most_at_once(row) == 1
    assert most_at_once(together) > 1
    assert max(map(end, together)) - min(bar.start for bar in together) < sum(
        end(bar) - bar.start for bar in together
    )


def test_three_are_inside_at_a_time() -> None:
    """Of nine, behind a semaphore of three."""
    bars = drawn("semaphores.md").bars("stay")
    assert len(bars) == 9
    assert 1 < most_at_once(bars) <= 3


def test_the_image_waits_for_the_page_that_waits_for_it() -> None:
    """In the pool of one worker; with a pool of its own it begins before the end."""
    run = drawn("futures.md")
    broken, fixed = by_start(run.bars("page"))
    late, early = by_start(run.bars("image"))
    assert late.start >= end(broken)
    assert fixed.start < early.start < end(early) < end(fixed)


def test_the_gap_is_the_price_of_a_start() -> None:
    """The work of each child lies in the call that started it, in another lane."""
    run = drawn("processes.md")
    (parent, *children) = run.panels[0].lanes
    assert len(parent.bars) == len(children)
    for call, child in zip(parent.bars, children, strict=True):
        (work,) = child.bars
        assert call.start < work.start < end(work) < end(call)


def test_a_blocked_loop_has_one_long_tick() -> None:
    """The call in the loop lies in one tick, the call on the thread beside several."""
    run = drawn("asyncio-border.md")
    ticks = run.bars("wait_for_tick", "ticker")
    (blocking,) = run.bars("block", "MainThread")
    (beside,) = run.bars("block", "asyncio")

    def within(bar: Bar) -> int:
        return sum(bar.start < end(tick) < end(bar) for tick in ticks)

    assert len(ticks) == 16
    assert within(blocking) == 0
    assert within(beside) > 0


def test_a_producer_goes_on_beside_nobody() -> None:
    """Where its consumer has failed, and nobody tells it."""
    run = drawn("back-pressure.md")
    consumer, _ = by_start(run.bars("consume"))
    (producer,) = run.bars("produce_broken")
    assert end(consumer) < end(producer)
