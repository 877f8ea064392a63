"""The command `interleaved`, as somebody uses it."""

import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from interleaved import Comparison, this_interpreter, this_machine
from interleaved.experiments import experiments
from interleaved.measurements import (
    Measurement,
    read_measurements,
    write_measurements,
)

ROOT = Path(__file__).parents[2]
QUICK = "joined_too_early"
COMMAND = [sys.executable, "-m", "interleaved"]


def interleaved(
    *arguments: str, command: list[str] = COMMAND, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run the command with pipes, as another program does."""
    return subprocess.run(
        [*command, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env={"PATH": os.environ["PATH"], "HOME": "/nowhere"} | variables,
    )


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with one experiment, measured here."""
    file = tmp_path_factory.mktemp("measured") / "here.json"
    ran = interleaved("measure", QUICK, "--json", str(file))
    assert ran.returncode == 0, ran.stderr
    return file


def only(file: Path) -> Measurement:
    (found,) = read_measurements(file.read_text(encoding="utf-8"), file.name)
    return found


def changed(file: Path, target: Path, **fields: object) -> Path:
    """Another measurement: the same, but for fields of its result."""
    found = only(file)
    (result,) = found.results
    of_result = {
        name: fields.pop(name) for name in list(fields) if hasattr(result, name)
    }
    found = replace(found, results=(replace(result, **of_result),), **fields)  # type: ignore[arg-type]
    target.write_text(write_measurements([found]), encoding="utf-8")
    return target


def slower(comparison: Comparison, times: float) -> Comparison:
    """The same comparison with a baseline so many times slower."""
    first, *others = comparison.timings
    first = replace(first, seconds=tuple(times * each for each in first.seconds))
    return replace(comparison, timings=(first, *others))


def test_the_machine_is_shown() -> None:
    """For people, and as JSON for programs."""
    shown = interleaved("machine").stdout
    assert this_machine().cpu in shown
    assert this_interpreter().version in shown
    assert "GIL" in shown
    found = json.loads(interleaved("machine", "--json").stdout)
    assert found["machine"]["cores"] == this_machine().cores
    assert found["interpreter"]["version"] == this_interpreter().version


@pytest.mark.skipif(not shutil.which("taskset"), reason="there is no taskset here")
def test_fewer_cores_are_explained() -> None:
    """Where the scheduler allows one core of several."""
    if this_machine().cores < 2:
        pytest.skip("this machine has one core to begin with")
    shown = interleaved("machine", command=["taskset", "-c", "0", *COMMAND]).stdout
    assert re.search(r"cores +1 of \d+, limited by the scheduler", shown)


def test_experiments_are_listed() -> None:
    """Each with its page and what is claimed of it."""
    shown = interleaved("list").stdout
    for each in experiments():
        assert re.search(rf"(?m)^{each.name} +{re.escape(each.page)}", shown)
        assert all(claim.sentence in shown for claim in each.claims)


def test_what_was_measured_is_kept_as_data(measured: Path) -> None:
    """With machine, interpreter, and the digest of the program."""
    found = only(measured)
    assert found.machine == this_machine()
    assert found.interpreter == this_interpreter()
    (result,) = found.results
    (experiment,) = (each for each in experiments() if each.name == QUICK)
    assert (result.experiment, result.digest) == (QUICK, experiment.digest())
    assert len(result.comparisons[0].timings) == 3


def test_a_wrong_name_suggests_the_right_one(tmp_path: Path) -> None:
    """And nothing is measured."""
    ran = interleaved("measure", "joined-to-early", "--json", str(tmp_path / "x"))
    assert ran.returncode == 2
    assert "did you mean joined_too_early?" in ran.stderr
    assert not (tmp_path / "x").exists()
    assert "see `interleaved list`" in interleaved("measure", "qqq").stderr


def test_a_missing_interpreter_is_told() -> None:
    """Before anything is measured."""
    ran = interleaved("measure", QUICK, "--python", "no-such-python")
    assert ran.returncode == 2
    assert "no-such-python: there is no such command" in ran.stderr


def rows(text: str) -> dict[str, list[str]]:
    """The lines for programs: by variant, the columns."""
    found = (line.split("\t") for line in text.splitlines() if "\t" in line)
    return {row[1]: row for row in found}


def test_a_pipe_gets_plain_lines(measured: Path) -> None:
    """No escape codes, no progress, a row a line, whatever the colours say."""
    ran = interleaved(
        "measure", QUICK, "--against", str(measured), FORCE_COLOR="", COLUMNS="40"
    )
    assert ran.returncode == 0
    assert "\x1b" not in ran.stdout + ran.stderr
    assert ran.stderr == ""
    found = rows(ran.stdout)
    assert list(found) == ["joined too early", "started, then joined"]
    name, _, here, there, agrees = found["started, then joined"]
    assert name == QUICK
    assert re.fullmatch(r"1\.\d+ × \(.*\)", here)
    assert there == str(
        only(measured).results[0].comparisons[0].speedup("started, then joined")
    )
    assert agrees.split()[0] == "yes"


def test_what_differs_is_told(measured: Path, tmp_path: Path) -> None:
    """A ratio that is far from the other one."""
    (comparison,) = only(measured).results[0].comparisons
    other = changed(
        measured, tmp_path / "other.json", comparisons=(slower(comparison, 3),)
    )
    found = rows(interleaved("measure", QUICK, "--against", str(other)).stdout)
    assert found["started, then joined"][4].split()[0] == "no"


def test_an_older_program_is_not_compared(measured: Path, tmp_path: Path) -> None:
    """Its numbers are of other work."""
    other = changed(measured, tmp_path / "other.json", digest="0" * 64)
    found = rows(interleaved("measure", QUICK, "--against", str(other)).stdout)
    row = found["started, then joined"]
    assert row[3] == ""
    assert row[4].startswith("older program")


@pytest.mark.parametrize("content", ["", "{}", '{"interleaved": 1}', "\x00"])
def test_a_damaged_file_is_named(content: str, tmp_path: Path) -> None:
    """Before anything is measured."""
    file = tmp_path / "damaged.json"
    file.write_text(content, encoding="utf-8")
    ran = interleaved("measure", QUICK, "--against", str(file))
    assert ran.returncode == 1
    assert "damaged.json" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """The results are printed all the same."""
    target = tmp_path / "no such folder" / "x.json"
    ran = interleaved("measure", QUICK, "--json", str(target))
    assert ran.returncode == 1
    assert "cannot write" in ran.stderr
    assert "started, then joined" in ran.stdout


def test_json_can_go_to_a_pipe() -> None:
    """Then stdout holds nothing else."""
    ran = interleaved("measure", QUICK, "--json", "-")
    (found,) = read_measurements(ran.stdout, "stdout")
    assert found.results[0].experiment == QUICK
    assert "started, then joined" in ran.stderr


@pytest.mark.parametrize("name", ["3.13t", "3.14"])
def test_other_interpreters_measure(
    name: str, python: Callable[[str], str], tmp_path: Path
) -> None:
    """Two of them in one go; the file has both."""
    file = tmp_path / "x.json"
    others = ("--python", sys.executable, "--python", python(name))
    ran = interleaved("measure", QUICK, "--json", str(file), *others)
    assert ran.returncode == 0, ran.stderr
    found = read_measurements(file.read_text(encoding="utf-8"), "x.json")
    assert [each.interpreter.name for each in found] == [this_interpreter().name, name]


def on_a_terminal(*arguments: str, **variables: str) -> str:
    """What the command shows on a terminal of 100 columns."""
    reader, writer = pty.openpty()
    variables = {"TERM": "xterm-256color", "COLUMNS": "100"} | variables
    child = subprocess.Popen(
        [*COMMAND, *arguments],
        stdout=writer,
        stderr=writer,
        stdin=writer,
        env={"PATH": os.environ["PATH"]} | variables,
    )
    os.close(writer)
    shown = b""
    while True:
        try:
            read = os.read(reader, 65536)
        except OSError:  # Linux says so when the other end is closed
            break
        if not read:
            break
        shown += read
    os.close(reader)
    assert child.wait(60) == 0
    return shown.decode()


def test_a_terminal_gets_a_table_and_a_progress_bar(measured: Path) -> None:
    """With the time that is left, and the origin of the other column."""
    shown = on_a_terminal("measure", QUICK, "--against", str(measured))
    assert re.search(r"about \d+ s left", shown)
    assert "agrees?" in shown
    assert "\x1b[" in shown


def test_no_colours_where_they_are_not_wanted(measured: Path) -> None:
    """NO_COLOR leaves the table, and takes the colours of it."""
    shown = on_a_terminal("measure", QUICK, "--against", str(measured), NO_COLOR="1")
    assert "agrees?" in shown
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", shown)


# A shell may have it ignored for jobs in the background.
HEEDING_CTRL_C = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
    "from interleaved.cli import main; main()"
)


@pytest.fixture
def stopped(tmp_path: Path) -> Callable[[signal.Signals], str]:
    """Measure two experiments and send a signal during the second."""
    temporary = tmp_path / "tmp"
    temporary.mkdir()

    def stop(number: signal.Signals) -> str:
        file = tmp_path / "x.json"
        child = subprocess.Popen(
            [sys.executable, "-c", HEEDING_CTRL_C, "measure"]
            + [QUICK, "one_shot_or_compared", "--json", str(file)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={"PATH": os.environ["PATH"], "TMPDIR": str(temporary)},
        )
        for _ in range(600):
            if list(temporary.glob("*/work/one_shot_or_compared.py")):
                break
            time.sleep(0.1)
        child.send_signal(number)
        out, err = child.communicate(timeout=30)
        assert child.returncode == 130, err
        assert "stopped: this is what was measured until then" in err
        assert only(file).results[0].experiment == QUICK
        assert list(temporary.iterdir()) == []
        left = subprocess.run(
            ["ps", "-eo", "args"], capture_output=True, text=True, check=True
        ).stdout
        assert "one_shot_or_compared.py" not in left
        return out

    return stop


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopping_keeps_what_was_measured(
    number: signal.Signals, stopped: Callable[[signal.Signals], str]
) -> None:
    """Ctrl-C or SIGTERM: the rest is printed and written, and nothing runs on."""
    assert "started, then joined" in stopped(number)


def test_it_works_from_an_installation_alone(tmp_path: Path) -> None:
    """`pip install .` into an empty environment, without any of the book's tools."""
    uv = [sys.executable, "-m", "uv"]
    subprocess.run(
        [*uv, "venv", "-q", "--python", sys.executable, str(tmp_path / "env")],
        check=True,
    )
    python = tmp_path / "env" / "bin" / "python"
    made = subprocess.run(
        [*uv, "pip", "install", "-q", "--python", str(python), str(ROOT)],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode and "network" in made.stderr.lower():
        pytest.skip(f"nothing can be installed: {made.stderr[:200]}")
    assert made.returncode == 0, made.stderr
    command = [str(tmp_path / "env" / "bin" / "interleaved")]
    ran = interleaved("measure", QUICK, command=command)
    assert ran.returncode == 0, ran.stderr
    assert "started, then joined" in ran.stdout
    assert interleaved("--version", command=command).stdout.startswith("interleaved")
    installed = subprocess.run(
        [*uv, "pip", "list", "-q", "--python", str(python)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert not re.search(r"(?m)^(pytest|mkdocs|msgspec)\b", installed)
