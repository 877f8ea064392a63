"""What a book's `pyproject.toml` says to the press, in its table `[tool.livedocs]`."""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


class WrongSettings(Exception):
    """The table has something that the press does not understand."""


@dataclass(frozen=True, slots=True)
class Settings:
    """A book's settings; the defaults serve a page that belongs to no book."""

    root: Path | None = None
    """The book's folder. Pages below it have records."""
    docs: str = "docs"
    """Folder of the pages."""
    examples: str = "examples"
    """Folder of the gallery's scripts; the gallery is left out if it is not there."""
    python_path: tuple[str, ...] = ()
    """Folders that blocks import from."""
    time_limit: float = 60.0
    """Seconds that a block gets if it does not ask for more."""
    experiments: str | None = None
    """Folder that gets a copy of each block that a claim speaks of."""
    reference: str | None = None
    """Folder of measurements of other machines."""
    install: str = ""
    """Command that installs what programs import from `python_path`."""
    measure: str = ""
    """Command that runs an experiment on a reader's machine, but for its name."""

    @property
    def modules(self) -> tuple[Path, ...]:
        """The folders that blocks import from, absolute."""
        root = self.root or Path()
        return tuple((root / folder).resolve() for folder in self.python_path)

    @property
    def pages(self) -> Path:
        """The folder of the pages, absolute."""
        return (self.root or Path()).resolve() / self.docs

    @property
    def finished(self) -> Path:
        """The folder that finished pages are written to, absolute."""
        return (self.root or Path()).resolve() / ".build" / "docs"

    @property
    def references(self) -> Path | None:
        """The folder of reference measurements, absolute, if there is one."""
        return (self.root or Path()) / self.reference if self.reference else None

    def name_of(self, page: Path) -> str:
        """The page as messages call it: from the book's folder, with `/`."""
        if self.root and page.is_relative_to(self.root):
            return page.relative_to(self.root).as_posix()
        return page.as_posix()


def find_settings(start: Path) -> Settings:
    """The settings of the book that a folder belongs to.

    Args:
        start: a folder; the first of it and its parents whose `pyproject.toml`
            has the table counts.

    Returns:
        Its settings, or the defaults where there is no book.

    Raises:
        WrongSettings: with the file's name and what to mend.
    """
    start = start.resolve()
    for folder in (start, *start.parents):
        file = folder / "pyproject.toml"
        if not file.is_file():
            continue
        try:
            table = tomllib.loads(file.read_text(encoding="utf-8"))
        except ValueError as error:
            raise WrongSettings(f"{file}: {error}") from error
        tools = table.get("tool")
        if isinstance(tools, dict) and "livedocs" in tools:
            return _from_table(folder, file, tools["livedocs"])
    return Settings()


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_list_of_texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_positive(value: object) -> bool:
    return type(value) in (int, float) and value > 0  # type: ignore[operator]


_FITS: dict[str, Callable[[object], bool]] = {
    "docs": _is_text,
    "examples": _is_text,
    "experiments": _is_text,
    "reference": _is_text,
    "install": _is_text,
    "measure": _is_text,
    "python-path": _is_list_of_texts,
    "time-limit": _is_positive,
}


def _from_table(root: Path, file: Path, table: object) -> Settings:
    if not isinstance(table, dict):
        raise WrongSettings(f"{file}: [tool.livedocs] is not a table")
    values: dict[str, object] = {}
    for name, value in table.items():
        if name not in _FITS:
            known = ", ".join(_FITS)
            raise WrongSettings(f"{file}: [tool.livedocs] knows {known}, not {name}")
        if not _FITS[name](value):
            raise WrongSettings(f"{file}: [tool.livedocs] {name} cannot be {value!r}")
        values[name.replace("-", "_")] = (
            tuple(value) if isinstance(value, list) else value
        )
    return Settings(root, **values)  # type: ignore[arg-type]
