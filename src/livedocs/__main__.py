"""The command `python -m livedocs`: what is not a matter of pytest."""

import json
import sys
from pathlib import Path

import click

from livedocs.book import Book
from livedocs.finish import Finished, pages_in
from livedocs.page import read_page
from livedocs.record import json_schema
from livedocs.runner import CannotRun, padded
from livedocs.settings import Settings, WrongSettings, find_settings

_PYTHON = click.option(
    "--python",
    default=sys.executable,
    type=click.Path(path_type=Path),
    help="The interpreter that builds the book (default: this one).",
)


@click.group()
def main() -> None:
    """Print a book from its pages and from what their blocks did.

    Run it in the book's folder: the one whose pyproject.toml has a table
    [tool.livedocs]. Blocks are run by `python -m pytest --codeblocks PAGES`.
    """


@main.command()
@_PYTHON
def finish(python: Path) -> None:
    """Write the finished pages to .build/docs.

    Fails if a block has no good record of this machine and interpreter, or if
    the audit finds a fence that nobody accounts for.
    """
    book = _book(python)
    done = book.finish()
    _report(book.settings, done)
    removed = book.prune()
    old = f", {removed} old records removed" if removed else ""
    click.echo(f"{done.pages} pages finished, {len(done.written)} files changed{old}")


@main.command()
@_PYTHON
@click.option("--address", default="127.0.0.1:8000", show_default=True)
def serve(python: Path, address: str) -> None:
    """Show the book while it is written.

    A saved page is shown at once, its changed blocks as pending; they run, and
    the page is shown again with what they did.
    """
    sys.exit(_book(python).serve(address))


@main.command()
def gallery() -> None:
    """Run the gallery's examples that changed, and write their pages."""
    from livedocs.gallery import GalleryError, build

    book = _book(Path(sys.executable))
    root = book.settings.root
    assert root is not None
    if not (root / book.settings.examples).is_dir():
        click.echo("no gallery: there is no folder of examples")
        return
    try:
        report = build(root, book.gallery_pages)
    except GalleryError as error:
        raise click.ClickException(str(error)) from error
    every = len(report.ran) + len(report.reused)
    click.echo(f"ran {len(report.ran)} of {every} examples")


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
def extract(folder: Path) -> None:
    """Write each Python block to FOLDER, for linters and type checkers.

    Two files a block: `as-shown/` has it as a reader copies it, `in-place/`
    with each line at the number that it has on its page.
    """
    settings = _settings()
    assert settings.root is not None
    count = 0
    for page in [*pages_in(settings.pages), settings.root / "README.md"]:
        for script in read_page(page).scripts if page.is_file() else ():
            if script.language != "python" or script.directive("expect-error"):
                continue
            name = page.relative_to(settings.root).with_suffix("").as_posix()
            stem = f"{name.replace('/', '_').replace('-', '_')}_{script.line}.py"
            shown = "".join(block.fence.code for block in script.blocks)
            for kind, text in (("as-shown", shown), ("in-place", padded(script))):
                target = folder / kind / stem
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text, encoding="utf-8")
            count += 1
    click.echo(f"{count} blocks")


@main.command()
def schema() -> None:
    """Print the JSON schema of a record."""
    click.echo(json.dumps(json_schema(), indent=2))


def _settings() -> Settings:
    try:
        settings = find_settings(Path.cwd())
    except WrongSettings as error:
        raise click.ClickException(str(error)) from error
    if settings.root is None:
        raise click.ClickException(
            f"no book here: neither {Path.cwd()} nor a folder above it has a"
            " pyproject.toml with a table [tool.livedocs]"
        )
    if not settings.pages.is_dir():
        raise click.ClickException(f"there is no folder of pages: {settings.pages}")
    return settings


def _book(python: Path) -> Book:
    settings = _settings()
    try:
        return Book.open(settings, python, click.echo)
    except CannotRun as error:
        raise click.ClickException(str(error)) from error


def _report(settings: Settings, done: Finished) -> None:
    """Stop where something keeps the book from being published."""
    lines = [
        f"{settings.name_of(page)}:{each.line}: {each.message}"
        for page, problems in done.problems.items()
        for each in problems
    ]
    lines += [
        f"{settings.name_of(page)}:{line}: this block has no good record of this"
        " machine and interpreter: run `nox -s site`"
        for page, pending in done.pending.items()
        for line in pending
    ]
    if lines:
        raise click.ClickException("\n".join(["this cannot be published:", *lines]))


if __name__ == "__main__":
    main(prog_name="python -m livedocs")
