"""A reader's values beside the book's: the place on the ledger that takes a file.

The page's script carries what the book measured, since a page from the file system
may fetch nothing else. The rest of it is `own_values.js`, which runs in the browser.
"""

import json
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from interleaved.spread import Spread
from livedocs.experiments import digest_of, name_of
from livedocs.ledger import Entry, place_of, relative
from livedocs.website import Website

SCRIPT = "own-values.js"
"""Name of the script, in the finished folder."""

SOURCE = Path(__file__).with_name("own_values.js")

Values = dict[str, dict[str, tuple[float, float, float, str]]]
"""Median, quartiles and unit, by experiment and label."""


def own_values_lines(here: str, website: Website) -> list[str]:
    """The section that takes a reader's file, as finished Markdown.

    The HTML is on a single line, as that of outputs is.

    Args:
        here: the ledger's own page, relative to the folder of pages.
        website: tells under which address the page will be.
    """
    address = PurePosixPath(website.url(here))
    page = address if address.suffix == ".html" else address / "index.html"
    return [
        "## Your values",
        "",
        "Measure on your machine by `interleaved measure --json mine.json`, and see",
        "your values beside these.",
        "The file is read in your browser and sent nowhere.",
        "",
        _HTML.format(script=relative(SCRIPT, page.as_posix())),
    ]


_HTML = (
    '<div class="own-values">'
    '<p class="own-without">This takes a browser that runs JavaScript; without it,'
    " <code>interleaved measure</code> prints the same table.</p>"
    '<p class="own-form" hidden><label for="own-file">Drop the file here, or choose'
    ' it:</label> <input id="own-file" type="file" accept=".json,application/json"></p>'
    '<p role="status"></p>'
    '<div class="measured" role="region" tabindex="0"'
    ' aria-label="Your values beside the book\'s" hidden></div>'
    '<script src="{script}" defer></script>'
    "</div>"
)


def own_values_script(entries: Sequence[Entry]) -> bytes:
    """The script of that section, with what the book measured, given all its claims."""
    data = json.dumps(_data(entries), ensure_ascii=False, separators=(",", ":"))
    # As text to be parsed: an object of JavaScript reads some labels otherwise.
    return f"const BOOK = {json.dumps(data)};\n".encode() + SOURCE.read_bytes()


def _data(entries: Sequence[Entry]) -> dict[str, object]:
    """What the book knows: its experiments, and what each interpreter measured."""
    experiments: dict[str, dict[str, str]] = {}
    measurements: dict[tuple[str, bool], dict[str, object]] = {}
    values: dict[tuple[str, bool], Values] = {}
    for entry in entries:
        name = name_of(entry.script)
        assert name
        about = {
            "digest": digest_of(entry.script),
            "href": f"#claim-{entry.claim.name}",
        }
        experiments.setdefault(name, about)
        for each in entry.evidence:
            interpreter = each.interpreter
            key = (interpreter.name, each.reference)
            about_it = {
                "python": interpreter.name,
                "version": interpreter.version,
                "gil": interpreter.gil,
                "where": place_of(each),
            }
            measurements.setdefault(key, about_it)
            spreads = entry.result(each).spreads
            values.setdefault(key, {})[name] = {
                label: _short(spread) for label, spread in spreads.items()
            }
    # An own one before a reference of the same interpreter.
    order = sorted(measurements, key=lambda key: key[1])
    return {
        "experiments": experiments,
        "measurements": [measurements[key] | {"values": values[key]} for key in order],
    }


def _short(spread: Spread) -> tuple[float, float, float, str]:
    """A spread with more figures than are shown, and fewer than were measured."""
    median, low, high = (
        float(f"{each:.5g}") for each in (spread.median, spread.low, spread.high)
    )
    return median, low, high, spread.unit
