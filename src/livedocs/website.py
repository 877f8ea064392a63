"""The site as mkdocs.yml describes it, and what programs that visit it are told.

`robots.txt` and `llms.txt` are made of the navigation and of the pages' own titles
and descriptions. Their links are absolute where the site knows its address, and
relative, as everything else in the site, where it does not.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import yaml
from yaml_env_tag import construct_env_tag

from livedocs.page import Page, front_matter_end

ROBOTS = "robots.txt"
LLMS = "llms.txt"

Leaf = tuple[tuple[str, ...], str]
"""A page of the navigation: the titles of the sections that it is in, its file."""


class _Loader(yaml.SafeLoader):
    """Reads what MkDocs reads, and takes names of Python objects for nothing."""


_Loader.add_constructor("!ENV", construct_env_tag)
_Loader.add_multi_constructor("tag:yaml.org,2002:python/", lambda *_: None)


@dataclass(frozen=True, slots=True)
class Website:
    """What mkdocs.yml says of the site; nothing of it without such a file."""

    name: str = ""
    description: str = ""
    address: str = ""
    """Its `site_url`, with a `/` at its end; empty if nobody said."""
    flat: bool = False
    """Whether a page is `page.html`, not `page/`."""
    leaves: tuple[Leaf, ...] = ()
    """The pages of the navigation, in order."""

    @property
    def pages(self) -> list[str]:
        """The files of the navigation, in order."""
        return [page for _, page in self.leaves]

    def url(self, page: str) -> str:
        """Address of a page, from its file's name: relative to the site's root."""
        path = PurePosixPath(page).with_suffix("")
        if self.flat:
            return f"{path}.html"
        path = path.parent if path.name == "index" else path
        return "" if path == PurePosixPath() else f"{path}/"


def read_website(root: Path | None) -> Website:
    """What the mkdocs.yml of a book's folder says."""
    try:
        text = ((root or Path()) / "mkdocs.yml").read_text(encoding="utf-8")
        found = yaml.load(text, Loader=_Loader)  # noqa: S506 (a SafeLoader)
    except (OSError, ValueError, yaml.YAMLError):
        return Website()
    if not isinstance(found, dict):
        return Website()
    address = _text(found, "site_url")
    return Website(
        _text(found, "site_name"),
        _text(found, "site_description"),
        f"{address.rstrip('/')}/" if address else "",
        found.get("use_directory_urls") is False,
        tuple(_leaves(found.get("nav"), ())),
    )


def _text(found: Mapping[str, Any], name: str) -> str:
    value = found.get(name)
    return value.strip() if isinstance(value, str) else ""


def _leaves(item: object, sections: tuple[str, ...]) -> Iterator[Leaf]:
    if isinstance(item, str):
        yield sections, item
    elif isinstance(item, list):
        for each in item:
            yield from _leaves(each, sections)
    elif isinstance(item, dict):
        for title, each in item.items():
            inner = sections if isinstance(each, str) else (*sections, str(title))
            yield from _leaves(each, inner)


def front_matter(page: Page) -> Mapping[str, Any]:
    """What a page says of itself before its text."""
    end = front_matter_end(page.lines)
    try:
        found = yaml.safe_load("\n".join(page.lines[1 : end - 1])) if end else None
    except yaml.YAMLError:
        found = None
    return found if isinstance(found, dict) else {}


def title_of(page: Page) -> str:
    """The title of a page: that of its front matter, or its first heading."""
    title = front_matter(page).get("title")
    if isinstance(title, str):
        return title
    end = front_matter_end(page.lines)
    prose = (line for number, line in page.prose.items() if number > end)
    headings = (line[2:].strip() for line in prose if line[:2] == "# ")
    return next(headings, page.path.stem)


def robots_txt(website: Website) -> str:
    """Everybody may read everything; and where the map is, if that can be said."""
    lines = ["User-agent: *", "Allow: /"]
    if website.address:
        lines += ["", f"Sitemap: {website.address}sitemap.xml"]
    return "\n".join(lines) + "\n"


def llms_txt(website: Website, pages: Mapping[str, Page]) -> str:
    """The book for a language model: its pages with their descriptions.

    The form is that of llmstxt.org.

    Args:
        website: the site.
        pages: the book's pages by their files' names, as in the navigation. A file
            that is not among them is left out.
    """
    lines = [f"# {website.name}"]
    if website.description:
        lines += ["", f"> {website.description}"]
    section = None
    for sections, name in website.leaves:
        if name not in pages:
            continue
        heading = ": ".join(sections) or "Start"
        if heading != section:
            section = heading
            lines += ["", f"## {heading}", ""]
        page = pages[name]
        told = front_matter(page).get("description")
        what = f": {' '.join(told.split())}" if isinstance(told, str) else ""
        link = f"{website.address}{website.url(name)}" or "."
        lines.append(f"- [{title_of(page)}]({link}){what}")
    return "\n".join(lines) + "\n"
