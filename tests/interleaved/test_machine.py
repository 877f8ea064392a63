import json
import os
import platform
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace

import pytest

from interleaved import machine
from interleaved.machine import this_interpreter, this_machine, usable_cores

V2 = "0::/outer/inner\n"
V1 = "5:cpuset:/\n1:cpu,cpuacct:/job\n0::/\n"
TOP = "sys/fs/cgroup"


def plant(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


@pytest.mark.parametrize(
    ("files", "cores"),
    [
        pytest.param({}, 8, id="no control groups"),
        pytest.param({"proc/self/cgroup": V2}, 8, id="v2, no quota"),
        pytest.param(
            {"proc/self/cgroup": V2, f"{TOP}/outer/inner/cpu.max": "max 100000\n"},
            8,
            id="v2, unlimited",
        ),
        pytest.param(
            {"proc/self/cgroup": V2, f"{TOP}/outer/inner/cpu.max": "300000 100000\n"},
            3,
            id="v2, own quota",
        ),
        pytest.param(
            {
                "proc/self/cgroup": V2,
                f"{TOP}/outer/inner/cpu.max": "max 100000\n",
                f"{TOP}/outer/cpu.max": "200000 100000\n",
                f"{TOP}/cpu.max": "500000 100000\n",
            },
            2,
            id="v2, a group further up is the tightest",
        ),
        pytest.param(
            {"proc/self/cgroup": "0::/\n", f"{TOP}/cpu.max": "150000 100000\n"},
            2,
            id="v2, in a container, one core and a half",
        ),
        pytest.param(
            {
                "proc/self/cgroup": "0::/../x\n",
                f"{TOP}/cpu.max": "400000 100000\n",
                f"{TOP}/x/cpu.max": "200000 100000\n",
                "sys/fs/x/cpu.max": "100000 100000\n",
            },
            4,
            id="v2, a group outside the namespace, and two others named so",
        ),
        pytest.param(
            {"proc/self/cgroup": "0::/\n", f"{TOP}/cpu.max": "1000 100000\n"},
            1,
            id="v2, a hundredth of a core",
        ),
        pytest.param(
            {"proc/self/cgroup": "0::/\n", f"{TOP}/cpu.max": "6400000 100000\n"},
            8,
            id="v2, more than there are",
        ),
        pytest.param(
            {
                "proc/self/cgroup": V1,
                f"{TOP}/cpu/job/cpu.cfs_quota_us": "250000\n",
                f"{TOP}/cpu/job/cpu.cfs_period_us": "100000\n",
            },
            3,
            id="v1, own quota",
        ),
        pytest.param(
            {
                "proc/self/cgroup": V1,
                f"{TOP}/cpu/job/cpu.cfs_quota_us": "-1\n",
                f"{TOP}/cpu/job/cpu.cfs_period_us": "100000\n",
                f"{TOP}/cpu/cpu.cfs_quota_us": "100000\n",
                f"{TOP}/cpu/cpu.cfs_period_us": "50000\n",
            },
            2,
            id="v1, quota further up",
        ),
    ],
)
def test_quota_limits_cores(
    files: dict[str, str],
    cores: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of 8 cores a process may use what the tightest quota grants, 1 at least."""
    monkeypatch.setattr(machine, "_scheduled_cores", lambda: 8)
    assert usable_cores(plant(tmp_path, files)) == cores


def test_scheduler_limits_cores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The best source that the interpreter has is asked, and no other."""
    monkeypatch.setattr(os, "process_cpu_count", lambda: 3, raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 7}, raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    assert usable_cores(tmp_path) == 3
    monkeypatch.delattr(os, "process_cpu_count")
    assert usable_cores(tmp_path) == 2
    monkeypatch.delattr(os, "sched_getaffinity")
    assert usable_cores(tmp_path) == 64
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert usable_cores(tmp_path) == 1


@pytest.mark.parametrize(
    ("files", "name"),
    [
        ({"proc/cpuinfo": "processor\t: 0\nmodel name\t: Z80: fast\n"}, "Z80: fast"),
        ({"proc/cpuinfo": "processor\t: 0\n"}, "6502"),
        ({}, "6502"),
    ],
)
def test_cpu_name(
    files: dict[str, str],
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The processor's model name is the kernel's, or else the platform's."""
    monkeypatch.setattr(platform, "processor", lambda: "6502")
    assert machine._cpu(plant(tmp_path, files)) == name


def test_memory_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system does not tell its memory, it is None, not a guess."""
    monkeypatch.delattr(os, "sysconf")
    assert this_machine().memory_bytes is None


def test_this_machine() -> None:
    """A machine is described by its system, its processor and usable cores."""
    here = this_machine()
    assert here.system.startswith(platform.system())
    assert here.cpu
    assert here.cores == usable_cores() >= 1


@pytest.mark.parametrize(
    ("implementation", "gil_disabled", "prefix", "suffix"),
    [("cpython", 0, "", ""), ("cpython", 1, "", "t"), ("pypy", None, "pypy", "")],
)
def test_interpreter_name(
    implementation: str,
    gil_disabled: int | None,
    prefix: str,
    suffix: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The short name tells implementation, version and a free-threaded build."""
    named = SimpleNamespace(name=implementation)
    monkeypatch.setattr(sys, "implementation", named)
    monkeypatch.setattr(sysconfig, "get_config_var", lambda _: gil_disabled)
    version = "{}.{}".format(*sys.version_info)
    assert this_interpreter().name == f"{prefix}{version}{suffix}"
    assert this_interpreter().free_threaded is (suffix == "t")


def test_gil_is_what_is_active_now(monkeypatch: pytest.MonkeyPatch) -> None:
    """A GIL switched on in a free-threaded build counts; without the question, too."""
    monkeypatch.setattr(sysconfig, "get_config_var", lambda _: 1)
    for active in (True, False):
        monkeypatch.setattr(
            sys, "_is_gil_enabled", lambda active=active: active, raising=False
        )
        assert this_interpreter().gil is active
    monkeypatch.delattr(sys, "_is_gil_enabled")
    assert this_interpreter().gil is True


def described_by(interpreter: str) -> dict[str, dict[str, object]]:
    finished = subprocess.run(
        [interpreter, machine.__file__],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    (line,) = finished.stdout.splitlines()
    described: dict[str, dict[str, object]] = json.loads(line)
    return described


def test_script() -> None:
    """Run by its path, the module prints what its functions return."""
    assert described_by(sys.executable) == {
        "machine": asdict(this_machine()),
        "interpreter": asdict(this_interpreter()),
    }


@pytest.mark.parametrize("name", ["3.12", "3.13", "3.13t", "3.14", "3.15"])
def test_script_by_others(name: str, python: Callable[[str], str]) -> None:
    """Another interpreter, which has nothing installed, runs the script."""
    found = described_by(python(name))["interpreter"]
    assert found["name"] == name
    assert found["free_threaded"] is name.endswith("t")
