"""The gallery: another folder of examples, printed unchanged by the same press."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
from html import unescape
from pathlib import Path

import markdown
import pytest

from livedocs.audit import SITE_EXTENSIONS
from livedocs.gallery import GalleryError, GalleryReport, _run_sphinx, build
from livedocs.gallery.drawing import INK, size_in_pixels
from livedocs.gallery.pages import Example, Picture, image, index_page
from livedocs.gallery.sources import imported_files
from livedocs.printed import output_html
from livedocs.runner import kept_variables

DRAW = """
    fig, ax = plt.subplots()
    ax.plot([1, 2, 3])
    fig.set_label({alt!r})
"""

ODD_OUTPUT = "<script>alert(1)</script> *a* _b_ `c`\n\n  \\[x](y) &amp; | :::\n"


def guarded(body: str, *, alt: str = "A line that rises.", head: str = "") -> str:
    """Return the text of an example that runs `body` and draws one figure."""
    return (
        f'"""\nAn example\n==========\n\nIt draws a line. Then it ends.\n"""\n'
        f"import matplotlib.pyplot as plt\n{textwrap.dedent(head)}\n\n"
        f"# %%\n# It runs.\n\nif __name__ == '__main__':\n"
        f"{textwrap.indent(textwrap.dedent(body).strip(), '    ')}\n"
        f"{DRAW.format(alt=alt)}"
    )


POOLED = guarded(
    """
    with ProcessPoolExecutor(
        2, mp_context=multiprocessing.get_context("spawn")
    ) as pool:
        print("sum", sum(pool.map(squared, range(4), timeout=60)))
    """,
    alt='He said "<b>[x](y)</b>" *twice* & `once`',
    head="""
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    def squared(n):
        print("child squares", n, flush=True)
        return n * n
    """,
)

PLAIN = '''"""
Plain & <simple>
================

A list, with `a < b` and **two** items:

* first

  with a paragraph

* second

.. note::

   Noted.
"""
import matplotlib.pyplot as plt
from pencils import sharp

print({output!r} + sharp.word())
plt.plot([3, 1, 2])
plt.gcf().set_label("A line that falls and rises.")
'''


@pytest.fixture(scope="module")
def press(tmp_path_factory: pytest.TempPathFactory) -> "Press":
    """A project of two examples, built once."""
    root = tmp_path_factory.mktemp("book") / "a bük"  # a path as people have them
    root.mkdir()
    press = Press(root)
    press.write("examples/GALLERY_HEADER.rst", "Pictures\n========\n\nTwo of them.\n")
    press.write("examples/plain.py", PLAIN.format(output=ODD_OUTPUT))
    press.write("examples/pooled.py", POOLED)
    press.write("src/pencils/__init__.py", "")
    press.write("src/pencils/sharp.py", "from . import lead\nword = lead.word\n")
    press.write("src/pencils/lead.py", "def word():\n    return 'lead one'\n")
    press.first = press.build()
    return press


class Press:
    """A project in a temporary folder, with its gallery."""

    first: GalleryReport

    def __init__(self, root: Path) -> None:
        self.root = root
        self.out = root / ".build" / "docs" / "gallery"

    def write(self, name: str, text: str) -> None:
        """Write a file of the project."""
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")

    def build(self) -> GalleryReport:
        """Build the gallery."""
        return build(self.root, self.out, limit=60)

    def page(self, name: str) -> str:
        """Return the Markdown of a page."""
        return (self.out / f"{name}.md").read_text("utf-8")

    def html(self, name: str) -> str:
        """Return a page as MkDocs renders it."""
        text = re.sub(r"\A---\n.*?\n---\n", "", self.page(name), flags=re.DOTALL)
        extensions = ["admonition", "attr_list", "md_in_html", "pymdownx.superfences"]
        return str(markdown.markdown(text, extensions=extensions))


def failure(tmp_path: Path, example: str, limit: float = 60) -> str:
    """Return what a gallery of one example says when it refuses to build."""
    press = Press(tmp_path)
    press.write("examples/GALLERY_HEADER.rst", "Pictures\n========\n")
    press.write("examples/faulty.py", example)
    with pytest.raises(GalleryError) as caught:
        build(press.root, press.out, limit=limit)
    assert not press.out.exists()
    return str(caught.value)


def test_every_example_runs_and_gets_a_page_and_a_card(press: Press) -> None:
    """The index leads to each page, with its title and first sentence."""
    assert press.first.ran == ("plain", "pooled")
    index = press.html("index")
    assert '<a href="pooled.md"><strong>An example</strong></a>' in index
    assert "<p>It draws a line.</p>" in index
    assert "<p>Two of them.</p>" in index
    assert "<h1>Plain &amp; &lt;simple&gt;</h1>" in press.html("plain")


def test_cards_come_in_the_order_of_the_header(press: Press, tmp_path: Path) -> None:
    """Those that it names are first, the others follow by name."""
    index = press.page("index")
    assert index.index("plain.md") < index.index("pooled.md")
    shutil.copytree(press.root, tmp_path, dirs_exist_ok=True)
    other = Press(tmp_path)
    header = "Pictures\n========\n\nTwo of them.\n\n.. order:\n   {}\n"
    other.write("examples/GALLERY_HEADER.rst", header.format("pooled"))
    assert other.build().ran == ()
    index = other.page("index")
    assert index.index("pooled.md") < index.index("plain.md")
    assert "order" not in index
    other.write("examples/GALLERY_HEADER.rst", header.format("pooled polled"))
    with pytest.raises(GalleryError, match="orders polled, of which there is no"):
        other.build()


def test_each_picture_is_an_svg_with_the_text_of_its_example(press: Press) -> None:
    """It stands in the page, and says what was written, markup and all."""
    ((drawing, alt),) = re.findall(
        r'(<svg [^>]*aria-label="([^"]*)".*?</svg>)', press.html("pooled")
    )
    assert unescape(alt) == 'He said "<b>[x](y)</b>" *twice* & `once`'
    assert "<text" in drawing
    assert "A line that falls and rises." in press.html("index")


def test_a_picture_takes_the_colours_of_its_page(press: Press) -> None:
    """No ink and no line has a fixed colour; no style of it reaches the page."""
    ((drawing),) = re.findall(r"<figure.*?</figure>", press.html("pooled"))
    assert "currentColor" in drawing
    assert "var(--figure-0, #0072b2)" in drawing
    assert INK not in drawing
    assert "<style" not in drawing
    assert set(re.findall(r"#[0-9a-f]{6}", drawing)) == {"#0072b2"}
    known = set(re.findall(r' id="([^"]*)"', drawing))
    assert known == set(re.findall(r"(?:url\(|href=\")#([\w-]+)", drawing))
    assert all(name.startswith("pooled_001-") for name in known)


def test_output_is_text_and_follows_its_cell(press: Press) -> None:
    """A printed script tag is shown, not run, and no Markdown reads the output."""
    page = press.html("plain")
    assert "<script" not in page
    shown = re.findall(r'<pre class="run-stdout"[^>]*><samp>(.*?)</samp></pre>', page)
    assert [unescape(text) for text in shown] == [ODD_OUTPUT + "lead one"]
    assert page.index("sharp") < page.index("run-stdout")


def test_the_first_picture_stands_under_the_claim(press: Press) -> None:
    """A reader sees it before the code that draws it, and sees it once."""
    page = press.html("pooled")
    assert page.count("<figure") == 1
    assert page.index("Then it ends.") < page.index("<figure") < page.index("<code")


def test_prose_is_read_as_the_author_wrote_it(press: Press) -> None:
    """Lists keep their paragraphs and notes are admonitions."""
    page = press.html("plain")
    assert '<div class="admonition note">' in page
    assert page.count("<li>") == 2
    assert re.search(r"<li>\s*<p>first</p>\s*<p>with a paragraph</p>\s*</li>", page)


def test_a_spawned_pool_works_and_its_children_are_heard(press: Press) -> None:
    """The children import the example as a script's children do."""
    shown = unescape(press.html("pooled"))
    assert "sum 14" in shown
    assert len(re.findall(r"child squares \d", shown)) == 4


def test_the_downloads_are_the_example_and_its_notebook(press: Press) -> None:
    """The script is the author's file, byte for byte."""
    page = press.html("plain")
    for name in ("plain.py", "plain.ipynb"):
        assert f'<a download="{name}" href="{name}">' in page
    assert (press.out / "plain.py").read_text("utf-8") == PLAIN.format(
        output=ODD_OUTPUT
    )
    assert json.loads((press.out / "plain.ipynb").read_text("utf-8"))["cells"]


def test_pages_ask_nobody_for_anything(press: Press) -> None:
    """No page has an address of another host, and there is no page of run times."""
    names = {file.name for file in press.out.rglob("*")}
    assert names == {
        *("images", "index.md", "uses.json"),
        *("plain.md", "plain.py", "plain.ipynb", "plain_thumb.svg"),
        *("pooled.md", "pooled.py", "pooled.ipynb"),
        "pooled_thumb.svg",
    }
    for page in press.out.glob("*.md"):
        assert not re.search(r"https?:|//cdn", page.read_text("utf-8"))


def test_the_gallery_says_what_its_examples_use(press: Press) -> None:
    """Names of the project, and those of the module that they are in, but no other."""
    uses = json.loads((press.out / "uses.json").read_text("utf-8"))
    assert uses == {"pencils.sharp": [["plain.md", "Plain & <simple>"]]}


def test_what_did_not_change_is_not_run_again(press: Press) -> None:
    """A module two imports away reruns its example alone; a lost page reruns none."""
    again = press.build()
    assert (again.ran, again.reused) == ((), ("plain", "pooled"))
    assert again.seconds < 0.35 * press.first.seconds

    press.write("src/pencils/lead.py", "def word():\n    return 'lead two'\n")
    (press.out / "pooled.md").unlink()
    changed = press.build()
    assert (changed.ran, changed.reused) == (("plain",), ("pooled",))
    assert "lead two" in press.page("plain")
    assert "sum 14" in unescape(press.page("pooled"))


def test_a_removed_example_leaves_no_page(press: Press, tmp_path: Path) -> None:
    """Its files go, those of the others stay."""
    shutil.copytree(press.root, tmp_path, dirs_exist_ok=True)
    smaller = Press(tmp_path)
    (tmp_path / "examples/plain.py").unlink()
    assert smaller.build().ran == ()
    assert not list(smaller.out.rglob("plain*"))
    assert "plain" not in smaller.page("index")
    assert smaller.page("pooled")


def test_a_failing_example_is_named_with_its_line(tmp_path: Path) -> None:
    """The traceback keeps its lines, and what was printed before is not lost."""
    text = guarded("print('so far')\nraise ValueError('spilt ink')")
    told = failure(tmp_path, text).splitlines()
    line = text.splitlines().index("    raise ValueError('spilt ink')") + 1
    script = os.path.realpath(tmp_path / "examples" / "faulty.py")
    assert told[0] == f"{Path('examples/faulty.py')} failed:"
    assert f'  File "{script}", line {line}, in <module>' in told
    assert "ValueError: spilt ink" in told
    assert told[-1] == "so far"


def test_a_cell_that_hangs_shows_where_it_stands(tmp_path: Path) -> None:
    """The limit strikes, and the stack of the example is printed."""
    text = guarded("threading.Event().wait()", head="import threading")
    told = failure(tmp_path, text, limit=1)
    line = text.splitlines().index("    threading.Event().wait()") + 1
    assert "Timeout (0:00:01)!" in told
    assert f'examples/faulty.py", line {line} in <module>' in told


def test_an_exception_in_a_thread_fails_the_example(tmp_path: Path) -> None:
    """A thread that dies unseen would leave a page of a broken run."""
    text = guarded(
        "t = threading.Thread(target=int, args=('x',))\nt.start()\nt.join(9)",
        head="import threading",
    )
    assert "invalid literal for int()" in failure(tmp_path, text)


WHATEVER = """
    import os
    from dataclasses import dataclass
    from interleaved import measured_in_child

    @dataclass
    class Found:
        names: list[str]
        home: str

    def look():
        return Found(sorted(os.environ), os.environ["HOME"])
"""


def test_an_example_sees_what_a_block_sees(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither it nor its child has a variable that nobody meant for it.

    What the child sends back is of a class of the example.
    """
    monkeypatch.setenv("MY_SECRET", "hunter2")
    monkeypatch.setenv("HOME", str(tmp_path))
    press = Press(tmp_path)
    press.write("examples/GALLERY_HEADER.rst", "Pictures\n========\n")
    body = """
        found = measured_in_child(look)
        assert isinstance(found, Found), type(found)
        assert found == look()
        print(found.home)
        print(*found.names)
    """
    press.write("examples/whatever.py", guarded(body, head=WHATEVER))
    press.build()
    shown = unescape(press.page("whatever")).partition("<samp>")[2]
    home, names = shown.partition("</samp>")[0].split("\n")
    assert not Path(home).exists()
    given = {"HOME", "TMPDIR", "PYTHONFAULTHANDLER", "PYTHONPATH", "PYTHONUTF8"}
    drawing = {"MPLBACKEND", "MPLCONFIGDIR"}
    own = {"LIVEDOCS_RUN", "LIVEDOCS_GALLERY_EXAMPLES", "LIVEDOCS_GALLERY_LIMIT"}
    assert "MY_SECRET" not in names
    # Sphinx and Python may set one each themselves.
    assert set(names.split()) - {"DOCUTILSCONFIG", "LC_CTYPE"} <= {
        *(given | drawing | own),
        *kept_variables(),
    }


# What IPython does with a notebook, as far as a child process can tell.
RUN_CELLS = """
import json, sys
In = [""]
for cell in json.load(open(sys.argv[1], encoding="utf-8"))["cells"]:
    if cell["cell_type"] == "code":
        In.append("".join(cell["source"]))
        exec(compile(In[-1], "a cell", "exec"), globals())
"""


def test_a_notebook_measures_in_a_child_too(tmp_path: Path) -> None:
    """Its cells are no file that a child could import, and yet they work."""
    press = Press(tmp_path)
    press.write("examples/GALLERY_HEADER.rst", "Pictures\n========\n")
    body = """
        found = measured_in_child(look)
        assert isinstance(found, Found), type(found)
        print("found", len(found.names) > 0)
    """
    press.write("examples/whatever.py", guarded(body, head=WHATEVER))
    press.build()
    done = subprocess.run(
        [sys.executable, "-c", RUN_CELLS, press.out / "whatever.ipynb"],
        env=os.environ | {"MPLBACKEND": "agg"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("found True\n", "")


def test_a_failure_leaves_no_file_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sphinx writes one for its developers; it is not for the author."""
    temp = tmp_path / "temp"
    temp.mkdir()
    monkeypatch.setenv("TMPDIR", str(temp))
    monkeypatch.setattr(tempfile, "tempdir", None)
    before = set(Path("/tmp").glob("sphinx-err-*"))
    assert "spilt" in failure(tmp_path, guarded("raise ValueError('spilt ink')"))
    assert list(temp.iterdir()) == []
    assert set(Path("/tmp").glob("sphinx-err-*")) == before


def test_letters_too_small_for_a_phone_are_refused(tmp_path: Path) -> None:
    """In a wide picture all of them are; the message says what to do."""
    text = guarded("plt.rcParams['figure.figsize'] = (12, 3)")
    told = failure(tmp_path, text)
    assert "faulty.py: picture 1 has letters of 4.1 pixels" in told
    assert "draw it smaller, with figsize" in told


@pytest.mark.parametrize(
    ("example", "complaint"),
    [
        (guarded("", alt=""), "picture 1 has no text alternative"),
        (guarded("raise SystemExit"), "sys.exit(None)"),
        (guarded("").replace("It draws a line.", "It draws `a line."), "WARNING"),
        ('"""\nNothing\n=======\n\nNo picture.\n"""\nx = 1\n', "draws no figure"),
    ],
)
def test_an_unfinished_example_is_refused(
    tmp_path: Path, example: str, complaint: str
) -> None:
    """Each refusal names the example."""
    told = failure(tmp_path, example)
    assert complaint in told
    assert "faulty" in told


def test_imports_are_followed_in_the_project_alone(tmp_path: Path) -> None:
    """Packages, submodules and relative imports count, wherever they stand."""
    package = tmp_path / "src" / "a"
    (package / "b").mkdir(parents=True)
    for name, text in {
        "__init__.py": "",
        "b/__init__.py": "import json",
        "b/c.py": "def f():\n    from .. import d",
        "d.py": "",
        "unused.py": "",
    }.items():
        (package / name).write_text(text)
    script = tmp_path / "script.py"
    script.write_text("from a.b import c")
    found = imported_files(script, [tmp_path / "src"])
    assert {file.relative_to(package).as_posix() for file in found} == {
        *("__init__.py", "b/__init__.py", "b/c.py", "d.py")
    }


def test_output_keeps_its_shape_on_one_line() -> None:
    """Blank lines, indents and tabs survive, colours go, no sign is left to read."""
    text = "\n  a\tb\r\n\x1b[31mred\x1b[0m\x07 `*_\\\u2028é"
    line = output_html(text)
    assert len(line.splitlines()) == 1
    assert not re.search(r"[`*_\\]", line)
    assert "<samp>\n  a\tb\nred\u2407 `*_\\\u2028é" in unescape(line)


def test_a_card_keeps_room_for_its_picture() -> None:
    """Nothing moves when it arrives; those below the first come when they are near."""
    names = [f"example_{number}" for number in range(4)]
    examples = {name: Example(name, "It holds.", ()) for name in names}
    size = size_in_pixels(b'<svg viewBox="0 0 316.8 216" />')
    assert size == (422, 288)
    pictures = {name: Picture(f"{name}.svg", name, size) for name in names}
    page = index_page("# All", examples, pictures, dict.fromkeys(names, 1.0))
    html = markdown.markdown(page, extensions=SITE_EXTENSIONS)
    found = re.findall(r"<img[^>]*>", html)
    assert len(found) == 4
    assert all('width="422"' in each and 'height="288"' in each for each in found)
    assert ['loading="lazy"' in each for each in found] == [False, False, False, True]


def test_an_alternative_text_is_never_markup() -> None:
    """Brackets, quotes and tags stay what they are."""
    alt = 'a ](x) ![b] <i> "c" *d* &lt;'
    rendered = markdown.markdown(image(Picture("p.svg", alt)))
    found = re.fullmatch(r'<p><img alt="([^"]*)" src="images/p.svg" /></p>', rendered)
    assert found is not None
    assert unescape(found[1]) == alt


def test_a_gallery_without_examples_or_header_is_refused(tmp_path: Path) -> None:
    """With what is missing; a module of theirs is no example."""
    press = Press(tmp_path)
    press.write("examples/_theirs.py", "")
    with pytest.raises(GalleryError, match=r"no examples in .*examples"):
        press.build()
    press.write("examples/plain.py", "")
    with pytest.raises(GalleryError, match=r"examples has no GALLERY_HEADER\.rst"):
        press.build()


def test_sphinx_has_an_end(tmp_path: Path) -> None:
    """Where it takes too long as a whole, it is ended, and its log is named."""
    for folder in ("doctrees", "source"):
        (tmp_path / folder).mkdir()
    with pytest.raises(GalleryError, match=r"not done in 0 s; see .*sphinx\.log"):
        _run_sphinx(tmp_path, tmp_path, limit=1, total=0)


def test_what_cannot_be_read_imports_nothing(tmp_path: Path) -> None:
    """Its error is told when it runs, with the line."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "saws.py").touch()
    script = tmp_path / "script.py"
    script.write_text("import saws\n")
    assert set(imported_files(script, [tmp_path / "src"])) == {
        tmp_path / "src" / "saws.py"
    }
    script.write_text("import saws\nif")
    assert set(imported_files(script, [tmp_path / "src"])) == set()
