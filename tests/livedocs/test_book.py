"""The command `python -m livedocs`, in a second book that the press never saw."""

import contextlib
import importlib.util
import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner
from desk import SLOW, Desk, Ran, claiming, expecting, fenced, measuring, wait_for

from interleaved import Value, this_interpreter, this_machine
from interleaved.measurements import Measurement, Result, write_measurements
from livedocs.__main__ import main
from livedocs.book import Book
from livedocs.gallery import GalleryReport
from livedocs.settings import find_settings

INDEX = (
    "---\ntitle: Salt\n---\n\n# Salt\n\nA book on cooking.\n"
    + fenced("print(6 * 7, '<soup>')")
    + "\nSome words.\n"
    + fenced("print('twice')")
    + expecting("twice")
    + fenced('import sys\nsys.exit("burnt")', "python", "livedocs:expect-exit(1)")
)
EXCUSED = fenced("cook()", "python", 'pytest.mark.skip(reason="You have no stove.")')


@pytest.fixture
def salt(desk: Desk) -> Desk:
    """A tiny book, with its own settings and its own site."""
    desk.book('docs = "pages"\npython-path = ["spices"]')
    desk.write(
        "mkdocs.yml",
        "site_name: Salt\ndocs_dir: .build/docs\nextra_css: [livedocs.css]\n"
        "theme: {name: material, font: false}\n"
        "markdown_extensions: [pymdownx.superfences, pymdownx.blocks.tab]\n",
    )
    desk.write("pages/index.md", INDEX)
    desk.write("pages/more/stove.md", "# Stove\n" + EXCUSED)
    desk.write("pages/more/picture.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>")
    return desk


def finish(desk: Desk, *arguments: str) -> Ran:
    return desk.run("livedocs", "finish", *arguments)


def finished(desk: Desk, name: str = "index.md") -> str:
    return (desk.folder / ".build/docs" / name).read_text()


def test_another_book_is_printed_unchanged(salt: Desk) -> None:
    """From pages to HTML in three commands; what was printed is what is read."""
    before = (salt.folder / "pages/index.md").read_bytes()
    assert salt.pytest("pages").status == 0
    done = finish(salt)
    assert done.output == "2 pages finished, 4 files changed\n"
    assert finish(salt).output == "2 pages finished, 0 files changed\n"
    env = {"NO_MKDOCS_2_WARNING": "1"}
    built = salt.run("mkdocs", "build", "--strict", env=env)
    assert built.status == 0, built.output
    html = (salt.folder / "site/index.html").read_text()
    outputs = [
        unescape(each) for each in re.findall(r"(?s)<samp[^>]*>(.*?)</samp>", html)
    ]
    assert outputs == ["42 <soup>", "twice", "burnt"]
    assert "Ran on Python " in html
    assert "livedocs:" not in html
    stove = (salt.folder / "site/more/stove/index.html").read_text()
    assert "You have no stove." in stove
    assert (salt.folder / "site/more/picture.svg").exists()
    assert (salt.folder / "pages/index.md").read_bytes() == before


def test_a_script_that_a_block_prints_is_text(salt: Desk) -> None:
    """What a block prints is nobody's HTML, in the page and in its search index."""
    evil = "<script>alert(1)</script><img src=x onerror=alert(2)></samp></pre>"
    fails = f"raise ValueError({evil!r})"
    salt.write(
        "pages/index.md",
        "# Salt\n"
        + fenced(f"print({evil!r})")
        + fenced(fails, "python", "livedocs:expect-error(ValueError)"),
    )
    salt.write("pages/more/stove.md", "# Stove\n")
    assert salt.pytest("pages").status == 0
    assert finish(salt).status == 0
    built = salt.run("mkdocs", "-q", "build", env={"NO_MKDOCS_2_WARNING": "1"})
    assert built.status == 0, built.output
    html = (salt.folder / "site/index.html").read_text()
    printed, trace = re.findall(r"(?s)<samp[^>]*>(.*?)</samp>", html)
    assert unescape(printed) == evil
    assert unescape(trace).endswith(f"ValueError: {evil}")
    assert "<script>alert" not in html
    assert "<img src=x" not in html
    index = (salt.folder / "site/search/search_index.json").read_text()
    assert "<script" not in index
    assert "<img" not in index


def test_a_block_without_a_record_is_not_published(salt: Desk) -> None:
    """A record that is missing stops the book, with page and line."""
    done = finish(salt)
    assert done.status == 1
    first, *others = done.output.splitlines()
    assert first == "Error: this cannot be published:"
    lines = [
        number
        for number, line in enumerate(INDEX.splitlines(), 1)
        if line == "```python"
    ]
    assert [line.split(": ")[0] for line in others] == [
        f"pages/index.md:{number}" for number in lines
    ]
    assert "no good record of this machine and interpreter" in others[0]
    assert finished(salt).count("Pending: this block has not run yet.") == 3


def test_a_stale_record_is_not_published(salt: Desk) -> None:
    """A record whose block or source has changed since stops the book."""
    salt.write("spices/pepper.py", "heat = 1\n")
    salt.write(
        "pages/index.md", "# Salt\n" + fenced("import pepper\nprint(pepper.heat)")
    )
    assert salt.pytest("pages").status == 0
    assert finish(salt).status == 0
    salt.write("spices/pepper.py", "heat = 2\n")
    done = finish(salt)
    assert done.status == 1
    assert "pages/index.md:3: this block has no good record" in done.output
    salt.write("spices/pepper.py", "heat = 1\n")
    assert finish(salt).status == 0
    salt.write("pages/index.md", "# Salt\n" + fenced("print('other')"))
    done = finish(salt)
    assert done.status == 1
    assert "pages/index.md:3: this block has no good record" in done.output


def test_a_damaged_record_is_not_published(salt: Desk) -> None:
    """A record that was edited stops the book, with a warning of its file."""
    assert salt.pytest("pages").status == 0
    for name in salt.records():
        path = salt.folder / ".records" / name
        path.write_bytes(path.read_bytes().replace(b"twice", b"never"))
    done = finish(salt)
    assert done.status == 1
    assert re.search(r"warning: .*\.json: not a good record", done.output)
    assert "never" not in finished(salt).replace("never run", "")


def test_a_page_that_cannot_be_written_is_told_in_a_line(salt: Desk) -> None:
    """With its name, also where the system does not say it: files are limited here."""
    assert salt.pytest("pages").status == 0
    # Coverage would write its data, too, and could not.
    limit = 'ulimit -f 1; unset COVERAGE_PROCESS_CONFIG; exec "$@"'
    done = salt.run("livedocs", "finish", before=("sh", "-euc", limit, "sh"))
    assert done.status == 1
    place = re.escape(str(salt.folder / ".build/docs"))
    assert re.fullmatch(rf"Error: .*File too large: '{place}/.+'\n", done.output)
    assert finish(salt).status == 0
    assert finished(salt).count("<samp") == 3


def test_a_page_that_the_audit_refuses_is_not_published(salt: Desk) -> None:
    """A fence that nobody accounts for stops the book, though all that runs is good."""
    salt.write("pages/index.md", INDEX + fenced("1 + 1", "pyton"))
    assert salt.pytest("pages").status == 1
    done = finish(salt)
    assert done.status == 1
    line = INDEX.count("\n") + 2
    assert f"pages/index.md:{line}: 'pyton' is not run: did you mean" in done.output


def test_old_records_are_removed(salt: Desk) -> None:
    """When the book is finished, records of blocks that it no longer has go."""
    assert salt.pytest("pages").status == 0
    salt.write("pages/index.md", "# Salt\n" + fenced("print(6 * 7, '<soup>')"))
    assert finish(salt).output.endswith(", 2 old records removed\n")
    assert len(salt.records()) == 1


def test_blocks_are_extracted_for_other_tools(salt: Desk) -> None:
    """Each Python block becomes a file as shown, and one with the page's lines."""
    salt.write("README.md", fenced("print('read me')"))
    salt.write(
        "pages/more/fails.md", fenced("1 / 0", "python", "livedocs:expect-error(E)")
    )
    done = salt.run("livedocs", "extract", "out")
    assert done.output == "5 blocks\n"
    names = sorted(path.name for path in (salt.folder / "out/as-shown").iterdir())
    assert names == sorted(
        path.name for path in (salt.folder / "out/in-place").iterdir()
    )
    assert "README_2.py" in names
    name = next(name for name in names if name.startswith("pages_index_"))
    line = int(name.removesuffix(".py").rpartition("_")[2])
    shown = (salt.folder / "out/as-shown" / name).read_text()
    placed = (salt.folder / "out/in-place" / name).read_text()
    assert placed == "\n" * line + shown


def test_the_schema_is_printed() -> None:
    """`schema` prints the JSON schema that the repository keeps beside the code."""
    command = [sys.executable, "-m", "livedocs", "schema"]
    printed = subprocess.run(
        command, capture_output=True, check=True, timeout=30
    ).stdout
    spec = importlib.util.find_spec("livedocs.record")
    assert spec is not None
    assert spec.origin is not None
    kept = Path(spec.origin).with_name("record.schema.json").read_bytes()
    assert json.loads(printed) == json.loads(kept)


@pytest.mark.parametrize(
    "command", [("finish",), ("serve",), ("gallery",), ("extract", "out")]
)
def test_outside_of_a_book_one_line_says_so(
    desk: Desk, command: tuple[str, ...]
) -> None:
    """Without a table [tool.livedocs] there is no book, and nothing is made."""
    ran = desk.run("livedocs", *command)
    assert ran.status == 1
    (line,) = ran.output.splitlines()
    assert line.startswith(f"Error: no book here: neither {desk.folder.resolve()} nor")
    assert list(desk.folder.iterdir()) == []


def test_a_book_without_pages_or_interpreter_is_refused(desk: Desk) -> None:
    """What a book needs and does not have is said in one line."""
    desk.book()
    ran = finish(desk)
    assert (ran.status, ran.output.count("\n")) == (1, 1)
    assert ran.output.startswith("Error: there is no folder of pages: ")
    desk.write("docs/index.md", "# Title\n")
    ran = finish(desk, "--python", "/no/such/python")
    assert ran.status == 1
    assert ran.output == "Error: /no/such/python: there is no such command\n"
    desk.book('docs = ["docs"]')
    ran = finish(desk)
    assert ran.status == 1
    assert "[tool.livedocs] docs cannot be ['docs']" in ran.output


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Preview:
    """A book that is served while it is written."""

    def __init__(self, desk: Desk, process: subprocess.Popen[str], port: int) -> None:
        self.desk = desk
        self.process = process
        self.port = port

    def shows(self, *wanted: str, without: str = "\0") -> bool:
        """Whether the first page has some texts now."""
        assert self.process.poll() is None, self.log()
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self.port}/", timeout=5
            ) as it:
                text = unescape(it.read().decode())
        except OSError:
            return False
        return all(each in text for each in wanted) and without not in text

    def log(self) -> str:
        """What the preview has printed."""
        return (self.desk.folder.parent / "log").read_text()

    def end(self, number: signal.Signals) -> int:
        """Send a signal to it, to nobody else, and wait for its end."""
        self.process.send_signal(number)
        return self.process.wait(8)


@pytest.fixture
def preview(salt: Desk) -> Iterator[Preview]:
    """The tiny book, served on a free port."""
    slow = fenced(
        f"""
        import time
        open({str(salt.folder / "slow")!r}, "a").write("x")
        time.sleep(3)
        print("simmered")
        """
    )
    salt.write("pages/index.md", "# Salt\n" + slow + fenced("print('on' + 'ce')"))
    port = free_port()
    with open(salt.folder.parent / "log", "w") as log:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "livedocs",
                "serve",
                "--address",
                f"127.0.0.1:{port}",
            ],
            cwd=salt.folder,
            env=os.environ | {"TMPDIR": str(salt.temp), "NO_MKDOCS_2_WARNING": "1"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    preview = Preview(salt, process, port)  # type: ignore[arg-type]
    try:
        yield preview
    finally:
        if process.poll() is None:
            children = psutil.Process(process.pid).children(recursive=True)
            for each in [psutil.Process(process.pid), *children]:
                with contextlib.suppress(psutil.Error):
                    each.kill()
            process.wait(5)


def servers(port: int) -> list[str]:
    """Command lines of live processes that serve on a port."""
    lines = []
    for process in psutil.process_iter(["cmdline"]):
        line = " ".join(process.info["cmdline"] or ())
        if f"127.0.0.1:{port}" in line:
            lines.append(line)
    return lines


def test_a_preview_follows_its_author(preview: Preview) -> None:
    """Pages are shown at once, blocks when they ran; a save reruns what it changed."""
    desk, pending = preview.desk, "Pending: this block has not run yet."
    wait_for(lambda: preview.shows(pending), 20)
    wait_for(
        lambda: preview.shows(">simmered</samp>", ">once</samp>", without=pending), 20
    )
    page = desk.folder / "pages/index.md"
    page.write_text(page.read_text().replace("'ce'", "'e more'") + "\nNew words.\n")
    wait_for(
        lambda: preview.shows(">simmered</samp>", ">one more</samp>", "New words."), 20
    )
    page.write_text(page.read_text().replace("print('on'", "print(1 / 0, 'on'"))
    wait_for(lambda: preview.shows(">simmered</samp>", "ZeroDivisionError"), 20)
    page.write_text(page.read_text().replace("1 / 0, ", "") + fenced("x", "pyton"))
    wait_for(lambda: preview.shows(">one more</samp>", without="ZeroDivisionError"), 20)
    wait_for(lambda: "'pyton' is not run" in preview.log(), 20)
    assert (desk.folder / "slow").read_text() == "x"
    assert re.search(r"pages/index\.md:\d+: this python block failed", preview.log())
    assert preview.end(signal.SIGINT) == 0
    assert servers(preview.port) == []
    # The block's own is indented; how often it is told depends on the editor.
    assert not re.search(r"(?m)^Traceback", preview.log())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_preview_ends_with_all_that_it_started(
    preview: Preview, number: signal.Signals
) -> None:
    """Ctrl-C or SIGTERM amid a block ends the block, the server and the preview."""
    wait_for(lambda: preview.shows("Pending"), 20)
    wait_for((preview.desk.folder / "slow").exists)
    assert preview.end(number) == 0
    assert servers(preview.port) == []
    assert "Traceback" not in preview.log()


def test_a_site_is_sealed_or_told_why_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dead link keeps it from being published."""
    page = tmp_path / "index.html"
    page.write_text('<a href="more.html">more</a>')
    refused = CliRunner().invoke(main, ["seal", str(tmp_path)])
    assert refused.exit_code == 1
    assert refused.output == (
        "Error: this cannot be published:\n"
        "index.html:1: the link more.html leads nowhere\n"
    )
    monkeypatch.chdir(tmp_path)
    page.write_text("<p>less</p>")
    assert CliRunner().invoke(main, ["seal", "."]).output == "sealed ., 0 cards drawn\n"


def test_a_gallery_says_what_it_ran(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a folder of examples a book has none, which is no error."""
    (tmp_path / "pyproject.toml").write_text("[tool.livedocs]\n")
    (tmp_path / "docs").mkdir()
    monkeypatch.chdir(tmp_path)
    none = CliRunner().invoke(main, ["gallery"])
    assert none.output == "no gallery: there is no folder of examples\n"
    assert none.exit_code == 0
    (tmp_path / "examples").mkdir()
    empty = CliRunner().invoke(main, ["gallery"])
    assert empty.output == f"Error: no examples in {tmp_path / 'examples'}\n"
    assert empty.exit_code == 1
    report = GalleryReport(("saws",), ("axes", "files"), 1.0)
    monkeypatch.setattr("livedocs.gallery.build", lambda *_: report)
    assert CliRunner().invoke(main, ["gallery"]).output == "ran 1 of 3 examples\n"


def test_a_book_without_references_takes_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It needs a folder that the settings name."""
    (tmp_path / "pyproject.toml").write_text("[tool.livedocs]\n")
    (tmp_path / "docs").mkdir()
    monkeypatch.chdir(tmp_path)
    ran = CliRunner().invoke(main, ["reference", "pyproject.toml"])
    assert ran.exit_code == 1
    assert ran.output == "Error: [tool.livedocs] names no folder of references\n"


def test_a_site_without_articles_loses_nothing_unseen(tmp_path: Path) -> None:
    """It would be equal to anything: that it is empty is an error."""
    ran = CliRunner().invoke(main, ["lost", str(tmp_path), str(tmp_path)])
    assert ran.exit_code == 1
    assert ran.output == f"Error: {tmp_path} has no page with an article\n"


def test_a_reference_of_an_older_program_is_told(tmp_path: Path) -> None:
    """So that somebody measures it anew; the book is finished without it."""
    table = "[tool.livedocs]\nreference = 'references'\n"
    (tmp_path / "pyproject.toml").write_text(table)
    page = fenced("print(1)", 'python title="soup.py"') + claiming("fast", '"a" > 1')
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text(f"# Salt\n{page}")
    old = Measurement(
        this_machine(),
        this_interpreter(),
        "2026-01-02",
        (Result("soup", "0" * 64, 1.0, (), (Value("a", (2.0,), ""),)),),
    )
    (tmp_path / "references").mkdir()
    (tmp_path / "references" / "old.json").write_text(write_measurements([old]))
    said: list[str] = []
    settings = find_settings(tmp_path)
    Book.open(settings, Path(sys.executable), said.append).finish()
    assert said == ["warning: the reference of soup is of an older program"]


def test_a_broken_claim_keeps_a_book_from_being_published(desk: Desk) -> None:
    """Or is a warning, for those who build at home; either says what was measured."""
    desk.book()
    results = desk.write("results", SLOW * 3)
    page = measuring(results) + claiming("fast", '"beside" > 1.5')
    desk.write("docs/index.md", f"# Salt\n{page}")
    assert desk.pytest("docs", "--claims=warn").status == 0
    told = (
        "docs/index.md:15: did not hold here: It is fast."
        f' ("beside" > 1.5; measured 0.50 × on {this_interpreter().name})\n'
    )
    refused = finish(desk, "--claims=fail")
    assert refused.status == 1
    assert refused.output == f"Error: this cannot be published:\n{told}"
    warned = finish(desk, "--claims=warn")
    assert warned.status == 0
    assert warned.output.startswith(f"warning: {told}1 pages finished")
