"""Timelines: the picture, its table and its trace."""

import json
import re
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from desk import fenced
from records import GOOD_RUN, python

from interleaved import Turns, compare
from interleaved.start_here import wait_serial, wait_threaded
from interleaved.turns import Slice
from livedocs.page import Task, parse_page
from livedocs.record import Record
from livedocs.runner import Runner, probe
from livedocs.timeline import (
    MOST_LABELLED,
    MOST_ROWS,
    WIDTH,
    panels_of,
    step_of,
    timeline_html,
    trace_json,
)
from livedocs.tracing import MOST_EVENTS, Span

MS = 1_000_000


def span(
    start: float,
    end: float | None,
    thread: str = "MainThread",
    task: str = "wait",
    **more: Any,
) -> Span:
    """A span; times are milliseconds."""
    return Span(
        task=task,
        process=more.get("process", 7),
        thread=thread,
        thread_id=more.get("thread_id", sum(thread.encode())),
        asyncio_task=more.get("asyncio_task", ""),
        start=round(start * MS),
        end=None if end is None else round(end * MS),
    )


def record(*spans: Span, turns: tuple[Turns, ...] = (), name: str = "3.13") -> Record:
    return replace(
        GOOD_RUN,
        interpreter=python(name),
        spans=tuple(sorted(spans, key=lambda each: each.start)),
        turns=turns,
    )


def tasks(*names: str) -> tuple[Task, ...]:
    return tuple(Task(name, "", name) for name in names or ("wait",))


def drawn(
    run: Record, *names: str, title: str = "waits.py", key: str = "12"
) -> ET.Element:
    """The figure, read as XML but for what HTML lets be left out."""
    html = timeline_html(run, tasks(*names), title, key)
    assert "\n" not in html
    figure = html.replace("data-search-exclude", "").partition("<details")[0]
    return ET.fromstring(figure + "</figure>")


def texts(figure: ET.Element) -> list[str]:
    return ["".join(each.itertext()) for each in figure.iter("text")]


def bars(figure: ET.Element, kind: str = "timeline-1") -> list[tuple[int, int]]:
    """Start and length of the bars of a kind, in units of the width."""
    return [
        (int(start), int(length))
        for path in figure.iter("path")
        if kind in path.attrib["class"].split()
        for start, length in re.findall(r"M(\d+) \d+\.5h(\d+)", path.attrib["d"])
    ]


def test_bars_stand_at_their_times() -> None:
    """The first start is the left edge, the last end the right one."""
    figure = drawn(record(span(100, 200), span(150, 300, "T")))
    assert bars(figure) == [(0, WIDTH // 2), (WIDTH // 4, WIDTH * 3 // 4)]
    assert texts(figure) == ["0 ms", "50", "100", "150", "200", "MainThread", "T"]


def test_tasks_differ_in_colour_and_height() -> None:
    """And the legend names them, in the page's order."""
    run = record(span(0, 1, task="fry"), span(1, 2, task="wait"))
    figure = drawn(run, "wait", "fry")
    assert bars(figure, "timeline-1") == [(WIDTH // 2, WIDTH // 2)]
    assert bars(figure, "timeline-2") == [(0, WIDTH // 2)]
    (caption,) = ("".join(each.itertext()) for each in figure.iter("figcaption"))
    assert caption == "wait from call to endfry from call to end"


def test_a_span_without_an_end() -> None:
    """It is drawn to the edge, dashed, and the legend and the table say why."""
    run = record(span(0, 10), span(5, None, "T"))
    figure = drawn(run)
    assert bars(figure, "timeline-open") == [(WIDTH // 2, WIDTH // 2)]
    html = timeline_html(run, tasks(), "x", "1")
    assert "did not end" in html
    assert "<td>no end<td>" in html
    assert "did not end" not in timeline_html(record(span(0, 1)), tasks(), "x", "1")


def test_only_spans_without_an_end() -> None:
    """There is something to see even so."""
    (bar,) = bars(drawn(record(span(5, None))), "timeline-open")
    assert bar == (0, WIDTH)


def test_calls_within_a_call_have_a_row_of_their_own() -> None:
    """In the lane of their thread; what follows goes back to the first row."""
    figure = drawn(record(span(0, 10), span(2, 5), span(10, 20)))
    (path,) = (
        each.attrib["d"]
        for each in figure.iter("path")
        if "M" in each.attrib["d"] and "timeline-1" in each.attrib["class"]
    )
    assert path == "M0 0.5h5000M5000 0.5h5000M1000 1.5h1500"


def test_bars_that_touch_are_told_apart() -> None:
    """By an edge where the second begins, unless it would cover the bar."""
    touching = [span(0, 10), span(10, 20), span(25, 99.99), span(99.99, 100)]
    (edges,) = (
        path.attrib["d"]
        for path in drawn(record(*touching)).iter("path")
        if path.attrib["class"] == "timeline-edge"
    )
    assert edges == "M1000 0v1"


def test_lanes() -> None:
    """One for a thread, one for an asyncio task, processes by their numbers."""
    (panel,) = panels_of(
        record(
            span(0, 1),
            span(1, 2, asyncio_task="Task-2"),
            span(2, 3, asyncio_task="Task-3"),
            span(3, 4, "worker"),
            span(4, 5, "", thread_id=99),
            span(5, 6),
        ),
        tasks(),
    )
    names = ["MainThread", "Task-2", "Task-3", "worker", "thread 99"]
    assert [lane.name for lane in panel.lanes] == names
    assert [len(lane.bars) for lane in panel.lanes] == [2, 1, 1, 1, 1]


def test_lanes_of_processes_lie_together() -> None:
    """In the order in which the processes began."""
    (panel,) = panels_of(
        record(
            span(0, 1, process=30),
            span(1, 2, process=20),
            span(2, 3, "helper", process=30),
            span(3, 4, process=20, asyncio_task="Task-1"),
        ),
        tasks(),
    )
    assert [lane.name for lane in panel.lanes] == [
        "process 30",
        "process 30, helper",
        "process 20",
        "process 20, Task-1",
    ]


def test_turns_have_a_panel_each() -> None:
    """Under the calls, each with an axis of its own and a lane for each worker."""
    turns = Turns("5 ms", 0.02, (Slice("A", 0, 0.01), Slice("B", 0.01, 0.02)))
    figure = drawn(record(span(0, 1000), turns=(turns,)))
    assert texts(figure)[-8:] == ["0 ms", "5", "10", "15", "20", "5 ms", "A", "B"]
    assert bars(figure, "timeline-ran") == [(0, 5000), (5000, 5000)]
    (alone,) = panels_of(record(turns=(turns,)), ())
    assert alone.title == "5 ms"
    html = timeline_html(record(turns=(turns,)), (), "x", "1")
    assert "a bar: the worker ran; a gap: it did not" in html


def test_alternating_and_overlapping_turns() -> None:
    """With a GIL the bars do not meet, without one they do."""

    def shared(*slices: Slice) -> int:
        figure = drawn(record(turns=(Turns("x", 0.02, slices),)))
        (one, length), (other, _) = bars(figure, "timeline-ran")
        return max(0, one + length - other)

    assert shared(Slice("A", 0, 0.01), Slice("B", 0.01, 0.02)) == 0
    assert shared(Slice("A", 0, 0.02), Slice("B", 0, 0.02)) == WIDTH


HOSTILE = '<script>alert("x")</script> & `code` *a* --8<-- {: .x }\'\u202e'


def test_hostile_names_do_nothing() -> None:
    """A thread, a task, a worker and a title can be called anything."""
    turns = Turns(HOSTILE.replace("\u202e", ""), 1.0, (Slice(HOSTILE, 0, 1),))
    run = record(span(0, 1, HOSTILE, asyncio_task=HOSTILE), turns=(turns,))
    html = timeline_html(run, tasks(), HOSTILE, "1")
    assert "<script" not in html
    assert not re.search(r"[`*{}\u202e]|--8<|&(?!#\d+;)", html)
    assert 'alert("x")' in unescape(html)


def test_names_are_cut_to_what_a_phone_shows() -> None:
    """The table has them whole."""
    name = "a thread with a name that has no end in sight, ever"
    html = timeline_html(record(span(0, 1, name)), tasks(), "x", "1")
    figure, _, table = html.partition("<details")
    shown = re.findall(r"<text[^>]*>([^<]*)</text>", figure)[-1]
    assert len(shown) == 38
    assert shown.endswith("…")
    assert name in unescape(table)


def test_who_hears_the_page_is_told() -> None:
    """The picture has a name and a description, under ids of its own."""
    run = record(span(0, 1000), span(0, 500.4, "T"), name="3.13t")
    figure = drawn(run, key="40")
    svg = figure.find("svg")
    assert svg is not None
    assert svg.attrib["role"] == "img"
    named = svg.attrib["aria-labelledby"].split()
    ids = {each.attrib["id"]: each.text for each in svg if "id" in each.attrib}
    assert list(ids) == named == ["timeline-40-3-13t-title", "timeline-40-3-13t-about"]
    title, about = ids.values()
    assert title == "Timeline of waits.py on Python 3.13t"
    assert about == (
        "2 lanes, 1,000 ms. MainThread: 0 to 1,000. T: 0 to 500."
        " The table under it has the times."
    )
    others = {
        found
        for key, name in (("40", "3.13"), ("41", "3.13t"))
        for found in re.findall(
            r'id="(.*?)"',
            timeline_html(record(span(0, 1), name=name), tasks(), "", key),
        )
    }
    assert len(others) == 4
    assert others.isdisjoint(ids)


def test_the_table_has_the_times() -> None:
    """To a thousandth of the whole, up to a number of rows that is said."""
    html = timeline_html(record(span(2, 3.25), span(4, 5)), tasks(), "x", "1")
    rows = re.findall(r"<tr>((?:<td>[^<]*)+)", html)
    assert rows == [
        "<td>wait<td>MainThread<td>0.000<td>1.250<td>1.250",
        "<td>wait<td>MainThread<td>2.000<td>3.000<td>1.000",
    ]
    many = [span(at, at + 1) for at in range(MOST_ROWS + 1)]
    html = timeline_html(record(*many), tasks(), "x", "1")
    assert len(re.findall(r"<tr><td>", html)) == MOST_ROWS
    assert f"The first {MOST_ROWS} of {MOST_ROWS + 1}" in html


@pytest.mark.parametrize("lanes", [1, 20, MOST_LABELLED, 25, 40, 1000, MOST_EVENTS])
def test_a_figure_is_small(lanes: int) -> None:
    """As many bars as may be, on any number of lanes: 40 KB, and no tower."""
    run = record(
        *(
            span(at * 0.37, at * 0.37 + 900.123, f"Thread-{at % lanes} (wait_for_it)")
            for at in range(MOST_EVENTS)
        )
    )
    html = timeline_html(run, tasks(), "x", "1")
    assert len(html.encode()) <= 40_000
    height = re.search(r'width="100%" height="(\d+)"', html)
    assert height
    assert int(height[1]) < 1300
    if lanes > MOST_LABELLED:
        assert int(height[1]) < 500
        assert f"{lanes:,} lanes" in html


@pytest.mark.parametrize("length", [1e-6, 0.001, 0.7, 3, 12, 99, 101, 2004, 86_400_000])
def test_an_axis_has_few_round_marks(length: float) -> None:
    """Three to six, whatever the length."""
    step = step_of(length)
    assert 2 < length / step <= 6
    assert f"{step:.1e}"[:3] in ("1.0", "2.0", "2.5", "5.0")


def test_the_trace_is_one_that_perfetto_opens() -> None:
    """Calls on threads are complete events, those of coroutines have tracks."""
    turns = Turns("5 ms", 0.02, (Slice("A", 0, 0.01),))
    run = record(
        span(1, 2.5),
        span(2, None, "T"),
        span(3, 4, asyncio_task="Task-2"),
        span(3, None, asyncio_task="Task-3"),
        turns=(turns,),
    )
    trace = json.loads(trace_json(run, tasks()))
    assert trace["displayTimeUnit"] == "ms"
    events = trace["traceEvents"]
    assert {"name", "ph", "pid", "tid"} <= set.intersection(*map(set, events))
    phases = [(each["ph"], each["name"]) for each in events]
    assert phases == [
        ("M", "thread_name"),
        ("X", "wait"),
        ("M", "thread_name"),
        ("B", "wait"),
        ("b", "wait"),
        ("e", "wait"),
        ("b", "wait"),
        ("M", "process_name"),
        ("M", "thread_name"),
        ("X", "ran"),
    ]
    assert (events[1]["ts"], events[1]["dur"]) == (1000, 1500)
    assert events[4]["id"] == events[5]["id"] != events[6]["id"]
    assert (events[-1]["ts"], events[-1]["dur"]) == (0, 10_000)


def test_the_overlap_that_is_drawn_is_the_ratio_that_is_claimed(tmp_path: Path) -> None:
    """Two waits: their bars by the width of the picture are what `compare` measures."""
    code = """
        from threading import Thread
        from time import sleep

        def wait():
            sleep(0.3)

        threads = [Thread(target=wait) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        """
    text = fenced(code, "python", "livedocs:timeline(wait)")
    (script,) = parse_page(text, Path("page.md")).scripts
    with Runner(
        probe(sys.executable), python_path=(tmp_path,), time_limit=30
    ) as runner:
        outcome = runner.run(script, "page.md", name="page.md")
    run = record(*outcome.spans)
    figure = timeline_html(run, script.tasks, "x", "1").partition("<details")[0]
    figure = figure.replace("data-search-exclude", "")
    lengths = [length for _, length in bars(drawn(record(*outcome.spans)))]
    assert len(lengths) == 2
    overlap = sum(lengths) / WIDTH
    found = compare(
        {
            "in a row": lambda: wait_serial(2, seconds=0.3),
            "overlapping": lambda: wait_threaded(2, seconds=0.3),
        },
        rounds=3,
        attempts=1,
    )
    assert overlap == pytest.approx(found.speedup("overlapping").median, rel=0.1)
