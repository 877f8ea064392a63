"""What readers see of claims: a line under each sentence, the ledger, a file.

The functions here make finished Markdown out of evidence: what the building
machine measured, and references where it has no such interpreter.
"""

import datetime
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from interleaved import Comparison, Interpreter, Machine
from interleaved.machine import release
from interleaved.measurements import Measurement, Result, write_measurements
from interleaved.reporting import Value
from livedocs.claims import Claim, Finding, Status, find, status
from livedocs.experiments import digest_of, name_of
from livedocs.page import Page, Script
from livedocs.printed import printed_html
from livedocs.prose import counted
from livedocs.record import Record
from livedocs.references import Reference
from livedocs.website import Website, title_of

MEASURED = "measured.json"
"""Name, in the finished folder, of the file with all that claims rest on."""

_SIGNS: dict[Status, str] = {
    "held": "✓",
    "broken": "✗",
    "inconclusive": "≈",
    "not measured here": "–",
}
_WORDS: dict[Status, str] = {
    "held": "held",
    "broken": "did not hold here",
    "inconclusive": "too noisy here",
    "not measured here": "not measured here",
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one interpreter measured of a claim."""

    findings: tuple[Finding, ...]
    interpreter: Interpreter
    machine: Machine
    date: str
    comparisons: tuple[Comparison, ...]
    values: tuple[Value, ...]
    reference: bool
    """Whether it is of another machine or day, kept with the book."""
    elsewhere: bool = False
    """Whether a record of this build was made on another of its machines."""
    seconds: float = 0.0
    """How long the run took; 0 for a reference."""

    def comparison(self, finding: Finding) -> Comparison | None:
        """The comparison that a finding rests on, if it is no reported value."""
        wanted = set(finding.term.quantity)
        for each in self.comparisons:
            if wanted <= {timing.label for timing in each.timings}:
                return each
        return None


@dataclass(slots=True)
class Entry:
    """A claim of the book with all evidence."""

    claim: Claim
    page: str
    """Relative to the folder of pages, with `/` between its parts."""
    title: str
    """Title of the page."""
    script: Script
    evidence: list[Evidence] = field(default_factory=list)
    """The newest interpreter first."""
    problem: str = ""
    """Why the evidence cannot be judged, for the author."""

    @property
    def own(self) -> list[Evidence]:
        """The evidence of the building machine."""
        return [each for each in self.evidence if not each.reference]

    def result(self, evidence: Evidence) -> Result:
        """What an interpreter measured, as files of measurements have it."""
        name = name_of(self.script)
        assert name
        return Result(
            name,
            digest_of(self.script),
            evidence.seconds,
            evidence.comparisons,
            evidence.values,
        )

    @property
    def status(self) -> Status:
        """What the building machine says of the claim, all interpreters together.

        It holds if each of its terms held on some interpreter, and none did not.
        """
        seen = {status(each.findings) for each in self.own}
        if "broken" in seen:
            return "broken"
        if "inconclusive" in seen:
            return "inconclusive"
        held = {
            finding.term
            for each in self.own
            for finding in each.findings
            if finding.status == "held"
        }
        return "held" if held == set(self.claim.terms) else "not measured here"

    @property
    def shown(self) -> list[tuple[Evidence, Finding]]:
        """The values to show, with who measured them: all that there are."""
        return [
            (each, finding)
            for each in self.evidence
            for finding in each.findings
            if finding.value
        ]


def entries_of(
    page: Page,
    folder: Path,
    records: Callable[[Script], Sequence[Record]],
    references: Callable[[Script], Sequence[Reference]],
    machine: Machine,
) -> list[Entry]:
    """The claims of a page with their evidence.

    Args:
        page: the page.
        folder: the folder of pages.
        records: gives a script's good records of this build.
        references: gives a script's references.
        machine: the building machine.
    """
    where, title = page.path.relative_to(folder).as_posix(), title_of(page)
    return [
        _add_evidence(
            Entry(claim, where, title, script),
            records(script),
            references(script),
            machine,
        )
        for claim in page.claims
        if (script := page.script_of(claim))
    ]


def _add_evidence(
    entry: Entry,
    records: Sequence[Record],
    references: Sequence[Reference],
    machine: Machine,
) -> Entry:
    claim = entry.claim
    have = {record.interpreter.name for record in records}
    for record in records:
        try:
            findings = find(claim, record)
        except ValueError as error:
            entry.problem = str(error)
            continue
        entry.evidence.append(
            Evidence(
                findings,
                record.interpreter,
                record.machine,
                record.started[:10],
                record.comparisons,
                record.values,
                reference=False,
                elsewhere=record.machine != machine,
                seconds=record.seconds,
            )
        )
    for each in references:
        if each.interpreter.name in have:
            continue  # an own measurement always wins
        try:
            findings = find(claim, each)
        except ValueError:
            continue  # it was made for another claim
        entry.evidence.append(
            Evidence(
                findings,
                each.interpreter,
                each.machine,
                each.date,
                each.comparisons,
                each.values,
                reference=True,
            )
        )
    entry.evidence.sort(key=lambda each: age_of(each.interpreter), reverse=True)
    return entry


def age_of(interpreter: Interpreter) -> tuple[tuple[int, int], bool]:
    """A key that sorts interpreters from old to new, free-threaded last."""
    return release(interpreter.version), interpreter.free_threaded


def line_of(entry: Entry, ledger: str | None) -> list[str]:
    """The lines under a claim's paragraph.

    Args:
        entry: the claim.
        ledger: address of the ledger, relative to the page; it is not linked
            without one.
    """
    word = f"{_SIGNS[entry.status]} {_WORDS[entry.status]}"
    address = f"({ledger}#claim-{entry.claim.name})"
    word = f"[{word}]{address}" if ledger else f"**{word}**"
    parts = [_shown_value(entry, *each) for each in entry.shown]
    if entry.status == "not measured here":
        parts = [*map(printed_html, _reasons(entry)), *parts]
    joined = " · ".join(parts)
    kind = entry.status.replace(" ", "-")
    return [f"{word} {joined}".rstrip(), f"{{: .claim .claim-{kind} }}"]


def _shown_value(entry: Entry, evidence: Evidence, finding: Finding) -> str:
    assert finding.value
    several = len(entry.claim.terms) > 1 and len(
        {each.quantity for each in entry.claim.terms}
    )
    name = f"Python {evidence.interpreter.name}"
    if several and several > 1:
        name += f", {' / '.join(finding.term.quantity)}"
    text = f"{name}: {finding.value}"
    if finding.status in ("broken", "inconclusive") and not evidence.reference:
        text += f", {_WORDS[finding.status]}"
    if evidence.reference:
        text += f" (reference, not this build: {_where(evidence)})"
    elif evidence.elsewhere:
        text += f" (on {_where(evidence)})"
    return printed_html(text)


def _reasons(entry: Entry) -> list[str]:
    """What the terms take that were measured on no interpreter of this machine."""
    measured = {
        finding.term for each in entry.own for finding in each.findings if finding.value
    }
    reasons = {
        finding.why
        for each in entry.own
        for finding in each.findings
        if finding.why and finding.term not in measured
    }
    return sorted(reasons) or ["the block was not run here"]


def place_of(evidence: Evidence) -> str:
    """Where and when it was measured, in words."""
    if evidence.reference:
        return f"reference: {_where(evidence)}"
    return _where(evidence) if evidence.elsewhere else f"here, {evidence.date}"


def _where(evidence: Evidence) -> str:
    return where(evidence.machine, evidence.date)


def where(machine: Machine, date: str) -> str:
    """A machine and a day, in words."""
    return f"{counted(machine.cores, 'core')} of {machine.cpu}, {date}"


def in_order(entries: Iterable[Entry], pages: list[str]) -> list[Entry]:
    """Entries by page, in the order of the site's navigation."""
    places = {page: number for number, page in enumerate(pages)}
    return sorted(
        entries,
        key=lambda each: (
            places.get(each.page, len(places)),
            each.page,
            each.claim.line,
        ),
    )


def ledger_lines(
    entries: Sequence[Entry], here: str, between: Sequence[str] = ()
) -> list[str]:
    """The ledger, as finished Markdown.

    Args:
        entries: all claims of the book, in order.
        here: the ledger's own page, relative to the folder of pages.
        between: lines to put between the summary and the claims.
    """
    if not entries:
        return ["This book has no claims yet."]
    lines = [_summary(entries), "", *between, ""]
    page = None
    for entry in entries:
        if entry.page != page:
            page = entry.page
            lines += [f"## {printed_html(entry.title)}", ""]
        lines += [*_section(entry, here), ""]
    return lines


def build_lines(entries: Sequence[Entry], commit: str) -> list[str]:
    """What this build is: when it was made, from what, and how its claims did."""
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    source = f" from commit {commit}" if commit else ""
    parts = [f"Built on {today}{source}."]
    if entries:
        parts.append(_summary(entries))
    return [" ".join(parts), "{: .build }"]


def _summary(entries: Sequence[Entry]) -> str:
    counts = [
        (len([each for each in entries if each.status == kind]), word)
        for kind, word in _WORDS.items()
    ]
    seen = [f"{count} {word}" for count, word in counts if count]
    own = [each for entry in entries for each in entry.own]
    text = f"{counted(len(entries), 'claim')}: {', '.join(seen)}."
    if own:
        ordered = sorted(
            {each.interpreter.name: each.interpreter for each in own}.values(),
            key=age_of,
            reverse=True,
        )
        names = ", ".join(each.name for each in ordered)
        newest = max(each.date for each in own)
        machines = dict.fromkeys(described(each.machine) for each in own)
        text += (
            f" Measured on Python {names}; {' and '.join(machines)}; last on {newest}."
        )
    return printed_html(text)


def described(machine: Machine) -> str:
    """A machine, in words."""
    return f"{counted(machine.cores, 'core')} of {machine.cpu}, {machine.system}"


def _section(entry: Entry, here: str) -> list[str]:
    page = relative(entry.page, here)
    kind = entry.status.replace(" ", "-")
    name = entry.claim.name
    source = (
        f"On [{printed_html(entry.title)}]({page}), measured by"
        f" `{entry.script.title}`; the condition is"
        f" <code>{printed_html(entry.claim.condition)}</code>."
    )
    return [
        '<section class="ledger-claim" markdown="1">',
        f"### {printed_html(entry.claim.sentence)} {{#claim-{name}}}",
        "",
        f"**{_SIGNS[entry.status]} {_WORDS[entry.status]}**",
        f"{{: .claim .claim-{kind} }}",
        "",
        source,
        "",
        _table(entry),
        "</section>",
    ]


def _table(entry: Entry) -> str:
    heads = ["Python", "value (quartiles)", "rounds", "noise", "verdict", "where"]
    several = len(entry.claim.terms) > 1
    if several:
        heads.insert(1, "condition")
    rows = []
    for evidence in entry.evidence:
        for finding in evidence.findings:
            cells = [
                str(finding.value) if finding.value else "",
                *_rounds_and_noise(evidence.comparison(finding)),
                _verdict(finding, reference=evidence.reference),
                place_of(evidence),
            ]
            if several:
                cells.insert(0, str(finding.term))
            name = printed_html(evidence.interpreter.name)
            tail = "".join(f"<td>{printed_html(cell)}</td>" for cell in cells)
            rows.append(f'<tr><th scope="row">{name}</th>{tail}</tr>')
    if not rows:
        return '<p class="run-note">No interpreter has measured it.</p>'
    head = "".join(f'<th scope="col">{each}</th>' for each in heads)
    label = printed_html(f"Values of the claim {entry.claim.name}")
    return (
        f'<div class="measured" role="group" tabindex="0" aria-label="{label}">'
        f'<table class="measured-values"><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _rounds_and_noise(comparison: Comparison | None) -> tuple[str, str]:
    if comparison is None:
        return "", ""
    rounds = str(len(comparison.baseline.seconds))
    if comparison.attempts > 1:
        rounds += f", the quietest of {comparison.attempts} attempts"
    noise = comparison.noise
    if noise is None:
        return rounds, "unknown"
    return rounds, str(noise)


def _verdict(finding: Finding, *, reference: bool) -> str:
    if finding.status == "not measured here":
        return f"not measured: {finding.why}"
    word = finding.status if reference else _WORDS[finding.status]
    return f"{word}: {finding.why}" if finding.why else word


def relative(target: str, page: str) -> str:
    """Address of a page, relative to another one."""
    start = PurePosixPath(page).parent.as_posix()
    return Path(os.path.relpath(target, start)).as_posix()


def measured_json(entries: Sequence[Entry], website: Website) -> str:
    """All that the claims rest on, for programs.

    Args:
        entries: the claims of the book.
        website: tells how pages are addressed.
    """
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    claims = [_claim_data(entry, website.url(entry.page)) for entry in entries]
    return write_measurements(_measurements(entries), claims=claims, built=today)


def _measurements(entries: Sequence[Entry]) -> list[Measurement]:
    """What this build measured, by interpreter and machine."""
    by_maker: dict[tuple[Interpreter, Machine], dict[str, tuple[Evidence, Result]]] = {}
    for entry in entries:
        for each in entry.own:
            result = entry.result(each)
            found = by_maker.setdefault((each.interpreter, each.machine), {})
            found[result.experiment] = (each, result)
    return [
        Measurement(
            machine=machine,
            interpreter=interpreter,
            date=max(each.date for each, _ in found.values()),
            results=tuple(result for _, result in found.values()),
        )
        for (interpreter, machine), found in by_maker.items()
    ]


def _claim_data(entry: Entry, url: str) -> dict[str, object]:
    return {
        "name": entry.claim.name,
        "page": entry.page,
        "url": url,
        "sentence": entry.claim.sentence,
        "condition": entry.claim.condition,
        "experiment": name_of(entry.script),
        "status": entry.status,
        "findings": [
            {
                "interpreter": evidence.interpreter.name,
                "condition": str(finding.term),
                "status": finding.status,
                "why": finding.why,
                "median": finding.value.median if finding.value else None,
                "low": finding.value.low if finding.value else None,
                "high": finding.value.high if finding.value else None,
                "unit": finding.value.unit if finding.value else None,
                "source": _source(evidence),
                "machine": f"{evidence.machine.cores} × {evidence.machine.cpu}",
                "date": evidence.date,
            }
            for evidence in entry.evidence
            for finding in evidence.findings
        ],
    }


def _source(evidence: Evidence) -> str:
    if evidence.reference:
        return "reference"
    return "elsewhere" if evidence.elsewhere else "here"
