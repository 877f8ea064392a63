"""Every page: it loads clean, fits a phone, and keeps nobody out."""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

import pytest
from playwright.async_api import (
    Browser,
    ConsoleMessage,
    Error,
    Page,
    Request,
    Response,
    ViewportSize,
    async_playwright,
)
from serving import Server

AT_ONCE = 2
DESKTOP = ViewportSize(width=1280, height=720)
PHONE = ViewportSize(width=360, height=740)
PATIENCE = 120_000
"""Milliseconds until a page is there, on a machine that does other things, too."""
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
"""axe-core, by Deque: https://github.com/dequelabs/axe-core."""
STANDARD = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = ["color-contrast", "link-in-text-block"]
RUN_AXE = """async (options) => {
  const found = await axe.run(document, {resultTypes: ["violations"], ...options})
  return found.violations.flatMap((rule) => rule.nodes.map(
    (node) => `${rule.id}: ${node.target.join(" ")}: ${node.any[0]?.message ?? ""}`))
}"""
IN_THE_DARK = "document.body.dataset.mdColorScheme = 'slate'"
LEAVE_ONE_OF_EACH_LOOK = """() => {
  const lookOf = (each) =>
    each && [each.tagName, each.className, each.getAttribute("style"),
      lookOf(each.parentElement)].join(" ")
  const looks = new Set()
  // Of what is hidden or has one letter axe does not say anything.
  const leaves = [...document.querySelectorAll("body :not(:has(*))")].filter(
    (each) => each.checkVisibility() && each.textContent.trim().length > 1)
  for (const each of leaves) {
    const look = lookOf(each)
    if (looks.has(look)) each.remove()
    looks.add(look)
  }
}"""
"""Colours follow from classes: of those that look alike, one is enough."""
WIDER_THAN_THE_SCREEN = """() => {
  const wide = document.documentElement.scrollWidth - window.innerWidth
  if (wide <= 0) return []
  const out = [...document.querySelectorAll("article *")].filter((each) =>
    each.getBoundingClientRect().right > window.innerWidth + 1
    && !each.closest("pre, .measured, .md-typeset__scrollwrap, svg"))
  const named = out.slice(0, 3).map((each) => each.outerHTML.slice(0, 90))
  return [`${wide} px too wide: ${named}`]
}"""
SCROLLS_WITHOUT_KEYS = """() => [...document.querySelectorAll("article *")]
  .filter((each) => each.scrollWidth > each.clientWidth + 1
    && ["auto", "scroll"].includes(getComputedStyle(each).overflowX)
    && each.tabIndex < 0
    && !each.querySelector("[tabindex='0'], a:not([tabindex]), button"))
  .map((each) => each.outerHTML.slice(0, 90))"""


@dataclass(slots=True)
class Seen:
    """What was wrong with one page."""

    errors: list[str] = field(default_factory=list)
    """On the console, exceptions, and answers other than 200."""
    foreign: list[str] = field(default_factory=list)
    """Addresses that were asked for outside the site."""
    light: list[str] = field(default_factory=list)
    """What axe finds."""
    dark: list[str] = field(default_factory=list)
    phone: list[str] = field(default_factory=list)
    """What does not fit 360 pixels."""
    unreached: list[str] = field(default_factory=list)
    """What scrolls there, but not by keyboard."""


@pytest.fixture(scope="module")
def seen(site: Path, server: Server, chromium: str) -> dict[str, Seen]:
    """All pages of the site, each looked at once."""
    # The longest first: none is left alone at the end.
    paths = sorted(site.rglob("*.html"), key=lambda path: -path.stat().st_size)
    names = [path.relative_to(site).as_posix() for path in paths]
    names.remove("404.html")  # its addresses begin at the root, see test_reading.py
    assert len(names) > 60
    return asyncio.run(_all(names, server, chromium))


async def _all(names: list[str], server: Server, chromium: str) -> dict[str, Seen]:
    found = {name: Seen() for name in names}
    queue = iter(names)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium)
        lookers = [_look_at(queue, found, browser, server) for _ in range(AT_ONCE)]
        await asyncio.gather(*lookers)
        await browser.close()
    return found


async def _look_at(
    queue: Iterator[str], found: dict[str, Seen], browser: Browser, server: Server
) -> None:
    # One tab for all: a window of its own for each page costs more than most pages.
    page = await browser.new_page(viewport=DESKTOP, reduced_motion="reduce")
    page.set_default_timeout(PATIENCE)
    here = Seen()

    def said(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            here.errors.append(message.text)

    def asked(request: Request) -> None:
        if not request.url.startswith((server.address, "data:", "blob:")):
            here.foreign.append(request.url)

    def answered(response: Response) -> None:
        if response.status not in (200, 304):
            here.errors.append(f"{response.status} {response.url}")

    page.on("console", said)
    page.on("pageerror", lambda error: here.errors.append(str(error)))
    page.on("request", asked)
    page.on("response", answered)
    for name in queue:
        here = found[name]
        try:
            await page.goto(server.address + name)
            await _judge(page, here)
        except Error as error:
            here.errors.append(str(error))


async def _judge(page: Page, seen: Seen) -> None:
    # What folds is looked at, too, and what is not drawn while out of sight.
    await page.evaluate(
        """() => {
          for (const each of document.querySelectorAll("details")) each.open = true
          for (const each of document.querySelectorAll(".ledger-claim"))
            each.style.contentVisibility = "visible"
        }"""
    )
    await _resize(page, PHONE)
    seen.phone = await page.evaluate(WIDER_THAN_THE_SCREEN)
    seen.unreached = await page.evaluate(SCROLLS_WITHOUT_KEYS)
    await _resize(page, DESKTOP)
    seen.light, seen.dark = await _run_axe(page)


async def _resize(page: Page, size: ViewportSize) -> None:
    await page.set_viewport_size(size)
    await page.evaluate("new Promise(requestAnimationFrame)")  # it was told, too


PLANTED = """() => {
  const [first, second, third] = document.querySelectorAll("article p")
  first.style.color = "rgb(160 160 160)"
  second.style.cssText = "background: hsl(200 50% 40% / 0.6); color: oklch(0.6 0.1 20)"
  third.style.cssText = "opacity: 0.3; text-shadow: 0 0 1px red"
  first.append(document.createElement("button"), new Image())
  const tokens = [...document.querySelectorAll("pre code span.n")]
  const token = tokens.findLast((each) => each.checkVisibility()
    && each.textContent.length > 3)  // of short ones axe is not sure
  token.style.color = "rgb(171 171 171)"
}"""


def test_the_quick_way_finds_what_axe_finds(server: Server, chromium: str) -> None:
    """Faults that are planted, among them colours of many kinds, light and dark."""
    slow, quick = asyncio.run(_planted(server, chromium))
    assert quick == slow
    rules = {each.partition(":")[0] for each in quick}
    assert rules >= {"color-contrast", "button-name", "image-alt", "in the dark"}
    assert any("#ababab" in each for each in quick)  # a token's own colour


async def _planted(server: Server, chromium: str) -> list[set[str]]:
    """What axe as it is, and what the quick way finds on a page that was made worse."""
    found = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium)
        for way in (_run_plain_axe, _run_axe):
            page = await browser.new_page(reduced_motion="reduce")
            page.set_default_timeout(PATIENCE)
            await page.goto(server.address + "two-words.html")
            await page.evaluate(PLANTED)
            light, dark = await way(page)
            found.append(_placeless(light) | _placeless(dark, "in the dark: "))
        await browser.close()
    return found


def _placeless(faults: list[str], prefix: str = "") -> set[str]:
    """Faults without where they are, and how often: neighbours are gone."""
    place = re.compile("(?<=: ).*?: ")
    return {prefix + place.sub("", each, count=1) for each in faults}


async def _run_plain_axe(page: Page) -> tuple[list[str], list[str]]:
    await page.evaluate(AXE)
    light = await page.evaluate(RUN_AXE, {"runOnly": STANDARD})
    await page.evaluate(IN_THE_DARK)
    return light, await page.evaluate(RUN_AXE, {"runOnly": COLOURS})


async def _run_axe(page: Page) -> tuple[list[str], list[str]]:
    """What axe finds in the light, and which colours it finds wrong in the dark.

    The page has lost most of its text afterwards.
    """
    await page.evaluate(AXE)
    without_colours = {each: {"enabled": False} for each in COLOURS}
    standard = {"runOnly": STANDARD, "rules": without_colours}
    found = await page.evaluate(RUN_AXE, standard)
    await page.evaluate(LEAVE_ONE_OF_EACH_LOOK)
    found += await page.evaluate(RUN_AXE, {"runOnly": COLOURS})
    await page.evaluate(IN_THE_DARK)
    return found, await page.evaluate(RUN_AXE, {"runOnly": COLOURS})


def told(seen: dict[str, Seen], what: str) -> list[str]:
    """What was found of a kind, with the pages."""
    return [
        f"{name}: {each}" for name, one in seen.items() for each in getattr(one, what)
    ]


@pytest.mark.parametrize(
    "what", ["errors", "foreign", "light", "dark", "phone", "unreached"]
)
def test_no_page_has_it(seen: dict[str, Seen], what: str) -> None:
    """Nothing on the console, from elsewhere, that axe finds, or wider than a phone."""
    found = told(seen, what)
    assert not found, f"{len(found)}:\n" + "\n".join(found[:40])
