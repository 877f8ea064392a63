"""Experiments: the blocks that claims speak of, as programs outside the book.

A copy of each goes to a folder of the companion package, so that readers can run
them without the book: `<title>.py` has exactly the block's text, and `index.json`
tells where it comes from and what is claimed.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from livedocs.claims import Claim
from livedocs.page import Page, Problem, Script

INDEX = "index.json"


class TwoOfAName(Exception):
    """Two blocks of the book, or two of its claims, have the same name.

    Attributes:
        page: the page of the second, relative to the folder of pages.
        problem: where it is there, and where the first is.
    """

    def __init__(self, page: str, problem: Problem) -> None:
        super().__init__(problem.told(page))
        self.page = page
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Experiment:
    """A script that claims speak of."""

    name: str
    """The stem of its title."""
    page: str
    """Its page, relative to the folder of pages."""
    script: Script
    claims: tuple[Claim, ...]


def digest_of(script: Script) -> str:
    """What a measurement of a script is known by, besides its name."""
    return hashlib.sha256(script.text.encode()).hexdigest()


def name_of(script: Script) -> str | None:
    """The name of a script as an experiment, if it has a title."""
    return script.title.removesuffix(".py") if script.title else None


def experiments_of(pages: Iterable[Page], folder: Path) -> list[Experiment]:
    """The experiments of a book, by page.

    Args:
        pages: its pages.
        folder: where they are.

    Raises:
        TwoOfAName: a title or a claim's name is not unique.
    """
    found: list[Experiment] = []
    homes: dict[str, str] = {}
    for page in pages:
        where = page.path.relative_to(folder).as_posix()
        for claim in page.claims:
            _take(homes, f"the claim {claim.name!r}", where, claim.line)
        for script in page.scripts:
            claims = page.claims_on(script)
            name = name_of(script)
            if not claims or name is None:
                continue
            _take(homes, f"the title {script.title!r}", where, script.line)
            found.append(Experiment(name, where, script, claims))
    return found


def _take(homes: dict[str, str], name: str, page: str, line: int) -> None:
    if name in homes:
        message = f"{name} is that of {homes[name]}, too: rename one"
        raise TwoOfAName(page, Problem(line, message))
    homes[name] = f"{page}:{line}"


def write_experiments(experiments: Iterable[Experiment], folder: Path) -> list[str]:
    """Bring the folder of experiments up to date.

    Returns:
        The files that changed, by name; those that are gone among them.
    """
    wanted = _files(experiments)
    stale = outdated(wanted, folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name in stale:
        if name in wanted:
            (folder / name).write_bytes(wanted[name])
        else:
            (folder / name).unlink()
    return stale


def outdated_files(experiments: Iterable[Experiment], folder: Path) -> list[str]:
    """The files of the folder that are not what the book says, by name."""
    return outdated(_files(experiments), folder)


def outdated(wanted: dict[str, bytes], folder: Path) -> list[str]:
    """The files that differ from those wanted, are missing, or are of no use."""
    old = _listed(folder / INDEX)
    differ = [
        name for name, content in wanted.items() if _content(folder / name) != content
    ]
    gone = [name for name in old if name not in wanted and (folder / name).is_file()]
    return sorted(differ + gone)


def _files(experiments: Iterable[Experiment]) -> dict[str, bytes]:
    files = {}
    index = []
    for each in experiments:
        files[f"{each.name}.py"] = each.script.text.encode()
        claims = [
            {
                "name": claim.name,
                "sentence": claim.sentence,
                "condition": claim.condition,
            }
            for claim in each.claims
        ]
        index.append(
            {
                "name": each.name,
                "page": each.page,
                "needs": each.script.needs,
                "claims": claims,
            }
        )
    text = json.dumps(index, indent=2, ensure_ascii=False) + "\n"
    return files | {INDEX: text.encode()}


def _listed(index: Path) -> list[str]:
    """The programs that an index names, which are those that we once wrote."""
    try:
        return [f"{each['name']}.py" for each in json.loads(index.read_bytes())]
    except (OSError, ValueError, TypeError, LookupError):
        return []


def _content(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except OSError:
        return None
