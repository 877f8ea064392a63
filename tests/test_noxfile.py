"""The environments in which blocks run on other interpreters."""

import base64
import hashlib
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import noxfile
from interleaved import this_interpreter

PURE, NATIVE = "py3-none-any", "cp27-cp27mu-manylinux1_x86_64"


def make_wheel(folder: Path, name: str, tag: str) -> None:
    """A wheel with one empty module."""
    files = {
        f"{name}.py": "",
        f"{name}-1.0.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\n"
        "Version: 1.0\n",
        f"{name}-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: test\n"
        f"Root-Is-Purelib: true\nTag: {tag}\n",
    }
    lines = []
    with zipfile.ZipFile(folder / f"{name}-1.0-{tag}.whl", "w") as wheel:
        for path, text in files.items():
            digest = hashlib.sha256(text.encode()).digest()
            code = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            lines.append(f"{path},sha256={code},{len(text)}\n")
            wheel.writestr(path, text)
        wheel.writestr(f"{name}-1.0.dist-info/RECORD", "".join(lines))


@pytest.fixture
def shelf(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A folder of wheels in place of the network, and a lock that locks nothing."""
    folder = tmp_path_factory.mktemp("shelf")
    make_wheel(folder, "pure", PURE)
    make_wheel(folder, "native", NATIVE)
    monkeypatch.setenv("UV_FIND_LINKS", str(folder))
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_NO_CACHE", "1")
    monkeypatch.setattr(noxfile, "PYTHON", Path(sys.executable))
    lock = folder / "requirements.txt"
    lock.write_text("")
    monkeypatch.setattr(noxfile, "LOCK", lock)
    monkeypatch.setattr(noxfile, "libraries", lambda: ["native", "pure"])
    return folder


def can_import(python: Path, module: str) -> bool:
    """Whether the Python of an environment has a module."""
    command = [str(python), "-c", f"import {module}"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_what_has_no_wheel_is_left_out_and_named(shelf: Path, tmp_path: Path) -> None:
    """The rest is there, in an environment of the interpreter that was asked for."""
    name = this_interpreter().name
    python, missing = noxfile.blocks_environment(name, sys.executable, tmp_path)
    assert missing == ["native"]
    assert can_import(python, "pure")
    assert not can_import(python, "native")
    assert not can_import(python, "interleaved")  # it comes by PYTHONPATH, as src/
    assert f"blocks-{name}" in noxfile.describe_interpreter(str(python), name)
    assert shelf.is_dir()


def test_an_environment_is_made_once(
    shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And again when the lock changes."""
    name = this_interpreter().name
    made = noxfile.blocks_environment(name, sys.executable, tmp_path)
    calls = []
    real = noxfile.uv

    def counted(*arguments: str, may_find_none: bool = False) -> bool:
        calls.append(arguments[0])
        return real(*arguments, may_find_none=may_find_none)

    monkeypatch.setattr(noxfile, "uv", counted)
    assert noxfile.blocks_environment(name, sys.executable, tmp_path) == made
    assert calls == []
    (shelf / "requirements.txt").write_text("pure==2.0\n")
    _, missing = noxfile.blocks_environment(name, sys.executable, tmp_path)
    assert calls[0] == "venv"
    assert missing == ["native", "pure"]


def test_a_network_that_is_down_is_no_missing_wheel(
    shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is an error, and the environment does not count as made."""
    name = this_interpreter().name
    monkeypatch.delenv("UV_OFFLINE")
    monkeypatch.setenv("UV_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    for _ in range(2):
        with pytest.raises(noxfile.CannotMake, match="pip install"):
            noxfile.blocks_environment(name, sys.executable, tmp_path)
    assert shelf.is_dir()


@pytest.mark.parametrize("name", ["3.13t", "2.7"])
def test_another_interpreter_does_not_pass_for_it(name: str, tmp_path: Path) -> None:
    """A Python 3.13t that is asked for is one."""
    with pytest.raises(noxfile.CannotMake, match=f"not {name}"):
        noxfile.blocks_environment(name, sys.executable, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_does_not_work_is_no_interpreter() -> None:
    """Its own words are in the message."""
    with pytest.raises(noxfile.CannotMake, match="does not work"):
        noxfile.describe_interpreter(shutil.which("false") or "", "3.11")


def test_blocks_may_import_all_extras() -> None:
    """Whatever extra the project gets, its libraries are there on each interpreter."""
    text = (noxfile.ROOT / "pyproject.toml").read_text(encoding="utf-8")
    extras = tomllib.loads(text)["project"]["optional-dependencies"]
    wanted = noxfile.libraries()
    assert extras
    assert {each for extra in extras.values() for each in extra} < set(wanted)
    assert "numpy" in wanted


@pytest.mark.parametrize("reached", [True, False])
def test_pip_brings_the_uv_of_the_lock_and_stands_in_for_it(
    reached: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It installs uv alone, by its hashes, and all if uv reaches no packages."""
    ran = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[bytes]:
        ran.append(command)
        return subprocess.CompletedProcess(command, 2 * (not reached))

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(noxfile, "ENVIRONMENT", tmp_path)
    install = noxfile.installer_by_pip()
    assert install[1:3] == ["-m", "uv" if reached else "pip"]
    by_pip, trial = ran
    assert by_pip[1:4] == ["-m", "pip", "install"]
    (line, *hashes) = Path(by_pip[-1]).read_text(encoding="utf-8").splitlines()
    assert line.startswith("uv==")
    assert hashes
    assert all(each.startswith("    --hash=sha256:") for each in hashes)
    assert trial[1:3] == ["-m", "uv"]
