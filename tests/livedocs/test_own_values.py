"""A reader's file beside the book's values: the logic by node, the page by Chromium."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import TimeoutError as NothingCame
from playwright.sync_api import expect, sync_playwright
from records import MACHINE, python
from test_finish import rendered
from test_ledger import BLOCK, LEDGER, PAGE, Book, compared

from interleaved import Value
from interleaved.measurements import (
    Measurement,
    Result,
    agree,
    read_measurements,
    write_measurements,
)
from interleaved.spread import Spread, Unit
from livedocs.experiments import digest_of
from livedocs.own_values import SCRIPT, SOURCE
from livedocs.page import parse_page

Node = Callable[..., Any]

NUMBERS = (
    *(0, 1, -2.5, 0.00012, 0.0123, 0.099, 0.5, 1.98, 9.994, 19.84, 99.96, 453027),
    *(1e-10, 5.1e-7, 0.0051, 0.9999, 999.9e-6, 59.4, 123_456_789, 2.5e11, 1234.6),
)
SMALL = ("mixed_notes", "joined_too_early")
UNITS: tuple[Unit, ...] = ("×", "s", "B", "")


def run_script(name: str, calls: list[tuple[object, ...]]) -> list[Any]:
    """What a function of the script returns for values that JSON can tell."""
    code = (
        f"const called = require({json.dumps(str(SOURCE))})[{json.dumps(name)}];"
        "const calls = JSON.parse(require('fs').readFileSync(0, 'utf8'));"
        "const plain = (_, value) =>"
        " value instanceof Map ? Object.fromEntries(value) : value;"
        "console.log(JSON.stringify(calls.map((each) => called(...each)), plain))"
    )
    ran = subprocess.run(
        ["node", "-e", code],
        input=json.dumps(calls),
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        refused = re.search(r"(?m)^Refused: (.*)$|Error: (.*)$", ran.stderr)
        raise ValueError(refused[1] or refused[2] if refused else ran.stderr)
    found: list[Any] = json.loads(ran.stdout)
    return found


@pytest.fixture(scope="module")
def node() -> Node:
    """Calls a function of the script."""
    if shutil.which("node") is None:
        assert not os.environ.get("REQUIRE_BROWSER"), "node is not on this machine"
        pytest.skip("node, which runs the page's script, is not on this machine")
    return lambda name, *arguments: run_script(name, [arguments])[0]


@pytest.mark.usefixtures("node")
def test_the_script_writes_values_as_the_package_does() -> None:
    """To the character, in every unit."""
    spreads = [
        Spread(number, number, number * 1.3, unit)
        for unit in UNITS
        for number in NUMBERS
        if unit != "B" or number % 1 == 0
    ]
    calls: list[tuple[object, ...]] = [(asdict(each),) for each in spreads]
    assert run_script("written", calls) == [str(each) for each in spreads]


def test_the_script_takes_quartiles_as_the_package_does(node: Node) -> None:
    """Of one value, of an even and of an odd number of them."""
    for values in ((3.0,), (2.0, 1.0), (5.0, 1.0, 2.0, 9.0), (4.0, 1.0, 8.0, 2.0, 7.0)):
        found, expected = node("spread", values, "s"), Spread.of(values, "s")
        assert found["median"] == pytest.approx(expected.median)
        assert (found["low"], found["high"]) == (
            pytest.approx(expected.low),
            pytest.approx(expected.high),
        )


@pytest.mark.parametrize(
    ("own", "book"),
    [
        ((1.0, 0.9, 1.1, "×"), (1.15, 1.05, 1.3, "×")),
        ((1.0, 1.0, 1.0, "×"), (1.17, 1.17, 1.17, "×")),
        ((1.0, 1.0, 1.0, "×"), (1.2, 1.2, 1.2, "×")),
        ((1.0, 1.0, 1.0, "×"), (1.0, 1.0, 1.0, "s")),
        ((0.0, 0.0, 0.0, ""), (0.0, 0.0, 0.0, "")),
    ],
)
def test_the_script_judges_as_the_command_does(
    node: Node,
    own: tuple[float, float, float, Unit],
    book: tuple[float, float, float, Unit],
) -> None:
    """Ranges that overlap agree, and medians that are close."""
    told = [
        dict(zip(("median", "low", "high", "unit"), x, strict=True))
        for x in (own, book)
    ]
    assert node("agree", *told) is agree(Spread(*own), Spread(*book))


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the command writes of two small experiments."""
    file = tmp_path_factory.mktemp("measured") / "mine.json"
    command = ("-m", "interleaved", "measure", *SMALL, "--json", str(file))
    subprocess.run([sys.executable, *command], check=True, stdout=subprocess.DEVNULL)
    return file


def test_the_script_reads_what_the_command_writes(node: Node, measured: Path) -> None:
    """The same experiments, labels and values."""
    text = measured.read_text(encoding="utf-8")
    (expected,) = read_measurements(text, "mine.json")
    (found,) = node("readMeasurements", text)
    assert found["python"] == expected.interpreter.name
    for result, written in zip(found["results"], expected.results, strict=True):
        assert result["digest"] == written.digest
        medians = {label: each["median"] for label, each in result["spreads"].items()}
        assert medians == {
            label: pytest.approx(each.median) for label, each in written.spreads.items()
        }


def changed(text: str, *path: str | int, value: object) -> str:
    """A file with something else in one place of its first measurement."""
    found = json.loads(text)
    place = found["measurements"][0]
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return json.dumps(found)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("interpreter",), None),
        (("interpreter", "gil"), "yes"),
        (("machine", "cpu"), "x" * 201),
        (("machine", "cores"), 1.5),
        (("date",), 3),
        (("results",), {}),
        (("results", 0), []),
        (("results", 0, "experiment"), ["x"]),
        (("results", 0, "values", 0, "samples"), []),
        (("results", 0, "values", 0, "samples"), ["1"]),
        (("results", 0, "values", 0, "unit"), "kg"),
        (("results", 0, "comparisons"), [{"timings": []}]),
        (
            ("results", 0, "comparisons"),
            [
                {
                    "timings": [
                        {"label": "a", "seconds": [1]},
                        {"label": "b", "seconds": [0]},
                    ]
                }
            ],
        ),
    ],
)
def test_a_malformed_file_is_refused(
    node: Node, measured: Path, path: tuple[str | int, ...], value: object
) -> None:
    """With the place in which it is."""
    text = measured.read_text(encoding="utf-8")
    with pytest.raises(ValueError, match=r"^measurements\[0\].* is not .*\.$"):
        node("readMeasurements", changed(text, *path, value=value))


@pytest.mark.parametrize("text", ["", "{", "3", "null", "[]", '{"interleaved": 2}'])
def test_what_is_no_file_of_measurements_is_refused(node: Node, text: str) -> None:
    """Whatever else it is."""
    with pytest.raises(ValueError, match=r"^(This is no JSON|The file is not .*)\.$"):
        node("readMeasurements", text)


def own(name: str, *, gil: bool = True, digest: str = "d", **spreads: float) -> Any:
    """A measurement of the experiment "e", as the script has read it."""
    return {
        "python": name,
        "version": f"{name.removesuffix('t')}.1",
        "gil": gil,
        "results": [
            {
                "experiment": "e",
                "digest": digest,
                "disturbed": False,
                "spreads": spreads,
            }
        ],
    }


def data_of(book: Book) -> Any:
    """What the ledger's script says that the book measured."""
    book.text("ledger")
    first, _, rest = (book.root / "out" / SCRIPT).read_bytes().partition(b"\n")
    assert rest == SOURCE.read_bytes()
    found = re.fullmatch(rb"const BOOK = (.*);", first)
    assert found
    return json.loads(json.loads(found[1]))


@pytest.fixture
def book(tmp_path: Path) -> Book:
    book = Book(tmp_path)
    book.write(count=PAGE, ledger=LEDGER)
    return book


def test_the_ledger_carries_what_the_book_measured(book: Book) -> None:
    """By interpreter, experiment and label; a reference says that it is one."""
    book.measured("count", "3.13", compared(1.1), Value("lost", (1.0, 2.0), ""))
    book.refer("count", "3.14t", compared(1.9))
    data = data_of(book)
    assert data["experiments"].keys() == {"two_counts"}
    assert data["experiments"]["two_counts"]["href"] == "#claim-counts"
    here, elsewhere = data["measurements"]
    assert (here["python"], here["gil"], here["where"]) == (
        *("3.13", True),
        "here, 2026-01-02",
    )
    assert here["values"] == {
        "two_counts": {
            "on threads": [1.1, 1.1, 1.1, "×"],
            "lost": [1.5, 1.25, 1.75, ""],
        }
    }
    assert elsewhere["python"] == "3.14t"
    assert elsewhere["where"].startswith("reference: 8 cores of")


def test_a_value_that_looks_like_markup_cannot_end_the_data(book: Book) -> None:
    """A label may hold anything that can be printed."""
    label = "</script><script>alert(1)</script>&lt;"
    condition = f'"{label}" < 1.3 on gil'
    book.write(count=PAGE.replace('"on threads" < 1.3 on gil', condition))
    book.measured("count", "3.13", compared(1.1, label=label))
    page = rendered(book.text("ledger"))
    assert "<script>alert" not in page
    (measurement,) = data_of(book)["measurements"]
    assert list(measurement["values"]["two_counts"]) == [label]


def test_the_page_names_its_script_where_it_will_be(book: Book) -> None:
    """Beside it, or above, by the way in which the site addresses pages."""
    book.measured("count", "3.13", compared(1.1))
    assert f'src="../{SCRIPT}"' in book.text("ledger")
    flat = "use_directory_urls: false\n"
    (book.root / "mkdocs.yml").write_text(flat, encoding="utf-8")
    assert f'src="{SCRIPT}"' in book.text("ledger")


def test_own_values_stand_beside_the_same_interpreter(node: Node, book: Book) -> None:
    """Or, where the book has none of it, beside the newest of its kind."""
    for name, speedup in (("3.9", 1.0), ("3.13", 1.1)):
        book.measured("count", name, compared(speedup))
    data = data_of(book)
    digest = data["experiments"]["two_counts"]["digest"]
    value = {"median": 1.0, "low": 1.0, "high": 1.0, "unit": "×"}

    def beside(name: str, **more: Any) -> Any:
        result = {"experiment": "two_counts", "disturbed": False}
        result |= {"digest": digest, "spreads": [["on threads", value]]} | more
        mine = own(name, gil=not name.endswith("t")) | {"results": [result]}
        return node("rowsOf", mine, data)

    (row,) = beside("3.9")["rows"]
    assert (row["own"], row["book"], row["agrees"]) == ("1.00 ×", "1.00 ×", "yes")
    (row,) = beside("3.12")["rows"]
    assert (row["book"], row["agrees"]) == ("1.10 ×", "yes")
    (row,) = beside("3.14t")["rows"]
    assert (row["book"], row["agrees"]) == ("", "")
    (row,) = beside("3.9", digest="other")["rows"]
    assert (row["book"], row["agrees"]) == ("", "another program")
    (row,) = beside("3.9", disturbed=True)["rows"]
    assert row["agrees"] == "yes (disturbed)"
    assert beside("3.9", experiment="constructor")["rows"] == []


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Any]:
    """The system's Chromium."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium)
        yield found
        found.close()


STRICT = "default-src 'none'; script-src 'self' file:; style-src 'self' file:"


@pytest.fixture
def page(browser: Any, book: Book) -> Iterator[Any]:
    """The ledger, from the file system, under a strict policy."""
    (book.root / "mkdocs.yml").write_text(
        "use_directory_urls: false\n", encoding="utf-8"
    )
    book.measured("count", "3.13", compared(1.1))
    body = rendered(book.text("ledger"))
    policy = f'<meta http-equiv="Content-Security-Policy" content="{STRICT}">'
    file = book.root / "out" / "ledger.html"
    head = f'<!doctype html><meta charset="utf-8">{policy}<title>Ledger</title>'
    file.write_text(f"{head}{body}", encoding="utf-8")
    page = browser.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.goto(file.as_uri())
    yield page
    page.close()
    assert said == []


def mine(label: str = "on threads", speedup: float = 1.12) -> str:
    """A reader's file: the book's program, measured on 3.13."""
    (script,) = parse_page(BLOCK, Path("docs/count.md")).scripts
    found = compared(speedup, label=label)
    machine = replace(MACHINE, cpu="<img src=x onerror=alert(1)>")
    result = Result("two_counts", digest_of(script), 1.0, (found,), ())
    measurement = Measurement(machine, python("3.13"), "2026-02-03", (result,))
    return write_measurements([measurement])


PATIENCE = 30_000
"""Milliseconds until a page says something, on a machine that does more."""
STATUS = "document.querySelector('[role=status]')"


def give(page: Any, text: str, name: str = "mine.json") -> str:
    """Choose a file, and what the page then says."""
    file = {"name": name, "mimeType": "application/json", "buffer": text.encode()}
    page.get_by_label("Drop the file here").set_input_files(file)
    expect(page.locator("[role=status]")).not_to_be_empty(timeout=PATIENCE)
    return str(page.locator("[role=status]").text_content())


def test_a_reader_sees_own_values_beside_the_books(page: Any) -> None:
    """In a table, with the machine's own words as text alone."""
    assert not page.locator(".own-without").is_visible()
    said = give(page, mine("<b>bold</b>"))
    assert "Python 3.13 on 4 × <img src=x onerror=alert(1)>, 2026-02-03" in said
    row = page.locator(".own-values tbody tr")
    assert row.locator("th, td").all_text_contents() == [
        *("3.13", "two_counts", "<b>bold</b>", "1.12 ×", "", "")
    ]
    give(page, mine())
    assert row.locator("td").all_text_contents() == [
        *("two_counts", "on threads", "1.12 ×", "1.10 ×", "yes")
    ]
    assert page.locator(".own-values :is(b, img)").count() == 0


def test_a_file_can_be_dropped(page: Any) -> None:
    """Anywhere in the box."""
    page.locator(".own-values").evaluate(
        """(box, text) => {
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File([text], "mine.json"));
            const about = { dataTransfer, cancelable: true };
            for (const type of ["dragover", "drop"])
                box.dispatchEvent(new DragEvent(type, about));
        }""",
        mine(),
    )
    page.wait_for_selector(".own-values tbody tr")


def press_space(page: Any, patience: float) -> Any:
    """The chooser that it brings, within milliseconds."""
    with page.expect_file_chooser(timeout=patience) as asked:
        page.keyboard.press("Space")
    return asked.value


def test_a_file_can_be_chosen_by_the_keyboard(page: Any) -> None:
    """The way is the tabulator's, and the space bar asks for the file."""
    page.bring_to_front()
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "own-file":
            break
    assert page.evaluate("document.activeElement.id") == "own-file"
    try:
        chooser = press_space(page, PATIENCE / 3)
    except NothingCame:  # Chromium missed a key once, beside other tests
        chooser = press_space(page, PATIENCE)
    chooser.set_files({"name": "x", "mimeType": "", "buffer": b"x"})
    told = expect(page.locator("[role=status]"))
    told.to_contain_text("x cannot be shown", timeout=PATIENCE)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("nothing", "This is no JSON."),
        ('{"interleaved": 1, "measurements": []}', "There is no measurement in it."),
        (" " * 1_000_001, "It has more than 1 MB."),
    ],
)
def test_a_file_that_cannot_be_shown_is_refused(
    page: Any, text: str, reason: str
) -> None:
    """In a sentence, and what another file had shown is gone."""
    give(page, mine())
    page.wait_for_selector(".own-values tbody tr")
    page.evaluate(f"{STATUS}.textContent = ''")
    said = give(page, text, "<i>.json")
    assert said.startswith(f"<i>.json cannot be shown: {reason}")
    assert not page.locator(".own-values .measured").is_visible()


def test_without_scripts_the_section_says_what_it_takes(
    browser: Any, page: Any
) -> None:
    """And shows nothing that would do nothing."""
    context = browser.new_context(java_script_enabled=False)
    bare = context.new_page()
    bare.goto(page.url)
    assert bare.get_by_text("This takes a browser that runs JavaScript").is_visible()
    assert not bare.get_by_label("Drop the file here").is_visible()
    context.close()
