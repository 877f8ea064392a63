"""Timelines: who ran when in a recorded run, as a picture, a table and a trace.

The picture is SVG inside the page. Its bars are stretched with the page while its
text is not, so that it can be read on a phone; its colours are the style sheet's.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from livedocs.page import Task
from livedocs.printed import printed_html
from livedocs.prose import counted
from livedocs.record import Record
from livedocs.tracing import Span

WIDTH = 10_000
"""Units of a picture's width, whatever its width on the screen."""
MOST_LABELLED = 24
"""Lanes with a line each for their names; if there are more, they lie close."""
MOST_ROWS = 50
"""Rows of the table; the trace has all."""

RAN = "ran"
"""What a bar is called that is no call but a time in which a worker ran."""

_KINDS = 6  # colours in the style sheet
_SHORTEST = 40  # units of a bar: a pixel on a phone
_TOUCHING = 40  # units between two bars that an edge has to tell apart
_MOST_EDGES = 300  # bars of a panel that has edges
_LONGEST_NAME = 38  # characters that fit on a phone
_TITLE, _NAME, _ROW, _GAP, _AXIS = 22, 17, 13, 9, 26  # pixels
_CLOSE, _TALLEST = 8, 400  # pixels of a lane that lies close, and of all of them


@dataclass(frozen=True, slots=True)
class Bar:
    """A time in a lane. Times are nanoseconds from the start of its panel."""

    name: str
    kind: int
    """Which colour it has."""
    start: float
    end: float | None
    """Nothing if it did not end."""


@dataclass(frozen=True, slots=True)
class Lane:
    """A thread, an asyncio task or another worker, and its bars by their start."""

    name: str
    bars: tuple[Bar, ...]

    def rows(self) -> list[list[Bar]]:
        """The bars, in as many rows as it takes that none covers another."""
        rows: list[list[Bar]] = []
        for bar in self.bars:
            for row in rows:
                last = row[-1].end
                if last is not None and last <= bar.start:
                    row.append(bar)
                    break
            else:
                rows.append([bar])
        return rows


@dataclass(frozen=True, slots=True)
class Panel:
    """Lanes with one axis of time."""

    title: str
    lanes: tuple[Lane, ...]
    length: float
    """Nanoseconds."""


def panels_of(record: Record, tasks: Sequence[Task]) -> list[Panel]:
    """What there is to draw of a run: the calls of its tasks, and each of its turns."""
    panels = [_calls(record.spans, tasks, titled=bool(record.turns))]
    for turns in record.turns:
        lanes = tuple(
            Lane(
                worker,
                tuple(
                    Bar(RAN, number, each.start * 1e9, each.end * 1e9)
                    for each in turns.slices
                    if each.worker == worker
                ),
            )
            for number, worker in enumerate(turns.workers)
        )
        panels.append(Panel(turns.name, lanes, turns.seconds * 1e9))
    return [panel for panel in panels if panel.lanes]


def _calls(spans: Sequence[Span], tasks: Sequence[Task], *, titled: bool) -> Panel:
    begin = min((span.start for span in spans), default=0)
    last = max((span.end or span.start for span in spans), default=0)
    kinds = {task.name: number for number, task in enumerate(tasks)}
    several = len({span.process for span in spans}) > 1
    lanes: dict[tuple[int, int, str, str], list[Span]] = {}
    for span in spans:
        who = (span.process, span.thread_id, span.thread, span.asyncio_task)
        lanes.setdefault(who, []).append(span)
    order = {who: number for number, who in enumerate(lanes)}
    first_of: dict[int, int] = {}
    for who in lanes:  # a process's lanes lie together
        first_of.setdefault(who[0], order[who])
    return Panel(
        "calls" if titled else "",
        tuple(
            Lane(
                _name_of(lanes[who][0], several=several),
                tuple(
                    Bar(
                        span.task,
                        kinds[span.task],
                        span.start - begin,
                        None if span.end is None else span.end - begin,
                    )
                    for span in lanes[who]
                ),
            )
            for who in sorted(lanes, key=lambda who: (first_of[who[0]], order[who]))
        ),
        max(last - begin, 1),
    )


def _name_of(span: Span, *, several: bool) -> str:
    """What a lane is called: by process only where there are several."""
    thread = span.thread or f"thread {span.thread_id}"
    if several and thread == "MainThread":
        thread = ""
    parts = [f"process {span.process}" if several else "", thread, span.asyncio_task]
    if span.asyncio_task and not several and thread == "MainThread":
        parts.remove(thread)
    return ", ".join(part for part in parts if part)


def timeline_html(record: Record, tasks: Sequence[Task], title: str, key: str) -> str:
    """The picture of a run with its legend and its table, on one line.

    Args:
        record: of the run.
        tasks: of the timeline, as the page names them.
        title: what the page calls the program.
        key: what no other timeline of the page is called.
    """
    panels = panels_of(record, tasks)
    known = "timeline-" + re.sub(r"[^a-z0-9]+", "-", f"{key}-{record.interpreter.name}")
    about = printed_html(f"Timeline of {title} on Python {record.interpreter.name}")
    lines = [_panel_svg(panel) for panel in panels]
    height = sum(each for each, _ in lines)
    body = []
    top = 0
    for each, content in lines:
        body.append(f'<svg y="{top}" height="{each}">{content}</svg>')
        top += each
    return (
        '<figure class="timeline" data-search-exclude>'
        f'<svg class="timeline-picture" width="100%" height="{height}" role="img"'
        f' aria-labelledby="{known}-title {known}-about">'
        f'<title id="{known}-title">{about}</title>'
        f'<desc id="{known}-about">{printed_html(_told(panels))}</desc>'
        f"{''.join(body)}</svg>"
        f"<figcaption>{_legend(panels, tasks)}</figcaption>"
        f"{_table(panels)}</figure>"
    )


def _panel_svg(panel: Panel) -> tuple[int, str]:
    """The height of a panel, and what is in it."""
    top = _TITLE if panel.title else 0
    parts = []
    if panel.title:
        parts.append(
            f'<text y="13" class="timeline-title">{printed_html(panel.title)}</text>'
        )
    edges = sum(len(lane.bars) for lane in panel.lanes) <= _MOST_EDGES
    below = top
    close = len(panel.lanes) > MOST_LABELLED
    if close:
        rows = [row for lane in panel.lanes for row in lane.rows()]
        text = f"{len(panel.lanes):,} lanes, by their start"
        parts.append(_lane_text(text, below))
        below += _NAME
        height = min(len(rows) * _CLOSE, _TALLEST)
        bars = _bars(rows, panel.length, below, height, edges=edges)
        thin = height < len(rows)
        parts.append(f'<g class="timeline-thin">{bars}</g>' if thin else bars)
        below += height + _GAP
    for lane in () if close else panel.lanes:
        parts.append(_lane_text(lane.name, below))
        below += _NAME
        rows = lane.rows()
        height = min(len(rows) * _ROW, max(_TALLEST // len(panel.lanes), 2 * _ROW))
        parts.append(_bars(rows, panel.length, below, height, edges=edges))
        below += height + _GAP
    axis = list(_axis(panel.length, top, below))
    return below + _AXIS, "".join([*axis, *parts])


def _lane_text(text: str, top: float) -> str:
    return f'<text y="{top + 12}">{printed_html(_cut(text))}</text>'


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_NAME else text[: _LONGEST_NAME - 1] + "…"


def _bars(
    rows: list[list[Bar]], length: float, top: int, height: int, *, edges: bool
) -> str:
    """Rows of bars, stretched to the width of the picture."""
    lines: dict[str, list[str]] = {}
    for number, row in enumerate(rows):
        before = -WIDTH
        for bar in row:
            start = min(round(bar.start / length * WIDTH), WIDTH - _SHORTEST)
            end = WIDTH if bar.end is None else round(bar.end / length * WIDTH)
            kind = f"timeline-{bar.kind % _KINDS + 1}"
            if bar.name == RAN:
                kind += " timeline-ran"
            if bar.end is None:
                kind += " timeline-open"
            drawn = max(end - start, _SHORTEST)
            lines.setdefault(kind, []).append(f"M{start} {number}.5h{drawn}")
            if edges and start - before < _TOUCHING < drawn:
                lines.setdefault("timeline-edge", []).append(f"M{start} {number}v1")
            before = end
    last = lines.pop("timeline-edge", None)
    paths = [
        f'<path class="{kind}" d="{"".join(each)}"/>' for kind, each in lines.items()
    ]
    if last:
        paths.append(f'<path class="timeline-edge" d="{"".join(last)}"/>')
    return (
        f'<svg y="{top}" height="{height}" viewBox="0 0 {WIDTH} {len(rows)}"'
        f' preserveAspectRatio="none">{"".join(paths)}</svg>'
    )


def _axis(length: float, top: float, bottom: float) -> Iterator[str]:
    """Lines through the lanes with their times, in milliseconds, under them."""
    step = step_of(length / 1e6)
    count = int(length / 1e6 / step + 1e-9)
    for number in range(count + 1):
        value = number * step
        place = value / (length / 1e6) * 100
        anchor = "start" if not number else "end" if place > 92 else "middle"
        text = f"{value:,.10g}" if value < 10 else f"{value:,.0f}"
        unit = "" if number else " ms"
        yield (
            f'<line x1="{place:.2f}%" x2="{place:.2f}%" y1="{top}" y2="{bottom}"/>'
            f'<text x="{place:.2f}%" y="{bottom + 14}" text-anchor="{anchor}">'
            f"{text}{unit}</text>"
        )


def step_of(length: float) -> float:
    """A round number of which three to six go into a length."""
    step = 1e-8
    factors = (2, 2.5, 2)
    number = 0
    while length / step > 6:
        step *= factors[number % 3]
        number += 1
    return float(f"{step:.3g}")


def _told(panels: Iterable[Panel]) -> str:
    """The picture in words, for those who hear the page."""
    sentences = []
    for panel in panels:
        count = counted(len(panel.lanes), "lane")
        title = f"{panel.title}: " if panel.title else ""
        sentences.append(f"{title}{count}, {_ms(panel.length, panel)} ms.")
        if len(panel.lanes) > MOST_LABELLED // 2:
            continue
        for lane in panel.lanes:
            times = [
                f"{_ms(bar.start, panel)} to {_end(bar, panel)}"
                for bar in lane.bars[:4]
            ]
            more = len(lane.bars) - len(times)
            also = f" and {more:,} more" if more else ""
            sentences.append(f"{lane.name}: {', '.join(times)}{also}.")
    return " ".join([*sentences, "The table under it has the times."])


def _ms(nanoseconds: float, panel: Panel) -> str:
    """Milliseconds, to about a thousandth of the panel."""
    digits = 0 if panel.length >= 1e9 else 1 if panel.length >= 1e7 else 3
    return f"{nanoseconds / 1e6:,.{digits}f}"


def _end(bar: Bar, panel: Panel) -> str:
    return "no end" if bar.end is None else _ms(bar.end, panel)


def _legend(panels: Sequence[Panel], tasks: Sequence[Task]) -> str:
    """Names of the colours, and what a bar means."""
    bars = [bar for panel in panels for lane in panel.lanes for bar in lane.bars]
    items = [
        f'<span class="timeline-key timeline-{number % _KINDS + 1}"></span>'
        f"<code>{printed_html(task.name)}</code> from call to end"
        for number, task in enumerate(tasks)
    ]
    if any(bar.end is None for bar in bars):
        items.append('<span class="timeline-key timeline-open"></span>did not end')
    if any(bar.name == RAN for bar in bars) and len(panels) > bool(tasks):
        items.append("a bar: the worker ran; a gap: it did not")
    return "".join(f"<span>{item}</span>" for item in items)


def _table(panels: Sequence[Panel]) -> str:
    rows = []
    count = 0
    titled = len(panels) > 1
    for panel in panels:
        for lane in panel.lanes:
            for bar in lane.bars:
                count += 1
                if count > MOST_ROWS:
                    continue
                cells = [bar.name, lane.name, _ms(bar.start, panel), _end(bar, panel)]
                if titled:
                    cells.insert(0, panel.title)
                lasted = None if bar.end is None else bar.end - bar.start
                cells.append("" if lasted is None else _ms(lasted, panel))
                rows.append("".join(f"<td>{printed_html(each)}" for each in cells))
    names = ["what", "lane", "start, ms", "end, ms", "lasted, ms"]
    if titled:
        names.insert(0, "part")
    head = "".join(f'<th scope="col">{name}' for name in names)
    more = count - len(rows)
    rest = f"<p>The first {len(rows)} of {count:,}; the file has all.</p>"
    return (
        '<details class="run-how timeline-table"><summary>The same as a table.'
        '</summary><div class="measured" role="group" tabindex="0"'
        ' aria-label="Times"><table class="measured-values"><thead>'
        f"<tr>{head}</thead><tbody>"
        + "".join(f"<tr>{row}" for row in rows)
        + f"</tbody></table></div>{rest if more else ''}</details>"
    )


def trace_json(record: Record, tasks: Sequence[Task]) -> bytes:
    """The run in Chrome's trace-event format, which Perfetto opens.

    Calls on a thread are complete events, those in asyncio tasks are asynchronous
    ones with a track each, and each of its turns stands for a process whose
    threads are the workers. A call that did not end has a beginning and no end.
    """
    events: list[dict[str, object]] = []
    named: set[tuple[int, int]] = set()
    for span in record.spans:
        if (span.process, span.thread_id) not in named:
            named.add((span.process, span.thread_id))
            name = span.thread or f"thread {span.thread_id}"
            events.append(_named("thread_name", span.process, span.thread_id, name))
        events += _span_events(span)
    for number, turns in enumerate(record.turns):
        process = 10_000_000 + number  # above any real one
        events.append(_named("process_name", process, 0, turns.name))
        for thread, worker in enumerate(turns.workers, start=1):
            events.append(_named("thread_name", process, thread, worker))
            events += [
                {
                    "name": RAN,
                    "cat": "turns",
                    "ph": "X",
                    "ts": round(each.start * 1e6, 3),
                    "dur": round((each.end - each.start) * 1e6, 3),
                    "pid": process,
                    "tid": thread,
                }
                for each in turns.slices
                if each.worker == worker
            ]
    about = {
        "interpreter": f"Python {record.interpreter.name}",
        "started": record.started,
        "tasks": ", ".join(task.name for task in tasks),
    }
    trace = {"traceEvents": events, "displayTimeUnit": "ms", "otherData": about}
    return json.dumps(trace, ensure_ascii=False, separators=(",", ":")).encode()


def _named(what: str, process: int, thread: int, name: str) -> dict[str, object]:
    arguments = {"name": name}
    return {"name": what, "ph": "M", "pid": process, "tid": thread, "args": arguments}


def _span_events(span: Span) -> list[dict[str, object]]:
    common: dict[str, object] = {
        "name": span.task,
        "cat": "asyncio" if span.asyncio_task else "task",
        "pid": span.process,
        "tid": span.thread_id,
        "ts": span.start / 1e3,
    }
    ended = span.end is not None
    if span.asyncio_task:
        common["id"] = f"{span.thread_id}/{span.asyncio_task}"
        common["args"] = {"asyncio task": span.asyncio_task}
        last = [common | {"ph": "e", "ts": (span.end or 0) / 1e3}] if ended else []
        return [common | {"ph": "b"}, *last]
    if not ended:
        return [common | {"ph": "B"}]
    return [common | {"ph": "X", "dur": ((span.end or 0) - span.start) / 1e3}]
