import ctypes
import json
import os
import platform
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from interleaved import machine
from interleaved.machine import (
    load_average,
    this_interpreter,
    this_machine,
    usable_cores,
)

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
    monkeypatch.setattr(machine, "scheduled_cores", lambda: 8)
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


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no affinity here")
def test_taskset() -> None:
    """Held to one core, a process may use one, on this interpreter as it is."""
    core = min(os.sched_getaffinity(0))
    program = (
        f"import os; os.sched_setaffinity(0, [{core}]);"
        "from interleaved import usable_cores; print(usable_cores())"
    )
    assert said_by(sys.executable, "-c", program) == "1"


@pytest.mark.parametrize("name", ["3.12", "3.13", "3.13t", "3.14", "3.15"])
def test_cpu_count_as_python_has_it(name: str, python: Callable[[str], str]) -> None:
    """`-X cpu_count` and PYTHON_CPU_COUNT count where Python knows them: from 3.13."""
    program = "from interleaved.machine import scheduled_cores as s; print(s())"
    plain = said_by(python(name), "-c", program)
    known = "3" if name != "3.12" else plain
    assert said_by(python(name), "-X", "cpu_count=3", "-c", program) == known
    assert said_by(python(name), "-c", program, PYTHON_CPU_COUNT="3") == known


def said_by(interpreter: str, *arguments: str, **environment: str) -> str:
    """Return what an interpreter that can import the package prints."""
    folder = str(Path(machine.__file__).parents[1])
    return subprocess.run(
        [interpreter, *arguments],
        env=os.environ | {"PYTHONPATH": folder} | environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout.strip()


class Kernel:
    """Windows' kernel32.dll, as far as it is asked."""

    def __init__(self, mask: int, memory: int, works: bool = True) -> None:
        self.mask, self.memory, self.works = mask, memory, works

    def GetProcessAffinityMask(  # noqa: N802 (its name)
        self, process: ctypes.c_void_p, mask: Any, system_mask: Any
    ) -> bool:
        assert process.value == 2 ** (8 * ctypes.sizeof(ctypes.c_void_p)) - 1
        mask._obj.value, system_mask._obj.value = self.mask, 2**64 - 1
        return self.works

    def GlobalMemoryStatusEx(self, status: Any) -> bool:  # noqa: N802 (its name)
        assert status._obj.raw[:4] == (64).to_bytes(4, "little")
        status._obj[8:16] = self.memory.to_bytes(8, "little")
        return self.works


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> Callable[[Kernel], None]:
    """Makes this a Windows with a kernel and 64 cores."""

    def become(kernel: Kernel) -> None:
        monkeypatch.setattr(platform, "system", lambda: "Windows")
        dlls = SimpleNamespace(kernel32=kernel)
        monkeypatch.setattr(ctypes, "windll", dlls, raising=False)
        monkeypatch.setattr(os, "cpu_count", lambda: 64)
        for name in ("sched_getaffinity", "process_cpu_count", "sysconf", "getloadavg"):
            monkeypatch.delattr(os, name, raising=False)

    return become


@pytest.mark.parametrize(
    ("kernel", "cores"),
    [
        (Kernel(0b1011, 0), 3),
        (Kernel(2**40 - 1, 0), 40),
        (Kernel(0, 0), 64),  # in several groups of cores
        (Kernel(0b1, 0, works=False), 64),
    ],
)
def test_windows_affinity(
    kernel: Kernel, cores: int, windows: Callable[[Kernel], None], tmp_path: Path
) -> None:
    """On Windows a process may use the cores of its mask, if it has one."""
    windows(kernel)
    assert usable_cores(tmp_path) == cores


def test_windows_affinity_from_3_13_on(
    windows: Callable[[Kernel], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There `process_cpu_count` knows `-X cpu_count` but not the mask."""
    windows(Kernel(0b111, 0))
    monkeypatch.setattr(os, "process_cpu_count", lambda: 64, raising=False)
    assert usable_cores(tmp_path) == 3
    monkeypatch.setattr(os, "process_cpu_count", lambda: 2, raising=False)
    assert usable_cores(tmp_path) == 2


@pytest.mark.parametrize(("works", "memory"), [(True, 17_179_869_184), (False, None)])
def test_windows_memory(
    works: bool, memory: int | None, windows: Callable[[Kernel], None]
) -> None:
    """Windows says what memory it has, or nothing."""
    windows(Kernel(1, 17_179_869_184, works))
    assert machine._memory_bytes() == memory


class Registry(ModuleType):
    """Windows' registry, with or without the processor."""

    HKEY_LOCAL_MACHINE = object()

    def __init__(self, processor: str | None) -> None:
        super().__init__("winreg")
        self.processor = processor

    def OpenKey(self, root: object, path: str) -> AbstractContextManager[str]:  # noqa: N802
        assert root is self.HKEY_LOCAL_MACHINE
        if self.processor is None:
            raise FileNotFoundError(path)
        return nullcontext(path)

    def QueryValueEx(  # noqa: N802
        self, key: AbstractContextManager[str], name: str
    ) -> tuple[str | None, int]:
        with key as path:
            assert path == r"HARDWARE\DESCRIPTION\System\CentralProcessor\0"
        assert name == "ProcessorNameString"
        return self.processor, 1


@pytest.mark.parametrize(
    ("processor", "name"),
    [("Zilog Z80 CPU @ 4 MHz  ", "Zilog Z80 CPU @ 4 MHz"), (None, "Z80 Family 6")],
)
def test_windows_cpu(
    processor: str | None,
    name: str,
    windows: Callable[[Kernel], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On Windows the processor is named by the registry, or by the environment."""
    windows(Kernel(1, 0))
    monkeypatch.setitem(sys.modules, "winreg", Registry(processor))
    monkeypatch.setenv("PROCESSOR_IDENTIFIER", "Z80 Family 6")
    assert this_machine().cpu == name


@pytest.mark.parametrize(
    ("answer", "name"),
    [("Apple M1\n", "Apple M1"), (None, "arm"), ("\n", "arm")],
)
def test_mac(
    answer: str | None, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On macOS sysctl names the processor; all cores may be used."""

    def sysctl(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        assert command[1:] == ["-n", "machdep.cpu.brand_string"]
        if answer is None:
            raise subprocess.CalledProcessError(1, command)
        return subprocess.CompletedProcess(command, 0, answer)

    monkeypatch.setattr(subprocess, "run", sysctl)
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    monkeypatch.setattr(platform, "processor", lambda: "arm")
    monkeypatch.setattr(os, "cpu_count", lambda: 10)
    for missing in ("sched_getaffinity", "process_cpu_count"):
        monkeypatch.delattr(os, missing, raising=False)
    assert machine._cpu(tmp_path) == name
    assert usable_cores(tmp_path) == 10


def test_load_average(monkeypatch: pytest.MonkeyPatch) -> None:
    """The load is that of the last minute, or None where the system has none."""
    monkeypatch.setattr(os, "getloadavg", lambda: (0.5, 2.0, 3.0), raising=False)
    assert load_average() == 0.5

    def unknown() -> tuple[float, float, float]:
        raise OSError

    monkeypatch.setattr(os, "getloadavg", unknown)
    assert load_average() is None
    monkeypatch.delattr(os, "getloadavg")
    assert load_average() is None


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
