"""Reference measurements: kept, replaced, and never taken for another program's."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from desk import claiming
from records import MACHINE, python
from test_ledger import BLOCK, compared

from interleaved import Value
from interleaved.measurements import (
    Measurement,
    Result,
    read_measurements,
    write_measurements,
)
from livedocs.experiments import digest_of
from livedocs.page import Script, parse_page
from livedocs.references import References, add_measurements

LOST = Value("lost", (1.0, 2.0), "")


@pytest.fixture
def script() -> Script:
    (script,) = parse_page(BLOCK, Path("page.md")).scripts
    return script


def measurement(interpreter: str, *results: Result, date: str = "2026-01-02") -> str:
    """A file's text, as the command writes it."""
    found = Measurement(MACHINE, python(interpreter), date, results)
    return write_measurements([found])


def result(script: Script, name: str = "two_counts", digest: str = "") -> Result:
    return Result(name, digest or digest_of(script), 1.5, (compared(1.9),), (LOST,))


def write(folder: Path, **texts: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.json").write_text(text, encoding="utf-8")
    return folder


def test_what_was_measured_with_the_program_is_found(
    tmp_path: Path, script: Script
) -> None:
    """By name and text; with interpreter, machine and day."""
    folder = write(
        tmp_path,
        a=measurement("3.13t", result(script)),
        b=measurement("3.12", result(script, name="other")),
        c=measurement("3.14", result(script, digest="0" * 64)),
    )
    (found,) = References(folder).of(script)
    assert found.interpreter == python("3.13t")
    assert (found.machine, found.date) == (MACHINE, "2026-01-02")
    assert (found.comparisons, found.values) == ((compared(1.9),), (LOST,))


def test_programs_that_have_changed_since_are_named(
    tmp_path: Path, script: Script
) -> None:
    """So that somebody measures them anew."""
    folder = write(tmp_path, a=measurement("3.14", result(script, digest="0" * 64)))
    assert References(folder).outdated([script]) == ["two_counts"]
    write(tmp_path, a=measurement("3.14", result(script)))
    assert References(folder).outdated([script]) == []


def test_without_a_folder_there_are_none(tmp_path: Path, script: Script) -> None:
    """Nor is it an error that a book has none yet."""
    assert References(None).of(script) == []
    assert References(tmp_path / "nowhere").of(script) == []


def test_measurements_of_files_are_kept_by_interpreter(
    tmp_path: Path, script: Script
) -> None:
    """What was added or replaced is said; the rest stays."""
    folder = write(
        tmp_path / "kept",
        **{"3.12": measurement("3.12", result(script))},
        **{"3.13t": measurement("3.13t", date="2025-01-01")},
    )
    source = write(
        tmp_path / "new",
        one=measurement("3.13t", result(script)),
        two=measurement("3.14", result(script)),
    )
    said = add_measurements([source / "one.json", source / "two.json"], folder)
    assert said == [
        "replaced: 3.13t, 1 experiment, 2026-01-02",
        "added: 3.14, 1 experiment, 2026-01-02",
    ]
    names = {each.interpreter.name for each in References(folder).of(script)}
    assert names == {"3.12", "3.13t", "3.14"}


def test_what_a_replacement_lacks_is_said(tmp_path: Path, script: Script) -> None:
    """A measurement of one experiment takes the place of one of all."""
    results = [result(script, name=name) for name in ("two_counts", "other", "more")]
    source = write(
        tmp_path / "new",
        all=measurement("3.14", *results),
        one=measurement("3.14", *results[:1]),
    )
    folder = tmp_path / "not" / "yet"
    assert add_measurements([source / "all.json"], folder) == [
        "added: 3.14, 3 experiments, 2026-01-02"
    ]
    assert add_measurements([source / "one.json"], folder) == [
        "replaced: 3.14, 1 experiment, 2026-01-02; gone: more, other"
    ]


@pytest.mark.parametrize(
    ("date", "kept"), [("2026-01-02", ["other", "two_counts"]), ("2026-01-03", [])]
)
def test_an_amendment_keeps_what_it_does_not_replace(
    tmp_path: Path, script: Script, date: str, kept: list[str]
) -> None:
    """If it is of the same day; what is of another has another date."""
    both = measurement("3.14", result(script), result(script, name="other"))
    folder = write(tmp_path / "kept", **{"3.14": both})
    new = replace(result(script), seconds=9.0)
    source = write(tmp_path / "new", new=measurement("3.14", new, date=date))
    add_measurements([source / "new.json"], folder, amend=True)
    text = (folder / "3.14.json").read_text(encoding="utf-8")
    (found,) = read_measurements(text, "3.14.json")
    assert found.date == date
    assert new in found.results
    assert [each.experiment for each in found.results] == (kept or ["two_counts"])


@pytest.mark.parametrize(
    ("condition", "unsettled"),
    [
        ('"on threads" < 1.3', ["two_counts"]),
        ('"on threads" > 1.3', []),
        ('"on threads" < 1.3 on free-threaded', []),
    ],
)
def test_what_leaves_a_claim_open_is_named(
    tmp_path: Path, condition: str, unsettled: list[str]
) -> None:
    """So that it is measured again; what a claim is not about is left alone."""
    text = BLOCK + claiming("fast", condition)
    page = parse_page(text, Path("page.md"))
    references = References(
        write(tmp_path, a=measurement("3.14", result(page.scripts[0])))
    )
    assert references.unsettled([page], "3.14") == unsettled
    assert references.unsettled([page], "3.13") == []


def test_a_kept_file_changes_only_where_a_value_did(
    tmp_path: Path, script: Script
) -> None:
    """One line for each list of seconds, experiments by name in any order given."""
    first, other = result(script), result(script, name="other")
    texts = []
    for number, results in enumerate([(first, other), (other, first)]):
        source = write(tmp_path / f"{number}", new=measurement("3.14", *results))
        add_measurements([source / "new.json"], tmp_path / "kept")
        texts.append((tmp_path / "kept" / "3.14.json").read_text(encoding="utf-8"))
    assert texts[0] == texts[1]
    assert json.loads(texts[0]) == json.loads(measurement("3.14", other, first))
    (line, *_) = [line for line in texts[0].splitlines() if '"seconds": [' in line]
    assert line.strip(" ,") == f'"seconds": [{", ".join(["1.9"] * 15)}]'


@pytest.mark.parametrize("name", ["../3.14", "3.14/..", "", "<b>", "3.14\n", "\ud800"])
def test_an_interpreter_has_a_name_for_a_file_and_a_tab(
    tmp_path: Path, script: Script, name: str
) -> None:
    """Another name is neither written nor shown, wherever the file comes from."""
    source = write(tmp_path / "new", evil=measurement(name, result(script)))
    with pytest.raises(ValueError, match=r"evil\.json.*is no interpreter such as"):
        add_measurements([source / "evil.json"], tmp_path / "kept")
    assert [each.name for each in tmp_path.iterdir()] == ["new"]
    told: list[str] = []
    assert References(source, told.append).of(script) == []
    assert "evil.json" in told[0]


def test_an_empty_measurement_replaces_nothing(tmp_path: Path, script: Script) -> None:
    """As one that was stopped at once leaves it."""
    folder = write(tmp_path / "kept", **{"3.14": measurement("3.14", result(script))})
    source = write(tmp_path / "new", stopped=measurement("3.14"))
    with pytest.raises(ValueError, match=r"stopped\.json: nothing was measured"):
        add_measurements([source / "stopped.json"], folder)
    assert len(References(folder).of(script)) == 1


def test_the_latest_of_an_interpreter_counts(tmp_path: Path, script: Script) -> None:
    """Two files of one interpreter make no two tabs."""
    folder = write(
        tmp_path,
        a=measurement("3.14", result(script), date="2026-02-03"),
        b=measurement("3.14", result(script), date="2026-01-02"),
    )
    (found,) = References(folder).of(script)
    assert found.date == "2026-02-03"


@pytest.mark.parametrize("version", ["", "3", "3.²", "new"])
def test_a_version_without_numbers_is_told(
    tmp_path: Path, script: Script, version: str
) -> None:
    """It could neither be sorted nor held to what a claim takes."""
    text = measurement("3.14", result(script)).replace('"3.14.2"', json.dumps(version))
    folder = write(tmp_path, a=text)
    told: list[str] = []
    assert References(folder, told.append).of(script) == []
    assert "is no version" in told[0]


def test_one_bad_file_keeps_all_out(tmp_path: Path, script: Script) -> None:
    """The command names it and writes nothing."""
    settings = "[tool.livedocs]\nreference = 'kept'\n"
    (tmp_path / "pyproject.toml").write_text(settings, encoding="utf-8")
    (tmp_path / "docs").mkdir()
    source = write(tmp_path / "new", good=measurement("3.14", result(script)), bad="{}")
    ran = subprocess.run(
        [sys.executable, "-m", "livedocs", "reference"]
        + [str(source / "good.json"), str(source / "bad.json")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1
    assert "bad.json" in ran.stderr
    assert not (tmp_path / "kept").exists()
    ran = subprocess.run(
        [sys.executable, "-m", "livedocs", "reference", str(source / "good.json")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout == "added: 3.14, 1 experiment, 2026-01-02\n"
    assert (tmp_path / "kept" / "3.14.json").is_file()
