"""Mutation testing of what measures and judges, for `nox -s mutants`.

mutmut changes one thing at a time in a module, and the module's tests have to notice.
Of each module a sample is tested, the same one for the same seed; `--whole` tests all.
Who survives stands in `mutants.toml`, with the reason why no test can or need notice;
a survivor that is not there fails the session. So does less than 85 % killed, an entry
of code that is gone, and, of a whole module, one that is killed. A program that a test
starts is not mutated.
"""

import argparse
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

ROOT = Path(__file__).parents[1]
SURVIVORS = Path(__file__).with_name("mutants.toml")
LEAST_KILLED = 0.85
UNCLEAR = (2, 34, 35)
"""mutmut's exit codes for interrupted, skipped and suspicious."""
MODULES = (
    "livedocs.claims",
    "livedocs.judge",
    "livedocs.record",
    "livedocs.audit",
    "livedocs.page",
    "livedocs.ledger",
    "livedocs.references",
    "livedocs.values",
    "livedocs.prose",
    "livedocs.finish",
    "livedocs.press",
    "livedocs.runner",
    "interleaved.comparing",
    "interleaved.measuring",
    "interleaved.measurements",
    "interleaved.spread",
    "interleaved.noise",
    "interleaved.cores",
    "interleaved.timings",
    "interleaved.answers",
)
BESIDE = {"livedocs.finish": ("tests/livedocs/test_ledger.py",)}
"""Tests of modules besides those that have their names."""
SETTINGS = """
[tool.mutmut]
source_paths = ["src"]
only_mutate = ["{source}"]
also_copy = ["docs", "examples", "README.md", "CHANGELOG.md", "mkdocs.yml"]
pytest_add_cli_args = ["-p", "no:cacheprovider", "-p", "no:livedocs"]
pytest_add_cli_args_test_selection = {tests}
"""
SAMPLE = 30
"""Mutants of each module: all modules take some 12 minutes on a quiet machine."""
SEED = 9
"""Of the sample, so that it is the same each time."""


@dataclass(frozen=True, slots=True, order=True)
class Mutant:
    """A change to a function that no test noticed.

    Attributes:
        function: Dotted, as mutmut names it.
        change: The lines taken out and put in, as in a diff.
    """

    function: str
    change: str


def main() -> int:
    """Mutate modules; say who survived, and whether that is known."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("mutmut", help="mutmut's command, in its own environment")
    parser.add_argument("modules", nargs="*", metavar="MODULE", default=MODULES)
    parser.add_argument("--sample", type=int, default=SAMPLE, help="mutants of each")
    parser.add_argument("--whole", action="store_true", help="all mutants: hours")
    parser.add_argument("--seed", type=int, default=SEED, help="of the sample")
    options = parser.parse_args()
    if not options.whole:
        print(f"{options.sample} mutants of each module, by the seed {options.seed}")
    known = known_survivors()
    killed = total = 0
    strange: list[Mutant] = []
    gone: list[Mutant] = []
    for module in options.modules:
        size = None if options.whole else options.sample
        tested, survivors = mutate(module, options.mutmut, size, options.seed)
        killed += tested - len(survivors)
        total += tested
        print(f"{module}: {tested - len(survivors)} of {tested} killed", flush=True)
        mine = {each for each in known if each.function.startswith(f"{module}.")}
        strange += sorted(set(survivors) - mine)
        killed_now = mine - set(survivors) if options.whole else set()
        gone += sorted(killed_now | {each for each in mine if not is_there(each)})
    for mutant in strange:
        print(f"\nnot in {SURVIVORS.name}: {mutant.function}\n{mutant.change}")
    for mutant in gone:
        print(f"\nin {SURVIVORS.name}, but killed or gone: {mutant.function}")
        print(mutant.change)
    print(f"\n{killed} of {total} killed: {killed / total:.1%}")
    return 1 if strange or gone or killed < LEAST_KILLED * total else 0


def known_survivors() -> set[Mutant]:
    """Those that have a reason."""
    table = tomllib.loads(SURVIVORS.read_text(encoding="utf-8"))
    return {
        Mutant(each["function"], each["change"].strip("\n"))
        for each in table["survivor"]
        if each["reason"].strip()
    }


def mutate(
    module: str, mutmut: str, size: int | None, seed: int
) -> tuple[int, list[Mutant]]:
    """Let mutmut have a module: how many mutants were tested, and who survived.

    Without a size all are tested.
    """
    folder = copy_for(module)
    meta = folder / "mutants" / f"{source_of(module)}.meta"
    if size is not None:
        # A run of none makes the mutants, and lists them.
        of_mutmut(mutmut, folder, "run", "none", check=False)
        of_mutmut(mutmut, folder, "run", *sample(exit_codes(meta), size, seed))
    else:
        of_mutmut(mutmut, folder, "run")
    codes = {name: code for name, code in exit_codes(meta).items() if code is not None}
    if unclear := {name: code for name, code in codes.items() if code in UNCLEAR}:
        sys.exit(f"mutmut did not decide on these, by their exit codes: {unclear}")
    # 0: the tests passed; 5 and 33: no test calls the function.
    alive = [name for name, code in codes.items() if code in (0, 5, 33)]
    return len(codes), [described(mutmut, folder, name) for name in alive]


def sample(names: Iterable[str], size: int, seed: int) -> list[str]:
    """Choose mutants by their names alone: a change to a function moves no others."""

    def lot(name: str) -> bytes:
        return hashlib.sha256(f"{seed} {name}".encode()).digest()

    return sorted(names, key=lot)[:size]


def source_of(module: str) -> str:
    """Where a module stands, from the root of the project."""
    return f"src/{module.replace('.', '/')}.py"


def is_there(mutant: Mutant) -> bool:
    """Whether the code that a mutant changes is still in its module."""
    module = ".".join(mutant.function.split(".")[:2])
    lines = (ROOT / source_of(module)).read_text(encoding="utf-8").splitlines()
    found = {line.strip() for line in lines}
    return all(
        line[2:] in found for line in mutant.change.splitlines() if line[0] == "-"
    )


def copy_for(module: str) -> Path:
    """Copy the project to where mutmut may change it, with settings for a module."""
    folder = ROOT / ".build" / "mutants" / module
    shutil.rmtree(folder, ignore_errors=True)
    package, _, name = module.rpartition(".")
    tests = [f"tests/{package}/test_{name}.py", *BESIDE.get(module, ())]
    for part in ("src", "tests", "docs", "examples"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / part, folder / part, ignore=ignored)
    for file in ("README.md", "CHANGELOG.md", "mkdocs.yml"):
        shutil.copy(ROOT / file, folder)
    settings = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    settings += SETTINGS.format(source=source_of(module), tests=json.dumps(tests))
    (folder / "pyproject.toml").write_text(settings, encoding="utf-8")
    return folder


def of_mutmut(mutmut: str, folder: Path, *arguments: str, check: bool = True) -> str:
    """Run mutmut in a folder: what it prints."""
    done = subprocess.run(
        [mutmut, *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if check and done.returncode:
        sys.exit(f"mutmut {' '.join(arguments[:2])} failed:\n{done.stdout[-4000:]}")
    return done.stdout


def exit_codes(meta: Path) -> dict[str, int | None]:
    """What the tests of each mutant ended with; `None` if it was not tried."""
    found: dict[str, int | None] = msgspec.json.decode(meta.read_bytes())[
        "exit_code_by_key"
    ]
    return found


def described(mutmut: str, folder: Path, name: str) -> Mutant:
    """A mutant by its function and its change, which outlive its number."""
    diff = of_mutmut(mutmut, folder, "show", name)
    return Mutant(re.sub(r"__mutmut_\d+$", "", name), "\n".join(changed(diff)))


def changed(diff: str) -> Iterator[str]:
    """The lines of a diff that are put in or taken out, without their margin."""
    for line in diff.splitlines():
        if line[:1] in ("+", "-") and line[:3] not in ("+++", "---"):
            yield f"{line[0]} {line[1:].strip()}"


if __name__ == "__main__":
    sys.exit(main())
