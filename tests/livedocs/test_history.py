import os
import subprocess
from pathlib import Path

import pytest

from livedocs.history import History, read_history, with_date


def git(folder: Path, *command: str, date: str = "2026-01-02") -> None:
    who = {
        f"GIT_{role}_{what}": "a@b.example"
        for role in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    when = {f"GIT_{role}_DATE": f"{date}T12:00:00Z" for role in ("AUTHOR", "COMMITTER")}
    kept = {name: text for name, text in os.environ.items() if name[:4] != "GIT_"}
    alone = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    subprocess.run(
        ["git", *command], cwd=folder, check=True, env=kept | who | when | alone
    )


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A book with two pages, the second of which changed later."""
    book = tmp_path / "book"
    (book / "docs").mkdir(parents=True)
    git(book, "init", "-q")
    for name in ("a page.md", "é.md"):
        (book / "docs" / name).write_text("old\n")
    git(book, "add", ".")
    git(book, "commit", "-qm", "Write")
    (book / "docs" / "é.md").write_text("new\n")
    git(book, "commit", "-qam", "Change", date="2026-03-04")
    return book


def test_each_page_has_the_date_of_its_last_change(book: Path) -> None:
    """Whatever its name."""
    history = read_history(book, book / "docs")
    assert history.changed == {
        book / "docs" / "a page.md": "2026-01-02",
        book / "docs" / "é.md": "2026-03-04",
    }
    assert len(history.commit) >= 7


def test_changes_that_are_in_no_commit_are_told(book: Path) -> None:
    """Else a page would name a commit that it is not of."""
    clean = read_history(book, book / "docs").commit
    (book / "docs" / "new.md").write_text("no part of it yet\n")
    assert read_history(book, book / "docs").commit == clean
    (book / "docs" / "é.md").write_text("newer\n")
    assert read_history(book, book / "docs").commit == f"{clean} and changes since"


def test_a_shallow_clone_dates_nothing(book: Path) -> None:
    """It knows one commit, which would have changed everything."""
    shallow = book.with_name("shallow")
    git(book.parent, "clone", "-q", "--depth=1", book.as_uri(), "shallow")
    history = read_history(shallow, shallow / "docs")
    assert history.commit
    assert history.changed == {}


def test_without_git_there_is_no_history(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither outside a repository nor without the command, nor without a book."""
    assert read_history(None, tmp_path) == History()
    assert read_history(tmp_path, tmp_path) == History()
    monkeypatch.setenv("PATH", "")
    assert read_history(tmp_path, tmp_path) == History()


@pytest.mark.parametrize(
    ("text", "dated"),
    [
        ("# A\n", "---\nrevision_date: 2026-01-02\n---\n\n# A\n"),
        (
            "---\ntitle: A\n---\n# A\n",
            "---\nrevision_date: 2026-01-02\ntitle: A\n---\n# A\n",
        ),
        ("---\n{title: A}\n---\n# A\n", "---\n{title: A}\n---\n# A\n"),
    ],
)
def test_the_date_stands_in_the_front_matter(text: str, dated: str) -> None:
    """Where there is none, one is made; what is no list of lines stays."""
    assert with_date(text, "2026-01-02") == dated
    assert with_date(text, None) == text
