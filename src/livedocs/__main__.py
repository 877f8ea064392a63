"""The command `python -m livedocs`: what is not a matter of pytest."""

import json
import os
import sys
from pathlib import Path

import click

from livedocs.audit import shows_file
from livedocs.book import Book
from livedocs.experiments import (
    TwoOfAName,
    experiments_of,
    outdated_files,
    write_experiments,
)
from livedocs.finish import Finished, pages_in
from livedocs.ledger import Entry
from livedocs.lost_text import losses, pieces_of_file
from livedocs.page import read_page
from livedocs.record import json_schema
from livedocs.references import References, add_measurements
from livedocs.runner import CannotRun, padded
from livedocs.settings import Settings, WrongSettings, find_settings
from livedocs.website import read_website

_PYTHON = click.option(
    "--python",
    default=sys.executable,
    type=click.Path(path_type=Path),
    help="The interpreter that builds the book (default: this one).",
)
_FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)


class _Commands(click.Group):
    """Commands that say in a line what is wrong with the book or with the disk."""

    def invoke(self, context: click.Context) -> object:
        try:
            return super().invoke(context)
        except BrokenPipeError:  # nobody reads on, which click takes for an end
            raise
        except (CannotRun, OSError, WrongSettings) as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=_Commands)
def main() -> None:
    """Print a book from its pages and from what their blocks did.

    Run it in the book's folder: the one whose pyproject.toml has a table
    [tool.livedocs]. Blocks are run by `python -m pytest --codeblocks PAGES`.
    """


@main.command()
@_PYTHON
@click.option(
    "--claims",
    type=click.Choice(["fail", "warn"]),
    default=lambda: "fail" if os.environ.get("CI") else "warn",
    help="What a claim does that did not hold here (default: fail where the"
    " variable CI is set, else warn).",
)
@click.option(
    "--gathered",
    is_flag=True,
    help="Show the records that other machines made for this build, too, each with"
    " its machine (default: those of this machine alone).",
)
def finish(python: Path, claims: str, gathered: bool) -> None:
    """Write the finished pages to .build/docs.

    Fails if a block has no good record of this machine and interpreter, if the
    audit finds a fence that nobody accounts for, or if a claim is broken.
    """
    book = _book(python, gathered=gathered)
    done = book.finish()
    _report(book.settings, done, strict=claims == "fail")
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
@click.argument("site", type=_FOLDER)
def seal(site: Path) -> None:
    """Make the built SITE fit to be published: all of its own, no dead link.

    Pages that know their address get a card, for those who link to them.
    Scripts that the theme wrote into pages become files, for a strict
    Content-Security-Policy. Fails if a page would fetch something from elsewhere,
    has what the policy forbids, or links to what is not there.
    """
    from livedocs.cards import add_cards
    from livedocs.seal import seal as sealed

    cards = add_cards(site)
    problems = sealed(site.resolve())
    if problems:
        lines = ["this cannot be published:", *problems]
        raise click.ClickException("\n".join(lines))
    click.echo(f"sealed {site}, {cards} cards drawn")


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
            if any(shows_file(block.fence) for block in script.blocks):
                continue  # the file is looked at where it is
            name = page.relative_to(settings.root).with_suffix("").as_posix()
            stem = f"{name.replace('/', '_').replace('-', '_')}_{script.line}.py"
            kinds = {"as-shown": script.text, "in-place": padded(script)}
            for kind, text in kinds.items():
                target = folder / kind / stem
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text, encoding="utf-8")
            count += 1
    click.echo(f"{count} blocks")


@main.command()
@click.option("--check", is_flag=True, help="Only tell what is out of date.")
def experiments(check: bool) -> None:
    """Copy the blocks that claims speak of to the folder of experiments."""
    settings = _settings()
    if settings.experiments is None or settings.root is None:
        raise click.ClickException("[tool.livedocs] names no folder of experiments")
    folder = settings.root / settings.experiments
    order = {
        name: place for place, name in enumerate(read_website(settings.root).pages)
    }

    def place(page: Path) -> tuple[int, Path]:
        return order.get(page.relative_to(settings.pages).as_posix(), len(order)), page

    pages = sorted(pages_in(settings.pages), key=place)
    try:
        found = experiments_of(map(read_page, pages), settings.pages)
    except TwoOfAName as error:
        page = settings.name_of(settings.pages / error.page)
        raise click.ClickException(error.problem.told(page)) from error
    if not check:
        changed = write_experiments(found, folder)
        click.echo(f"{len(found)} experiments, {len(changed)} files changed")
    elif stale := outdated_files(found, folder):
        raise click.ClickException(
            f"out of date in {settings.experiments}: {', '.join(stale)}; run"
            " `python -m livedocs experiments`"
        )


@main.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True)
)
@click.option(
    "--amend",
    is_flag=True,
    help="Keep other experiments that this machine measured today.",
)
def reference(files: tuple[Path, ...], amend: bool) -> None:
    """Keep FILES of `interleaved measure --json` as reference measurements."""
    settings = _settings()
    if settings.references is None:
        raise click.ClickException("[tool.livedocs] names no folder of references")
    try:
        lines = add_measurements(list(files), settings.references, amend=amend)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    click.echo("\n".join(lines))


@main.command()
@click.argument("interpreter")
def unsettled(interpreter: str) -> None:
    """Name experiments whose claims the references of INTERPRETER leave open."""
    settings = _settings()
    references = References(settings.references)
    pages = map(read_page, pages_in(settings.pages))
    for name in references.unsettled(pages, interpreter):
        click.echo(name)


@main.command()
@click.argument("site", type=_FOLDER)
@click.argument("other", type=_FOLDER)
def lost(site: Path, other: Path) -> None:
    """Tell which text of SITE its twin OTHER lacks, which another builder made."""
    pages = [page for page in sorted(site.rglob("*.html")) if pieces_of_file(page)]
    if not pages:
        raise click.ClickException(f"{site} has no page with an article")
    found = list(losses(site, other))
    if found:
        raise click.ClickException("\n".join(["text is lost:", *map(str, found)]))
    click.echo(f"{len(pages)} pages, no text is lost")


@main.command()
def schema() -> None:
    """Print the JSON schema of a record."""
    click.echo(json.dumps(json_schema(), indent=2))


def _settings() -> Settings:
    settings = find_settings(Path.cwd())
    if settings.root is None:
        raise click.ClickException(
            f"no book here: neither {Path.cwd()} nor a folder above it has a"
            " pyproject.toml with a table [tool.livedocs]"
        )
    if not settings.pages.is_dir():
        raise click.ClickException(f"there is no folder of pages: {settings.pages}")
    return settings


def _book(python: Path, *, gathered: bool = False) -> Book:
    return Book.open(_settings(), python, click.echo, gathered=gathered)


def _report(settings: Settings, done: Finished, *, strict: bool) -> None:
    """Stop where something keeps the book from being published."""
    broken = [
        f"{settings.docs}/{entry.page}:{entry.claim.line}: did not hold here:"
        f" {entry.claim.sentence} ({entry.claim.condition}; measured"
        f" {', '.join(_values(entry))})"
        for entry in done.claims
        if entry.status == "broken"
    ]
    lines = [
        each.told(settings.name_of(page))
        for page, problems in done.problems.items()
        for each in problems
    ]
    lines += [
        f"{settings.name_of(page)}:{line}: this block has no good record of this"
        " machine and interpreter: run `nox -s site`"
        for page, pending in done.pending.items()
        for line in pending
    ]
    if strict:
        lines += broken
    else:
        for each in broken:
            click.echo(f"warning: {each}")
    if lines:
        raise click.ClickException("\n".join(["this cannot be published:", *lines]))


def _values(entry: Entry) -> list[str]:
    return [
        f"{finding.value} on {evidence.interpreter.name}"
        for evidence, finding in entry.shown
        if finding.status == "broken" and not evidence.reference
    ]


if __name__ == "__main__":
    main(prog_name="python -m livedocs")
