"""Things you may have read: each with a program that refutes it."""

import re
from pathlib import Path

import pytest

from livedocs.page import read_page

DOCS = Path(__file__).parents[2] / "docs"
ROWS = re.findall(
    r'^\*\*"(.+?)"\*\*\n(.*?)(?:\n\n|\Z)',
    (DOCS / "errata.md").read_text(encoding="utf-8"),
    flags=re.MULTILINE | re.DOTALL,
)


def test_each_row_is_there() -> None:
    """As many as there were claims to refute, and none twice."""
    assert len(ROWS) == len({claim for claim, _ in ROWS}) == 21


@pytest.mark.parametrize(("claim", "text"), ROWS)
def test_a_program_refutes_it(claim: str, text: str) -> None:
    """The page that a row names has the program, runs it, and proves something."""
    programs = re.findall(r"`(\w+\.py)` on \[[^]]+\]\((\S+\.md)\)", text)
    assert programs, claim
    for title, name in programs:
        page = read_page(DOCS / name)
        (script,) = [each for each in page.scripts if each.title == title]
        assert not script.excuse
        expecting = any(block.expected for block in script.blocks)
        checked = "assert" in script.blocks[-1].fence.code
        assert expecting or checked or page.claims_on(script), (
            f"{title} is held to nothing"
        )


@pytest.mark.parametrize(("claim", "text"), ROWS)
def test_a_row_has_a_verdict_and_a_source(claim: str, text: str) -> None:
    """The verdict comes first, the source last."""
    verdict, *_, source = text.splitlines()
    assert verdict.endswith("."), claim
    assert re.match(r"Source: .*\]\(https://", source), claim
