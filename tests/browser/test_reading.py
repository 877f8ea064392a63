"""What readers do: copy, choose, search, switch off the light, go without a mouse."""

import gzip
import re
from pathlib import Path

import pytest
from lighthouse import longest
from playwright.sync_api import Browser, Page, expect
from serving import Server, serving

from livedocs.page import read_page
from livedocs.seal import base_of

ROOT = Path(__file__).parents[2]
SEARCHED = {
    "a page": ("back-pressure", "back-pressure.html"),
    "a name of the package": ("compare", "reference-measuring.html"),
    "a term": ("convoy", "glossary.html"),
    "a thing often repeated": ("jython", "errata.html"),
    "a claim": ("threads that are joined before the next one starts", "ledger.html"),
}


@pytest.mark.parametrize("name", ["index", "start-here", "gil", "locks", "pools"])
def test_what_is_copied_is_the_program_that_ran(page: Page, name: str) -> None:
    """Each program's button copies it whole, and the file beside it is the same."""
    page.goto(f"{name}.html")
    page.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")
    scripts = read_page(ROOT / "docs" / f"{name}.md").scripts
    programs = {script.title: script.text for script in scripts}
    assert programs
    for title, program in programs.items():
        shown = page.locator(".highlight").filter(
            has=page.locator(f".filename:text-is('{title}')")
        )
        shown.scroll_into_view_if_needed()
        shown.get_by_role("button", name="Copy to clipboard").click()
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied.rstrip("\n") + "\n" == program
        with page.expect_download() as download:
            page.get_by_role("link", name=f"Download {title}").click()
        assert download.value.suggested_filename == title
        assert download.value.path().read_text(encoding="utf-8") == program


def test_a_program_says_how_it_is_run(page: Page) -> None:
    """By its name, and by that of its experiment."""
    page.goto("start-here.html")
    line = page.locator(".program").nth(1)
    expect(line).to_contain_text("python two_waits_measured.py, after pip install .")
    expect(line).to_contain_text("interleaved measure two_waits_measured")


def test_tabs_are_switched_by_key(page: Page) -> None:
    """An output of another interpreter is one arrow away."""
    page.goto("gil.html")
    tabs = page.locator(".tabbed-set").first
    tabs.locator("input").first.focus()
    page.keyboard.press("ArrowRight")
    expect(tabs.locator("input").nth(1)).to_be_checked()
    expect(tabs.locator(".tabbed-block").nth(1)).to_be_visible()
    expect(tabs.locator(".tabbed-block").nth(0)).to_be_hidden()


@pytest.mark.parametrize("what", SEARCHED)
def test_the_search_finds(page: Page, what: str) -> None:
    """Pages, the reference, glossary, errata and claims: by keyboard alone."""
    words, address = SEARCHED[what]
    page.keyboard.press("/")
    page.keyboard.type(words, delay=5)
    found = page.locator(".md-search-result__link")
    expect(found.first).to_be_visible(timeout=20_000)
    addresses = [each.get_attribute("href") or "" for each in found.all()]
    assert any(address in each for each in addresses), addresses


def test_the_index_is_fetched_once_it_is_wanted(page: Page, server: Server) -> None:
    """A reader who does not search does not wait for what searching takes."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("gil.html", wait_until="networkidle")
    index = f"{server.address}search/search_index.json"
    assert index not in asked
    with page.expect_request(index):
        page.locator(".md-search__input").focus()


def test_darkness_is_kept(page: Page) -> None:
    """The mode that was chosen is that of the next page, too."""
    page.get_by_title("Switch to dark mode").click()
    body = page.locator("body")
    expect(body).to_have_attribute("data-md-color-scheme", "slate")
    page.goto("gil.html")
    expect(body).to_have_attribute("data-md-color-scheme", "slate")


def test_the_systems_darkness_is_respected(browser: Browser, server: Server) -> None:
    """Who has a dark system reads in the dark from the first page on."""
    with browser.new_context(color_scheme="dark") as context:
        page = context.new_page()
        page.goto(server.address + "index.html")
        body = page.locator("body")
        expect(body).to_have_attribute("data-md-color-scheme", "slate")


def test_the_book_can_be_read_by_keyboard(page: Page) -> None:
    """The first key leads past the menu; where the reader is can be seen."""
    page.goto("start-here.html")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_class(re.compile("md-skip"))
    page.keyboard.press("Enter")
    assert page.url.endswith("#start-here")
    for _ in range(12):
        page.keyboard.press("Tab")
        outline = page.evaluate(
            """() => {
              const focused = document.activeElement
              const shown = focused.matches(".md-option, .tabbed-set > input")
                ? document.querySelector(`label[for=${focused.id}]`) : focused
              return getComputedStyle(shown).outlineStyle}"""
        )
        where = page.evaluate("document.activeElement.outerHTML.slice(0, 120)")
        assert outline != "none", where


def test_a_deep_link_opens_at_its_place(page: Page) -> None:
    """A claim's line on its page leads to the claim in the ledger."""
    page.goto("gil.html")
    page.locator("a[href*='#claim-gil-counts']").click()
    heading = page.locator("#claim-gil-counts")
    expect(heading).to_be_in_viewport()


def test_own_values_stand_beside_the_books(page: Page, site: Path) -> None:
    """A file that is dropped is shown, and sent nowhere."""
    page.goto("ledger.html", wait_until="networkidle")
    sent: list[str] = []
    page.on(
        "request",
        lambda request: (
            sent.append(request.url)
            if request.method != "GET" or "?" in request.url
            else None
        ),
    )
    content = (site / "measured.json").read_text(encoding="utf-8")
    dropped = page.evaluate_handle(
        """(content) => {
          const data = new DataTransfer()
          data.items.add(new File([content], "mine.json"))
          return data}""",
        content,
    )
    page.dispatch_event(".own-values", "drop", {"dataTransfer": dropped})
    rows = page.locator(".own-values tbody tr")
    expect(rows.first).to_be_visible()
    expect(rows.first.locator("td").last).to_contain_text("yes")
    assert not sent


def test_the_next_page_is_at_the_foot(page: Page) -> None:
    """And the one before."""
    page.goto("two-words.html")
    page.locator(".md-footer__link--next").click()
    expect(page).to_have_title(re.compile("Waiting together"))
    page.locator(".md-footer__link--prev").click()
    expect(page).to_have_title(re.compile("Concurrency and parallelism"))


def test_the_menu_of_a_phone_leads_on(page: Page) -> None:
    """From the start to a page of a chapter, by touch."""
    page.set_viewport_size({"width": 360, "height": 740})
    page.locator("label[for=__drawer].md-header__button").click()
    menu = page.locator(".md-nav--primary")
    menu.get_by_text("The book", exact=True).first.click()
    menu.get_by_text("Queues", exact=True).first.click()
    menu.get_by_role("link", name="Kinds of queues").click()
    expect(page).to_have_title(re.compile("Kinds of queues"))


def test_doubled_letters_fit(page: Page) -> None:
    """At 200 % a page of 1280 pixels has 640, and scrolls in one direction only."""
    page.set_viewport_size({"width": 640, "height": 400})
    for name in ("index.html", "gil.html", "ledger.html", "gallery/index.html"):
        page.goto(name)
        wide = "document.documentElement.scrollWidth - window.innerWidth"
        assert page.evaluate(wide) <= 0, name


def test_nothing_moves_where_it_should_not(browser: Browser, server: Server) -> None:
    """Who asked for less motion gets none."""
    with browser.new_context(reduced_motion="reduce") as context:
        page = context.new_page()
        page.goto(server.address + "gil.html")
        longest = page.evaluate(
            """() => Math.max(...[...document.querySelectorAll("*")].map((each) =>
                 parseFloat(getComputedStyle(each).transitionDuration)))"""
        )
    assert longest < 0.001


def test_paper_has_the_words_and_no_buttons(page: Page) -> None:
    """What is printed is the page's text, programs and outputs."""
    page.goto("gil.html")
    page.emulate_media(media="print")
    expect(page.locator(".md-header")).to_be_hidden()
    expect(page.locator(".program").first).to_be_hidden()
    expect(page.locator("article pre").first).to_be_visible()


def test_the_book_works_without_a_server(browser: Browser, site: Path) -> None:
    """From the file system: styles, links and the search."""
    errors: list[str] = []
    with browser.new_context() as context:
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto((site / "index.html").as_uri())
        page.get_by_role("link", name="Start here").first.click()
        expect(page).to_have_title(re.compile("Start here"))
        page.locator(".md-search__input").click()
        page.keyboard.type("convoy", delay=5)
        found = page.locator(".md-search-result__link").first
        expect(found).to_be_visible(timeout=20_000)
    assert not errors


def test_a_wrong_address_has_a_way_back(browser: Browser, site: Path) -> None:
    """At any depth, where the site stands as it was built for."""
    missing = site / "404.html"
    path = base_of(missing.read_text(encoding="utf-8"), missing, site)
    with serving(site, path) as server, browser.new_context() as context:
        page = context.new_page()
        answer = page.goto(f"{server.address}no/such/page.html")
        assert answer
        assert answer.status == 404
        page.get_by_role("link", name="The start of the book").click()
        expect(page).to_have_title(re.compile("measured - Interleaved"))


LONGEST = "the longest page"
BUDGETS = {
    "index.html": 300,
    "gil.html": 150,
    "reference.html": 150,
    LONGEST: 150,
    "gallery/index.html": 300,
}
"""Kilobytes (1,000 bytes) until a page is seen; with figures twice as much."""


@pytest.mark.parametrize("name", BUDGETS)
def test_a_first_view_is_light(
    browser: Browser, server: Server, site: Path, name: str
) -> None:
    """All that is transferred, compressed, until nothing more is asked for."""
    page_name = longest(site) if name == LONGEST else name
    with browser.new_context() as context:
        page = context.new_page()
        sizes: list[int] = []
        page.on(
            "requestfinished",
            lambda request: sizes.append(request.sizes()["responseBodySize"]),
        )
        page.goto(server.address + page_name, wait_until="networkidle")
    assert 20_000 < sum(sizes) <= BUDGETS[name] * 1000


HEAVIEST = {"plain": 450_000, "compressed": 60_000}
"""Bytes of one page's HTML: a phone lays out what is there before it shows it.

The ledger has 370 KB with six interpreters, and will have 440 with eight.
"""


def test_no_page_is_heavy(site: Path) -> None:
    """A page that grows beyond this is several pages."""
    heavy = {}
    for path in site.rglob("*.html"):
        html = path.read_bytes()
        sizes = {"plain": len(html), "compressed": len(gzip.compress(html))}
        if any(sizes[each] > most for each, most in HEAVIEST.items()):
            heavy[path.relative_to(site).as_posix()] = sizes
    assert not heavy


def test_nothing_moves_when_a_picture_arrives(page: Page) -> None:
    """The gallery's cards stay where they were first shown."""
    page.set_viewport_size({"width": 412, "height": 823})
    page.goto("gallery/index.html", wait_until="networkidle")
    moved = page.evaluate(
        """() => new Promise((resolve) => {
             let sum = 0
             new PerformanceObserver((list) => {
               for (const each of list.getEntries()) sum += each.value
             }).observe({type: "layout-shift", buffered: true})
             setTimeout(() => resolve(sum), 500)})"""
    )
    assert moved < 0.05
