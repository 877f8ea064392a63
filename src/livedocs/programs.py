"""What a reader can do with a program: download it, and run it by a command."""

import ast
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from livedocs.experiments import name_of
from livedocs.page import Page, Script, syntax_tree
from livedocs.settings import Settings


@dataclass(frozen=True, slots=True)
class Commands:
    """What a book says of running its programs.

    Attributes:
        install: A command that installs what its programs import, if any does.
        measure: A command that runs an experiment, given its name.
        packages: What the first one installs: names that programs import.
    """

    install: str = ""
    measure: str = ""
    packages: frozenset[str] = frozenset()


def commands_of(settings: Settings) -> Commands:
    """What a book's settings say of running its programs."""
    packages = frozenset(
        path.name
        for folder in settings.modules
        for path in folder.glob("*")
        if (path / "__init__.py").is_file()
    )
    return Commands(settings.install, settings.measure, packages)


def program_name(page: Page, script: Script) -> str | None:
    """Name of the file that a program is downloaded as, from its page's folder.

    Returns:
        Nothing if it is not Python, or has no title that could be a file's.
    """
    title = script.title or ""
    if script.language != "python" or not re.fullmatch(r"\w[\w-]*\.py", title):
        return None
    if [each.title for each in page.scripts].count(title) > 1:
        return None
    return f"{page.path.stem}/{title}"


def program_files(page: Page) -> dict[str, bytes]:
    """The files that a page's programs are downloaded as, by name."""
    return {
        name: script.text.encode()
        for script in page.scripts
        if (name := program_name(page, script))
    }


def program_lines(page: Page, script: Script, commands: Commands) -> list[str]:
    """The line between a program and its output, as finished Markdown."""
    name = program_name(page, script)
    if name is None:
        return []
    title = Path(name).name
    label = f'download="{title}" aria-label="Download {title}"'
    parts = [f"[Download]({quote(name)}){{ {label} }}"]
    run = f"run: `python {title}`"
    if commands.install and _imports(script) & commands.packages:
        run += f", after `{commands.install}`"
    parts.append(run)
    experiment = name_of(script) if page.claims_on(script) else None
    if commands.measure and experiment:
        parts.append(f"measure: `{commands.measure} {experiment}`")
    spans = " ".join(f"<span>{each}</span>" for each in parts)
    return [spans, "{: .program }"]


def _imports(script: Script) -> set[str]:
    """First names of all that a program imports."""
    tree = syntax_tree(script.text, "exec")
    found = set()
    for node in ast.walk(tree) if tree else ():  # no Python may be a page's point
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found
