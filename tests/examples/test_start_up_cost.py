import multiprocessing
import os
import re
import shutil
import subprocess
import sys
import threading
from html import unescape
from pathlib import Path
from types import ModuleType

import pytest

from interleaved import measured_in_child
from livedocs.gallery import build

ROOT = Path(__file__).parents[2]
TRIES = 3  # a neighbour may slow down one of the two
UNITS = {"s": 1.0, "ms": 1e-3, "µs": 1e-6}

# The same measurement, but in the process that runs the gallery.
IN_PROCESS = '''
"""
In the gallery's own process
============================

It measures where it is.
"""
import matplotlib.pyplot as plt
from start_up_cost import measure

if __name__ == "__main__":
    found = measure(9)
    for timing in found.timings:
        print(f"{timing.label}: {found.seconds(timing.label)}")
    plt.gcf().set_label("Nothing.")
'''


def forks_in_threads(printed: str) -> float:
    """How many starts of a thread a fork takes, by what the example printed."""
    seconds = {
        label: float(number) * UNITS[unit]
        for label, number, unit in re.findall(
            r"(?m)\b(thread|fork): ([\d.]+) (\w+)", unescape(printed)
        )
    }
    return seconds["fork"] / seconds["thread"]


@pytest.mark.quiet
def test_the_gallery_measures_what_the_command_line_measures(tmp_path: Path) -> None:
    """A fork costs the same in both, as many times as a thread; not so in Sphinx.

    The fork of a big process is slow. That the two agree is worth something only if
    the gallery's own process, where the example does not measure, would disagree.
    """
    if "fork" not in multiprocessing.get_all_start_methods():
        pytest.skip("this system does not fork")
    examples = tmp_path / "examples"
    examples.mkdir()
    shutil.copy(ROOT / "examples" / "start_up_cost.py", examples)
    (examples / "GALLERY_HEADER.rst").write_text("Gallery\n=======\n")
    (examples / "in_process.py").write_text(IN_PROCESS)
    for _ in range(TRIES):
        shutil.rmtree(tmp_path / "pages", ignore_errors=True)
        shutil.rmtree(tmp_path / ".build", ignore_errors=True)
        build(tmp_path, tmp_path / "pages")
        in_child, in_process = (
            forks_in_threads((tmp_path / "pages" / f"{name}.md").read_text("utf-8"))
            for name in ("start_up_cost", "in_process")
        )
        alone = forks_in_threads(run_alone())
        if alone / 2 < in_child < alone * 2 and in_process > 1.2 * in_child:
            return
    assert alone / 2 < in_child < alone * 2
    assert in_process > 1.2 * in_child


def run_alone() -> str:
    """What the example prints on the command line."""
    return subprocess.run(
        [sys.executable, ROOT / "examples" / "start_up_cost.py"],
        env=os.environ | {"MPLBACKEND": "agg"},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    ).stdout


def test_nothing_that_was_started_is_left(example: ModuleType) -> None:
    """The thread and the process are joined."""
    threads = threading.active_count()
    assert example.start_and_join("thread")
    assert example.start_and_join("spawn")
    assert threading.active_count() == threads
    assert multiprocessing.active_children() == []


def test_every_method_of_this_system_is_measured(
    example: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread is the baseline, and no process is as quick as it."""
    found = measured_in_child(example.measure, 3)
    labels = [timing.label for timing in found.timings]
    assert labels[0] == "thread"
    assert set(multiprocessing.get_all_start_methods()) <= set(labels)
    for method in multiprocessing.get_all_start_methods():
        assert found.speedup(method).median < 1
