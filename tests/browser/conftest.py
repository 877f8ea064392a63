"""Fixtures: the built site, a strict server, a tab of a browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from serving import Server, serving

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def site() -> Path:
    """Folder of the site that was built."""
    folder = ROOT / "site"
    assert (folder / "index.html").is_file(), "there is no site: run `nox -s site`"
    return folder


@pytest.fixture(scope="session")
def server(site: Path) -> Iterator[Server]:
    """A server that has the site below a path, compressed, under the strict policy."""
    with serving(site, "/some/path/") as server:
        yield server


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """One browser for all tests that run in turn."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    """A tab of a reader of its own, at the start of the book."""
    context = browser.new_context(
        base_url=server.address, permissions=["clipboard-read", "clipboard-write"]
    )
    with context:
        page = context.new_page()
        page.goto("index.html")
        yield page
