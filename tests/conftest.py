"""Fixtures: other interpreters and the browser that this machine has.

Random tests try few examples, and many in `nox -s faults`.
"""

import multiprocessing.util
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from hypothesis import settings

from interleaved import elsewhere
from livedocs import runner
from livedocs.runner import CannotRun, probe

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

settings.register_profile("quick", max_examples=50, deadline=None)
settings.register_profile("many", max_examples=1000, deadline=None)
settings.load_profile("quick")

# After `nohup`, or `&` in a script, they are ignored: processes that tests start, and
# that tests stop by them, would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP"):
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(autouse=True, scope="session")
def counted_children() -> Iterator[None]:
    """Have `nox -s coverage` reach the children that get few variables, too.

    Those of processes that a test starts are not counted.
    """
    variable = "COVERAGE_PROCESS_CONFIG"
    kept = (*runner._KEPT_VARIABLES, variable)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runner, "_KEPT_VARIABLES", kept)
        patch.setattr(elsewhere, "KEPT", f"{elsewhere.KEPT} {variable}")
        yield


@pytest.fixture
def uncounted() -> dict[str, str]:
    """An environment for children that `nox -s coverage` is not to slow down."""
    return {name: os.environ[name] for name in os.environ if "COVERAGE" not in name}


@pytest.fixture(autouse=True, scope="session")
def first_seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Path, str]]:
    """A folder for the temporary files of all tests, in which none may be left."""
    tmp_path_factory.getbasetemp()  # pytest's own is not in it
    seen: dict[Path, str] = {}
    folder = Path(tempfile.mkdtemp(prefix="t-"))  # short: sockets will be in it
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(folder))
        patch.setattr(tempfile, "tempdir", None)
        yield seen
    # A worker of xdist ends without them.
    multiprocessing.util._run_finalizers()  # type: ignore[attr-defined]
    left = [f"{path}, since {seen.get(path)}" for path in folder.iterdir()]
    shutil.rmtree(folder)
    assert not left, "\n".join(left)


@pytest.fixture(autouse=True)
def look_for_temporary_files(
    request: pytest.FixtureRequest, first_seen: dict[Path, str]
) -> Iterator[None]:
    """Remember which test a temporary file is from."""
    yield
    for path in Path(tempfile.gettempdir()).iterdir():
        first_seen.setdefault(path, request.node.nodeid)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Command of the machine's Chromium; tests are skipped where there is none."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        missing = f"no browser on this machine: none of {', '.join(BROWSERS)} on PATH"
        assert not os.environ.get("REQUIRE_BROWSER"), f"{missing}, but REQUIRE_BROWSER"
        pytest.skip(missing)
    return found


@pytest.fixture(scope="session")
def running() -> Callable[[str], list[str]]:
    """Finds a text in the commands of live processes."""

    def find(text: str) -> list[str]:
        for _ in range(50):  # a killed one may take a moment to be gone
            processes = psutil.process_iter(["cmdline"])  # a zombie has none
            commands = [" ".join(each.info["cmdline"] or ()) for each in processes]
            found = [each for each in commands if text in each]
            if not found:
                break
            time.sleep(0.1)
        return found

    return find


@pytest.fixture(scope="session")
def pythons() -> dict[str, str]:
    """Commands of other interpreters that are on PATH and work, by name."""
    found: dict[str, str] = {}
    if "MUTANT_UNDER_TEST" in os.environ:
        return found  # what mutmut changed imports mutmut, which only this one has
    for name in ("3.12", "3.13", "3.13t", "3.14", "3.14t", "3.15", "3.15t"):
        # A pyenv shim can be found and yet have no interpreter behind it.
        with suppress(CannotRun):
            target = probe(f"python{name}")
            if target.interpreter.name == name:
                found[name] = str(target.path)
    return found


@pytest.fixture(scope="session")
def python(pythons: dict[str, str]) -> Callable[[str], str]:
    """Gives an interpreter's command; the test is skipped where there is none."""

    def command(name: str) -> str:
        if name not in pythons:
            missing = f"Python {name} is not on this machine"
            required = os.environ.get("REQUIRE_PYTHONS", "").replace(",", " ").split()
            assert name not in required, f"{missing}, but REQUIRE_PYTHONS names it"
            pytest.skip(missing)
        return pythons[name]

    return command
