import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from interleaved import Comparison, Interpreter, Machine, Timing, Turns, Value
from interleaved.turns import Slice
from livedocs.judge import failure_text, judge, judge_output, unmet_need
from livedocs.page import Script, parse_page
from livedocs.record import Part
from livedocs.runner import Outcome, ScriptError, Target
from livedocs.tracing import Span

PRINTS = "```python\nprint(1)\n```\n"
CONT = "<!--pytest-codeblocks:cont-->\n"
KEY_ERROR = ScriptError("the script", "KeyError", "'a'", "")
TARGET = Target(
    Path("python3.13"),
    Interpreter("3.13", "CPython", "3.13.5", False, True, "a build"),
    Machine("Linux", "A processor", 2, None),
)
MEASURED = Comparison(
    (Timing("a", 1, (1.0,)), Timing("b", 1, (1.0,))), TARGET.machine, TARGET.interpreter
)


def script(*directives: str, promise: str | None = None, blanks: bool = True) -> Script:
    """A script of one block."""
    text = "".join(f"<!--{each}-->\n" for each in directives) + PRINTS
    if promise is not None:
        ignoring = "" if blanks else "-ignore-whitespace"
        text += f"<!--pytest-codeblocks:expected-output{ignoring}-->\n"
        text += f"~~~~text\n{promise}~~~~\n"
    return parsed(text)


def parsed(text: str) -> Script:
    page = parse_page(text, Path("page.md"))
    assert page.problems == []
    (found,) = page.scripts
    return found


def outcome(
    script: Script,
    stdout: str = "1\n",
    stderr: str = "",
    *,
    status: int | None = 0,
    errors: tuple[ScriptError, ...] = (),
) -> Outcome:
    return Outcome(
        script,
        "docs/page.md",
        status=status,
        parts=(Part(stdout, stderr),),
        errors=errors,
    )


def complaint(found: Outcome) -> str:
    (only,) = judge(found)
    return only


@pytest.mark.parametrize(
    "good",
    [
        pytest.param(outcome(script()), id="plain"),
        pytest.param(outcome(script(), ""), id="silent"),
        pytest.param(outcome(script(promise="1\n")), id="promise"),
        pytest.param(
            outcome(script("livedocs:stderr"), stderr="oh\n"), id="stderr is the point"
        ),
        pytest.param(outcome(script("livedocs:stderr")), id="stderr may be silent"),
        pytest.param(
            outcome(script("livedocs:expect-exit(3)"), "", "usage\n", status=3),
            id="exit status",
        ),
        pytest.param(
            outcome(
                script("livedocs:expect-error(KeyError)"),
                stderr="Traceback",
                status=1,
                errors=(KEY_ERROR,),
            ),
            id="exception",
        ),
        pytest.param(
            outcome(
                script("livedocs:expect-error(KeyError)"),
                stderr="Traceback",
                errors=(replace(KEY_ERROR, where="thread A"),),
            ),
            id="exception in a thread",
        ),
    ],
)
def test_a_good_run_has_no_complaint(good: Outcome) -> None:
    """It does what its page says, and no more."""
    assert judge(good) == []


@pytest.mark.parametrize(
    ("bad", "wanted"),
    [
        pytest.param(
            outcome(script(), status=3), "It exited with status 3.", id="status"
        ),
        pytest.param(
            outcome(script("livedocs:expect-exit(3)"), status=0),
            "It exited with status 0, not 3 as the page says.",
            id="no failure came",
        ),
        pytest.param(
            outcome(script("livedocs:expect-exit(3)"), status=4),
            "It exited with status 4, not 3 as the page says.",
            id="another status",
        ),
        pytest.param(
            outcome(script(), status=-9), "It was killed by SIGKILL.", id="signal"
        ),
        pytest.param(
            outcome(script(), status=-40),
            "It was killed by signal 40.",
            id="signal without a name",
        ),
        pytest.param(
            outcome(script(), status=120), "could not flush stdout", id="flush"
        ),
        pytest.param(
            outcome(script(), status=1, errors=(KEY_ERROR,)),
            "KeyError in the script: 'a'",
            id="exception",
        ),
        pytest.param(
            outcome(
                script("livedocs:stderr"),
                stderr="Traceback",
                errors=(ScriptError("thread T", "OSError", "no", "trace\n"),),
            ),
            "OSError in thread T: no\ntrace",
            id="exception in a thread, with its trace",
        ),
        pytest.param(
            outcome(script("livedocs:expect-error(KeyError)")),
            "It should fail with KeyError, but no error came.",
            id="no exception came",
        ),
        pytest.param(
            outcome(script(), stderr="warning\n"),
            "It wrote to stderr, which the page does not show",
            id="stderr",
        ),
        pytest.param(
            outcome(script(), " \n", "\n"), "It wrote to stderr", id="a blank on stderr"
        ),
        pytest.param(
            replace(outcome(script()), comparisons=(MEASURED,)),
            "put <!--livedocs:alone--> above it",
            id="measured in company",
        ),
        pytest.param(
            outcome(script(promise="2\n")),
            "Its output is not the expected one:\n--- expected, from line 5\n",
            id="promise",
        ),
    ],
)
def test_a_bad_run_has_one_complaint(bad: Outcome, wanted: str) -> None:
    """Each wrong is told by itself, as a sentence."""
    assert wanted in complaint(bad)


def test_another_exception_is_told_with_the_one_that_is_missing() -> None:
    """Both what should have come and what came."""
    error = replace(KEY_ERROR, type="TypeError", text="no")
    found = judge(
        outcome(script("livedocs:expect-error(KeyError)"), status=1, errors=(error,))
    )
    assert found == [
        "It should fail with KeyError, but TypeError came.",
        "TypeError in the script: no",
    ]


def test_an_exception_beside_the_expected_one_is_told() -> None:
    """An expected error excuses no other."""
    other = ScriptError("a future that nobody read", "OSError", "no")
    expecting = script("livedocs:expect-error(KeyError)")
    bad = outcome(expecting, status=1, errors=(KEY_ERROR, other))
    assert complaint(bad) == "OSError in a future that nobody read: no"


def test_an_exception_that_nobody_sees_is_not_the_expected_one() -> None:
    """The page is to show its traceback."""
    unread = replace(KEY_ERROR, where="a future that nobody read")
    bad = outcome(script("livedocs:expect-error(KeyError)"), errors=(unread,))
    assert judge(bad) == [
        "It should fail with KeyError, but no error came.",
        "KeyError in a future that nobody read: 'a'",
    ]


def test_an_expected_exception_that_is_seen_may_be_in_more_futures() -> None:
    """A pool that breaks breaks each future, also those that nobody came to read."""
    unread = replace(KEY_ERROR, where="a future that nobody read")
    expecting = script("livedocs:expect-error(KeyError)")
    assert judge(outcome(expecting, status=1, errors=(KEY_ERROR, unread))) == []


def test_an_expected_exception_excuses_no_other_status() -> None:
    """Where the page promises both."""
    both = script("livedocs:expect-error(KeyError)", "livedocs:expect-exit(3)")
    bad = outcome(both, status=1, errors=(KEY_ERROR,))
    assert complaint(bad) == "It exited with status 1, not 3 as the page says."
    assert judge(replace(bad, status=3)) == []


@pytest.mark.parametrize("status", [-11, 120, 0, None])
def test_a_crash_after_the_expected_exception_is_told(status: int | None) -> None:
    """What ended the script by an exception exits with 1."""
    expecting = script("livedocs:expect-error(KeyError)")
    assert judge(outcome(expecting, status=1, errors=(KEY_ERROR,))) == []
    crashed = outcome(expecting, status=status, errors=(KEY_ERROR,))
    assert bool(judge(crashed)) is (status != 0)


def test_an_interrupt_has_a_status_of_its_own() -> None:
    """Python ends itself by the signal."""
    expecting = script("livedocs:expect-error(KeyboardInterrupt)")
    error = replace(KEY_ERROR, type="KeyboardInterrupt")
    assert judge(outcome(expecting, status=-signal.SIGINT, errors=(error,))) == []


def test_a_block_that_is_never_reached_did_not_run() -> None:
    """A script that ends well before its last block has not done what it says."""
    two = parsed(PRINTS + CONT + PRINTS)
    parts = (Part("1\n", ""), Part("", ""))
    found = Outcome(two, "page.md", status=0, parts=parts, reached=1)
    line = two.blocks[1].fence.line
    assert complaint(found) == (
        f"It ended before the block at line {line} began: let each block run, or"
        " excuse that one."
    )
    assert judge(replace(found, reached=2)) == []


def test_an_expected_exit_excuses_no_exception() -> None:
    """An exception ends with status 1, but not by sys.exit."""
    expecting = script("livedocs:expect-exit(1)")
    bad = outcome(expecting, status=1, errors=(KEY_ERROR,))
    assert complaint(bad) == "KeyError in the script: 'a'"


def test_an_exception_in_a_thread_does_not_explain_a_status() -> None:
    """It does not end the script; so the status is told, too."""
    bad = outcome(script(), status=3, errors=(replace(KEY_ERROR, where="thread A"),))
    assert judge(bad) == ["KeyError in thread A: 'a'", "It exited with status 3."]


def test_stderr_of_what_went_wrong_is_no_second_complaint() -> None:
    """The traceback of an error is part of the error."""
    bad = outcome(script(), stderr="Traceback", status=1, errors=(KEY_ERROR,))
    assert "KeyError" in complaint(bad)


@pytest.mark.parametrize(("quiet", "loud"), [(0, 1), (1, 0)])
@pytest.mark.parametrize("directive", ["stderr", "expect-exit(3)"])
def test_each_block_shows_its_own_stderr(quiet: int, loud: int, directive: str) -> None:
    """A continuation's directive does not show what the block before it wrote."""
    blocks = [PRINTS, CONT + PRINTS]
    blocks[loud] = f"<!--livedocs:{directive}-->\n" + blocks[loud]
    status = 3 if "3" in directive else 0
    found = Outcome(parsed("".join(blocks)), "page.md", status=status)
    parts = [Part("", ""), Part("", "")]
    parts[loud] = Part("", "oh\n")
    assert judge(replace(found, parts=tuple(parts))) == []
    parts[quiet] = Part("", "oh\n")
    assert "stderr" in complaint(replace(found, parts=tuple(parts)))


@pytest.mark.parametrize("directive", ["livedocs:alone", "livedocs:stderr"])
def test_who_measures_alone_may_compare(directive: str) -> None:
    """Beside others, a ratio is worth nothing, nor is a time; a count is."""
    found = replace(outcome(script(directive)), comparisons=(MEASURED,))
    assert bool(judge(found)) is (directive != "livedocs:alone")
    timed = Value("late", (0.1,), "s")
    found = replace(outcome(script(directive)), values=(timed, Value("n", (3,), "")))
    assert bool(judge(found)) is (directive != "livedocs:alone")
    assert judge(replace(found, values=found.values[1:])) == []
    importing = parsed(PRINTS.replace("print(1)", "from interleaved import compare"))
    assert judge(replace(outcome(importing), comparisons=(MEASURED,))) == []


CALLED = Span("f", 1, "MainThread", 1, "", 0, 1)
TURNS = Turns("x", 1.0, (Slice("A", 0, 1),))


def drawn(argument: str, **found: Any) -> Outcome:
    """A run of a block with a timeline that defines f and g."""
    comment = f"<!--livedocs:timeline{argument}-->"
    done = outcome(parsed(f"{comment}\n~~~python\ndef f(): ...\ndef g(): ...\n~~~\n"))
    return replace(done, tasks=done.script.tasks, **found)


@pytest.mark.parametrize(
    ("argument", "found", "wanted"),
    [
        ("(f)", {"spans": (CALLED,)}, None),
        ("", {"turns": (TURNS,)}, None),
        ("(f)", {"spans": (CALLED,), "turns": (TURNS,)}, None),
        (
            "(f, g)",
            {"spans": (CALLED,)},
            (
                "line 1 names g, of which no call was seen: is it called, and defined"
                " on this page or in the book's package?"
            ),
        ),
        ("(f, g)", {"turns": (TURNS,)}, "names f and g, of which no call was seen"),
        (
            "",
            {},
            (
                "The timeline in line 1 has nothing to show: name functions, as"
                " timeline(wait), or have the block call"
                " `interleaved.turns.show_turns`."
            ),
        ),
        ("(f)", {"spans": (CALLED,), "comparisons": (MEASURED,)}, "never traced"),
    ],
)
def test_a_timeline_shows_what_it_names(
    argument: str, found: dict[str, Any], wanted: str | None
) -> None:
    """All of it, and never a comparison."""
    said = judge(drawn(argument, **found))
    assert said == [] if wanted is None else wanted in said[0]
    assert len(said) <= 1


def test_a_run_that_went_wrong_says_so_first() -> None:
    """That a task was not called is then no wonder."""
    failed = drawn("(f)", errors=(KEY_ERROR,), status=1)
    assert complaint(failed).startswith("KeyError in the script")


def test_a_fault_of_the_run_is_all_there_is_to_say() -> None:
    """What an interrupted script printed is not held against it."""
    bad = outcome(script(promise="2\n"), stderr="oh", status=None)
    bad.faults.append("It did not end within 5 s.")
    found = judge(bad)
    assert found == bad.faults
    assert found is not bad.faults


SAME = pytest.mark.parametrize(
    ("promise", "printed", "exactly", "but_for_blanks"),
    [
        ("1\n", "1\n", True, True),
        ("", "", True, True),
        ("1\n", "2\n", False, False),
        ("1\n", "1", False, True),
        ("1\n", "1\n\n", False, True),
        ("1\n", "", False, False),
        ("", "1\n", False, False),
        ("1\n", "1 \n", False, True),
        (" 1\n", "1\n", False, True),
        ("1 2\n", "1\t2\n", False, True),
        ("1\n2\n", "1\u20282\n", False, True),
        ("a\nb\n", "a\x0cb\n", False, True),
        ("1\n2\n", "2\n1\n", False, False),
    ],
)


@SAME
@pytest.mark.parametrize("exact", [True, False])
def test_a_promise_holds_to_the_character_or_but_for_blanks(
    promise: str, printed: str, exactly: bool, but_for_blanks: bool, exact: bool
) -> None:
    """As the directive says."""
    found = script(promise=promise, blanks=exact)
    holds = exactly if exact else but_for_blanks
    assert (judge_output(found, (Part(printed, ""),)) == []) is holds


@pytest.mark.parametrize(
    ("promise", "printed", "diff"),
    [
        ("a\nb\n", "a\nc\n", ["@@ -1,2 +1,2 @@", " a", "-b", "+c"]),
        ("a\n", "", ["@@ -1 +0,0 @@", "-a"]),
        ("", "a\n", ["@@ -0,0 +1 @@", "+a"]),
        ("a\n", "a\n\n", ["@@ -1 +1,2 @@", " a", "+"]),
        ("a\nb\n", "a\x0cb\n", ["@@ -1,2 +1 @@", "-a", "-b", "+a\x0cb"]),
    ],
)
def test_a_difference_is_shown_as_a_diff(
    promise: str, printed: str, diff: list[str]
) -> None:
    """With the line of the page that promised."""
    (found,) = judge_output(script(promise=promise), (Part(printed, ""),))
    head, *lines = found.split("\n")
    assert head == "Its output is not the expected one:"
    assert lines == ["--- expected, from line 5", "+++ printed", *diff]


def test_a_missing_line_end_is_said_in_words() -> None:
    """No diff could show it."""
    (found,) = judge_output(script(promise="a\n"), (Part("a", ""),))
    assert found.endswith("(they differ in the last line's end)")


def test_each_block_is_held_to_its_own_promise() -> None:
    """The second did not print what it promises."""
    text = PRINTS + "<!--pytest-codeblocks:expected-output-->\n```\n1\n```\n"
    both = parsed(text + CONT + text)
    (found,) = judge_output(both, (Part("1\n", ""), Part("2\n", "")))
    assert "from line 13" in found


def test_a_failure_tells_all_an_author_needs() -> None:
    """Page, line, interpreter, complaints, and both streams."""
    failed = outcome(parsed(f"\n\n{PRINTS}"), "out\nput\n", "oh\n")
    assert failure_text(failed, TARGET, ["It failed:\nbadly.", "Twice."]) == (
        "docs/page.md:3: this python block failed on 3.13 (3.13.5)\n"
        "  It failed:\n"
        "  badly.\n"
        "  Twice.\n"
        "\n"
        "  stderr:\n"
        "    oh\n"
        "\n"
        "  stdout:\n"
        "    out\n"
        "    put"
    )
    silent = failure_text(outcome(script(), ""), TARGET, ["No."])
    assert silent.endswith("failed on 3.13 (3.13.5)\n  No.")


def test_blank_lines_at_the_end_are_not_told() -> None:
    """But letters are, and blanks; the blocks of a script print one after another."""
    for printed in ("FIX", "FIX  "):
        told = failure_text(outcome(script(), f"{printed}\n\n"), TARGET, ["No."])
        assert told.endswith(f"stdout:\n    {printed}")
    two = replace(outcome(script()), parts=(Part("a\n", ""), Part("b\n", "")))
    assert failure_text(two, TARGET, []).endswith("stdout:\n    a\n    b")


@pytest.mark.parametrize(
    ("bad", "wanted"),
    [
        (
            outcome(script(), stderr="oh"),
            (
                "It wrote to stderr, which the page does not show: mend that, or put"
                " <!--livedocs:stderr--> above the block if it is the point."
            ),
        ),
        (
            outcome(script(), status=120),
            "It exited with status 120 (Python could not flush stdout or stderr).",
        ),
    ],
)
def test_a_complaint_says_what_to_do(bad: Outcome, wanted: str) -> None:
    """Word by word, since an author copies from it."""
    assert judge(bad) == [wanted]


def test_each_part_belongs_to_a_block() -> None:
    """A run of other parts than its script's blocks is a mistake of the press."""
    for parts in ((), (Part("", ""), Part("", ""))):
        with pytest.raises(ValueError, match="zip"):
            judge_output(script(), parts)
        with pytest.raises(ValueError, match="zip"):
            judge(replace(outcome(script()), parts=parts))


@pytest.mark.parametrize("length", [8_000, 8_001, 1_000_000])
def test_a_long_output_is_cut_in_its_middle(length: int) -> None:
    """Beginning and end are what helps; how much is left out is said."""
    printed = "begin" + "x" * (length - 8) + "end"
    told = failure_text(outcome(script(), printed), TARGET, [])
    assert "begin" in told
    assert told.endswith("end")
    assert len(told) < 8_300
    left_out = f"{length - 8_000:,} characters left out"
    assert (left_out in told) is (length > 8_000)


@pytest.mark.parametrize(
    ("needs", "unmet"),
    [
        ([], None),
        (["livedocs:needs(3.9)"], None),
        (["livedocs:needs(3.13)"], None),
        (["livedocs:needs(3.14)"], "needs Python 3.14"),
        (["livedocs:needs(4.0)"], "needs Python 4.0"),
        (["pytest-codeblocks:importorskip(there)"], None),
        (["pytest-codeblocks:importorskip(gone)"], "needs the module gone"),
        (
            ["livedocs:needs(3.9)", "pytest-codeblocks:importorskip(gone)"],
            "needs the module gone",
        ),
    ],
)
def test_needs_are_met_or_named(needs: list[str], unmet: str | None) -> None:
    """Versions are compared as numbers; any block may state a need."""
    modules = {"there": True, "gone": False}
    assert unmet_need(script(*needs), TARGET, modules) == unmet
    comments = "".join(f"<!--{each}-->\n" for each in needs)
    later = parsed(f"{PRINTS}{CONT}{comments}{PRINTS}")
    assert unmet_need(later, TARGET, modules) == unmet


@pytest.mark.parametrize("version", ["3.15.0a1", "3.15.0", "3.15"])
def test_a_prerelease_counts_as_its_version(version: str) -> None:
    """What a page needs of 3.15 is in its alphas."""
    early = replace(TARGET.interpreter, version=version)
    found = script("livedocs:needs(3.15)")
    assert unmet_need(found, replace(TARGET, interpreter=early), {}) is None
    assert unmet_need(found, TARGET, {}) == "needs Python 3.15"
