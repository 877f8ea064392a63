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


def usable_cores(root: Path = _ROOT) -> int:
    """Count the cores that this process may keep busy: 1 or more.

    Those that the scheduler allows it, or fewer if its control group has a quota
    of CPU time; a part of a core counts as one.

    Args:
        root: Where `proc` and `sys` are found; another folder serves tests.
    """
    return max(1, ceil(min(_scheduled_cores(), _granted_cores(root))))


def _scheduled_cores() -> int:
    if hasattr(os, "process_cpu_count"):  # 3.13; heeds -X cpu_count too
        return os.process_cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):  # Linux
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _granted_cores(root: Path) -> float:
    """Read the tightest quota from the process's control group up to the root.

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
    try:
        lines = (root / "proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    for line in lines:
        key, _, value = line.partition(":")
        if key.strip() == "model name":
            return value.strip()
    return platform.processor() or platform.machine() or "unknown"


def _memory_bytes() -> int | None:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # Windows; unknown to the system
        return None


if __name__ == "__main__":
    seen = {
        "machine": asdict(this_machine()),
        "interpreter": asdict(this_interpreter()),
    }
    print(json.dumps(seen))
