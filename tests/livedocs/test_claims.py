"""Claims: how they are read, and that each can hold, break, or stay open."""

import re
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interleaved import Comparison, Interpreter, Machine, Noise, Timing, Value
from livedocs.claims import (
    EXAMPLE,
    Claim,
    Finding,
    Term,
    find,
    is_open,
    parse_claim,
    status,
)

GIL = Interpreter("3.13", "CPython", "3.13.5", False, True, "a build")
FREE = replace(GIL, name="3.13t", free_threaded=True, gil=False)
TWO_CORES = Machine("Linux 6.1 x86_64", "A processor", 2, None)
QUIET = Noise(0.0, 0.0)
STOLEN = Noise(0.5, 0.0)


@dataclass(frozen=True)
class Run:
    """What a run measured."""

    comparisons: tuple[Comparison, ...] = ()
    values: tuple[Value, ...] = ()
    interpreter: Interpreter = GIL
    machine: Machine = TWO_CORES
    capacity: float | None = None


def comparison(
    *speedups: float, label: str = "variant", noise: Noise = QUIET
) -> Comparison:
    """A comparison with these speed-ups, each in enough rounds."""
    speedups *= 5
    base = Timing("baseline", 1, speedups)
    variant = Timing(label, 1, (1.0,) * len(speedups))
    return Comparison((base, variant), TWO_CORES, GIL, noise)


def claim(terms: str) -> Claim:
    return parse_claim(f"name: {terms}", 3, "A sentence.")


def finding(terms: str, run: Run) -> Finding:
    (found,) = find(claim(terms), run)
    return found


def test_a_claim_is_read() -> None:
    """Name, title, terms, sentence and line are where they belong."""
    text = 'gil-counts of two_counts.py: "on two threads" < 1.3 on gil'
    assert parse_claim(text, 7, "It is so.") == Claim(
        "gil-counts",
        7,
        "two_counts.py",
        (Term(("on two threads",), "<", 1.3, "gil"),),
        "It is so.",
    )


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ('"a" < 1.3', '"a" < 1.3'),
        ('  "a"<1.3  ', '"a" < 1.3'),
        ('"a" <= 2', '"a" <= 2'),
        ('"a" > 0', '"a" > 0'),
        ('"a" >= 0.50', '"a" >= 0.5'),
        ('"a" == 800000', '"a" == 800000'),
        ('"a" != 1234567', '"a" != 1234567'),
        ('"a"/"b" > 2', '"a" / "b" > 2'),
        ('"a" > 2 on free-threaded', '"a" > 2 on free-threaded'),
        ('"a" > 2 with 16 cores', '"a" > 2 with 16 cores'),
        (
            '"a" > 2 with 2 cores before 3.14 from 3.12 on gil',
            '"a" > 2 on gil from 3.12 before 3.14 with 2 cores',
        ),
        ('"a" > 2 and "b" < 1', '"a" > 2 and "b" < 1'),
        (
            '"this and that" > 2 and "a < b / c: (d)" < 1',
            '"this and that" > 2 and "a < b / c: (d)" < 1',
        ),
        ('"é – ×" > 2', '"é – ×" > 2'),
        ('"a" > 2 on gil and "b" < 1 on gil', '"a" > 2 on gil and "b" < 1 on gil'),
    ],
)
def test_a_condition_is_written_in_one_way(text: str, condition: str) -> None:
    """Blanks and the order of what limits a term make no difference."""
    assert claim(text).condition == condition
    assert claim(condition).terms == claim(text).terms


LABELS = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters='"'),
    min_size=1,
).filter(str.strip)
TERMS = st.builds(
    Term,
    quantity=st.lists(LABELS, min_size=1, max_size=2, unique=True).map(tuple),
    operator=st.sampled_from(["<", "<=", ">", ">=", "==", "!="]),
    bound=st.integers(0, 10**9).map(lambda n: n / 1000),
    kind=st.sampled_from([None, "gil", "free-threaded"]),
    since=st.sampled_from([None, "3.9", "3.11"]),
    before=st.sampled_from([None, "3.14", "4.0"]),
    cores=st.integers(1, 64),
)


@given(st.lists(TERMS, min_size=1, max_size=4).map(tuple))
def test_what_is_written_is_read_again(terms: tuple[Term, ...]) -> None:
    """Whatever the labels hold."""
    written = Claim("name", 3, None, terms, "A sentence.")
    assert claim(written.condition) == written


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", f"a name, a colon and a condition, as {re.escape(EXAMPLE)}"),
        ("name", "a name, a colon and a condition"),
        ('"a" < 2', "a name, a colon and a condition"),
        ('name of : "a" < 2', "a name, a colon and a condition"),
        ('Two_Counts: "a" < 2', "small letters.*'Two_Counts': did you mean 'two-cou"),
        ('a--b: "a" < 2', "not 'a--b': did you mean 'a-b'"),
        ('é: "a" < 2', "small letters, digits and single hyphens, not 'é'$"),
        ("n:", "ends where a label in double quotes should be, as in claim"),
        ("n: a < 2", "'a' is no label in double quotes, as in claim"),
        ('n: "" < 2', "a label is blank"),
        ('n: " " < 2', "a label is blank"),
        ('n: "a < 2', "'\"a < 2' is not understood: its closing double quote is miss"),
        ("n: “a” < 2", "straight double quotes"),
        ("n: 'a' < 2", "straight double quotes"),
        ('n: "a" < 2 § 3', r"'§ 3' is not understood: write as claim\("),
        ('n: "a"', "ends where one of < <= > >= == != should be"),
        ('n: "a" 2', "'2' is not understood: after a label comes one of < <= >"),
        ('n: "a" = 2', "'=' is not understood: did you mean ==?"),
        ('n: "a" ≤ 2', "did you mean <="),
        ('n: "a" <<< 2', "'<<<' is not understood: after a label comes"),
        ('n: "a" <', "ends where a number should be"),
        ('n: "a" < fast', "'fast' is no number from 0 on, such as 1.3"),
        ('n: "a" < -1', "'-1' is no number from 0 on"),
        ('n: "a" < 1e3', "'1e3' is no number"),
        ('n: "a" < 1.3x', "'1.3x' is no number"),
        ('n: "a" < nan', "'nan' is no number"),
        ('n: "a" / < 2', "'<' is no label"),
        ('n: "a" / "a" < 2', 'n: |"a" / "a" is always 1'),
        (
            'n: "a" < 2 an "b" < 3',
            "'an' is not understood after a term: did you mean 'a",
        ),
        ('n: "a" < 2 xyzzy', "it could be 'and', 'on', 'from', 'before', 'with'"),
        ('n: "a" < 2 and', "ends where a label in double quotes should be"),
        ('n: "a" < 2 "and" "b" < 3', "'\"and\"' is not understood after a term"),
        ('n: "a" < 2 on', "ends where gil or free-threaded should be"),
        ('n: "a" < 2 on nogil', "write 'on gil' or 'on free-threaded', not 'on nogil'"),
        ('n: "a" < 2 from 3', "'3' is no version such as 3.13"),
        ('n: "a" < 2 before 3.13.1', "'3.13.1' is no version such as 3.13"),
        (
            'n: "a" < 2 with two cores',
            "write 'with 2 cores' or more, not 'with two cor",
        ),
        ('n: "a" < 2 with 1 cores', "write 'with 2 cores' or more"),
        ('n: "a" < 2 with 2', "ends where 'cores' should be"),
        ('n: "a" < 2 with 2 threads', "not 'with 2 threads'"),
        ('n: "a" < 2 on gil on gil', "'on' stands twice in the term"),
        ('n: "a" < 2 from 3.13 before 3.13', "no Python is 3.13 or newer and before 3"),
        ('n: "a" < 2 before 3.11', "no block runs on a Python before 3.11"),
        (
            'n: "a" < 2 on free-threaded before 3.13',
            "no block runs on a free-threaded Python before 3.13",
        ),
    ],
)
def test_what_is_no_claim_is_refused(text: str, says: str) -> None:
    """The message says what is wrong, and what to write."""
    with pytest.raises(ValueError, match=says):
        parse_claim(text, 3, "A sentence.")


SPREADS = {
    "below": (1.26, 1.26, 1.27, 1.28, 1.28),
    "around, more below": (1.28, 1.28, 1.29, 1.31, 1.31),
    "at": (1.3, 1.3, 1.3),
    "around, more above": (1.29, 1.29, 1.31, 1.32, 1.32),
    "above": (1.32, 1.32, 1.33, 1.34, 1.34),
}
"""Speed-ups, as seen from the bound 1.3."""

OUTCOMES = {"H": "held", "B": "broken", "?": "inconclusive"}


@pytest.mark.parametrize(
    ("sign", "stable", "disturbed"),
    [
        ("<", "HHB?B", "H????"),
        ("<=", "HHH?B", "H?H??"),
        (">", "B?BHH", "????H"),
        (">=", "B?HHH", "??H?H"),
        ("==", "B?H?B", "??H??"),
        ("!=", "HHBHH", "H???H"),
    ],
)
def test_a_claim_holds_breaks_or_stays_open(
    sign: str, stable: str, disturbed: str
) -> None:
    """The median decides, the quartiles too where it breaks or all was disturbed.

    What was disturbed is never broken.
    """
    for noise, outcomes in ((QUIET, stable), (STOLEN, disturbed)):
        for speedups, outcome in zip(SPREADS.values(), outcomes, strict=True):
            measured = comparison(*speedups, noise=noise)
            found = finding(f'"variant" {sign} 1.3', Run((measured,)))
            assert found.status == OUTCOMES[outcome], (noise, speedups)
            assert found.value == measured.speedup("variant")
            assert bool(found.why) == (outcome == "?")


@pytest.mark.parametrize("speedups", [(1.3, 1.3, 1.31, 1.32, 1.32), (1.28, 1.29, 1.3)])
def test_a_quartile_at_the_bound_is_not_beyond_it(speedups: tuple[float, ...]) -> None:
    """A disturbed ratio that may be the bound is not known to differ from it."""
    run = Run((comparison(*speedups, noise=STOLEN),))
    assert finding('"variant" != 1.3', run).status == "inconclusive"


def test_an_open_claim_says_why() -> None:
    """Either the noise, or the quartiles."""
    around = SPREADS["around, more above"]
    found = finding('"variant" < 1.3', Run((comparison(*around),)))
    assert found.why == "the quartiles lie on both sides of the bound"
    found = finding('"variant" < 1.3', Run((comparison(*around, noise=STOLEN),)))
    assert found.why == comparison(*around, noise=STOLEN).disturbance != ""


@pytest.mark.parametrize(
    ("limits", "here", "elsewhere", "why"),
    [
        ("on gil", GIL, FREE, "it takes a GIL"),
        ("on gil", replace(FREE, gil=True), FREE, "it takes a GIL"),
        ("on free-threaded", FREE, GIL, "it takes a free-threaded interpreter"),
        (
            "on free-threaded",
            FREE,
            replace(FREE, gil=True),
            "it takes a free-threaded interpreter",
        ),
        ("from 3.13", GIL, replace(GIL, version="3.12.9"), "it takes Python 3.13"),
        ("from 3.9", GIL, replace(GIL, version="3.8.1"), "it takes Python 3.9"),
        ("before 3.14", GIL, replace(GIL, version="3.14.0rc1"), "a Python before 3.14"),
        ("before 3.13", replace(GIL, version="3.9.1"), GIL, "a Python before 3.13"),
    ],
)
def test_a_claim_is_about_some_interpreters(
    limits: str, here: Interpreter, elsewhere: Interpreter, why: str
) -> None:
    """On others it is not measured, whatever they measured."""
    run = Run((comparison(1.5),), interpreter=here)
    assert finding(f'"variant" < 1.3 {limits}', run).status == "broken"
    found = finding(f'"variant" < 1.3 {limits}', replace(run, interpreter=elsewhere))
    assert (found.status, found.value) == ("not measured here", None)
    assert why in found.why


def test_a_claim_may_take_cores() -> None:
    """As many as it names, or more."""
    for cores, outcome in ((1, "not measured here"), (2, "broken"), (3, "broken")):
        run = Run((comparison(1.5),), machine=replace(TWO_CORES, cores=cores))
        found = finding('"variant" < 1.3 with 2 cores', run)
        assert found.status == outcome
        assert (found.why == "it takes 2 cores") == (cores == 1)


@pytest.mark.parametrize(
    ("terms", "worth", "outcome"),
    [
        ('"variant" > 1.3 with 2 cores', None, "broken"),
        ('"variant" > 1.3 with 2 cores', 1.9, "broken"),
        ('"variant" > 1.3 with 2 cores', 1.6, "broken"),
        ('"variant" > 1.3 with 2 cores', 1.2, "inconclusive"),
        ('"variant" > 1.3', 1.2, "broken"),
        ('"variant" > 1.1 with 2 cores', 1.2, "held"),
    ],
)
def test_cores_that_are_not_worth_their_number_break_no_claim(
    terms: str, worth: float | None, outcome: str
) -> None:
    """What the machine does not give, no program can take."""
    run = Run((comparison(1.15, 1.2, 1.25),), capacity=worth)
    found = finding(terms, run)
    assert found.status == outcome
    if outcome == "inconclusive":
        assert found.why == "2 cores did the work of 1.20"


def test_without_limits_a_claim_is_about_all() -> None:
    """Each interpreter and each machine."""
    one_core = replace(TWO_CORES, cores=1)
    for interpreter in (GIL, FREE, replace(GIL, version="3.11.2")):
        run = Run((comparison(1.5),), (), interpreter, one_core)
        assert finding('"variant" < 1.3', run).status == "broken"


def test_two_terms_may_be_of_two_interpreters() -> None:
    """On each of these one is held, the other not measured; the claim is held."""
    terms = claim('"variant" > 1.2 on free-threaded and "variant" < 1.3 on gil')
    for interpreter, wanted in (
        (GIL, ["not measured here", "held"]),
        (FREE, ["held", "not measured here"]),
    ):
        found = find(terms, Run((comparison(1.25),), interpreter=interpreter))
        assert [each.status for each in found] == wanted
        assert [each.term for each in found] == list(terms.terms)
        assert status(found) == "held"


@pytest.mark.parametrize(
    ("terms", "outcome"),
    [
        ('"variant" < 2', "held"),
        ('"variant" < 2 and "variant" > 1', "held"),
        ('"variant" < 2 and "variant" < 1', "broken"),
        ('"variant" < 1 and "variant" < 2', "broken"),
        ('"variant" < 2 and "variant" < 1.3', "inconclusive"),
        ('"variant" < 1.3 and "variant" < 1', "broken"),
        ('"variant" < 2 and "variant" < 1 with 4 cores', "held"),
        ('"variant" < 1.3 and "variant" < 2 with 4 cores', "inconclusive"),
        ('"variant" < 1 and "variant" < 2 with 4 cores', "broken"),
        ('"variant" < 2 with 4 cores', "not measured here"),
    ],
)
def test_the_worst_term_decides(terms: str, outcome: str) -> None:
    """What is not measured here counts only if nothing is."""
    run = Run((comparison(*SPREADS["around, more above"]),))
    assert status(find(claim(terms), run)) == outcome


def test_a_ratio_is_of_two_variants() -> None:
    """How many times faster the first is than the second, round by round."""
    timings = (
        Timing("baseline", 1, (9.0, 9.0, 9.0)),
        Timing("a", 1, (1.0, 2.0, 3.0)),
        Timing("b", 1, (2.0, 4.0, 6.0)),
    )
    run = Run((Comparison(timings, TWO_CORES, GIL, QUIET),))
    found = finding('"a" / "b" == 2', run)
    assert found.value is not None
    assert (found.value.low, found.value.median, found.value.high) == (2, 2, 2)
    found = finding('"b" / "a" == 0.5', run)
    assert found.value is not None
    assert found.value.median == 0.5
    found = finding('"a" / "baseline" > 4', run)
    assert found.value is not None
    assert found.value.median == 4.5
    found = finding('"variant" / "baseline" == 2', Run((comparison(2.0),)))
    assert found.status == "held"


def test_a_label_is_found_in_its_own_comparison() -> None:
    """A run may have several, and the same baseline in each."""
    one, two = comparison(2.0, label="one"), comparison(3.0, label="two", noise=STOLEN)
    run = Run((one, two))
    assert finding('"one" == 2', run).status == "held"
    assert finding('"two" < 3', run).why == two.disturbance != ""
    assert finding('"two" == 3', run).status == "held"


@pytest.mark.parametrize(
    ("value", "terms", "outcome"),
    [
        (Value("lost", (0, 0, 0), ""), '"lost" == 0', "held"),
        (Value("lost", (5,), ""), '"lost" == 0', "broken"),
        (Value("lost", (0, 0, 0, 1, 1, 5), ""), '"lost" == 0', "broken"),
        (Value("lost", (0, 0, 0, 0, 7), ""), '"lost" == 0', "broken"),
        (Value("lost", (0, 5, 5, 5, 7), ""), '"lost" != 0', "inconclusive"),
        (Value("lost", (1, 5, 5, 5, 7), ""), '"lost" != 0', "held"),
        (Value("lost", (0, 5, 5, 5, 7), ""), '"lost" > 0', "held"),
        (Value("gain", (1.5, 1.6), "×"), '"gain" > 1.3', "held"),
        (Value("gain", (1.5, 1.6), "×"), '"gain" < 1.3', "broken"),
    ],
)
def test_a_claim_may_be_about_a_reported_value(
    value: Value, terms: str, outcome: str
) -> None:
    """A count, or a ratio; what each sample is said to be, each has to be."""
    found = finding(terms, Run(values=(value,)))
    assert found.status == outcome
    assert found.value
    assert found.value.median == value.spread.median


@pytest.mark.parametrize("unit", ["s", "B", ""])
def test_a_claim_may_be_about_the_ratio_of_two_values(unit: str) -> None:
    """Quotient of the medians; its quartiles leave room for those of both."""
    big = Value("big", (8.0, 10.0, 12.0), unit)  # type: ignore[arg-type]
    small = Value("small", (4.0, 5.0, 6.0), unit)  # type: ignore[arg-type]
    found = finding('"big" / "small" > 1.5', Run(values=(small, big)))
    assert found.value is not None
    assert (found.value.median, found.value.unit) == (2.0, "×")
    assert (found.value.low, found.value.high) == (9 / 5.5, 11 / 4.5)
    found = finding('"small" / "big" < 0.6', Run(values=(small, big)))
    assert found.value is not None
    assert found.value.median == 0.5
    none = Value("none", (0.0,), unit)  # type: ignore[arg-type]
    assert finding('"none" / "big" == 0', Run(values=(none, big))).status == "held"


def test_noise_of_a_value_keeps_its_claim_open() -> None:
    """Either value of a ratio may have been disturbed; a quiet one is judged."""
    for noises, expected in (
        ((QUIET, QUIET), "broken"),
        ((None, None), "broken"),
        ((STOLEN, QUIET), "inconclusive"),
        ((QUIET, STOLEN), "inconclusive"),
    ):
        values = tuple(
            Value(name, (1.0,), "s", noise)
            for name, noise in zip("ab", noises, strict=True)
        )
        assert finding('"a" / "b" > 2', Run(values=values)).status == expected


@pytest.mark.parametrize(
    ("values", "terms", "by_clock"),
    [
        ((Value("v", (2.0,), "×"),), '"v" < 1', True),
        ((Value("v", (2.0,), "s"), Value("w", (1.0,), "s")), '"v" / "w" < 1', True),
        ((Value("v", (2.0,), ""),), '"v" < 1', False),
        ((Value("v", (2.0,), "B"), Value("w", (1.0,), "B")), '"v" / "w" < 1', False),
    ],
)
def test_noise_beside_a_value_counts_if_a_clock_made_it(
    values: tuple[Value, ...], terms: str, by_clock: bool
) -> None:
    """A value knows of no noise; the comparisons of its run do."""
    assert finding(terms, Run(values=values)).status == "broken"
    quiet = Run((comparison(1.0),), values)
    assert finding(terms, quiet).status == "broken"
    noisy = Run((comparison(1.0), comparison(1.0, noise=STOLEN)), values)
    found = finding(terms, noisy)
    assert found.status == ("inconclusive" if by_clock else "broken")


@pytest.mark.parametrize(
    ("terms", "says"),
    [
        ('"varient" < 2', "measures no \"varient\": did you mean 'variant'?"),
        (
            '"xyzzy" < 2',
            "measures no \"xyzzy\": it could be 'baseline', 'variant', 'other'",
        ),
        ('"variant" / "xyzzy" < 2', 'measures no "xyzzy"'),
        ('"baseline" < 2', '"baseline" is compared with itself, so always 1'),
        ('"twice" < 2', '"twice" is measured more than once'),
        ('"variant" / "other" < 2', '"variant" / "other": no comparison has both'),
        ('"variant" / "lost" < 2', '"variant" / "lost": no comparison has both'),
        ('"both" < 2', '"both" is measured more than once'),
        ('"took" < 2', '"took" is in seconds, which no two machines share: claim a'),
        ('"size" < 2', '"size" is in bytes, which no two'),
        ('"took" / "size" < 2', "no ratio: one is in seconds, the other in bytes"),
        ('"took" / "lost" < 2', "no ratio: one is in seconds, the other in counts"),
        ('"size" / "nothing" < 2', "both have to be above 0"),
        ('"below" / "size" < 2', "both have to be above 0"),
    ],
)
def test_what_no_claim_can_be_about_is_told(terms: str, says: str) -> None:
    """A label that nothing has, what is always 1, and any exact time or size."""
    run = Run(
        (
            comparison(1.0),
            comparison(1.0, label="other"),
            comparison(1.0, label="twice"),
            comparison(1.0, label="twice"),
            comparison(1.0, label="both"),
        ),
        (
            Value("lost", (3.0,), ""),
            Value("took", (1.0,), "s"),
            Value("size", (1.0,), "B"),
            Value("nothing", (0.0,), "B"),
            Value("below", (-1.0,), "B"),
            Value("both", (1.0,), ""),
        ),
    )
    with pytest.raises(ValueError, match=re.escape(says)):
        finding(terms, run)


def test_a_block_that_measures_nothing_is_told() -> None:
    """Without a name to guess."""
    with pytest.raises(ValueError, match=r'^the block measures no "variant"$'):
        finding('"variant" < 2', Run())


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        ("on free-threaded", True),
        ("with 4 cores", True),
        ("from 3.14", False),
        ("before 3.13", False),
        ("from 3.14 on free-threaded", False),
    ],
)
def test_a_label_may_be_missing_in_another_version(limits: str, told: bool) -> None:
    """There a variant need not exist; what else is not here hides no slip."""
    run = Run((comparison(1.0),))
    if told:
        with pytest.raises(ValueError, match="did you mean 'variant'"):
            finding(f'"varient" < 2 {limits}', run)
    else:
        found = finding(f'"varient" < 2 {limits}', run)
        assert found.status == "not measured here"


@pytest.mark.parametrize(
    ("terms", "noise", "expected"),
    [
        ('"variant" < 3', QUIET, False),
        ('"variant" > 3', QUIET, True),
        ('"variant" > 3', STOLEN, True),
        ('"variant" > 3 on free-threaded', QUIET, False),
    ],
    ids=["held", "broken", "inconclusive", "not measured here"],
)
def test_what_may_be_otherwise_next_time_is_open(
    terms: str, noise: Noise, expected: bool, request: pytest.FixtureRequest
) -> None:
    """What is broken is measured again, too, before anybody is told."""
    found = finding(terms, Run((comparison(2.0, noise=noise),)))
    assert status([found]) == request.node.callspec.id
    assert is_open([found]) == expected
