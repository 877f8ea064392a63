# /// script
# requires-python = ">=3.11"
# dependencies = ["nox>=2025.5.1"]
# ///
"""One command per job. `python3 noxfile.py -s NAME` needs nothing but Python.

The first call makes `.venv` from the lock, `requirements.txt`; all sessions run
in it. Where nox is at hand already, `nox -s NAME` does the same.
"""

import hashlib
import os
import shutil
import subprocess
import sys
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
    if uv:
        install = [uv, "pip", "install", "-q", "-p", str(PYTHON)]
    else:
        install = [str(PYTHON), "-m", "pip", "install", "-q"]
        install += ["--disable-pip-version-check"]
    subprocess.run([*install, "--require-hashes", "-r", str(LOCK)], check=True)
    editable = ("--no-deps", "--no-build-isolation", "-e", str(ROOT))
    subprocess.run([*install, *editable], check=True)
    STAMP.write_text(made_from, encoding="utf-8")


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

INTERPRETERS = ("3.11", "3.12", "3.13", "3.13t", "3.14", "3.14t", "3.15", "3.15t")
PAGES = ("docs", "README.md", "CHANGELOG.md")
QUIET = {"NO_MKDOCS_2_WARNING": "1"}


def run(session: nox.Session, *command: str, env: dict[str, str] | None = None) -> None:
    """Run a module of the environment: `run(session, "pytest", "-q")`."""
    make_environment()
    # On Ctrl-C a press has processes to end and folders to remove.
    session.run(
        *(str(PYTHON), "-m", *command),
        env=env,
        external=True,
        interrupt_timeout=30,
        terminate_timeout=10,
    )


@nox.session
def site(session: nox.Session) -> None:
    """Build the book into site/, with this machine's numbers; `-- --open` shows it."""
    run(session, "pytest", "-q", "--codeblocks", "docs")
    run(session, "livedocs", "gallery")
    run(session, "livedocs", "finish")
    run(session, "mkdocs", "-q", "build", "--strict", env=QUIET)
    page = (ROOT / "site" / "index.html").as_uri()
    session.log(f"the book: {page}")
    if "--open" in session.posargs and not os.environ.get("CI"):
        webbrowser.open(page)


@nox.session
def gallery(session: nox.Session) -> None:
    """Run the gallery's examples that changed, and write their pages."""
    run(session, "livedocs", "gallery")


@nox.session
def serve(session: nox.Session) -> None:
    """Preview the book at http://127.0.0.1:8000; saved pages run and reload."""
    run(session, "livedocs", "gallery")
    run(session, "livedocs", "serve", *session.posargs, env=QUIET)


@nox.session
def tests(session: nox.Session) -> None:
    """Run the unit tests, all blocks, and the blocks of README and changelog."""
    run(session, "pytest", *session.posargs)
    run(session, "pytest", "--codeblocks", *PAGES)


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
    command = ("pytest", "-q", "--codeblocks", "docs", "--blocks-python", path)
    run(session, *command, *session.posargs)


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
    """Check style and spelling, of what pages show too."""
    shown = make_blocks(session) / "as-shown"
    narrow = ("--config", "line-length = 72")
    run(session, "ruff", "check", ".")
    run(session, "ruff", "format", "--check", ".")
    run(session, "ruff", "check", *narrow, str(shown), "examples")
    run(session, "ruff", "format", "--check", *narrow, str(shown), "examples")
    run(session, "livedocs", "experiments", "--check")
    run(session, "codespell_lib", "docs", "examples", "src", "tests", *ROOT_TEXTS)


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

    On a quiet machine. Files are those that `interleaved measure --json` wrote, on
    other machines.
    """
    files = [each for each in session.posargs if each.endswith(".json")]
    names = [each for each in session.posargs if each not in files]
    run(session, "livedocs", "experiments")
    folder = Path(session.create_tmp())
    for name in names or ([] if files else INTERPRETERS):
        path = find_interpreter(name)
        if path is None and session.posargs:
            session.error(f"Python {name} is not on this machine")
        if path is None:
            session.log(f"Python {name} is not on this machine")
            continue
        target = str(folder / f"{name}.json")
        run(session, "interleaved", "measure", "--json", target, "--python", path)
        files.append(target)
    if files:
        run(session, "livedocs", "reference", *files)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure the press, on a quiet machine; `-- side-by-side`: only beside others."""
    make_environment()
    if "side-by-side" not in session.posargs:
        session.run(str(PYTHON), "tests/bench.py", *session.posargs, external=True)
    # Other tools are pytest plugins as the press is: they have a place of their own.
    python = make_aside(session, "side-by-side")
    session.run(str(PYTHON), "tests/side_by_side.py", python, external=True)


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
    """Change what measures and judges; tests have to notice. `-- MODULE --sample 40`.

    Without a module it takes hours: each mutant has its module's tests run.
    """
    make_environment()
    python = make_aside(session, "mutants")
    editable = ("--no-deps", "--no-build-isolation", "-e", str(ROOT))
    run(session, "uv", "pip", "install", "-q", "-p", python, *editable)
    mutmut = str(Path(python).with_name("mutmut"))
    command = (str(PYTHON), "tests/mutants.py", mutmut, *session.posargs)
    session.run(*command, external=True)


@nox.session
def soak(session: nox.Session) -> None:
    """Measure all claims 100 times and count what breaks; `-- 5 --busy 2`."""
    make_environment()
    session.run(str(PYTHON), "tests/soak.py", *session.posargs, external=True)


@nox.session
def fresh(session: nox.Session) -> None:
    """Follow the README on a fresh Debian, as root; `-- --quick`: one page, some tests.

    `--suite trixie` takes another release than the one before it.
    """
    make_environment()
    session.run(str(PYTHON), "tests/fresh.py", *session.posargs, external=True)


@nox.session
def lock(session: nox.Session) -> None:
    """Bring the locks up to date with pyproject.toml; `-- --upgrade` renews."""
    command = ("uv", "pip", "compile", "-q", "--universal", "--generate-hashes")
    output = ("--no-annotate", "--custom-compile-command", "nox -s lock")
    for group, file in LOCKS.items():
        target = ("--python-version", "3.11", "--group", group, "-o", str(file))
        whole = () if group == "side-by-side" else ("pyproject.toml",)
        run(session, *command, *output, *target, *whole, *session.posargs)
