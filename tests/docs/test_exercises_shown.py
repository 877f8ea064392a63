"""The pages of exercises show what the command copies out and the tests prove."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from interleaved.exercises import EXERCISES, Exercise
from livedocs.page import Block, read_page

DOCS = Path(__file__).parents[2] / "docs"
REPAIRS = ("exercises-sharing.md", "exercises-handing-over.md")
PREDICTIONS = ("exercises-predict-threads.md", "exercises-predict-more.md")


def blocks(pages: tuple[str, ...]) -> Iterator[Block]:
    """The blocks of some pages."""
    for page in pages:
        for script in read_page(DOCS / page).scripts:
            yield from script.blocks


SHOWN = {block.fence.title: block.fence.code for block in blocks(REPAIRS)}


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda each: each.name)
def test_a_page_shows_the_two_programs(exercise: Exercise) -> None:
    """To the character."""
    assert SHOWN[f"{exercise.name}.py"] == exercise.broken
    assert SHOWN[f"{exercise.name}_repaired.py"] == exercise.solution


def test_the_table_lists_the_exercises() -> None:
    """In the order of the command's list, with a symptom and the page of each."""
    text = (DOCS / "exercises.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\|.*\| \[`(\w+)`\]\((.+?)#(\w+)\) \| (.+?) \| \[.+?\]\((.+?)\) \|$",
        text,
        re.MULTILINE,
    )
    assert [(row[0], row[3], row[4]) for row in rows] == [
        (each.name, each.symptom, each.page) for each in EXERCISES
    ]
    for name, page, anchor, _, _ in rows:
        assert anchor == name
        assert f"\n## `{name}`\n" in (DOCS / page).read_text(encoding="utf-8")


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda each: each.name)
def test_the_page_of_an_exercise_leads_to_it(exercise: Exercise) -> None:
    """Who has read it, finds what to repair."""
    text = (DOCS / exercise.page).read_text(encoding="utf-8")
    links = [f"[`{exercise.name}`]({page}#{exercise.name})" for page in REPAIRS]
    assert any(link in text for link in links)


@pytest.mark.parametrize("page", REPAIRS)
def test_a_repair_names_the_page_that_it_belongs_to(page: str) -> None:
    """The same as the table does."""
    text = (DOCS / page).read_text(encoding="utf-8")
    found = re.findall(r"^## `(\w+)`\n\nOf \[.+?\]\((.+?)\)\.$", text, re.MULTILINE)
    assert found
    assert set(found) <= {(each.name, each.page) for each in EXERCISES}


def test_a_prediction_is_folded_away_and_checked() -> None:
    """The output stands in the solution, and its block promises it."""
    found = list(blocks(PREDICTIONS))
    assert len(found) >= 12
    for block in found:
        assert block.expected, block.fence.title
    for page in PREDICTIONS:
        text = (DOCS / page).read_text(encoding="utf-8")
        outside = re.sub(r"(?ms)^/// details \| Solution$.*?^///$", "", text)
        assert "```text" not in outside
        assert "```python" in outside
