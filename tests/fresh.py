"""The README's commands on a fresh Debian, for `nox -s fresh`.

A clean root with Python, its venv module and git is made by debootstrap, and an
ordinary user in it clones the last commit and does what the README says: with pip,
with uv, in a folder with a space and an umlaut in its name, with LANG=C, and each
time once more without a network. It needs root, and changes nothing outside of
its folder.
"""

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("python3", "python3-venv", "git", "ca-certificates")
USER = "1000:1000"
HOME = "/home/reader"
PROJECT = "/srv/interleaved.git"
FULL = ("python3 noxfile.py -s site", "python3 noxfile.py -s tests")
MAKE = "python3 noxfile.py --list"
"""Makes the environment, as each session does first."""
QUICK = (
    ".venv/bin/python -m pytest -q --codeblocks --blocks-rerun docs/start-here.md",
    ".venv/bin/python -m pytest -q tests/test_project.py tests/livedocs/test_book.py",
)
"""A page and some tests, in place of the book and all tests."""
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
INDEX = ("PIP_", "UV_", "SSL_CERT_FILE", "http_proxy", "https_proxy", "no_proxy")
"""How the machine reaches its package index, which the trials may know."""
MOUNTED = """
mount -t proc proc {root}/proc
mount --rbind /dev {root}/dev
mount -t tmpfs tmpfs {root}/dev/shm
{hide}
exec {network} chroot --userspec={user} {root} /usr/bin/env -i {environment} \
    sh -ec {command}
"""
HIDE_VENV = "mount -t tmpfs tmpfs {root}/usr/lib/python3.*/ensurepip"


@dataclass(frozen=True, slots=True)
class Trial:
    """A way to follow the README.

    Attributes:
        name: What is special about it.
        folder: The checkout, in the home folder.
        language: The value of LANG.
        with_uv: Whether there is uv, and not what `python3-venv` brings.
    """

    name: str
    folder: str = "interleaved"
    language: str = "C.UTF-8"
    with_uv: bool = False


TRIALS = (
    Trial("python3, python3-venv and git"),
    Trial("a path with a space and an umlaut", folder="my bücher/interleaved"),
    Trial("LANG=C", folder="in-c", language="C"),
    Trial("uv", folder="by-uv", with_uv=True),
)


def main() -> int:
    """Make the root, try it all, and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--suite", default="bookworm", help="Debian's name of a release"
    )
    parser.add_argument("--root", type=Path, help="a clean root that is there already")
    parser.add_argument(
        "--quick", action="store_true", help="one page and some tests, not the book"
    )
    options = parser.parse_args()
    unmet = [tool for tool in ("debootstrap", "unshare") if not shutil.which(tool)]
    if unmet or os.geteuid() != 0:
        sys.exit(f"this needs {' and '.join(['root', *unmet])}")
    with tempfile.TemporaryDirectory(prefix="fresh-") as name:
        root = options.root or bootstrapped(Path(name, "root"), options.suite)
        furnish(root)
        for line in what_is_there(root):
            print(line)
        failed = [each.name for each in TRIALS if not passes(each, root, options.quick)]
    print(f"{len(TRIALS) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


def bootstrapped(root: Path, suite: str) -> Path:
    """Make a clean root from the mirror that this machine's apt uses."""
    ask = ("apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages")
    found = subprocess.run(ask, capture_output=True, text=True, check=True).stdout
    mirrors = [each for each in found.split() if each.rstrip("/").endswith("/debian")]
    if not mirrors:
        sys.exit(
            "apt knows no mirror of Debian here: run apt-get update, or use --root"
        )
    start = time.perf_counter()
    include = f"--include={','.join(PACKAGES)}"
    command = [
        "debootstrap",
        "--variant=minbase",
        include,
        suite,
        str(root),
        mirrors[0],
    ]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    print(f"debootstrap {suite}: {time.perf_counter() - start:.0f} s")
    return root


def furnish(root: Path) -> None:
    """Give the root a user, this machine's way to the network, uv, and the project."""
    home = root / HOME.lstrip("/")
    home.mkdir(exist_ok=True)
    users = root / "etc" / "passwd"
    user, group = USER.split(":")
    if ":/home/reader:" not in users.read_text():
        with users.open("a") as file:
            file.write(f"reader:x:{user}:{group}::{HOME}:/bin/sh\n")
    for known in (Path("/etc/resolv.conf"), Path("/etc/hosts"), CERTIFICATES):
        if known.is_file():
            shutil.copyfile(known, root / known.relative_to("/"))
    project = root / PROJECT.lstrip("/")
    shutil.rmtree(project, ignore_errors=True)
    clone = ["git", "clone", "-q", "--bare", str(ROOT), str(project)]
    subprocess.run(clone, check=True)
    for path in (home, project, *project.rglob("*")):
        os.chown(path, int(user), int(group))


def what_is_there(root: Path) -> Iterator[str]:
    """What a clean root has."""
    ask = ["chroot", str(root), "sh", "-c", "python3 --version; dpkg-query -W | wc -l"]
    done = subprocess.run(ask, capture_output=True, text=True, check=True)
    version, packages = done.stdout.split("\n")[:2]
    yield f"{version}, {packages} packages of Debian: {', '.join(PACKAGES)} and theirs"


def passes(trial: Trial, root: Path, quick: bool) -> bool:
    """Follow the README one way; say what each step took."""
    print(f"\n{trial.name}", flush=True)
    checkout = root / HOME.lstrip("/") / trial.folder
    shutil.rmtree(checkout, ignore_errors=True)
    into = shlex.quote(trial.folder)
    clone = f'mkdir -p "$(dirname {into})" && git clone -q {PROJECT} {into}'
    python = "uv run" if trial.with_uv else "python3"
    make, *steps = (
        f"cd {into}\n{each.replace('python3', python)}"
        for each in (MAKE, *(QUICK if quick else FULL))
    )
    with uv_in(root, there=trial.with_uv):
        made = step(trial, root, clone) and step(trial, root, make)
        done = made
        for each, offline in [*((each, False) for each in steps), (steps[0], True)]:
            done = made and step(trial, root, each, offline=offline) and done
    files = (checkout / ".venv").rglob("*")
    size = sum(file.lstat().st_size for file in files) / 2**20
    print(f"    its environment: {size:.0f} MiB")
    shutil.rmtree(checkout, ignore_errors=True)
    return done


@contextmanager
def uv_in(root: Path, there: bool) -> Iterator[None]:
    """Have uv in the root, if it is to be there."""
    place = root / "usr" / "local" / "bin" / "uv"
    if there:
        shutil.copy(shutil.which("uv") or Path(sys.executable).with_name("uv"), place)
    try:
        yield
    finally:
        place.unlink(missing_ok=True)


def step(trial: Trial, root: Path, command: str, *, offline: bool = False) -> bool:
    """Run a command as the user; say how long it took, or what it said."""
    environment = {
        "HOME": HOME,
        "LANG": trial.language,
        "PATH": "/usr/local/bin:/usr/bin:/bin",
    } | {name: os.environ[name] for name in os.environ if name.startswith(INDEX)}
    script = MOUNTED.format(
        root=shlex.quote(str(root)),
        hide=HIDE_VENV.format(root=shlex.quote(str(root))) if trial.with_uv else "",
        network="unshare --net" if offline else "",
        user=USER,
        environment=shlex.join(
            f"{name}={value}" for name, value in environment.items()
        ),
        command=shlex.quote(f"cd {HOME}\n{command}"),
    )
    private = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-ec"]
    start = time.perf_counter()
    done = subprocess.run(
        [*private, script],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    said = command.splitlines()[-1] + (", without network" if offline else "")
    print(f"    {time.perf_counter() - start:5.0f} s  {said}", flush=True)
    if done.returncode:
        print(done.stdout.decode(errors="replace")[-4000:])
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
