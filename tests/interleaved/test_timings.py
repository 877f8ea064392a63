import io
import json
import re
from copy import deepcopy
from dataclasses import replace
from html import unescape
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interleaved.machine import Interpreter, Machine
from interleaved.noise import Noise
from interleaved.timings import Comparison, Timing

HERE = Machine("Linux 6.1 x86_64", "Z80", 2, 64 * 1024)
IT = Interpreter("3.13t", "CPython", "3.13.5", True, False, "(main) [GCC]")
TWO = Comparison(
    (
        Timing("serial", 1, (2.0, 20.0, 2.0, 2.0, 2.0)),
        Timing("threaded", 2, (1.0, 10.0, 1.0, 0.8, 1.25)),
    ),
    HERE,
    IT,
    Noise(0.0, 0.01),
)
SLOW = Noise(0.031, 0.25)

printable = st.characters(exclude_categories=["C", "Z"])
labels = st.text(printable, min_size=1)
durations = st.floats(min_value=0, exclude_min=True, allow_infinity=False)
numbers = st.integers(min_value=1)
machines = st.builds(
    Machine, st.text(), st.text(), numbers, st.none() | st.integers(min_value=0)
)
interpreters = st.builds(
    Interpreter,
    st.text(),
    st.text(),
    st.text(),
    st.booleans(),
    st.booleans(),
    st.text(),
)


shares = st.floats(min_value=0, max_value=1)
noises = st.builds(Noise, shares, shares)


@st.composite
def comparisons(draw: st.DrawFn) -> Comparison:
    rounds = draw(st.integers(min_value=1, max_value=5))
    seconds = st.lists(durations, min_size=rounds, max_size=rounds).map(tuple)
    names = draw(st.lists(labels, min_size=2, max_size=4, unique=True))
    timings = tuple(
        Timing(name, draw(numbers), draw(seconds), draw(st.none() | interpreters))
        for name in names
    )
    noise = draw(st.none() | noises)
    return Comparison(timings, draw(machines), draw(interpreters), noise, draw(numbers))


def test_speedup_pairs_rounds() -> None:
    """A slow round is slow for both: ratios pair the same round, and stay calm."""
    speedup = TWO.speedup("threaded")
    assert speedup.median == 2.0
    assert (speedup.low, speedup.high) == (2.0, 2.0)
    assert TWO.speedup("serial").median == 1.0


def test_seconds() -> None:
    """Seconds are per call, their median over the rounds."""
    assert TWO.seconds("threaded").median == 1.0
    assert str(TWO.seconds("serial")) == "2.00 s"


def test_baseline_is_first() -> None:
    """The baseline is the first timing."""
    assert TWO.baseline is TWO.timings[0]


@pytest.mark.parametrize(
    ("label", "hint"),
    [
        ("thread", "did you mean 'threaded'"),
        ("x", r"there are \['serial', 'threaded'\]"),
    ],
)
def test_unknown_label(label: str, hint: str) -> None:
    """A misspelt label is an error that names the near one, or all."""
    for question in (TWO.speedup, TWO.seconds, TWO.timing):
        with pytest.raises(LookupError, match=f"no variant '{label}': {hint}"):
            question(label)


def test_table() -> None:
    """The table has a head, the baseline, and a ratio for each other variant."""
    assert str(TWO).splitlines() == [
        "variant   time per call  speed-up (quartiles)",
        "serial           2.00 s  baseline",
        "threaded         1.00 s  2.00 ×",
    ]


@given(comparisons())
def test_table_fits(comparison: Comparison) -> None:
    """Whatever was measured, the table is at most 72 columns wide."""
    lines = str(comparison).splitlines()
    disturbed = comparison.verdict == "disturbed"
    assert len(lines) == 1 + len(comparison.timings) + disturbed
    assert lines[-1].startswith("disturbed: ") is disturbed
    assert max(map(len, lines)) <= 72


def test_long_label_is_shortened() -> None:
    """A label too long for the table loses its end, and the numbers none."""
    rest = (
        Timing("x" * 200, 1, (1.0,) * 5),
        Timing("y", 1, (0.5, 0.49, 0.49, 0.51, 0.51)),
    )
    head, long, short = str(Comparison(rest, HERE, IT)).splitlines()
    assert "x…  " in long
    assert long.endswith("1.00 s  baseline")
    assert len(short) == 72
    assert head.index("speed-up") == long.index("baseline")


def test_ratio_of_two() -> None:
    """The ratio of two variants pairs their rounds, whichever is the baseline."""
    three = Comparison(
        (*TWO.timings, Timing("fast", 1, (0.5, 5.0, 0.5, 0.5, 0.5))), HERE, IT
    )
    assert three.ratio("fast", "threaded").median == 2.0
    assert three.ratio("threaded", "fast").median == 0.5
    assert three.ratio("fast", "serial") == three.speedup("fast")
    with pytest.raises(LookupError, match="did you mean 'fast'"):
        three.ratio("serial", "fats")


def compared(apart: float, noise: Noise | None, rounds: int = 5) -> Comparison:
    """Two variants, the second twice as fast, its quartiles so far apart."""
    ratios = [2 + apart * each for each in (0, -1, -1, 1, 1)[:rounds]]
    seconds = tuple(1 / ratio for ratio in ratios)
    return Comparison(
        (Timing("a", 1, (1.0,) * rounds), Timing("b", 1, seconds)), HERE, IT, noise
    )


@pytest.mark.parametrize(
    ("comparison", "why"),
    [
        (compared(0, Noise(0, 0)), ""),
        (compared(0, None), ""),
        (compared(0.14, Noise(0.02, 0.1)), ""),
        (compared(0, Noise(0.021, 0)), "CPU time 2.1 % stolen"),
        (compared(0, Noise(0.02, 0.31)), "CPU time 31 % foreign"),
        (compared(0, Noise(0.4, 0.5)), "CPU time 50 % foreign and 40 % stolen"),
        (compared(0.16, None), "quartiles 16 % apart"),
        (
            compared(0.5, Noise(0.3, 0)),
            "CPU time 30 % stolen, quartiles 50 % apart",
        ),
        (compared(0, None, 4), "4 rounds are too few to tell, 5 are enough"),
        (compared(0, Noise(0, 0), 1), "1 round is too few to tell, 5 are enough"),
    ],
)
def test_verdict(comparison: Comparison, why: str) -> None:
    """Noise, quartiles far apart and too few rounds disturb, beyond their limits."""
    assert comparison.disturbance == why
    assert comparison.verdict == ("disturbed" if why else "stable")


def test_one_variant_disturbs_all() -> None:
    """The quartiles of each variant count, not only those of the first two."""
    wide = Timing("wide", 1, (1.0, 2.0, 3.0, 4.0, 5.0))
    assert "quartiles" in Comparison((*TWO.timings, wide), HERE, IT).disturbance


@given(comparisons())
def test_verdict_of_anything(comparison: Comparison) -> None:
    """There is a verdict whatever was measured, and a reason for a bad one."""
    assert bool(comparison.disturbance) is (comparison.verdict == "disturbed")


def test_table_says_what_disturbed() -> None:
    """A disturbed comparison has one more line, which says so."""
    lines = str(compared(0.5, SLOW)).splitlines()
    assert lines[-1] == (
        "disturbed: CPU time 25 % foreign and 3.1 % stolen, quartiles 50 % apart"
    )
    assert len(lines) == 4


def test_repr() -> None:
    """A comparison shows itself on one short line."""
    assert repr(TWO) == "<Comparison 'serial', 'threaded' 2.00 ×: stable>"


def test_html() -> None:
    """The table for a page is one line, with a caption and heads of its cells."""
    markup = compared(0.5, SLOW)._repr_html_()
    assert "\n" not in markup
    table = ElementTree.fromstring(markup)
    assert table.findtext("caption") == (
        "Python 3.13t, 2 cores; 5 rounds; disturbed: CPU time 25 % foreign"
        " and 3.1 % stolen, quartiles 50 % apart"
    )
    heads = table.findall("thead/tr/th")
    assert [head.text for head in heads] == [
        "variant",
        "time per call",
        "speed-up (quartiles)",
    ]
    assert {head.get("scope") for head in heads} == {"col"}
    rows = table.findall("tbody/tr")
    assert [[cell.text for cell in row] for row in rows] == [
        ["a", "1.00 s", "baseline"],
        ["b", "500 ms", "2.00 × (1.50 to 2.50)"],
    ]
    assert {row[0].get("scope") for row in rows} == {"row"}
    caption = ElementTree.fromstring(TWO._repr_html_()).findtext("caption")
    assert caption == "Python 3.13t, 2 cores; 5 rounds; stable"


@given(comparisons())
def test_html_is_escaped(comparison: Comparison) -> None:
    """Whatever the labels are, the markup around them stays what it is."""
    timings = [replace(each, label=f"<&{each.label}") for each in comparison.timings]
    comparison = replace(comparison, timings=tuple(timings))
    markup = comparison._repr_html_()
    assert markup.count("<") == 15 + 8 * len(timings) + 1
    cells = re.findall('<th scope="row">(.*?)</th>', markup)
    assert [unescape(cell) for cell in cells] == [each.label for each in timings]


def test_rich_table() -> None:
    """Where rich is installed, it prints the table, a label in brackets as it is."""
    console = pytest.importorskip("rich.console", reason="rich is not installed")
    timings = TWO.baseline, Timing("[red]x", 1, TWO.baseline.seconds)
    out = io.StringIO()
    console.Console(file=out, width=72).print(Comparison(timings, HERE, IT, SLOW))
    sides = [column.justify for column in TWO.__rich__().columns]
    assert sides == ["left", "right", "left"]
    text = out.getvalue()
    assert "[red]x" in text
    assert "1.00 ×" in text
    assert "disturbed: CPU time 25 % foreign" in text


@pytest.mark.parametrize(
    ("label", "loops", "seconds", "message"),
    [
        ("", 1, (1.0,), "blank"),
        (" ", 1, (1.0,), "blank"),
        ("a\nb", 1, (1.0,), "not printable"),
        ("a", 0, (1.0,), "0 loops"),
        ("a", 1, (), "no round"),
        ("a", 1, (1.0, 0.0), "took 0.0 seconds"),
        ("a", 1, (float("nan"),), "took nan seconds"),
        ("a", 1, (float("inf"),), "took inf seconds"),
    ],
)
def test_unfit_timing(
    label: str, loops: int, seconds: tuple[float, ...], message: str
) -> None:
    """A timing that no ratio could be made of is refused."""
    with pytest.raises(ValueError, match=message):
        Timing(label, loops, seconds)


@pytest.mark.parametrize(
    ("timings", "message"),
    [
        ((), "takes two"),
        ((Timing("a", 1, (1.0,)),), "takes two"),
        (
            (Timing("a", 1, (1.0,)), Timing("a", 1, (1.0,))),
            "^two timings have the same label$",
        ),
        ((Timing("a", 1, (1.0,)), Timing("b", 1, (1.0, 2.0))), "number of rounds"),
    ],
)
def test_unfit_comparison(timings: tuple[Timing, ...], message: str) -> None:
    """Timings that cannot be paired or told apart are refused."""
    with pytest.raises(ValueError, match=message):
        Comparison(timings, HERE, IT)


@given(comparisons())
def test_json_round_trip(comparison: Comparison) -> None:
    """JSON keeps everything, to the last bit, on one line."""
    text = comparison.to_json()
    assert "\n" not in text
    assert Comparison.from_json(text) == comparison


json_values: st.SearchStrategy[object] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(st.text() | json_values.map(json.dumps))
def test_other_text_is_refused(text: str) -> None:
    """Any other text, and any other JSON, raises ValueError and nothing else."""
    with pytest.raises(ValueError, match="comparison"):
        Comparison.from_json(text)


def places(document: Any, *path: Any) -> list[tuple[Any, ...]]:
    """List the way to each value inside a JSON document."""
    steps = (
        document
        if isinstance(document, dict)
        else range(len(document))
        if isinstance(document, list)
        else []
    )
    found = [path] if path else []
    for step in steps:
        found += places(document[step], *path, step)
    return found


DOCUMENT = json.loads(TWO.to_json())
PLACES = places(DOCUMENT)


def changed(path: tuple[Any, ...]) -> tuple[Any, Any]:
    """Return a copy of the document, and the container that the path ends in."""
    copy = container = deepcopy(DOCUMENT)
    for step in path[:-1]:
        container = container[step]
    return copy, container


@pytest.mark.parametrize("path", PLACES, ids=str)
def test_wrong_type_is_refused(path: tuple[Any, ...]) -> None:
    """A value of another type is refused, wherever it is."""
    copy, container = changed(path)
    container[path[-1]] = {"no": ["such", "thing"]}
    with pytest.raises(ValueError, match=str(path[-1])):
        Comparison.from_json(json.dumps(copy))


@pytest.mark.parametrize(
    "path", [path for path in PLACES if isinstance(path[-1], str)], ids=str
)
def test_missing_member_is_refused(path: tuple[Any, ...]) -> None:
    """A missing member is refused by its name, wherever it is."""
    copy, container = changed(path)
    del container[path[-1]]
    with pytest.raises(ValueError, match=path[-1]):
        Comparison.from_json(json.dumps(copy))


@pytest.mark.parametrize(
    "path", [path for path in PLACES if isinstance(path[-1], str)], ids=str
)
def test_unknown_member_is_refused(path: tuple[Any, ...]) -> None:
    """A member too many is refused by its name, wherever it is."""
    copy, container = changed(path)
    container["extra"] = 1
    with pytest.raises(ValueError, match="unknown 'extra'"):
        Comparison.from_json(json.dumps(copy))


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("version",), 1, "version 2: 1"),
        (("version",), True, "version 2: True"),
        (("timings",), [], "takes two"),
        (("timings", 0, "label"), "threaded", "same label"),
        (("timings", 0, "label"), 7, "timings[0].label is of type int, not str"),
        (("timings", 1, "loops"), True, "type bool, not int"),
        (("timings", 1, "loops"), 1.0, "type float, not int"),
        (("timings", 1, "seconds"), [], "no round"),
        (("timings", 1, "seconds", 2), True, "seconds[2] is of type bool"),
        (("timings", 1, "seconds", 2), "1", "seconds[2] is of type str"),
        (("timings", 1, "seconds", 2), -1.0, "took -1.0 seconds"),
        (("timings", 1, "seconds", 2), 10**400, "too large"),
        (("machine", "cores"), None, "machine.cores is of type NoneType, not int"),
        (("machine", "memory_bytes"), 1.5, "memory_bytes is of type float, not int"),
        (("noise", "foreign"), 1.5, "noise: foreign is 1.5, not a share"),
        (("attempts",), 0, "comparison: 0 attempts"),
        (("timings", 1, "interpreter"), 7, "[1].interpreter is of type int"),
        (("interpreter", "gil"), 0, "interpreter.gil is of type int, not bool"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_unfit_value_is_refused(
    path: tuple[Any, ...], value: object, message: str
) -> None:
    """What JSON allows and a comparison does not is refused, saying where."""
    copy, container = changed(path)
    container[path[-1]] = value
    with pytest.raises(ValueError, match=re.escape(message)):
        Comparison.from_json(json.dumps(copy))


def test_whole_numbers_are_durations() -> None:
    """Another writer's 1 is read as 1.0, for JSON tells them not apart."""
    copy, container = changed(("timings", 0, "seconds", 0))
    container[0] = 2
    read = Comparison.from_json(json.dumps(copy))
    assert read == TWO
    assert type(read.baseline.seconds[0]) is float


def test_deep_nesting_is_refused() -> None:
    """Brackets beyond the parser's depth are a ValueError too."""
    with pytest.raises(ValueError, match="no JSON"):
        Comparison.from_json("[" * 200_000)
