import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from interleaved import noise
from interleaved.gil import count_to
from interleaved.noise import Noise, Reading, between, percent, read

ME = os.getpid()
linux = pytest.mark.skipif(
    not Path("/proc/stat").exists(), reason="this system has no /proc/stat"
)


def core(number: int | str, *, busy: int = 0, idle: int = 0, steal: int = 0) -> str:
    """A line of /proc/stat; the last two numbers, guests, are in the first two."""
    return f"cpu{number} {busy} 0 0 {idle} 0 0 0 {steal} {busy} 0\n"


def process(pid: int, parent: int, *times: int, start: int = 7) -> str:
    """A line of /proc/*/stat with utime, stime, cutime and cstime."""
    before = f"{pid} (a ) (b) S {parent} 1 1 0 -1 0 0 0 0 0"
    return f"{before} {' '.join(map(str, times))} 20 0 1 0 {start} 0 0\n"


def plant(root: Path, stat: str, *processes: str) -> Path:
    (root / "proc").mkdir(parents=True)
    (root / "proc/stat").write_text("cpu  9 9 9 9 9 9 9 9 9 9\n" + stat + "intr 1 2\n")
    (root / "proc/uptime").write_text("1.0 1.0\n")
    for line in processes:
        folder = root / "proc" / line.split()[0]
        folder.mkdir()
        (folder / "stat").write_text(line)
    return root


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to read, where the scheduler allows us cores 0 and 2."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 2}, raising=False)
    monkeypatch.setattr(noise, "usable_cores", lambda _: 2)
    return tmp_path


def reading(
    *, total: int, busy: int = 0, stolen: int = 0, own: int = 0, usable: int = 2
) -> Reading:
    return Reading(total, busy, stolen, own, 2, usable, frozenset())


def test_every_kind_of_work_is_busy(root: Path) -> None:
    """Busy is user, nice, system, irq and softirq; idle, iowait and guests are not."""
    stat = "cpu0 1 10 100 7000 70000 1000 10000 900000 1 10\ncpu2 0 0 0 0 0 0 0 0 0 0\n"
    found = read(root=plant(root, stat, process(ME, 1, 0, 0, 0, 0)))
    assert found
    assert (found.busy, found.stolen) == (11111, 900000)
    assert found.total == 11111 + 77000 + 900000


def test_only_our_cores_count(root: Path) -> None:
    """What happens on a core that the scheduler does not allow is no matter."""
    stat = core(0, busy=1, idle=2) + core(1, busy=50, steal=50) + core(2, busy=4)
    found = read(root=plant(root, stat, process(ME, 1, 0, 0, 0, 0)))
    assert found
    assert (found.total, found.busy, found.stolen, found.allowed) == (7, 5, 0, 2)


def test_without_affinity_all_cores_count(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the scheduler has no list of cores, each is ours."""
    monkeypatch.delattr(os, "sched_getaffinity")
    stat = "".join(core(number, busy=1) for number in range(3))
    found = read(root=plant(root, stat, process(ME, 1, 0, 0, 0, 0)))
    assert found
    assert (found.busy, found.allowed) == (3, 3)


def test_own_time_is_that_of_the_whole_tree(root: Path) -> None:
    """Ours are this process, its descendants and the children they waited for."""
    found = read(
        root=plant(
            root,
            core(0) + core(2),
            process(1, 0, 9000, 9000, 9000, 9000),
            process(ME, 1, 1, 10, 100, 1000),
            process(900_001, ME, 1, 10, 100, 1000),
            process(900_002, 900_001, 1, 10, 100, 1000),
            process(900_003, 1, 5000, 0, 0, 0),
        )
    )
    assert found
    assert found.own == 3333
    assert {pid for pid, _ in found.processes} == {ME, 900_001, 900_002}


def test_an_orphan_of_ours_stays_ours(root: Path) -> None:
    """What was ours before is counted after its parent has ended, by id and start."""
    me = process(ME, 1, 1, 0, 0, 0)
    tree = process(900_001, ME, 2, 0, 0, 0), process(900_002, 900_001, 4, 0, 0, 0)
    early = plant(root / "a", core(0) + core(2), me, *tree)
    before = read(root=early)
    orphan = process(900_002, 1, 40, 0, 0, 0)
    other = process(900_001, 1, 8000, 0, 0, 0, start=8)  # its id is used again
    late = plant(root / "b", core(0) + core(2), me, orphan, other)
    after = read(before, root=late)
    assert after
    assert after.own == 41


@pytest.mark.parametrize(
    "stat", [None, "", core(1), "cpu0 1 2 3\n", "cpu0 a b c d e f g h\n"]
)
def test_a_system_that_does_not_say(stat: str | None, root: Path) -> None:
    """Without /proc/stat, or with one of other content, there is no reading."""
    if stat is not None:
        plant(root, stat, process(ME, 1, 0, 0, 0, 0))
    assert read(root=root) is None


def test_a_proc_without_us_says_nothing(root: Path) -> None:
    """In a /proc of other processes nobody's time could be told from ours."""
    stat = core(0) + core(2)
    assert read(root=plant(root, stat, process(1, 0, 0, 0, 0, 0))) is None


def test_a_process_that_ends_while_it_is_read(root: Path) -> None:
    """A folder of /proc without its file is a process that has just ended."""
    plant(root, core(0) + core(2), process(ME, 1, 5, 0, 0, 0))
    (root / "proc/900001").mkdir()
    found = read(root=root)
    assert found
    assert found.own == 5


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (reading(total=1000), Noise(0, 0)),
        (reading(total=1000, busy=300), Noise(0, 0.3)),
        (reading(total=1000, busy=300, own=250), Noise(0, 0.05)),
        (reading(total=1000, busy=300, own=310), Noise(0, 0)),
        (reading(total=1000, stolen=40), Noise(0.04, 0)),
        (reading(total=1000, stolen=3000), Noise(1, 0)),  # iowait may go backwards
        (reading(total=40, busy=10), Noise(0, 0.25)),  # 0.2 s of two cores
        # A quota grants one of two cores: others may have the other.
        (reading(total=1000, busy=900, own=450, usable=1), Noise(0, 0)),
        (reading(total=1000, busy=900, own=300, usable=1), Noise(0, 0.2)),
        (reading(total=1000, busy=1000, usable=1), Noise(0, 1)),
    ],
)
def test_shares(after: Reading, expected: Noise) -> None:
    """Shares are of the usable cores' time, without our own, and from 0 to 1."""
    found = between(reading(total=0), after)
    assert found
    assert found.foreign == pytest.approx(expected.foreign)
    assert found.stolen == pytest.approx(expected.stolen)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, reading(total=1000)),
        (reading(total=0), None),
        (reading(total=0), reading(total=0)),  # a system that writes but zeros
        (reading(total=0), reading(total=39)),  # less than 0.2 s of two cores
        (reading(total=0), Reading(1000, 0, 0, 0, 3, 3, frozenset())),
    ],
)
def test_no_noise_is_made_up(before: Reading | None, after: Reading | None) -> None:
    """Without two readings, or time between them, or the same cores, it is None."""
    assert between(before, after) is None


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_unfit_share(share: float) -> None:
    """What is no share is refused."""
    with pytest.raises(ValueError, match="stolen is"):
        Noise(share, 0)
    with pytest.raises(ValueError, match="foreign is"):
        Noise(0, share)


def test_text() -> None:
    """Noise is written in percent."""
    assert str(Noise(0.021, 0.4)) == "2 % stolen, 40 % foreign"


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0.0 %"),
        (0.0214, "2.1 %"),
        (0.0994, "9.9 %"),
        (0.0996, "10 %"),
        (0.154, "15 %"),
        (9.99, "999 %"),
        (10.0, ">999 %"),
        (float("inf"), ">999 %"),
    ],
)
def test_percent(share: float, text: str) -> None:
    """A share has two figures or more, and none that nobody reads."""
    assert percent(share) == text


BUSY = """
import os, signal
if os.fork():
    os._exit(0)
os.setsid()
signal.alarm(60)
print(os.getpid(), flush=True)
os.close(1)
while True:
    pass
"""


@pytest.fixture
def stranger() -> Iterator[int]:
    """A process that is busy and not ours: its parent has ended."""
    said = subprocess.run(
        [sys.executable, "-c", BUSY], stdout=subprocess.PIPE, check=True, timeout=30
    )
    yield int(said.stdout)
    os.kill(int(said.stdout), signal.SIGKILL)


def seconds_of(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@linux
def test_a_stranger_is_foreign(stranger: int) -> None:
    """The time of a busy process that is not ours is foreign, all of it."""
    before, start, its_start = read(), time.monotonic(), seconds_of(stranger)
    assert before
    time.sleep(1)
    found = between(before, read(before))
    assert found
    # As much as it got of the time, on a machine with others; they add to it.
    its_share = (seconds_of(stranger) - its_start) / (time.monotonic() - start)
    assert its_share > 0
    assert found.foreign > 0.7 * its_share / before.usable


@linux
@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_our_workers_are_not_foreign(method: str) -> None:
    """The time of processes in a pool is our own, before and after they have ended."""
    before, start = read(), time.process_time()
    assert before
    with ProcessPoolExecutor(2, mp_context=get_context(method)) as pool:
        list(pool.map(count_to, [3_000_000] * 4))
        during = read(before)
    after = read(during)
    assert during
    assert after
    here = time.process_time() - start
    # What this process alone did not do, the workers did.
    worked = (during.own - before.own) / os.sysconf("SC_CLK_TCK") - here
    assert worked > 0.1
    assert after.own - before.own > 0.9 * (during.own - before.own)
