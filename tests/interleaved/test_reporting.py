import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interleaved import noise
from interleaved.noise import Noise
from interleaved.reporting import Value, report
from interleaved.spread import Spread, Unit

numbers = st.floats(allow_nan=False, allow_infinity=False)
names = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1)
units: st.SearchStrategy[Unit] = st.sampled_from(["s", "×", "B", ""])
values = st.builds(
    Value,
    names,
    st.lists(numbers, min_size=1, max_size=5).map(tuple),
    units,
    st.sampled_from([None, Noise(0.0, 0.5)]),
)


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("INTERLEAVED_RESULTS", str(tmp_path / "results"))
    return tmp_path / "results"


def test_report(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A value is printed with its name, and is a line of the results file."""
    report("lost updates", 453_027)
    report("reply", (0.005, 0.0049, 0.0053), "s")
    report("resident", iter([16_000_000]), "B")
    assert capsys.readouterr().out.splitlines() == [
        "lost updates: 453,027",
        "reply: 5.00 ms (4.95 ms to 5.15 ms)",
        "resident: 16.0 MB",
    ]
    lines = [json.loads(line) for line in results.read_text().splitlines()]
    assert [list(line) for line in lines] == [["value"]] * 3
    found = [Value.from_json(json.dumps(line["value"])) for line in lines]
    assert found[0] == Value("lost updates", (453_027.0,), "")
    assert found[1].spread == Spread.of([0.0049, 0.005, 0.0053], "s")


@pytest.mark.parametrize("unit", ["s", "×", "B", ""])
def test_what_a_clock_measured_says_what_disturbed_it(
    unit: Unit, results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seconds and ratios carry the noise since the program began; counts need none."""
    around = Noise(0.0, 0.5)
    monkeypatch.setattr(noise, "between", lambda *_: around)
    report("found", 1, unit)
    value = Value.from_json(json.dumps(json.loads(results.read_text())["value"]))
    assert value.noise == (around if unit in ("s", "×") else None)


def test_report_without_a_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a results file a value is printed, and that is all."""
    monkeypatch.delenv("INTERLEAVED_RESULTS", raising=False)
    report("found", 1)
    assert capsys.readouterr().out == "found: 1\n"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("", 1.0, "the name '' is blank"),
        ("a\nb", 1.0, "not printable"),
        ("a", [], "'a' has no sample"),
        ("a", [1.0, float("nan")], "'a' has the sample nan"),
        ("a", float("inf"), "'a' has the sample inf"),
    ],
)
def test_unfit_value(
    name: str,
    value: float | list[float],
    message: str,
    results: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What could not be shown is refused, and neither printed nor written."""
    with pytest.raises(ValueError, match=message):
        report(name, value)
    assert capsys.readouterr().out == ""
    assert not results.exists()


@given(values)
def test_json_round_trip(value: Value) -> None:
    """JSON keeps everything, to the last bit, on one line; and it can be written."""
    text = value.to_json()
    assert "\n" not in text
    assert Value.from_json(text) == value
    assert str(value).startswith(f"{value.name}: ")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the value is no JSON"),
        ("[" * 200_000, "the value is no JSON"),
        ("[]", "value is of type list, not dict"),
        ('{"name": "a", "samples": [1]}', "value lacks unit"),
        (
            '{"name": "a", "samples": [1], "unit": "h", "noise": null}',
            "value.unit is 'h'",
        ),
        (
            '{"name": "a", "samples": [NaN], "unit": "", "noise": null}',
            "value: 'a' has the sample",
        ),
    ],
)
def test_damaged_json(text: str, message: str) -> None:
    """Any other text is refused, and the error says where."""
    with pytest.raises(ValueError, match=message):
        Value.from_json(text)
