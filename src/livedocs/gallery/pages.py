"""The gallery's pages: what Sphinx hands over, and the Markdown made of it."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

# What Markdown, or a common extension of it, may read as markup inside a line.
_MARKUP = re.compile(r"[\\`*_\[\]{}<>&#|~^$\"]")

_AT_ONCE = 3
"""Cards of the gallery that a reader may see without scrolling."""


@dataclass(frozen=True, slots=True)
class Picture:
    """An image of an example: its file in the gallery's `images/`, and what it says.

    Attributes:
        size: Its width and height in pixels, for which a browser keeps room; unknown
            where it stands in the page itself.
    """

    file: str
    alt: str
    size: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """An example as its page and its card present it.

    Attributes:
        title: Plain text.
        summary: The first sentence of its prose, plain text.
        pictures: In the order of the page.
    """

    title: str
    summary: str
    pictures: tuple[Picture, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the Sphinx build leaves besides its Markdown, by the stems of the scripts.

    Attributes:
        ran: Executed in this build, to the end.
        reused: Not executed, since sphinx-gallery found them unchanged.
        failed: The tracebacks of those that raised.
        seconds: How long each example took when it last ran.
        examples: What the pages say.
    """

    ran: tuple[str, ...] = ()
    reused: tuple[str, ...] = ()
    failed: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    examples: dict[str, Example] = field(default_factory=dict)


def escape(text: str) -> str:
    """Return plain text as Markdown that shows it as it is, on one line."""
    text = " ".join(text.split())
    return _MARKUP.sub(lambda sign: f"&#{ord(sign[0])};", text)


def image(picture: Picture, *, late: bool = False) -> str:
    """Return the Markdown of a picture of the gallery.

    Args:
        picture: What is shown.
        late: Whether it is fetched no sooner than a reader comes near it.
    """
    attributes = ["width={} height={}".format(*picture.size)] if picture.size else []
    attributes += ["loading=lazy"] if late else []
    shown = f"![{escape(picture.alt)}](images/{picture.file})"
    return shown + (f"{{: {' '.join(attributes)} }}" if attributes else "")


def duration(seconds: float) -> str:
    """Return a running time as a reader needs it: two digits, or whole seconds."""
    return f"{seconds:.0f} s" if seconds >= 9.95 else f"{seconds:.2g} s"


def example_page(
    name: str,
    markdown: str,
    example: Example,
    drawings: Mapping[Picture, str],
    seconds: float,
) -> str:
    """Return the page of an example.

    Its first picture comes under the first paragraph, which it proves; the others
    stay where the script draws them.

    Args:
        name: The stem of its script.
        markdown: Its prose, code, output and pictures.
        example: What Sphinx found in it.
        drawings: What stands in the page in place of each picture, HTML.
        seconds: Its running time.
    """
    first, *others = example.pictures
    for picture in others:
        markdown = markdown.replace(image(picture), drawings[picture])
    markdown = markdown.replace(f"{image(first)}\n", "", 1)
    title, paragraph, rest = markdown.strip().split("\n\n", 2)
    markdown = f"{title}\n\n{paragraph}\n\n{drawings[first]}\n\n{rest}"
    links = " and ".join(
        f'[{file}]({file}){{: download="{file}" }}'
        for file in (f"{name}.py", f"{name}.ipynb")
    )
    description = json.dumps(example.summary, ensure_ascii=False)
    return (
        f"---\ndescription: {description}\n---\n\n{markdown.strip()}\n\n---\n\n"
        f"Download {links}.\n\n"
        f"<small>The run shown here took {duration(seconds)}.</small>\n"
    )


def index_page(
    markdown: str,
    examples: Mapping[str, Example],
    thumbnails: Mapping[str, Picture],
    seconds: Mapping[str, float],
) -> str:
    """Return the gallery's first page: its header, then one card an example."""
    cards = (
        _card(
            [
                f"[{image(thumbnails[name], late=number >= _AT_ONCE)}]({name}.md)",
                f"[**{escape(example.title)}**]({name}.md)",
                escape(example.summary),
                f"<small>Ran in {duration(seconds[name])}.</small>",
            ]
        )
        for number, (name, example) in enumerate(examples.items())
    )
    grid = "\n".join(cards)
    return (
        f'{markdown.strip()}\n\n<div class="grid cards" markdown>\n\n{grid}\n</div>\n'
    )


def _card(paragraphs: Sequence[str]) -> str:
    return "-   " + "\n\n    ".join(paragraphs) + "\n"
