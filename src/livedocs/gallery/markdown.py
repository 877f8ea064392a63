"""The Sphinx extension that writes a gallery as Markdown for Python-Markdown.

sphinx-markdown-builder aims at CommonMark, in the dialect of code hosts. The translator
below differs where Python-Markdown reads that otherwise: lists are indented by four,
notes are admonitions, prose is escaped in full.
"""

import html
import re
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec
from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx_markdown_builder.contexts import (
    IndentContext,
    ListMarker,
    SubContextParams,
)
from sphinx_markdown_builder.translator import (
    MarkdownTranslator,
)

from livedocs.gallery.pages import Example, Outcome, Picture, image

RESULT = "result.json"
FOLDER = "gallery"


class _WideMarker(ListMarker):  # type: ignore[misc]  # sphinx-markdown-builder is untyped
    """A list marker that indents its item by four columns."""

    def __repr__(self) -> str:
        return str(super().__repr__()).ljust(4)


class GalleryTranslator(MarkdownTranslator):  # type: ignore[misc]  # as above
    """Writes an example as Python-Markdown, with pymdownx, reads it."""

    def visit_Text(self, node: nodes.Text) -> None:  # noqa: N802 (docutils' name)
        """Escape prose: it is text, never HTML or a link."""
        text = node.astext()
        if self.status.escape_text:
            text = html.escape(text, quote=False)
            text = re.sub(r"([\\`*_\[\]{}])", r"\\\1", text)
            text = text.replace("|", "&#124;")  # a table would split its cell there
        self.add(text)

    def visit_literal(self, node: nodes.literal) -> None:
        """Write inline code, with as many backticks as it needs."""
        code = node.astext()
        ticks = _fence(code, 1)
        pad = " " if code[:1] == "`" or code[-1:] == "`" else ""
        self.add(f"{ticks}{pad}{code}{pad}{ticks}")
        raise nodes.SkipNode

    def visit_literal_block(self, node: nodes.literal_block) -> None:
        """Write a fence longer than any inside it."""
        code = node.astext().strip("\n")
        fence = _fence(code, 3)
        language = node.get("language", "text").lower().replace("none", "text")
        self.add(f"{fence}{language}\n{code}\n{fence}", prefix_eol=2, suffix_eol=2)
        raise nodes.SkipNode

    def visit_raw(self, node: nodes.raw) -> None:
        """Write raw HTML as a block of its own, and no other raw text."""
        if "html" in node.get("format", ""):
            self.add(node.astext(), prefix_eol=2, suffix_eol=2)
        raise nodes.SkipNode

    def visit_image(self, node: nodes.image) -> None:
        """Write an image with its place beside the gallery's pages."""
        self.add(image(_picture(node)), prefix_eol=2, suffix_eol=2)
        raise nodes.SkipNode

    def visit_comment(self, _node: nodes.comment) -> None:
        """Leave reST comments out."""
        raise nodes.SkipNode

    def visit_target(self, node: nodes.target) -> None:
        """Write the author's anchors, not those of sphinx-gallery."""
        if not str(node.get("refid", "sphx-glr")).startswith("sphx-glr"):
            super().visit_target(node)

    def _push_box(self, title: str) -> None:
        """Open an admonition."""
        kind = title.lower().replace(" ", "")
        self.add(f'!!! {kind} "{title.capitalize()}"', prefix_eol=2)
        self._push_context(IndentContext("    ", params=SubContextParams(2, 2)))

    def _start_list(self, marker: int | str) -> None:
        self.ensure_eol()
        self._push_status(
            list_marker=_WideMarker(0 if isinstance(marker, int) else "-")
        )

    def visit_definition(self, _node: nodes.definition) -> None:
        """Open a definition, with the indent that `def_list` asks for."""
        self._push_context(
            IndentContext(":   ", only_first=True, params=SubContextParams(1, 2))
        )

    def depart_definition(self, _node: nodes.definition) -> None:
        """Close a definition."""
        self._pop_context()

    def visit_list_item(self, node: nodes.list_item) -> None:
        """Keep the items of a list apart when one of them has several blocks."""
        if any(len(item.children) > 1 for item in node.parent.children):
            self.ensure_eol(2)
        self._start_list_item(node)


def _fence(code: str, least: int) -> str:
    """Return more backticks than `code` has in a row, and `least` or more."""
    longest = max(map(len, re.findall("`+", code)), default=0)
    return "`" * max(least, longest + 1)


def _picture(node: nodes.image) -> Picture:
    file = PurePosixPath(node["uri"]).name.removeprefix("sphx_glr_")
    return Picture(file=file, alt=" ".join(node.get("alt", "").split()))


def tidy(app: Sphinx, document: nodes.document) -> None:
    """Take sphinx-gallery's own furniture out of a document."""
    page = PurePosixPath(app.env.docname)
    furniture: tuple[type[Any], ...] = (addnodes.only, addnodes.toctree)
    if page.name == "index":
        furniture = (*furniture, nodes.raw)
    for kind in furniture:
        for node in list(document.findall(kind)):
            node.parent.remove(node)
    for node in list(document.findall(nodes.paragraph)):
        # The setting that captures output is named for memory, and reports it.
        if node.astext().startswith("Estimated memory usage:"):
            node.parent.remove(node)
    _put_code_first(document)


def _put_code_first(document: nodes.document) -> None:
    """Put an only cell before its output: sphinx-gallery puts the output first."""
    cells = [
        node
        for node in document.findall(nodes.literal_block)
        if node.get("language", "").lower() == "python"
    ]
    results = [
        node
        for node in document.findall()
        if isinstance(node, nodes.image)
        or (isinstance(node, nodes.raw) and "run-stdout" in node.astext())
    ]
    siblings = len({id(node.parent) for node in (*cells, *results)}) == 1
    if len(cells) != 1 or not results or not siblings:
        return
    home = cells[0].parent
    if home.index(results[0]) < home.index(cells[0]):
        home.remove(cells[0])
        home.insert(home.index(results[0]), cells[0])


def _describe(document: nodes.document) -> Example:
    title = next(iter(document.findall(nodes.title)), None)
    section = title.parent if title is not None else document
    prose = next((n for n in section.children if isinstance(n, nodes.paragraph)), None)
    words = " ".join(prose.astext().split()) if prose is not None else ""
    return Example(
        title=title.astext() if title is not None else "",
        summary=re.split(r"(?<=[.!?])\s+(?=[A-Z])", words, maxsplit=1)[0],
        pictures=tuple(_picture(node) for node in document.findall(nodes.image)),
    )


def finish(app: Sphinx, _error: Exception | None) -> None:
    """Leave what sphinx-gallery did, and what the pages say, in a file."""
    conf = app.config.sphinx_gallery_conf
    folder = Path(app.srcdir, FOLDER)
    examples, seconds = {}, {}
    for script in sorted(folder.glob("*.py")):
        name = script.stem
        if f"{FOLDER}/{name}" in app.env.all_docs:
            examples[name] = _describe(app.env.get_doctree(f"{FOLDER}/{name}"))
        cost = script.with_suffix(".cost.json")
        if cost.is_file():
            seconds[name] = float(msgspec.json.decode(cost.read_bytes())["time"])
    outcome = Outcome(
        ran=tuple(sorted(Path(file).stem for file in conf["passing_examples"])),
        reused=tuple(sorted(Path(file).stem for file in conf["stale_examples"])),
        failed={Path(file).stem: t for file, t in conf["failing_examples"].items()},
        seconds=seconds,
        examples=examples,
    )
    Path(app.outdir, RESULT).write_bytes(msgspec.json.encode(outcome))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension with Sphinx."""
    app.set_translator("markdown", GalleryTranslator, override=True)
    app.connect("doctree-read", tidy)
    # Before sphinx-gallery's own handler, which raises when an example failed.
    app.connect("build-finished", finish, priority=100)
    return {"version": "1"}
