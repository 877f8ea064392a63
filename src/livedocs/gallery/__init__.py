"""The gallery: a folder of scripts, run by sphinx-gallery, printed as MkDocs pages.

A script is an example: its docstring (reST) is the title and the introduction, its
`# %%` cells are prose and code, its one figure or more carry a text alternative
(`fig.set_label("...")`). A file `GALLERY_HEADER.rst` introduces the folder, and a
comment in it (`.. order: one_example another`) says which cards come first.

The pages need the Markdown extensions `admonition`, `attr_list`, `def_list`,
`md_in_html`, `pymdownx.superfences` and `tables`. Builds run on Linux and macOS.

An example finds the environment that blocks of pages find: few variables, none of
them a secret. Its pictures stand in its page and take the page's colours.
"""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from time import perf_counter

import msgspec

from livedocs.gallery.drawing import (
    PHONE,
    SMALLEST,
    inline,
    size_in_pixels,
    smallest_letters,
)
from livedocs.gallery.pages import Example, Outcome, Picture, example_page, index_page
from livedocs.gallery.sources import digest, digest_files, fingerprint
from livedocs.gallery.uses import FILE as USES
from livedocs.gallery.uses import used_names
from livedocs.guard import VARIABLE, GuardedFolder
from livedocs.runner import kept_variables

__all__ = ["GalleryError", "GalleryReport", "build"]

_HERE = Path(__file__).parent
_ORDER = re.compile(r"(?m)^\.\. order:((?:.*\n?)(?:[ \t]+\S.*\n?)*)")
_ENGINE = ("matplotlib", "sphinx", "sphinx-gallery", "sphinx-markdown-builder")


class GalleryError(RuntimeError):
    """The gallery was not made; the message names the example and says why."""


@dataclass(frozen=True, slots=True)
class GalleryReport:
    """What a build of the gallery did.

    Attributes:
        ran: The examples (stems of their files) that were executed.
        reused: Those whose last run still holds.
        seconds: How long the build took.
    """

    ran: tuple[str, ...]
    reused: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class _State:
    """What the last build was made of, and what it made.

    Attributes:
        press: A digest of this package, the header and the libraries.
        examples: The fingerprint that each example's last good run had.
        pages: The digest of each file of the output, by its path there.
    """

    press: str = ""
    examples: dict[str, str] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)


def build(root: Path, out: Path, *, limit: float = 300.0) -> GalleryReport:
    """Run the examples of a project that need it, and write the gallery's pages.

    Args:
        root: The project: its scripts are `root/examples/*.py` (those whose names
            start with `_` are modules of theirs), what they import is followed in
            `root/src`, and the cache is `root/.build/gallery`.
        out: The folder of the pages, inside MkDocs' `docs_dir`.
        limit: The seconds that one cell may take; then the stack of each thread is
            printed and the build fails.

    Returns:
        Which examples ran, and which did not have to.

    Raises:
        GalleryError: An example failed, drew nothing, or drew a picture without a text
            alternative or with letters too small for a phone, or Sphinx complained.
    """
    began = perf_counter()
    root, out = root.resolve(), out.resolve()
    cache = root / ".build" / "gallery"
    scripts, headers = _found(root / "examples")
    press, engine = _engine(headers)
    roots = [root / "examples", root / "src"]
    current = {
        name: fingerprint(script, roots, engine) for name, script in scripts.items()
    }
    state = _load(cache / "state.json")
    if (
        state.press == press
        and state.examples == current
        and state.pages
        and all(_digest_of(out / page) == was for page, was in state.pages.items())
    ):
        return GalleryReport((), tuple(sorted(scripts)), perf_counter() - began)

    source, markdown = cache / "source" / "gallery", cache / "markdown"
    source.mkdir(parents=True, exist_ok=True)
    kept = {name for name, was in state.examples.items() if current.get(name) == was}
    for name in {file.name.partition(".")[0] for file in source.iterdir()} - kept:
        _forget(source, name)
    waiting = len(scripts) - len(kept)
    total = 60 + limit * (waiting + 1)  # Sphinx needs a few seconds of its own
    status = _run_sphinx(root, cache, limit=limit, total=total)
    outcome = _outcome(markdown / "result.json")
    good = {*outcome.ran, *outcome.reused}
    state = _State(
        press="",  # until the pages are written
        examples={name: was for name, was in current.items() if name in good},
        pages=state.pages,
    )
    _save(cache / "state.json", state)
    _check(outcome, scripts, root, status, cache / "sphinx.log")
    drawn = _drawn(outcome, source / "images")
    _check_letters(outcome, scripts, root, drawn)

    files = _pages(scripts, outcome, drawn, source, markdown / "gallery")
    files[USES] = _uses(scripts, outcome, [root / "src"])
    _write(out, files, state.pages)
    pages = {page: digest(content) for page, content in files.items()}
    _save(cache / "state.json", _State(press, state.examples, pages))
    return GalleryReport(outcome.ran, outcome.reused, perf_counter() - began)


def _found(folder: Path) -> tuple[dict[str, Path], list[Path]]:
    """Return the examples by name, in the order of their cards, and their header."""
    scripts = {
        script.stem: script
        for script in sorted(folder.glob("*.py"))
        if not script.name.startswith("_")
    }
    if not scripts:
        raise GalleryError(f"no examples in {folder}")
    headers = sorted(folder.glob("GALLERY_HEADER.*"))
    if not headers:
        raise GalleryError(f"{folder} has no GALLERY_HEADER.rst")
    found = _ORDER.search(headers[0].read_text("utf-8"))
    first = found[1].split() if found else []
    if unknown := [name for name in first if name not in scripts]:
        raise GalleryError(
            f"{headers[0]} orders {', '.join(unknown)}, of which there is no example"
        )
    return {name: scripts[name] for name in [*first, *scripts]}, headers


def _engine(headers: list[Path]) -> tuple[str, str]:
    """Return a digest of all that makes the pages, and one of what runs examples."""
    libraries = " ".join(f"{name} {version(name)}" for name in _ENGINE)
    versions = f"{sys.version} {libraries}".encode()
    runners = [_HERE / "conf.py", _HERE / "execution.py"]
    beside = [_HERE.parent / name for name in ("printed.py", "runner.py")]
    everything = [*sorted(_HERE.glob("*.py")), *beside, *headers]
    return (
        digest(versions, digest_files(everything).encode()),
        digest(versions, digest_files(runners).encode()),
    )


def _load(file: Path) -> _State:
    with contextlib.suppress(FileNotFoundError, msgspec.DecodeError):
        return msgspec.json.decode(file.read_bytes(), type=_State)
    return _State()


def _save(file: Path, state: _State) -> None:
    beside = file.with_suffix(".new")
    beside.write_bytes(msgspec.json.format(msgspec.json.encode(state)))
    beside.replace(file)


def _digest_of(file: Path) -> str:
    return digest(file.read_bytes()) if file.is_file() else ""


def _forget(source: Path, name: str) -> None:
    """Remove all that sphinx-gallery keeps of an example, its md5 above all."""
    if name in ("", "index", "images"):
        return
    for file in source.glob(f"{name}.*"):
        file.unlink()
    for file in (source / "images").rglob(f"sphx_glr_{name}_*"):
        if file.stem.removeprefix(
            f"sphx_glr_{name}_"
        ).isdecimal() or file.stem.endswith(f"{name}_thumb"):
            file.unlink()


def _run_sphinx(root: Path, cache: Path, *, limit: float, total: float) -> int:
    """Run Sphinx in a session of its own, and leave no process of it behind.

    Returns:
        Its exit status.
    """
    markdown = cache / "markdown"
    shutil.rmtree(markdown, ignore_errors=True)
    command = [sys.executable, "-m", "sphinx", "-b", "markdown", "-E", "-W", "-N"]
    folders = [cache / "doctrees", cache / "source", markdown]
    with (
        (cache / "sphinx.log").open("wb") as log,
        # Sphinx leaves a file here when it fails. A short name, as for blocks.
        GuardedFolder() as base,
        subprocess.Popen(
            [*command, "-c", _HERE, "-d", *folders],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=root,
            env=_environment(root, cache, base, limit),
            start_new_session=True,
        ) as sphinx,
    ):
        try:
            return sphinx.wait(total)
        except subprocess.TimeoutExpired as late:
            raise GalleryError(
                f"the gallery was not done in {total:.0f} s; see {log.name}"
            ) from late
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(sphinx.pid, signal.SIGKILL)


def _environment(root: Path, cache: Path, base: Path, limit: float) -> dict[str, str]:
    """Return the variables that Sphinx sees, and with it each example."""
    home, temporary = base / "home", base / "tmp"
    home.mkdir()
    temporary.mkdir()
    return kept_variables() | {
        "HOME": str(home),
        "TMPDIR": str(temporary),
        VARIABLE: str(base),
        "LIVEDOCS_GALLERY_EXAMPLES": str(root / "examples"),
        "LIVEDOCS_GALLERY_LIMIT": str(limit),
        "MPLBACKEND": "agg",
        "MPLCONFIGDIR": str(cache / "matplotlib"),  # its list of fonts takes seconds
        "PYTHONFAULTHANDLER": "1",
        "PYTHONPATH": os.pathsep.join([str(root / "src"), str(_HERE.parents[1])]),
        "PYTHONUTF8": "1",
    }


def _outcome(file: Path) -> Outcome:
    with contextlib.suppress(FileNotFoundError):
        return msgspec.json.decode(file.read_bytes(), type=Outcome)
    return Outcome()


def _check(
    outcome: Outcome,
    scripts: Mapping[str, Path],
    root: Path,
    status: int,
    log: Path,
) -> None:
    """Raise unless each example ran and each of its pictures has a text."""
    shown = {name: script.relative_to(root) for name, script in scripts.items()}
    if outcome.failed:
        told = [f"{shown[n]} failed:\n\n{trace}" for n, trace in outcome.failed.items()]
        raise GalleryError("\n\n".join(told))
    if status:
        lines = log.read_text("utf-8", "replace").strip().splitlines()
        complaints = [line for line in lines if "WARNING:" in line or "ERROR:" in line]
        told = complaints or lines[-60:]
        raise GalleryError(
            f"Sphinx left with status {status}:\n\n" + "\n".join(told) + f"\n\n({log})"
        )
    wrong = []
    for name in scripts:
        if name not in outcome.ran and name not in outcome.reused:
            wrong.append(f"{shown[name]} was not run by sphinx-gallery ({log})")
            continue
        pictures = outcome.examples[name].pictures
        if not pictures:
            wrong.append(f"{shown[name]} draws no figure")
        wrong += [
            f"{shown[name]}: picture {number} has no text alternative; "
            'say what it shows with fig.set_label("...")'
            for number, picture in enumerate(pictures, 1)
            if not picture.alt
        ]
    if wrong:
        raise GalleryError("\n".join(wrong))


def _drawn(outcome: Outcome, images: Path) -> dict[Picture, bytes]:
    """Return the drawings as matplotlib wrote them."""
    return {
        picture: (images / f"sphx_glr_{picture.file}").read_bytes()
        for example in outcome.examples.values()
        for picture in example.pictures
    }


def _check_letters(
    outcome: Outcome,
    scripts: Mapping[str, Path],
    root: Path,
    drawn: Mapping[Picture, bytes],
) -> None:
    """Raise unless each picture can be read on a phone."""
    wrong = []
    for name, script in scripts.items():
        for number, picture in enumerate(outcome.examples[name].pictures, 1):
            pixels = smallest_letters(drawn[picture])
            if pixels is not None and pixels < SMALLEST:
                wrong.append(
                    f"{script.relative_to(root)}: picture {number} has letters of"
                    f" {pixels:.1f} pixels where a phone leaves it {PHONE:.0f}, and"
                    f" {SMALLEST:g} can be read: draw it smaller, with figsize"
                )
    if wrong:
        raise GalleryError("\n".join(wrong))


def _uses(scripts: Mapping[str, Path], outcome: Outcome, roots: list[Path]) -> bytes:
    """Return, as JSON, the examples that use a name: their pages and titles."""
    uses: dict[str, list[tuple[str, str]]] = {}
    for example, script in scripts.items():
        for name in used_names(script, roots):
            page = (f"{example}.md", outcome.examples[example].title)
            uses.setdefault(name, []).append(page)
    return msgspec.json.encode(uses, order="sorted")


def _pages(
    scripts: Mapping[str, Path],
    outcome: Outcome,
    drawn: Mapping[Picture, bytes],
    source: Path,
    markdown: Path,
) -> dict[str, bytes]:
    """Return the files of the gallery, by their paths in it."""
    files: dict[str, bytes] = {}
    thumbnails: dict[str, Picture] = {}
    examples: dict[str, Example] = {}
    for name, script in scripts.items():
        example = examples[name] = outcome.examples[name]
        written = (markdown / f"{name}.md").read_text("utf-8")
        drawings = {
            picture: inline(drawn[picture], Path(picture.file).stem, picture.alt)
            for picture in example.pictures
        }
        page = example_page(name, written, example, drawings, outcome.seconds[name])
        files[f"{name}.md"] = page.encode()
        files[f"{name}.py"] = script.read_bytes()
        files[f"{name}.ipynb"] = (source / f"{name}.ipynb").read_bytes()
        thumbnail = source / "images" / "thumb" / f"sphx_glr_{name}_thumb.svg"
        small = f"{name}_thumb.svg"
        content = files[f"images/{small}"] = thumbnail.read_bytes()
        same = [
            picture.alt for picture in example.pictures if drawn[picture] == content
        ]
        alt = (same or [example.pictures[0].alt])[0]
        thumbnails[name] = Picture(small, alt, size_in_pixels(content))
    header = (markdown / "index.md").read_text("utf-8")
    index = index_page(header, examples, thumbnails, outcome.seconds)
    files["index.md"] = index.encode()
    return files


def _write(out: Path, files: Mapping[str, bytes], before: Mapping[str, str]) -> None:
    """Write what changed, and remove what an earlier build wrote and this did not."""
    for page in before.keys() - files.keys():
        (out / page).unlink(missing_ok=True)
    for page, content in files.items():
        target = out / page
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.is_file() or target.read_bytes() != content:
            target.write_bytes(content)
