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
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import click
import psutil
import pytest
from click.testing import CliRunner, Result

from interleaved import Comparison, this_interpreter, this_machine
from interleaved.cli import GUESS, _Estimate, command
from interleaved.exercises import EXERCISES, find
from interleaved.experiments import experiments
from interleaved.measurements import (
    Measurement,
    read_measurements,
    write_measurements,
)
from interleaved.measuring import measure

ROOT = Path(__file__).parents[2]
QUICK = "joined_too_early"
COMMAND = [sys.executable, "-m", "interleaved"]
ENVIRONMENT = {
    name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")
} | {
    "PATH": os.environ["PATH"],
    # Beside other tests each of three attempts would be disturbed.
    "INTERLEAVED_MOST_ROUNDS": "5",
}
"""What the command sees: with what `nox -s coverage` tells to children."""

WHOLE = "15"
"""For what has to agree: all rounds, and again where they are disturbed."""


def interleaved(
    *arguments: str,
    command: list[str] = COMMAND,
    folder: Path | None = None,
    **variables: str,
) -> subprocess.CompletedProcess[str]:
    """Run the command with pipes, as another program does."""
    return subprocess.run(
        [*command, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        cwd=folder,
        env=ENVIRONMENT | {"HOME": "/nowhere"} | variables,
    )


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with one experiment, measured here."""
    file = tmp_path_factory.mktemp("measured") / "here.json"
    arguments = ("measure", QUICK, "--json", str(file))
    ran = interleaved(*arguments, INTERLEAVED_MOST_ROUNDS=WHOLE)
    assert ran.returncode == 0, ran.stderr
    return file


@pytest.fixture
def quickly(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Result]:
    """Call `measure` with a program that takes no time in the experiment's place."""
    programs = tmp_path / "programs"
    programs.mkdir()

    def call(*arguments: str, text: str = "report('answer', 42)") -> Result:
        program = f"from interleaved import report\n{text}\n"
        (programs / f"{QUICK}.py").write_text(program, encoding="utf-8")
        monkeypatch.setattr(
            "interleaved.cli.measure", partial(measure, folder=programs)
        )
        return CliRunner().invoke(command, ["measure", QUICK, *arguments])

    return call


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


def test_a_number_of_cores_that_python_was_told_is_explained(
    python: Callable[[str], str],
) -> None:
    """By `-X cpu_count`, which 3.13 brought."""
    if this_machine().cores < 2:
        pytest.skip("this machine has one core to begin with")
    paths = [ROOT / "src", Path(click.__file__).parents[1]]
    shown = interleaved(
        "machine",
        command=[python("3.14"), "-X", "cpu_count=1", "-m", "interleaved"],
        PYTHONPATH=os.pathsep.join(map(str, paths)),
    ).stdout
    assert re.search(r"cores +1 of \d+, told by -X cpu_count", shown)


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


def test_a_part_of_a_name_suggests_the_whole() -> None:
    """Rather than a name that has more letters in common."""
    ran = interleaved("measure", "two-waits")
    assert "did you mean two_waits_measured?" in ran.stderr


def test_an_interpreter_among_the_names_is_told_from_them() -> None:
    """Since `--python A B` looks as if it took both."""
    ran = interleaved("measure", "--python", sys.executable, sys.executable)
    assert ran.returncode == 2
    assert "to measure on that interpreter, write --python before it" in ran.stderr


def test_a_missing_interpreter_is_told() -> None:
    """Before anything is measured."""
    ran = interleaved("measure", QUICK, "--python", "no-such-python")
    assert ran.returncode == 2
    assert "no-such-python: there is no such command" in ran.stderr


def test_exercises_are_listed() -> None:
    """A line each, with what is seen of the bug."""
    lines = interleaved("exercise").stdout.splitlines()
    assert len(lines) == len(EXERCISES)
    for line, each in zip(lines, EXERCISES, strict=True):
        assert re.fullmatch(rf"{each.name} +{re.escape(each.symptom)}", line)


def test_an_exercise_is_copied_judged_and_never_replaced(tmp_path: Path) -> None:
    """Unless it is asked for; the statuses are for programs."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return interleaved(*arguments, folder=tmp_path)

    missing = run("check", "oversold")
    assert missing.returncode == 1
    assert "`interleaved exercise oversold` copies the program there" in missing.stderr

    copied = run("exercise", "oversold")
    assert copied.returncode == 0
    assert "interleaved check oversold" in copied.stdout
    file = tmp_path / "oversold.py"
    assert file.read_text(encoding="utf-8") == find("oversold").broken

    judged = run("check", "oversold")
    assert judged.returncode == 1
    assert judged.stdout.startswith("wrong: one ticket was sold 2 times\nhint: ")

    file.write_text(find("oversold").solution, encoding="utf-8")
    refused = run("exercise", "oversold")
    assert refused.returncode == 1
    assert "oversold.py is there already: --force replaces it" in refused.stderr
    assert file.read_text(encoding="utf-8") == find("oversold").solution

    mine = file.rename(tmp_path / "mine.py")
    judged = run("check", "oversold", str(mine))
    assert judged.returncode == 0
    assert judged.stdout.startswith("right: ")
    mine.rename(file)
    assert run("exercise", "oversold", "--force").returncode == 0
    assert file.read_text(encoding="utf-8") == find("oversold").broken


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_answer_ends_with_its_check(number: signal.Signals, tmp_path: Path) -> None:
    """Whoever stops the command."""
    file, told = tmp_path / "oversold.py", tmp_path / "pid"
    text = "import os\nfrom pathlib import Path\n"
    text += f"Path({str(told)!r}).write_text(str(os.getpid()))\n"
    file.write_text(f"{text}while True:\n    pass\n", encoding="utf-8")
    child = subprocess.Popen(
        [*COMMAND, "check", "oversold", str(file)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 30
    while not (told.exists() and told.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    child.send_signal(number)
    out, err = child.communicate(timeout=30)
    assert (child.returncode, out) == (130, "")
    assert err == "stopped: the file was not judged\n"
    assert not psutil.pid_exists(int(told.read_text()))


@pytest.mark.parametrize(
    ("arguments", "status"),
    [("list", 0), ("machine", 0), ("check oversold", 1), (f"measure {QUICK}", 0)],
)
def test_a_closed_stdout_is_no_error(
    arguments: str, status: int, tmp_path: Path
) -> None:
    """A status is told all the same."""
    (tmp_path / "oversold.py").write_text(find("oversold").broken, encoding="utf-8")
    shell = ["/bin/sh", "-c", 'exec "$@" >&-', "sh", *COMMAND]
    ran = interleaved(*arguments.split(), command=shell, folder=tmp_path)
    assert ran.returncode == status
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize("name", ["exercise", "check"])
def test_a_misspelt_exercise_is_suggested(name: str) -> None:
    """By the nearest name."""
    ran = interleaved(name, "oversolt")
    assert ran.returncode == 2
    assert "there is no exercise 'oversolt': did you mean oversold?" in ran.stderr


def rows(text: str) -> dict[str, list[str]]:
    """The lines for programs: by variant, the columns."""
    found = (line.split("\t") for line in text.splitlines() if "\t" in line)
    return {row[2]: row for row in found}


def test_a_pipe_gets_plain_lines(measured: Path) -> None:
    """No escape codes, no progress, a row a line, whatever the colours say."""
    ran = interleaved(
        *("measure", QUICK, "--against", str(measured)),
        FORCE_COLOR="",
        COLUMNS="40",
        INTERLEAVED_MOST_ROUNDS=WHOLE,
    )
    assert ran.returncode == 0
    assert "\x1b" not in ran.stdout + ran.stderr
    assert ran.stderr == ""
    found = rows(ran.stdout)
    assert list(found) == ["joined too early", "started, then joined"]
    interpreter, name, _, here, there, agrees = found["started, then joined"]
    assert (interpreter, name) == (this_interpreter().name, QUICK)
    assert re.fullmatch(r"\d+\.\d+ × \(.*\)", here)
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
    assert found["started, then joined"][5].split()[0] == "no"


def test_an_older_program_is_not_compared(measured: Path, tmp_path: Path) -> None:
    """Its numbers are of other work."""
    other = changed(measured, tmp_path / "other.json", digest="0" * 64)
    found = rows(interleaved("measure", QUICK, "--against", str(other)).stdout)
    row = found["started, then joined"]
    assert row[4] == ""
    assert row[5].startswith("older program")


def test_nothing_to_compare_with_is_told(
    measured: Path, tmp_path: Path, quickly: Callable[..., Result]
) -> None:
    """A file that has no interpreter of the kind: an empty column is explained."""
    found = only(measured)
    other = replace(
        found.interpreter, name="3.13t", gil=not found.interpreter.gil, version="3.13.0"
    )
    file = changed(measured, tmp_path / "other.json", interpreter=other)
    ran = quickly("--against", str(file))
    assert rows(ran.stdout)["answer"][3:] == ["42", "", ""]
    assert "other.json has no measurement of an interpreter with" in ran.stderr


@pytest.mark.parametrize("content", [b"", b"{}", b'{"interleaved": 1}', b"\0", b"\xff"])
def test_a_damaged_file_is_named(content: bytes, tmp_path: Path) -> None:
    """Before anything is measured."""
    file = tmp_path / "damaged.json"
    file.write_bytes(content)
    ran = interleaved("measure", QUICK, "--against", str(file))
    assert ran.returncode == 1
    assert "damaged.json" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_version_that_is_none_is_named(measured: Path, tmp_path: Path) -> None:
    """Before anything is measured."""
    other = replace(only(measured).interpreter, name="other", version="next")
    file = changed(measured, tmp_path / "other.json", interpreter=other)
    ran = interleaved("measure", QUICK, "--against", str(file))
    assert ran.returncode == 1
    assert "other.json: 'next' is no version of an interpreter" in ran.stderr
    assert ran.stdout == ""


@pytest.mark.parametrize("target", [".", "no such folder/x.json"])
def test_a_file_that_cannot_be_written_is_told(target: str, tmp_path: Path) -> None:
    """Before minutes are spent measuring."""
    ran = interleaved("measure", QUICK, "--json", str(tmp_path / target))
    assert ran.returncode == 2
    assert "cannot write" in ran.stderr
    assert ran.stdout == ""


def test_a_folder_that_goes_meanwhile_costs_the_file_alone(
    tmp_path: Path, quickly: Callable[..., Result]
) -> None:
    """The results are printed all the same."""
    target = tmp_path / "gone" / "x.json"
    target.parent.mkdir()
    goes = f"report('answer', 42)\nimport os; os.rmdir({str(target.parent)!r})"
    ran = quickly("--json", str(target), text=goes)
    assert ran.exit_code == 1
    assert rows(ran.stdout)["answer"][3] == "42"
    assert f"cannot write {target}: No such file or directory" in ran.stderr


def test_a_file_is_replaced_as_a_whole(
    tmp_path: Path, quickly: Callable[..., Result]
) -> None:
    """A link stays a link, the rights are the usual ones, and nothing is beside."""
    folder = tmp_path / "folder"
    folder.mkdir()
    file, link = folder / "real.json", folder / "link.json"
    file.write_text("older")
    usual = file.stat().st_mode
    link.symlink_to(file)
    assert quickly("--json", str(link)).exit_code == 0
    assert only(file).results[0].experiment == QUICK
    assert link.is_symlink()
    assert file.stat().st_mode == usual
    assert sorted(folder.iterdir()) == [link, file]


def test_a_file_outlives_a_run_that_measured_nothing(
    tmp_path: Path, quickly: Callable[..., Result]
) -> None:
    """An empty file would be worth less."""
    file = tmp_path / "x.json"
    file.write_text("older")
    ran = quickly("--json", str(file), text="raise SystemExit('no luck')")
    assert ran.exit_code == 1
    assert f"nothing was measured: {file} is as it was" in ran.stderr
    assert re.search(rf"{QUICK}: failed on .*: it ended with status 1", ran.stderr)
    assert "no luck" in ran.stderr
    assert file.read_text() == "older"


def test_a_device_is_written_to_and_not_replaced(
    tmp_path: Path, quickly: Callable[..., Result]
) -> None:
    """Such as the pipe of `--json >(jq)`; as root a file would take its place."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE) as reader:
        try:
            assert quickly("--json", str(pipe)).exit_code == 0
            text = reader.communicate(timeout=30)[0].decode()
        finally:
            reader.kill()
    (found,) = read_measurements(text, "the pipe")
    assert found.results[0].experiment == QUICK
    assert pipe.is_fifo()


def test_a_code_page_without_the_sign_shows_the_rest(measured: Path) -> None:
    """As of a pipe on a Russian Windows."""
    ran = interleaved(
        "measure", QUICK, "--against", str(measured), PYTHONIOENCODING="cp1251"
    )
    assert ran.returncode == 0
    assert re.match(r"1\.\d+ \? \(", rows(ran.stdout)["started, then joined"][3])


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


def test_an_interpreter_that_is_named_twice_measures_once(
    tmp_path: Path, quickly: Callable[..., Result]
) -> None:
    """Nobody wants the same table again."""
    file = tmp_path / "x.json"
    twice = ("--python", sys.executable) * 2
    assert quickly("--json", str(file), *twice).exit_code == 0
    assert len(read_measurements(file.read_text(encoding="utf-8"), "x")) == 1


def test_the_time_left_is_an_estimate_for_all(measured: Path) -> None:
    """From the reference, from what ran, and else from the mean of these."""
    first, second, third = (replace(each, name=each.name) for each in experiments()[:3])
    found = only(measured)
    (result,) = found.results
    known = replace(result, experiment=first.name, seconds=8.0)
    others = (replace(found, results=(known,)),)
    estimate = _Estimate([first, second, third], others)
    assert estimate.left() == 24
    estimate.begin(first)
    estimate.begin(second)
    assert 15 < estimate.left() <= 16
    estimate.begin(third)  # the second took no time: so will half of the third
    assert 3 < estimate.left() <= 4.1
    assert _Estimate([first, second], ()).left() == 2 * GUESS


def on_a_terminal(*arguments: str, **variables: str) -> str:
    """What the command shows on a terminal of 100 columns."""
    reader, writer = pty.openpty()
    variables = {"TERM": "xterm-256color", "COLUMNS": "100"} | variables
    child = subprocess.Popen(
        [*COMMAND, *arguments],
        stdout=writer,
        stderr=writer,
        stdin=writer,
        env=ENVIRONMENT | variables,
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


def test_a_narrow_terminal_gets_a_list(measured: Path) -> None:
    """In which no word is broken."""
    shown = on_a_terminal("measure", QUICK, "--against", str(measured), COLUMNS="40")
    shown = re.sub(r"\x1b\[[0-9;?]*\w", "", shown)
    assert f"{QUICK}: started, then joined" in shown
    assert re.search(r"(?m)^  agrees\?: (yes|no)", shown)
    assert "…" not in shown
    lines = shown.replace("\r", "\n").splitlines()
    assert max(map(len, lines)) <= 40


def test_no_colours_where_they_are_not_wanted(measured: Path) -> None:
    """NO_COLOR leaves the table, and takes the colours of it."""
    shown = on_a_terminal("measure", QUICK, "--against", str(measured), NO_COLOR="1")
    assert "agrees?" in shown
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", shown)


def folders_of(process: psutil.Process) -> set[Path]:
    """The folder that it was told to use for temporary files, and those around it."""
    with suppress(psutil.Error):
        told = Path(process.environ().get("TMPDIR", "/"))
        return {told, *told.parents}
    return set()


@pytest.fixture
def stopped(tmp_path: Path) -> Callable[[signal.Signals], str]:
    """Measure two experiments and send a signal during the second."""
    temporary = tmp_path / "tmp"
    temporary.mkdir()

    def stop(number: signal.Signals) -> str:
        file = tmp_path / "x.json"
        child = subprocess.Popen(
            # A shell has Ctrl-C ignored for jobs in the background.
            ["/bin/sh", "-c", "trap '' INT; exec \"$@\"", "sh", *COMMAND]
            + ["measure", QUICK, "ten_waits", "--json", str(file)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=ENVIRONMENT | {"TMPDIR": str(temporary)},
        )
        for _ in range(600):
            if list(temporary.glob("*/1/work/ten_waits.py")):
                break
            time.sleep(0.1)
        child.send_signal(number)
        child.send_signal(number)  # somebody impatient
        out, err = child.communicate(timeout=30)
        assert child.returncode == 130, err
        assert "stopped: this is what was measured until then" in err
        assert only(file).results[0].experiment == QUICK
        assert list(temporary.iterdir()) == []
        left = [one for one in psutil.process_iter() if temporary in folders_of(one)]
        assert left == []
        return out

    return stop


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_stopping_keeps_what_was_measured(
    number: signal.Signals, stopped: Callable[[signal.Signals], str]
) -> None:
    """Ctrl-C and its like: the rest is printed and written, and nothing runs on."""
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
    copied = interleaved("exercise", "oversold", command=command, folder=tmp_path)
    assert copied.returncode == 0, copied.stderr
    judged = interleaved("check", "oversold", command=command, folder=tmp_path)
    assert judged.stdout.startswith("wrong: one ticket was sold 2 times")
    assert interleaved("--version", command=command).stdout.startswith("interleaved")
    installed = subprocess.run(
        [*uv, "pip", "list", "-q", "--python", str(python)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert not re.search(r"(?m)^(pytest|mkdocs|msgspec)\b", installed)
