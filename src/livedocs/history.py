"""What git knows of the pages: which commit they are of, and when each last changed."""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from livedocs.page import front_matter_end


@dataclass(frozen=True, slots=True)
class History:
    """The history of a book; empty where git has none, or has it in part only."""

    commit: str = ""
    """Abbreviated name of the commit that the book is of, and whether it has changed
    since."""
    changed: Mapping[Path, str] = field(default_factory=dict)
    """Date of the last commit that changed a file, ISO 8601, by absolute path."""


def read_history(root: Path | None, folder: Path) -> History:
    """Ask git for the history of a folder.

    Args:
        root: The book's folder; without one there is no history.
        folder: The folder of pages, below it.

    Returns:
        No dates from a shallow clone, which has them all wrong.
    """
    if root is None:
        return History()
    try:
        commit = _git(root, "rev-parse", "--short", "HEAD").strip()
        if _git(root, "status", "--porcelain", "--untracked-files=no"):
            commit += " and changes since"
        if _git(root, "rev-parse", "--is-shallow-repository").strip() == "true":
            return History(commit)
        top = Path(_git(root, "rev-parse", "--show-toplevel").strip())
        log = _git(root, "log", "-z", "--format=/%cs", "--name-only", "--", str(folder))
    except (OSError, subprocess.CalledProcessError):
        return History()
    changed: dict[Path, str] = {}
    date = ""
    for part in log.replace("\n", "\0").split("\0"):
        if part.startswith("/"):
            date = part[1:]
        elif part:
            changed.setdefault(top / part, date)
    return History(commit, changed)


def _git(root: Path, *command: str) -> str:
    return subprocess.run(
        ["git", *command],
        cwd=root,
        check=True,
        capture_output=True,
        encoding="utf-8",
    ).stdout


def with_date(text: str, date: str | None) -> str:
    """A page whose front matter says when it last changed, as themes read it."""
    if date is None:
        return text
    lines = text.split("\n")
    line = f"revision_date: {date}"
    if front_matter_end(lines):
        if lines[1].lstrip().startswith("{"):  # no mapping of lines to add one to
            return text
        return "\n".join([lines[0], line, *lines[1:]])
    return f"---\n{line}\n---\n\n{text}"
