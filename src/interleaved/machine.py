"""What ran it: the machine and the interpreter.

Also a script for any interpreter from 3.11 on, installed or not, and so without
an import from its own package: `python3.13t src/interleaved/machine.py` prints
`{"machine": {...}, "interpreter": {...}}` on one line.
"""

import json
import os
import platform
import sys
import sysconfig
from dataclasses import asdict, dataclass
from math import ceil, inf
from pathlib import Path, PurePosixPath
from typing import Any

_ROOT = Path("/")


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine, as far as a measurement depends on it.

    Attributes:
        system: Operating system, its release and the architecture.
        cpu: Model name of the processor, or only its architecture where the
            system says no more.
        cores: Cores that this process may keep busy, see `usable_cores`.
        memory_bytes: Physical memory, or None where the system does not say.
    """

    system: str
    cpu: str
    cores: int
    memory_bytes: int | None


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python interpreter, as far as a measurement depends on it.

    Attributes:
        name: Short name, such as "3.11", "3.13t" or "pypy3.11".
        implementation: Such as "CPython" or "PyPy".
        version: Version of the language, such as "3.13.5".
        free_threaded: Whether it was built to run without a GIL.
        gil: Whether a GIL is at work now. A free-threaded build can switch its
            own on: `-X gil=1`, or the import of an extension that needs it.
        build: Build and compiler, in the interpreter's own words.
    """

    name: str
    implementation: str
    version: str
    free_threaded: bool
    gil: bool
    build: str


def this_machine() -> Machine:
    """Describe the machine that runs this."""
    return Machine(
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
        cpu=_cpu(_ROOT),
        cores=usable_cores(),
        memory_bytes=_memory_bytes(),
    )


def this_interpreter() -> Interpreter:
    """Describe the interpreter that runs this."""
    cpython = sys.implementation.name == "cpython"
    free_threaded = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
    name = f"{sys.version_info.major}.{sys.version_info.minor}"
    return Interpreter(
        name=("" if cpython else sys.implementation.name)
        + name
        + ("t" if free_threaded else ""),
        implementation=platform.python_implementation(),
        version=platform.python_version(),
        free_threaded=free_threaded,
        # 3.13 brought the question; before it the answer was always yes.
        gil=getattr(sys, "_is_gil_enabled", lambda: True)(),
        build=" ".join(sys.version.split()[1:]),
    )


def release(version: str) -> tuple[int, int]:
    """Return the first two numbers of a Python's version: (3, 15) of "3.15.0a1".

    Raises:
        ValueError: It has no two numbers.
    """
    try:
        major, minor = version.split(".")[:2]
        return int(major), int(minor)
    except ValueError as error:
        raise ValueError(f"{version!r} is no version of an interpreter") from error


def usable_cores(root: Path = _ROOT) -> int:
    """Count the cores that this process may keep busy: 1 or more.

    Those that the scheduler allows it (see `scheduled_cores`), or fewer if its
    control group has a quota of CPU time; a part of a core counts as one.

    Args:
        root: Where `proc` and `sys` are found; another folder serves tests.
    """
    return max(1, ceil(min(scheduled_cores(), granted_cores(root))))


def scheduled_cores() -> int:
    """Count the cores that the scheduler allows this process: 1 or more.

    They are those of its affinity (Linux, Windows) or all (macOS has none). From
    3.13 on Python also knows `-X cpu_count=N` and PYTHON_CPU_COUNT, and so does
    this; 3.11 and 3.12 ignore them, and so does this.
    """
    if hasattr(os, "process_cpu_count"):  # 3.13
        cores = os.process_cpu_count() or 1
    elif hasattr(os, "sched_getaffinity"):  # Linux
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    # On Windows `process_cpu_count` is blind to the affinity, in 3.15 still.
    return min(cores, _windows_affinity() or cores)


def _windows_affinity() -> int | None:
    """Count the cores of a Windows process; None elsewhere, or if it has no mask.

    Source: Windows API, GetProcessAffinityMask. The mask is 0 for a process with
    threads in several groups of 64 cores.
    """
    kernel = _windows_kernel()
    if kernel is None:
        return None
    import ctypes

    process, system = ctypes.c_size_t(), ctypes.c_size_t()
    this_process = ctypes.c_void_p(-1)  # as GetCurrentProcess returns it
    found = kernel.GetProcessAffinityMask(
        this_process, ctypes.byref(process), ctypes.byref(system)
    )
    return process.value.bit_count() or None if found else None


def _windows_kernel() -> Any:
    """Return kernel32.dll on Windows, None elsewhere."""
    if platform.system() != "Windows":  # no sys.platform, of which mypy knows ours
        return None
    import ctypes

    return ctypes.windll.kernel32  # type: ignore[attr-defined]


def granted_cores(root: Path = _ROOT) -> float:
    """Read the tightest quota from the process's control group up to the root.

    Infinite where there is none. A part of a core counts as that part.

    Source: Linux, admin-guide/cgroup-v2.rst (v2), scheduler/sched-bwc.rst (v1).
    """
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return inf
    granted = inf
    for line in lines:
        _, controllers, group = line.split(":", 2)
        if not controllers:
            top = root / "sys/fs/cgroup"
        elif "cpu" in controllers.split(","):
            top = root / "sys/fs/cgroup/cpu"
        else:
            continue
        parts = PurePosixPath(group).parts[1:]
        if ".." in parts:  # a group outside our namespace: its top is all we see
            parts = ()
        for depth in range(len(parts) + 1):
            granted = min(granted, _quota(top.joinpath(*parts[:depth])))
    return granted


def _quota(folder: Path) -> float:
    """Read the cores granted by one control group; infinite without a limit."""
    for names in (["cpu.max"], ["cpu.cfs_quota_us", "cpu.cfs_period_us"]):
        try:
            text = " ".join((folder / name).read_text() for name in names)
            quota, period = map(int, text.split())
        except (OSError, ValueError):  # not of this kind, or "max": no limit
            continue
        if quota > 0:  # v1 writes -1 for no limit
            return quota / period
    return inf


def _cpu(root: Path) -> str:
    """Name the processor by its model, or only its architecture."""
    ask = {"Darwin": _mac_cpu, "Windows": _windows_cpu}
    model = ask.get(platform.system(), lambda: _linux_cpu(root))()
    return model or platform.processor() or platform.machine() or "unknown"


def _linux_cpu(root: Path) -> str:
    try:
        lines = (root / "proc/cpuinfo").read_text().splitlines()
    except OSError:
        return ""
    for line in lines:
        key, _, value = line.partition(":")
        if key.strip() == "model name":
            return value.strip()
    return ""


def _mac_cpu() -> str:
    import subprocess

    try:
        return subprocess.run(
            ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"],
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""


def _windows_cpu() -> str:
    from importlib import import_module

    registry: Any = import_module("winreg")
    try:
        key = registry.OpenKey(
            registry.HKEY_LOCAL_MACHINE,
            r"HARDWARE\DESCRIPTION\System\CentralProcessor\0",
        )
        with key:
            return str(registry.QueryValueEx(key, "ProcessorNameString")[0]).strip()
    except OSError:
        return os.environ.get("PROCESSOR_IDENTIFIER", "")


def _memory_bytes() -> int | None:
    kernel = _windows_kernel()
    if kernel is not None:
        return _windows_memory(kernel)
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # unknown to the system
        return None


def _windows_memory(kernel: Any) -> int | None:
    """Ask Windows for its memory.

    Source: Windows API, GlobalMemoryStatusEx and its MEMORYSTATUSEX: two 32-bit
    numbers, of which the first is the size of all, and seven 64-bit ones, of
    which the first is the physical memory.
    """
    from ctypes import byref, c_uint32, create_string_buffer, sizeof

    status = create_string_buffer(64)
    c_uint32.from_buffer(status).value = sizeof(status)
    if not kernel.GlobalMemoryStatusEx(byref(status)):
        return None
    return int.from_bytes(status.raw[8:16], "little")


def load_average() -> float | None:
    """Return how many processes wanted a core in the last minute, if it is known."""
    try:
        return os.getloadavg()[0]
    except (AttributeError, OSError):  # Windows; unknown to the system
        return None


if __name__ == "__main__":
    seen = {
        "machine": asdict(this_machine()),
        "interpreter": asdict(this_interpreter()),
    }
    print(json.dumps(seen))
