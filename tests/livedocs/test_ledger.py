"""What readers see of claims: under the sentence, in the ledger, as data."""

import datetime
import json
import re
import shutil
from dataclasses import dataclass, field, replace
from html import unescape
from pathlib import Path

import pytest
from records import MACHINE, python
from test_finish import Printer, rendered

from interleaved import Comparison, Machine, Noise, Timing, Value
from interleaved.measurements import (
    Measurement,
    Result,
    read_measurements,
    write_measurements,
)
from livedocs.experiments import digest_of
from livedocs.finish import Finished, Finisher, finish_all
from livedocs.ledger import build_lines
from livedocs.page import Page, Script, read_page
from livedocs.record import Record
from livedocs.references import References

ELSEWHERE = Machine("Linux 5.0 riscv64", "Another *processor*", 8, None)
BLOCK = '```python title="two_counts.py"\nprint(1)\n```\n'
PAGE = f"""---
title: Counting
---

# Counting twice

{BLOCK}
<!--livedocs:claim(counts: "on threads" < 1.3 on gil)-->
Threads *gain* [nothing](other.md) here, with <!--livedocs:value(counts)--> measured.
The second line is no sentence of the claim.

After.
"""
LEDGER = "# Ledger\n\n<!--livedocs:ledger-->\n\nThe end.\n"
BOTH = PAGE.replace(
    '"on threads" < 1.3 on gil',
    '"on threads" > 1.5 on free-threaded with 2 cores and "on threads" < 1.3 on gil',
)


def compared(
    speedup: float, noise: Noise | None = None, label: str = "on threads"
) -> Comparison:
    """A comparison whose variant has this speed-up, without any spread."""
    return Comparison(
        (Timing("in a row", 2, (speedup,) * 15), Timing(label, 3, (1.0,) * 15)),
        MACHINE,
        python("3.13"),
        noise,
    )


@dataclass
class Book:
    """A book on a desk: pages, records by interpreter, references by interpreter."""

    root: Path
    own: str = "3.13"
    warnings: list[str] = field(default_factory=list)

    def write(self, **pages: str) -> None:
        folder = self.root / "docs"
        folder.mkdir(exist_ok=True)
        for name, text in pages.items():
            (folder / f"{name}.md").write_text(text, encoding="utf-8")

    def page(self, name: str) -> Page:
        return read_page(self.root / "docs" / f"{name}.md")

    def script(self, name: str) -> Script:
        (script,) = self.page(name).scripts
        return script

    def measured(
        self,
        page: str,
        interpreter: str,
        *found: Comparison | Value,
        tries: int = 1,
        machine: Machine = MACHINE,
    ) -> Record:
        """Keep a record of the page's block by an interpreter of a machine."""
        printer = Printer(self.root, self.own)
        record = replace(
            printer.ran(self.script(page), interpreter, "1\n"),
            comparisons=tuple(x for x in found if isinstance(x, Comparison)),
            values=tuple(x for x in found if isinstance(x, Value)),
            tries=tries,
            machine=machine,
        )
        printer.store.save(record)
        return record

    def refer(
        self, page: str, interpreter: str, *found: Comparison | Value, digest: str = ""
    ) -> None:
        """Keep a reference: what another machine measured with the page's block."""
        folder = self.root / "reference"
        folder.mkdir(exist_ok=True)
        script = self.script(page)
        result = Result(
            "two_counts",
            digest or digest_of(script),
            1.5,
            tuple(x for x in found if isinstance(x, Comparison)),
            tuple(x for x in found if isinstance(x, Value)),
        )
        measurement = Measurement(
            ELSEWHERE, python(interpreter), "2025-12-31", (result,)
        )
        file = folder / f"{interpreter}.json"
        file.write_text(write_measurements([measurement]), encoding="utf-8")

    def finish(self, *, gathered: bool = False) -> Finished:
        printer = Printer(self.root, self.own)
        plain = printer.finisher
        finisher = Finisher(
            plain._store,
            plain._own,
            plain._unmet,
            MACHINE,
            python(self.own),
            references=References(self.root / "reference", self.warnings.append),
            gathered=gathered,
        )
        return finish_all(self.root / "docs", self.root / "out", finisher)

    def text(self, name: str, *, gathered: bool = False) -> str:
        self.finish(gathered=gathered)
        return (self.root / "out" / f"{name}.md").read_text(encoding="utf-8")


@pytest.fixture
def book(tmp_path: Path) -> Book:
    book = Book(tmp_path)
    book.write(count=PAGE, ledger=LEDGER)
    return book


def chip(text: str) -> str:
    """The line under a claim's paragraph, as a reader reads it."""
    (found,) = re.findall(r"(?m)^(.*)\n\{: \.claim [^}]*\}$", text)
    return unescape(found)


def cells(text: str) -> list[list[str]]:
    """The rows of the ledger's tables."""
    return [
        [unescape(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)]
        for row in re.findall(r"<tr>(.*?)</tr>", text)
    ]


def test_the_value_stands_under_the_paragraph(book: Book) -> None:
    """With its quartiles, its interpreter and the way to the ledger."""
    book.measured("count", "3.13", compared(1.1))
    text = book.text("count")
    rest = text.partition("The second line is no sentence of the claim.\n")[2]
    assert "livedocs:" not in text
    assert rest.startswith("\n[✓ held](ledger.md#claim-counts) Python 3.13: 1.10 ×\n")
    assert rest.partition("\n\n")[0].endswith("{: .claim .claim-held }")
    assert rest.endswith("After.\n")


def test_claims_of_one_paragraph_all_stand_under_it(book: Book) -> None:
    """In their order."""
    claim = '<!--livedocs:claim(counts: "on threads" < 1.3 on gil)-->\n'
    other = '<!--livedocs:claim(slow: "on threads" > 1.2 on gil)-->\n'
    book.write(count=PAGE.replace(claim, claim + other))
    book.measured("count", "3.13", compared(1.1))
    found = re.findall(r"(?m)^\[(.*?)\]\(ledger\.md#(.*?)\)", book.text("count"))
    assert found == [("✓ held", "claim-counts"), ("✗ did not hold here", "claim-slow")]


def test_a_comparisons_table_has_the_look_of_the_books(book: Book) -> None:
    """It is in the details of the run, and scrolls by itself."""
    book.measured("count", "3.13", compared(1.1))
    (table,) = re.findall(r'<div class="measured" .*?</div>', book.text("count"))
    start = '<div class="measured" role="group" tabindex="0" aria-label="Comparison on'
    assert table.startswith(f'{start} Python 3.13"><table class="measured-values">')


def test_a_build_says_what_it_is(book: Book) -> None:
    """When it was made, how its claims did, on which interpreters and machine."""
    book.write(front="<!--livedocs:build-->\n")
    book.measured("count", "3.13", compared(1.1))
    text = unescape(book.text("front"))
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    assert text.startswith(f"\nBuilt on {today}. 1 claim: 1 held. Measured on Python 3")
    assert text.endswith("last on 2026-01-02.\n{: .build }\n\n")


def test_a_build_names_its_commit() -> None:
    """Where there is one."""
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    (line, _) = build_lines([], "abc1234")
    assert line == f"Built on {today} from commit abc1234."


@pytest.mark.parametrize("argument", ["", ":", " ", ': "a" < 2', "counts", "counts:"])
def test_a_claim_that_is_none_is_a_problem(book: Book, argument: str) -> None:
    """It is named with its line, and the rest of the page is finished."""
    right = 'claim(counts: "on threads" < 1.3 on gil)'
    book.write(count=PAGE.replace(right, f"claim({argument})"))
    book.measured("count", "3.13", compared(1.1))
    problems = book.finish().problems[book.root / "docs" / "count.md"]
    assert 11 in [problem.line for problem in problems]
    assert book.text("count").endswith("After.\n")


@pytest.mark.parametrize(
    ("speedup", "noise", "said"),
    [
        (1.1, None, "[✓ held]"),
        (1.4, None, "[✗ did not hold here]"),
        (1.4, Noise(0.5, 0.0), "[≈ too noisy here]"),
    ],
)
def test_the_verdict_is_said_in_words(
    book: Book, speedup: float, noise: Noise | None, said: str
) -> None:
    """Not by a colour alone, and with the number whatever it is."""
    book.measured("count", "3.13", compared(speedup, noise))
    line = chip(book.text("count"))
    assert line.startswith(said)
    assert f"{speedup:.2f} ×" in line
    assert (
        book.finish().claims[0].status
        == {
            "[✓ held]": "held",
            "[✗ did not hold here]": "broken",
            "[≈ too noisy here]": "inconclusive",
        }[said]
    )


def test_what_was_not_measured_says_what_it_takes(book: Book) -> None:
    """A claim on a GIL, built by an interpreter without one."""
    book.own = "3.13t"
    book.measured("count", "3.13t", compared(1.9))
    text = book.text("count")
    assert chip(text) == (
        "[– not measured here](ledger.md#claim-counts) it takes a GIL"
    )
    assert "with (not measured here) measured" in text


def test_interpreters_stand_side_by_side(book: Book) -> None:
    """The newest first; a claim holds if it does on each that it is meant for."""
    book.measured("count", "3.13", compared(1.1))
    book.measured("count", "3.9", compared(1.2))
    book.measured("count", "3.14", compared(1.0))
    line = chip(book.text("count"))
    assert re.findall(r"Python ([\d.]+): ([\d.]+)", line) == [
        ("3.14", "1.00"),
        ("3.13", "1.10"),
        ("3.9", "1.20"),
    ]


def test_terms_of_several_quantities_are_told_apart(book: Book) -> None:
    """Each value says of what it is."""
    both = '"on threads" < 1.3 and "in a row" / "on threads" < 2'
    book.write(count=PAGE.replace('"on threads" < 1.3 on gil', both))
    book.measured("count", "3.13", compared(1.25))
    assert chip(book.text("count")) == (
        "[✓ held](ledger.md#claim-counts) Python 3.13, on threads: 1.25 ×"
        " · Python 3.13, in a row / on threads: 0.80 ×"
    )


def test_one_interpreter_can_break_a_claim(book: Book) -> None:
    """Others that held do not outvote it, and its number is marked."""
    book.measured("count", "3.13", compared(1.1))
    book.measured("count", "3.14", compared(1.4))
    line = chip(book.text("count"))
    assert line.startswith("[✗ did not hold here]")
    assert "Python 3.14: 1.40 ×, did not hold here" in line
    assert "Python 3.13: 1.10 ×" in line
    assert "1.10 ×, did not" not in line


def test_a_claim_can_speak_of_two_interpreters(book: Book) -> None:
    """It holds once each of its terms held somewhere here."""
    book.write(count=BOTH)
    book.measured("count", "3.13", compared(1.1))
    assert book.finish().claims[0].status == "not measured here"
    book.measured("count", "3.13t", compared(1.9))
    assert book.finish().claims[0].status == "held"
    line = chip(book.text("count"))
    assert re.findall(r"Python (\S+): ([\d.]+)", line) == [
        ("3.13t", "1.90"),
        ("3.13", "1.10"),
    ]


def test_a_reference_is_shown_where_there_is_no_such_interpreter(book: Book) -> None:
    """Plainly labelled; it makes no claim hold."""
    book.write(count=BOTH)
    book.measured("count", "3.13", compared(1.1))
    book.refer("count", "3.13t", compared(1.9))
    text = book.text("count")
    line = chip(text)
    assert line.startswith("[– not measured here]")
    assert (
        "Python 3.13t: 1.90 × (reference, not this build: 8 cores of Another"
        " *processor*, 2025-12-31)" in line
    )
    assert book.finish().claims[0].status == "not measured here"
    assert "1.90 × <small>(reference, Python 3.13t)</small>" in unescape(text)


def test_an_own_measurement_wins(book: Book) -> None:
    """Of an interpreter that this machine has, no reference is shown."""
    book.measured("count", "3.13", compared(1.1))
    book.refer("count", "3.13", compared(1.9))
    text = book.text("count")
    assert "eference" not in text
    assert "1.10 ×" in text


def test_the_block_shows_what_references_measured(book: Book) -> None:
    """In a tab of its own, with the table, machine and date."""
    book.measured("count", "3.13", compared(1.1))
    book.refer("count", "3.13t", compared(1.9), Value("lost", (7.0,), ""))
    text = unescape(book.text("count"))
    assert "/// tab | Python 3.13\n" in text
    assert "/// tab | Reference: 3.13t\n" in text
    assert "not this build, but 8 cores of Another *processor*" in text
    assert "on threads         1.00 s  1.90 ×" in text
    assert "lost: 7" in text


def test_a_reference_of_an_older_program_is_not_shown(book: Book) -> None:
    """What another program measured says nothing of this one."""
    book.measured("count", "3.13", compared(1.1))
    book.refer("count", "3.13t", compared(1.9), digest="0" * 64)
    assert "eference" not in book.text("count")


def test_a_reference_made_for_another_claim_is_left_out(book: Book) -> None:
    """The program is the same, and does not say what the claim wants to know now."""
    book.measured("count", "3.13", compared(1.1))
    book.refer("count", "3.13t", compared(1.9, label="by fork"))
    (entry,) = book.finish().claims
    assert [each.reference for each in entry.evidence] == [False]


@pytest.mark.parametrize("content", ["", "{", '{"interleaved": 9}', "[" * 100_000])
def test_a_damaged_reference_is_told(book: Book, content: str) -> None:
    """By its name; the book is finished without it."""
    book.measured("count", "3.13", compared(1.1))
    (book.root / "reference").mkdir()
    (book.root / "reference" / "3.13t.json").write_text(content, encoding="utf-8")
    assert "eference" not in book.text("count")
    assert any("3.13t.json" in each for each in book.warnings)


def test_the_ledger_lists_all_claims(book: Book) -> None:
    """With page, block, condition, and a row for each interpreter."""
    noise = Noise(0.01, 0.03)
    book.measured("count", "3.13", compared(1.1, noise))
    book.refer("count", "3.12", compared(1.2))
    text = unescape(book.text("ledger"))
    assert "1 claim: 1 held. Measured on Python 3.13;" in text
    assert "4 cores of A <processor> `x`" in text
    assert "## Counting\n" in text
    heading = "### Threads gain nothing here, with … measured. {#claim-counts}"
    assert heading in text
    assert "On [Counting](count.md), measured by `two_counts.py`" in text
    assert '<code>"on threads" < 1.3 on gil</code>' in text
    head, own, other = cells(book.text("ledger"))
    assert head == [
        "Python",
        "value (quartiles)",
        "rounds",
        "noise",
        "verdict",
        "where",
    ]
    assert own == [
        "3.13",
        "1.10 ×",
        "15",
        "1 % stolen, 3 % foreign",
        "held",
        "here, 2026-01-02",
    ]
    assert other[0] == "3.12"
    assert other[-1].startswith("reference: 8 cores of Another *processor*")
    assert 'aria-label="Values of the claim counts"' in text
    assert text.endswith("The end.\n")


def test_the_ledger_counts_claims_by_what_came_of_them(book: Book) -> None:
    """Of each kind that there is."""
    other = PAGE.replace("counts:", "more:").replace("two_counts", "other")
    book.write(more=other.replace("value(counts)", "value(more)"))
    book.measured("count", "3.13", compared(1.1))
    book.measured("more", "3.13", compared(1.4))
    assert "2 claims: 1 held, 1 did not hold here. Measured" in book.text("ledger")


def test_a_reported_value_has_neither_rounds_nor_noise(book: Book) -> None:
    """It was not timed: the ledger leaves the two cells empty."""
    book.write(count=PAGE.replace('"on threads" < 1.3 on gil', '"lost" == 0'))
    book.measured("count", "3.13", compared(1.1), Value("lost", (0.0,), ""))
    (row,) = [each for each in cells(book.text("ledger")) if each[:1] == ["3.13"]]
    assert row[1:5] == ["0", "", "", "held"]


def test_the_ledger_of_two_interpreters_names_conditions(book: Book) -> None:
    """A row for each term, also where an interpreter is not meant."""
    book.write(count=BOTH)
    book.measured("count", "3.13", compared(1.1))
    book.measured("count", "3.13t", compared(1.9))
    head, *rows = cells(book.text("ledger"))
    assert head[:3] == ["Python", "condition", "value (quartiles)"]
    assert [(*row[:3], row[-2]) for row in rows] == [
        ("3.13t", '"on threads" > 1.5 on free-threaded with 2 cores', "1.90 ×", "held"),
        ("3.13t", '"on threads" < 1.3 on gil', "", "not measured: it takes a GIL"),
        (
            "3.13",
            '"on threads" > 1.5 on free-threaded with 2 cores',
            "",
            "not measured: it takes a free-threaded interpreter",
        ),
        ("3.13", '"on threads" < 1.3 on gil', "1.10 ×", "held"),
    ]


def test_pages_stand_in_the_ledger_as_in_the_navigation(book: Book) -> None:
    """Those that it does not have come last, by name."""
    other = PAGE.replace("counts:", "more:").replace("two_counts", "other")
    book.write(a=other.replace("Counting", "A"), z=PAGE, count="nothing\n")
    nav = "nav:\n  - Home: z.md\n  - Part:\n      - b.md\n"
    (book.root / "mkdocs.yml").write_text(nav, encoding="utf-8")
    titles = re.findall(r"(?m)^## (.*)$", book.text("ledger"))
    assert titles == ["Your values", "Counting", "A"]


def test_a_book_without_claims_says_so(book: Book) -> None:
    """Its ledger is not an empty table, and there is no file of measurements."""
    book.write(count="# Nothing\n")
    assert "\n\nThis book has no claims yet.\n\n" in book.text("ledger")
    assert not (book.root / "out" / "measured.json").exists()


def test_a_book_without_a_ledger_links_nowhere(book: Book) -> None:
    """The verdict stands there all the same."""
    book.measured("count", "3.13", compared(1.1))
    (book.root / "docs" / "ledger.md").unlink()
    assert chip(book.text("count")) == "**✓ held** Python 3.13: 1.10 ×"


def test_what_was_measured_is_data_too(book: Book) -> None:
    """In the format of the command, with the claims beside it."""
    book.write(count=BOTH)
    value = Value("lost", (1.0, 2.0), "")
    book.measured("count", "3.13", compared(1.1), value)
    book.refer("count", "3.13t", compared(1.9))
    book.finish()
    text = (book.root / "out" / "measured.json").read_text(encoding="utf-8")
    (measurement,) = read_measurements(text, "measured.json")
    assert measurement.interpreter == python("3.13")
    assert measurement.machine == MACHINE
    assert measurement.date == "2026-01-02"
    (result,) = measurement.results
    assert (result.experiment, result.values) == ("two_counts", (value,))
    assert result.digest == digest_of(book.script("count"))
    (claim,) = json.loads(text)["claims"]
    assert claim["status"] == "not measured here"
    assert (claim["name"], claim["page"]) == ("counts", "count.md")
    found = [
        (each["interpreter"], each["source"], each["status"], each["median"])
        for each in claim["findings"]
    ]
    assert found == [
        ("3.13t", "reference", "held", 1.9),
        ("3.13t", "reference", "not measured here", None),
        ("3.13", "here", "not measured here", None),
        ("3.13", "here", "held", 1.1),
    ]


def test_a_claim_is_data_in_full(book: Book) -> None:
    """Whoever reads it needs no page beside it."""
    times = (1.0, 1.05, 1.1, 1.15, 1.2)
    timings = Timing("in a row", 1, times), Timing("on threads", 1, (1.0,) * 5)
    book.measured("count", "3.13", Comparison(timings, MACHINE, python("3.13")))
    book.finish()
    text = (book.root / "out" / "measured.json").read_text(encoding="utf-8")
    assert json.loads(text)["claims"] == [
        {
            "name": "counts",
            "page": "count.md",
            "url": "count/",
            "sentence": "Threads gain nothing here, with … measured.",
            "condition": '"on threads" < 1.3 on gil',
            "experiment": "two_counts",
            "status": "held",
            "findings": [
                {
                    "interpreter": "3.13",
                    "condition": '"on threads" < 1.3 on gil',
                    "status": "held",
                    "why": "",
                    "median": 1.1,
                    "low": 1.05,
                    "high": 1.15,
                    "unit": "×",
                    "source": "here",
                    "machine": "4 × A <processor> `x`",
                    "date": "2026-01-02",
                }
            ],
        }
    ]


@pytest.fixture
def spread_out(book: Book, tmp_path: Path) -> Book:
    """A book built here whose 3.14 ran in another checkout on another machine."""
    job = Book(tmp_path / "job", own="3.14")
    job.root.mkdir()
    job.write(count=PAGE, ledger=LEDGER)
    job.measured("count", "3.14", compared(1.2), machine=ELSEWHERE)
    book.measured("count", "3.13", compared(1.1))
    shutil.copytree(job.root / ".records", book.root / ".records", dirs_exist_ok=True)
    return book


def test_records_of_other_machines_are_not_shown(spread_out: Book) -> None:
    """Unless somebody says that they belong to this build."""
    assert chip(spread_out.text("count")).endswith("Python 3.13: 1.10 ×")


def test_gathered_records_are_shown_with_their_machines(spread_out: Book) -> None:
    """On the page, under the block, in the ledger and as data."""
    page = spread_out.text("count", gathered=True)
    assert chip(page) == (
        "[✓ held](ledger.md#claim-counts) Python 3.14: 1.20 ×"
        " (on 8 cores of Another *processor*, 2026-01-02) · Python 3.13: 1.10 ×"
    )
    assert "Ran on Python 3.14, 3.13, 8 cores or 4 cores." in page
    ledger = (spread_out.root / "out" / "ledger.md").read_text(encoding="utf-8")
    assert [(row[0], row[-1]) for row in cells(ledger)[1:]] == [
        ("3.14", "8 cores of Another *processor*, 2026-01-02"),
        ("3.13", "here, 2026-01-02"),
    ]
    machines = "8 cores of Another *processor*, Linux 5.0 riscv64 and 4 cores"
    assert machines in unescape(ledger)
    text = (spread_out.root / "out" / "measured.json").read_text(encoding="utf-8")
    found = read_measurements(text, "measured.json")
    assert {each.interpreter.name: each.machine for each in found} == {
        "3.14": ELSEWHERE,
        "3.13": MACHINE,
    }
    (claim,) = json.loads(text)["claims"]
    assert [each["source"] for each in claim["findings"]] == ["elsewhere", "here"]


def test_a_gathered_record_does_not_stand_for_the_own(spread_out: Book) -> None:
    """What the building interpreter owes is pending, whoever else ran the block."""
    spread_out.own = "3.12"
    assert spread_out.finish(gathered=True).pending


def test_a_claim_that_fits_no_run_is_a_problem(book: Book) -> None:
    """Its line is named, and the label that was meant."""
    book.write(count=PAGE.replace('"on threads"', '"on thread"'))
    book.measured("count", "3.13", compared(1.1))
    (problems,) = book.finish().problems.values()
    (problem,) = problems
    assert problem.line == 11
    assert "on threads" in problem.message


def test_a_name_stands_once_in_the_book(book: Book) -> None:
    """A claim's name or an experiment's title on two pages is a problem."""
    book.write(more=PAGE)
    problems = book.finish().problems[book.root / "docs" / "more.md"]
    assert any("claim 'counts' is that of count.md:11" in x.message for x in problems)
    other = PAGE.replace("counts: ", "others: ").replace("(counts)", "(others)")
    book.write(more=other)
    problems = book.finish().problems[book.root / "docs" / "more.md"]
    assert [problem.line for problem in problems] == [7]
    assert "title 'two_counts.py' is that of count.md:7, too" in problems[0].message


def test_a_run_says_how_reliable_it_is(book: Book) -> None:
    """Rounds, noise and verdict stand where the machine is named."""
    book.measured("count", "3.13", compared(1.1, Noise(0.01, 0.03)))
    assert "of 15 rounds, 1 % stolen, 3 % foreign; stable" in unescape(
        book.text("count")
    )
    book.measured("count", "3.13", compared(1.1, Noise(0.5, 0.03)))
    assert "disturbed: CPU time 50 % stolen" in unescape(book.text("count"))


def test_a_run_shows_its_comparisons_as_tables(book: Book) -> None:
    """Under the machine, one for each, so that they can be heard cell by cell."""
    book.measured("count", "3.13", compared(1.1), compared(1.2, label="other"))
    first, second = re.findall(r"<table .*?</table>", rendered(book.text("count")))
    assert "15 rounds; stable</caption>" in first
    assert cells(first) == [
        ["variant", "time per call", "speed-up (quartiles)"],
        ["in a row", "1.10 s", "baseline"],
        ["on threads", "1.00 s", "1.10 ×"],
    ]
    assert "1.20 ×" in second


def test_a_run_tells_how_often_it_was_tried(book: Book) -> None:
    """Both by the comparison and by the press."""
    again = replace(compared(1.1), attempts=3)
    book.measured("count", "3.13", again, tries=2)
    text = unescape(book.text("count"))
    assert "of 15 rounds, the quietest of 3 attempts; stable" in text
    assert "; the last of 2 tries" in text


@pytest.mark.parametrize(
    ("site", "page", "url"),
    [
        ("use_directory_urls: false", "count", "count.html"),
        ("", "count", "count/"),
        ("", "index", ""),
        ("use_directory_urls: false", "index", "index.html"),
    ],
)
def test_data_has_the_address_of_the_page(
    book: Book, site: str, page: str, url: str
) -> None:
    """As the site has it, from its root."""
    (book.root / "docs" / "count.md").unlink()
    book.write(**{page: PAGE})
    (book.root / "mkdocs.yml").write_text(site, encoding="utf-8")
    book.finish()
    text = (book.root / "out" / "measured.json").read_text(encoding="utf-8")
    assert [each["url"] for each in json.loads(text)["claims"]] == [url]


@pytest.mark.parametrize("indent", ["    ", "   "])
def test_a_claim_can_stand_in_a_list(book: Book, indent: str) -> None:
    """Its line is a paragraph of the item, below the sentence."""
    claim = (
        PAGE.partition("<!--livedocs:claim")[1]
        + PAGE.partition("<!--livedocs:claim")[2].partition("\n\n")[0]
    )
    inner = "".join(f"{indent}{line}\n" for line in claim.splitlines())
    marker = "- item" if len(indent) == 4 else "1. item"
    book.write(count=f"{BLOCK}\n{marker}\n\n{inner}\nAfter.\n")
    book.measured("count", "3.13", compared(1.1))
    html = rendered(book.text("count"))
    assert re.search(r'<p class="claim claim-held"><a href="ledger.md#claim-c', html)


def test_a_label_with_markup_stays_text_in_the_table(book: Book) -> None:
    """Whatever the extensions of the site would make of it."""
    evil = '</td><b>*x* `y` [^1] {: .z } --8<-- "mkdocs.yml" <!-- :::'
    book.measured("count", "3.13", compared(1.1), compared(1.2, label=evil))
    html = rendered(book.text("count"))
    tables = re.findall(r"<table .*?</table>", html)
    assert [cells(each)[2][0] for each in tables] == ["on threads", evil]
    assert "<b>" not in html
    assert html.rstrip().endswith("<p>After.</p>")


def test_what_a_page_prints_cannot_break_out(book: Book) -> None:
    """A machine's name or a label with marks of HTML or Markdown stays text."""
    evil = "<script>*x*</script>"
    book.write(count=PAGE.replace('"on threads"', f'"{evil}"'))
    book.measured("count", "3.13", compared(1.4, label=evil))
    for name in ("count", "ledger"):
        assert "<script>" not in book.text(name)
