"""The shape of the project: who imports whom, one command per job, the lock."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from nox.project import dependency_groups
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import noxfile
from livedocs.audit import SITE_EXTENSIONS
from livedocs.page import Block, read_page

ROOT = Path(__file__).parents[1]
WORKFLOW = (ROOT / ".github/workflows/book.yml").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def imports(source: str) -> set[str]:
    """The modules that a source imports, dotted."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or ".")
    return found


def packages(sources: Iterator[str]) -> set[str]:
    """The first names of all that some sources import, without the standard library."""
    tops = {name.partition(".")[0] for source in sources for name in imports(source)}
    return tops - sys.stdlib_module_names


def files(folder: str) -> Iterator[str]:
    """The Python sources below a folder."""
    paths = sorted((ROOT / folder).rglob("*.py"))
    assert paths, folder
    return (path.read_text(encoding="utf-8") for path in paths)


def test_the_package_works_alone() -> None:
    """What pages import of `interleaved` needs nothing but the standard library.

    Its command is made with click and rich; a comparison knows how rich would
    show it, and asks for rich no sooner. What needs more says so on its page.
    """
    found = {
        path.relative_to(ROOT / "src/interleaved").as_posix(): packages(
            iter([path.read_text(encoding="utf-8")])
        )
        - {"interleaved"}
        for path in (ROOT / "src/interleaved").rglob("*.py")
    }
    others = {name: used for name, used in found.items() if used}
    assert others == {
        "cli.py": {"click", "rich"},
        "beyond_one_machine.py": {"distributed"},
        "experiments/atlas_of_numpy.py": {"numpy"},
        "experiments/pool_or_joblib.py": {"joblib"},
        "experiments/three_engines.py": {"joblib"},
        "timings.py": {"rich"},
        "prices/asking.py": {"httpx2"},
        "prices/collectors.py": {"httpx2"},
        "prices/service.py": {"starlette", "uvicorn"},
        "prices/serving.py": {"httpx2"},
    }
    code = (
        "import sys; sys.modules['rich'] = sys.modules['click'] = None\n"
        "from interleaved import compare\n"
        "work = lambda: sum(range(10_000))\n"
        "print(compare({'a': work, 'b': work}, rounds=1, min_seconds=1e-4))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_pages_import_what_a_reader_has() -> None:
    """A program of a page needs Python, `interleaved` and what its page says."""
    programs = [
        block.fence.code
        for page in sorted((ROOT / "docs").rglob("*.md"))
        for script in read_page(page).scripts
        for block in script.blocks
        if script.language == "python" and not importorskip(block)
    ]
    assert len(programs) > 10
    assert packages(iter(programs)) <= {"interleaved"}


def importorskip(block: Block) -> bool:
    """Whether a block says which package it needs besides."""
    needs = [each for each in block.fence.directives if each.name == "needs"]
    return any(each.argument.startswith("module ") for each in needs)


def test_examples_import_what_a_reader_has() -> None:
    """An example needs Python, `interleaved` and what draws its picture."""
    assert packages(files("examples")) <= {"interleaved", "matplotlib", "numpy"}


def test_the_press_knows_no_lesson() -> None:
    """`livedocs` imports of `interleaved` what describes machines and measures."""
    used = {
        name
        for source in files("src/livedocs")
        for name in imports(source)
        if name.startswith("interleaved")
    }
    assert used == {
        "interleaved",
        "interleaved.machine",
        "interleaved.measurements",
        "interleaved.reporting",
        "interleaved.spread",
    }
    named = {path.stem for path in (ROOT / "docs").glob("*.md")}
    assert used.isdisjoint(f"interleaved.{name}" for name in named)


def test_experiments_are_what_the_pages_show() -> None:
    """Each copy of a block is the block: nobody edits one without the other."""
    command = [sys.executable, "-m", "livedocs", "experiments", "--check"]
    subprocess.run(command, cwd=ROOT, check=True)


def test_ci_runs_the_commands_of_the_readme() -> None:
    """The README names two commands; .ci/run and Contributing have the same two."""
    shown = re.findall(
        r"^(python3 noxfile\.py -s (?:site|tests)\b.*)$",
        (ROOT / "README.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    assert len(shown) == 2
    for other in (".ci/run", "docs/contributing.md"):
        text = (ROOT / other).read_text(encoding="utf-8")
        assert all(f"\n{line}\n" in text for line in shown), other


def sessions() -> set[str]:
    """The sessions of noxfile.py."""
    noxfile = ast.parse((ROOT / "noxfile.py").read_text(encoding="utf-8"))
    return {
        node.name
        for node in noxfile.body
        if isinstance(node, ast.FunctionDef)
        and any(
            re.match(r"nox\.session\b", ast.unparse(each))
            for each in node.decorator_list
        )
    }


def test_every_session_is_documented() -> None:
    """The sessions are those in the table of Contributing."""
    known = {"site", "serve", "tests", "blocks", "lint", "types", "bench"}
    assert known <= sessions()
    page = (ROOT / "docs" / "contributing.md").read_text(encoding="utf-8")
    table = page.partition("## Sessions")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)`", table, re.MULTILINE)) == sessions()


@pytest.mark.parametrize("builder", ["mkdocs", "properdocs"])
def test_builds_are_strict(builder: str) -> None:
    """Not quiet: `-q` hides warnings from `--strict`, which then lets dead links be."""
    noxfile = (ROOT / "noxfile.py").read_text(encoding="utf-8")
    assert f'"{builder}", "build", "--strict"' in noxfile
    assert f'"{builder}", "-q"' not in noxfile


def test_the_workflow_runs_sessions_that_are_there() -> None:
    """And nothing in place of one: CI and contributors do the same."""
    (named,) = re.findall(r"(?m)^ +session: (\[.*\])$", WORKFLOW)
    lines = re.findall(r"noxfile\.py -s (?!\$)(.*)", WORKFLOW)
    ran = {
        name
        for line in [*lines, *ast.literal_eval(named)]
        for name in re.findall(r"\w+", line.partition(" -- ")[0].partition("(")[0])
    }
    checks = {"tests", "browser", "lint", "types", "audit"}
    of_checks = {"coverage", "mutants", "faults", "stress", "soak"}
    assert {"site", "blocks", *checks, *of_checks} <= ran <= sessions()
    assert 'REQUIRE_BROWSER: "1"' in WORKFLOW


def test_the_workflow_runs_every_interpreter() -> None:
    """Those of the session `blocks`, each in one job."""
    noxfile = (ROOT / "noxfile.py").read_text(encoding="utf-8")
    (known,) = re.findall(r"(?m)^INTERPRETERS = (.*)$", noxfile)
    (others,) = re.findall(r"(?m)^ +python: (\[.*\])$", WORKFLOW)
    assert ["3.11", *ast.literal_eval(others)] == list(ast.literal_eval(known))


def test_actions_are_pinned_by_commit() -> None:
    """With the version in a comment; the same action by the same commit."""
    used = re.findall(r"(?m)^ +(?:- )?uses: (.*)$", WORKFLOW)
    pinned = [
        re.fullmatch(r"([\w-]+/[\w-]+)@[0-9a-f]{40} # v[\d.]+", each) for each in used
    ]
    assert used
    assert all(pinned), used
    names = {each[1] for each in pinned if each}
    assert len(names) == len(set(used))


@pytest.mark.parametrize(
    ("required", "status", "word", "said"),
    [
        ("", 0, "skipped", "Python 3.15t is not on this machine"),
        ("3.11", 0, "skipped", "Python 3.15t is not on this machine"),
        ("3.14t, 3.15t", 1, "aborted", "Python 3.15t is not on this machine"),
        ("3.11 3.13.t", 1, "aborted", "REQUIRE_PYTHONS names 3.13.t"),
    ],
)
def test_a_missing_interpreter_is_red_only_where_it_is_required(
    required: str, status: int, word: str, said: str, tmp_path: Path
) -> None:
    """A session without its interpreter is skipped; red if REQUIRE_PYTHONS names it."""
    ran = subprocess.run(
        [sys.executable, "-m", "nox", "-s", "blocks(3.15t)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={
            "HOME": str(tmp_path),
            "PATH": "/nowhere",
            "REQUIRE_PYTHONS": required,
        },
        check=False,
    )
    assert ran.returncode == status, ran.stderr
    assert said in ran.stderr
    assert word in ran.stderr


def test_the_site_reads_what_the_audit_reads() -> None:
    """The extensions that the audit renders with are those of mkdocs.yml."""
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    section = text.partition("markdown_extensions:\n")[2].partition("\n\n")[0]
    assert set(re.findall(r"(?m)^  - ([\w.]+)", section)) == set(SITE_EXTENSIONS)


def test_the_groups_have_their_names() -> None:
    """`test`, `docs`, `lint`, `browser` are there, and `dev` has all of them."""
    groups = PROJECT["dependency-groups"]
    included = {
        each["include-group"] for each in groups["dev"] if isinstance(each, dict)
    }
    assert included == {"test", "docs", "lint", "browser"}


def locked_versions(lock: Path) -> dict[str, set[str]]:
    """What a lock has, each with its hashes: by name, a version for each Python."""
    text = lock.read_text(encoding="utf-8")
    entries = re.findall(
        r"^([a-z][\w.-]*)==(\S+).*\\\n(?:    --hash=\S+.*\n)+", text, re.MULTILINE
    )
    assert len(re.findall(r"(?mi)^[a-z]", text)) == len(entries)
    versions: dict[str, set[str]] = {}
    for name, version in entries:
        versions.setdefault(name, set()).add(version)
    return versions


@pytest.mark.parametrize("group", noxfile.LOCKS)
def test_a_lock_has_what_is_required(group: str) -> None:
    """Each requirement, in a version that fits it: nobody changed one alone."""
    required = dependency_groups(PROJECT, group)
    if group != "side-by-side":
        required = (*required, *PROJECT["project"]["dependencies"])
    if group == "dev":
        extras = PROJECT["project"]["optional-dependencies"].values()
        required = (*required, *(each for extra in extras for each in extra))
    locked = locked_versions(noxfile.LOCKS[group])
    for requirement in map(Requirement, required):
        versions = locked[canonicalize_name(requirement.name)]
        assert any(requirement.specifier.filter(versions)), (requirement, versions)


@pytest.mark.parametrize(
    "folder", ["src/livedocs", "src/interleaved", "src/interleaved/prices", "examples"]
)
def test_tests_mirror_sources_by_name(folder: str) -> None:
    """A module's test has its name and its folder's."""
    tests = {path.stem for path in (ROOT / "tests").rglob("test_*.py")}
    for path in (ROOT / folder).glob("*.py"):
        if path.stem not in ("__init__", "__main__"):
            assert f"test_{path.stem}" in tests, path
