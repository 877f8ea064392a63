import json
import re
from copy import deepcopy
from dataclasses import asdict, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interleaved import measurements
from interleaved.machine import Interpreter, Machine
from interleaved.measurements import (
    Measurement,
    Result,
    agree,
    read_measurements,
    read_results,
    write_measurements,
)
from interleaved.noise import Noise
from interleaved.reporting import Value
from interleaved.spread import Spread, Unit
from interleaved.timings import Comparison, Timing
from interleaved.turns import Slice, Turns

HERE = Machine("Linux 6.1 x86_64", "Z80", 2, None)
IT = Interpreter("3.13t", "CPython", "3.13.5", True, False, "(main) [GCC]")
ONE = Measurement(
    HERE,
    IT,
    "2026-11-21",
    (
        Result(
            "two_counts",
            "0" * 64,
            1.5,
            (
                Comparison(
                    (Timing("a", 1, (2.0,) * 5), Timing("b", 3, (1.0,) * 5, IT)),
                    HERE,
                    IT,
                    Noise(0, 0.5),
                    3,
                ),
            ),
            (Value("lost", (3.0, 4.0), ""),),
        ),
        Result("nothing-much", "1" * 64, 0.0, (), ()),
    ),
)

finite = st.floats(allow_nan=False, allow_infinity=False)
positive = st.floats(min_value=0, exclude_min=True, allow_infinity=False)
words = st.from_regex(r"\A[a-z][a-z0-9_.-]{0,9}\Z")
rounds = st.lists(positive, min_size=3, max_size=3).map(tuple)
machines = st.builds(Machine, st.text(), st.text(), st.integers(1), st.none())
interpreters = st.builds(
    Interpreter, words, words, words, st.booleans(), st.booleans(), st.text()
)
shares = st.floats(min_value=0, max_value=1)
comparisons = st.builds(
    Comparison,
    st.tuples(
        st.builds(Timing, st.just("a"), st.integers(1), rounds),
        st.builds(Timing, st.just("b"), st.integers(1), rounds, interpreters),
    ),
    machines,
    interpreters,
    st.none() | st.builds(Noise, shares, shares),
    st.integers(1),
)
units: st.SearchStrategy[Unit] = st.sampled_from(["s", "×", "B", ""])
values = st.builds(
    Value, words, st.lists(finite, min_size=1, max_size=3).map(tuple), units
)
results = st.builds(
    Result,
    words,
    st.text(),
    st.floats(min_value=0, allow_infinity=False),
    st.lists(comparisons, max_size=2).map(tuple),
    st.lists(values, max_size=2).map(tuple),
)
found = st.builds(
    Measurement,
    machines,
    interpreters,
    st.dates().map(str),
    st.lists(results, max_size=3, unique_by=lambda each: each.experiment).map(tuple),
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(found, max_size=2).map(tuple))
def test_round_trip(made: tuple[Measurement, ...]) -> None:
    """What is written is read as it was, to the last bit."""
    assert read_measurements(write_measurements(made), "here") == made


TURNS = Turns("who", 1.0, (Slice("A", 0.0, 1.0),))


@given(st.lists(st.one_of(comparisons, values, st.just(TURNS)), max_size=3))
def test_results_are_read_as_they_were_left(
    made: list[Comparison | Value | Turns],
) -> None:
    """In their order, a line each."""
    lines = [
        f'{{"turns": {json.dumps(asdict(each))}}}'
        if isinstance(each, Turns)
        else f'{{"{type(each).__name__.lower()}": {each.to_json()}}}'
        for each in made
    ]
    assert list(read_results(lines)) == made


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('{"value": 1, "turns": 2}', r"^'\{\"value\": 1, \"turns\": 2\}' is no compar"),
        ("[" + "1, " * 40 + "1]", r"^'\[(1, ){26}1' is no comparison, value or turns$"),
        ('{"value": 1}', "^value "),
        ('{"turns": 1}', "^turns "),
        ('{"comparison": 1}', "version"),
        ('{"value": ', "Expecting value"),
    ],
)
def test_what_is_no_result_is_refused(line: str, says: str) -> None:
    """The message says what it was."""
    with pytest.raises(ValueError, match=says):
        list(read_results([line]))


def test_further_members_are_ignored() -> None:
    """A file may hold more, such as a site's claims."""
    text = write_measurements([ONE], claims=[{"name": "x"}], built="today")
    assert json.loads(text)["claims"] == [{"name": "x"}]
    assert read_measurements(text, "measured.json") == (ONE,)


DOCUMENT = json.loads(write_measurements([ONE]))


def damaged(value: object, *path: Any) -> str:
    copy = container = deepcopy(DOCUMENT)
    for step in path[:-1]:
        container = container[step]
    container[path[-1]] = value
    return json.dumps(copy)


RESULT = ("measurements", 0, "results", 0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "my.json is no JSON: Expecting value"),
        ("[" * 200_000, "my.json is no JSON"),
        (write_measurements([ONE])[:-40], "my.json is no JSON"),
        ("[]", "my.json holds no measurements of version 1"),
        (damaged(2, "interleaved"), "my.json holds no measurements of version 1"),
        (damaged(True, "interleaved"), "my.json holds no measurements of version 1"),
        (damaged(None, "measurements"), "my.json: measurements is of type NoneType"),
        (
            damaged("21.11.2026", "measurements", 0, "date"),
            "my.json: measurements[0]: '21.11.2026' is no date such as '2026-11-21'",
        ),
        (
            damaged("20261121", "measurements", 0, "date"),
            "my.json: measurements[0]: '20261121' is no date",
        ),
        (
            damaged("../x", *RESULT, "experiment"),
            "my.json: measurements[0].results[0]: '../x' is no name of an experiment",
        ),
        (
            damaged("nothing-much", *RESULT, "experiment"),
            "my.json: measurements[0]: two results of nothing-much",
        ),
        (
            damaged(-1, *RESULT, "seconds"),
            "my.json: measurements[0].results[0]: two_counts took -1.0 seconds",
        ),
        (
            damaged(float("nan"), *RESULT, "seconds"),
            "my.json: measurements[0].results[0]: two_counts took nan seconds",
        ),
        (
            damaged("1", *RESULT, "comparisons", 0, "timings", 1, "seconds", 2),
            "results[0].comparisons[0].timings[1].seconds[2] is of type str, not float",
        ),
        (
            damaged(2, *RESULT, "comparisons", 0, "noise", "stolen"),
            "results[0].comparisons[0].noise: stolen is 2.0, not a share",
        ),
        (
            damaged("°", *RESULT, "values", 0, "unit"),
            "results[0].values[0].unit is '°', not '×' or 's' or 'B' or ''",
        ),
    ],
)
def test_damage_is_refused(text: str, message: str) -> None:
    """What is damaged is refused, and the error says in which place of which file."""
    with pytest.raises(ValueError, match=re.escape(message)):
        read_measurements(text, "my.json")


def test_unfit_before_it_is_written() -> None:
    """What would be refused when it is read cannot be made either."""
    with pytest.raises(ValueError, match="no date"):
        replace(ONE, date="today")
    with pytest.raises(ValueError, match=r"nothing-much, two_counts$"):
        replace(ONE, results=ONE.results * 2)
    with pytest.raises(ValueError, match="no name"):
        replace(ONE.results[0], experiment="")


def test_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """A text of more than 20 MB is refused before it is parsed."""
    monkeypatch.setattr(json, "loads", lambda _: pytest.fail("it was parsed"))
    message = "my.json has 20.0 MB, and no file of measurements more than 20.0 MB"
    with pytest.raises(ValueError, match=message):
        read_measurements(" " * 20_000_001, "my.json")
    assert measurements.LARGEST == 20_000_000


def test_just_not_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """A text of as many characters as are allowed is read."""
    text = write_measurements([ONE])
    monkeypatch.setattr(measurements, "LARGEST", len(text))
    assert read_measurements(text, "my.json") == (ONE,)


def spread(low: float, median: float, high: float) -> Spread:
    return Spread(median, low, high, "×")


@pytest.mark.parametrize(
    ("here", "book", "expected"),
    [
        (spread(1.9, 2.0, 2.1), spread(1.9, 2.0, 2.1), True),
        (spread(1.0, 1.5, 2.0), spread(2.0, 3.0, 4.0), True),  # they touch
        (spread(2.0, 3.0, 4.0), spread(1.0, 1.5, 2.0), True),
        (spread(1.0, 5.0, 9.0), spread(1.9, 2.0, 2.1), True),  # one in the other
        (spread(1.70, 1.71, 1.72), spread(1.99, 2.0, 2.01), True),  # by 14.5 %
        (spread(17, 17, 17), spread(20, 20, 20), True),  # by 15 %
        (spread(1.68, 1.69, 1.70), spread(1.99, 2.0, 2.01), False),
        (spread(0, 0, 0), spread(0, 0, 0), True),
        (spread(0, 0, 0), spread(1, 1, 1), False),
        (spread(-2, -2, -2), spread(2, 2, 2), False),
    ],
)
def test_agree(here: Spread, book: Spread, expected: bool) -> None:
    """Two agree if their quartiles overlap or their medians are within 15 %."""
    assert agree(here, book) is expected
    assert agree(book, here) is expected


def test_other_units_never_agree() -> None:
    """Seconds are no ratio, whatever the numbers."""
    assert not agree(Spread(1, 1, 1, "s"), Spread(1, 1, 1, "×"))


def test_everything_is_in_the_file() -> None:
    """The file holds each field of each record."""
    assert DOCUMENT["measurements"] == json.loads(json.dumps([asdict(ONE)]))
