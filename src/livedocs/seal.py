"""The built site, made fit to be published from one origin, under a strict policy.

Whoever built it: the press works on HTML here. Scripts that a theme writes into pages
become files, so that `POLICY` can forbid the others. What no server could mend is told:
something that a page would fetch from elsewhere, styles and handlers within a page, a
link that leads nowhere.
"""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self';"
    " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""The Content-Security-Policy that a sealed site works under."""

SCRIPTS = "assets/inline"
"""Folder, in the site, of the scripts that stood in pages."""

NOT_FOUND = "404.html"
"""The page for wrong addresses, which a server shows at any depth."""

_INLINE = re.compile(r"<script(?![^>]*\s(?:src|type)=)[^>]*>(.*?)</script>", re.DOTALL)
_FETCHING = {
    "audio": ("src",),
    "embed": ("src",),
    "iframe": ("src",),
    "image": ("href", "xlink:href"),
    "img": ("src", "srcset"),
    "input": ("src",),
    "link": ("href",),
    "object": ("data",),
    "script": ("src",),
    "source": ("src", "srcset"),
    "track": ("src",),
    "use": ("href", "xlink:href"),
    "video": ("src", "poster"),
}
_RELATIONS_THAT_FETCH = frozenset(
    ("icon", "apple-touch-icon", "stylesheet", "preload", "prefetch")
    + ("modulepreload", "preconnect", "dns-prefetch", "manifest")
)
_IN_CSS = re.compile(r"@import\s+[\"']([^\"']+)|url\(\s*[\"']?([^\"')]+)")
_COMMENT_IN_CSS = re.compile(r"/\*.*?\*/", re.DOTALL)


@dataclass(slots=True)
class Document:
    """What a page of a site has that concerns others."""

    anchors: set[str] = field(default_factory=set)
    links: list[tuple[int, str]] = field(default_factory=list)
    """Addresses that a reader can follow, with their lines."""
    fetched: list[tuple[int, str]] = field(default_factory=list)
    """Addresses that a browser asks for by itself."""
    problems: list[tuple[int, str]] = field(default_factory=list)
    """What the policy forbids."""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.document = Document()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        line, document = self.getpos()[0], self.document
        document.anchors.update(found[name] for name in ("id", "name") if name in found)
        for name, value in found.items():
            if name == "style" or name.startswith("on"):
                message = f'{name}="{value[:60]}" on <{tag}>'
                document.problems.append((line, message))
            elif value.strip().lower().startswith("javascript:"):
                document.problems.append((line, f"the address {value[:60]}"))
        if tag == "style":
            document.problems.append((line, "<style>"))
        if tag == "script" and "src" not in found and _runs(found.get("type", "")):
            document.problems.append((line, "<script> with a type"))
        if tag in ("a", "area") and "href" in found:
            document.links.append((line, found["href"]))
        if tag == "link" and not _RELATIONS_THAT_FETCH & set(
            found.get("rel", "").lower().split()
        ):
            return
        for name in _FETCHING.get(tag, ()):
            addresses = found.get(name, "")
            several = addresses.split(",") if name == "srcset" else [addresses]
            for address in filter(None, (each.strip() for each in several)):
                document.fetched.append((line, address.split()[0]))


def _runs(kind: str) -> bool:
    """Whether a script of a type is run, and no data."""
    return kind in ("", "module") or "javascript" in kind.lower()


def read_document(html: str) -> Document:
    """Read what a page of a site has that concerns others."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.document


def seal(site: Path) -> list[str]:
    """Move scripts out of a site's pages, and check all that they point to.

    Args:
        site: Folder of a built site. A second time changes nothing.

    Returns:
        What keeps the site from being published, a line each.
    """
    pages = sorted(site.rglob("*.html"))
    for page in pages:
        html = page.read_text(encoding="utf-8")
        sealed = _without_scripts(html, page, site)
        if sealed != html:
            page.write_text(sealed, encoding="utf-8")
    documents = {
        page: read_document(page.read_text(encoding="utf-8")) for page in pages
    }
    found = [
        f"{page.relative_to(site).as_posix()}:{line}: {message}"
        for page, document in documents.items()
        for line, message in _problems(page, document, site, documents)
    ]
    return found + list(_foreign_styles(site))


def _without_scripts(html: str, page: Path, site: Path) -> str:
    """A page whose scripts are files; data, which has a type, stays."""
    prefix = base_of(html, page, site)

    def moved(match: re.Match[str]) -> str:
        script = match[1].strip()
        name = f"{SCRIPTS}/{hashlib.sha256(script.encode()).hexdigest()[:12]}.js"
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text(script + "\n", encoding="utf-8")
        return f'<script src="{prefix}{name}"></script>'

    return _INLINE.sub(moved, html)


def base_of(html: str, page: Path, site: Path) -> str:
    """What a page puts before addresses that are relative to the site.

    The page that a server shows for a wrong address stands at any depth, so its
    theme gave it addresses that begin at the server's root: those are kept.
    """
    known = re.search(r'<link[^>]*\shref="([^":]*?)assets/[^"]*\.css"', html)
    if known:
        return known[1]
    start = Path(os.path.relpath(site, page.parent)).as_posix()
    return "" if start == "." else f"{start}/"


def _problems(
    page: Path, document: Document, site: Path, documents: dict[Path, Document]
) -> Iterator[tuple[int, str]]:
    for line, message in document.problems:
        yield line, f"{message}: a strict policy forbids it, put it into a file"
    for line, address in document.fetched:
        if is_foreign(address):
            yield line, f"{address} is fetched from elsewhere"
        elif not address.startswith("data:") and not _target(address, page, site):
            yield line, f"{address} is not there{_hint(address, page, site)}"
    for line, address in document.links:
        if urlsplit(address).scheme or address.startswith("//"):
            continue
        target = _target(address, page, site)
        if target is None:
            yield line, f"the link {address} leads nowhere{_hint(address, page, site)}"
        elif not _has_place(documents.get(target), urlsplit(address).fragment):
            yield line, f"the link {address} leads to no place on its page"


def _hint(address: str, page: Path, site: Path) -> str:
    """Why an address leads nowhere that begins at the server's root."""
    if not address.startswith("/") or page == site / NOT_FOUND:
        return ""
    return ": the site may be in any folder, so write where it is from this page"


def _has_place(document: Document | None, fragment: str) -> bool:
    """Whether a fragment is a place of a page; of another file nobody knows."""
    return not fragment or document is None or unquote(fragment) in document.anchors


def is_foreign(address: str) -> bool:
    """Whether a browser would ask another server for an address."""
    return address.startswith("//") or urlsplit(address).scheme in ("http", "https")


def _target(address: str, page: Path, site: Path) -> Path | None:
    """The file that an address leads to; nothing if there is none."""
    path = unquote(urlsplit(address).path)
    candidates: Iterable[Path]
    if path.startswith("/"):
        # Right on the page for wrong addresses alone: it names the site's folder.
        parts = PurePosixPath(path).parts[1:]
        starts = range(len(parts) + path.endswith("/"))
        tails = (site.joinpath(*parts[start:]) for start in starts)
        candidates = tails if page == site / NOT_FOUND else ()
    else:
        candidates = [(page.parent / path) if path else page]
    for each in candidates:
        found = Path(os.path.normpath(each))
        if found.is_dir():
            found /= "index.html"
        if found.is_file() and found.is_relative_to(site):
            return found
    return None


def _foreign_styles(site: Path) -> Iterator[str]:
    for path in sorted(site.rglob("*.css")):
        text = _COMMENT_IN_CSS.sub("", path.read_text(encoding="utf-8"))
        for match in _IN_CSS.finditer(text):
            if is_foreign(address := match[1] or match[2]):
                name = path.relative_to(site).as_posix()
                yield f"{name}: {address} is fetched from elsewhere"
