"""Prose: what a sentence says, and which of its numbers only a clock can tell."""

import pytest

from livedocs.prose import counted, plain_text, typed_timings


def test_of_one_thing_there_is_one() -> None:
    """And of none or several there are some."""
    found = [counted(number, "core") for number in (0, 1, 2, 1000)]
    assert found == ["0 cores", "1 core", "2 cores", "1,000 cores"]


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("Two threads count.", "Two threads count."),
        ("  Two   threads\tcount. ", "Two threads count."),
        ("*Two* **threads** _count_ __up__.", "Two threads count up."),
        ("`a * b * c` is `` ` ``.", "a * b * c is `."),
        ('See [this](that.md) and [so](x.md "T").', "See this and so."),
        ("See [`compare`][interleaved.compare].", "See compare."),
        ("See [this][that] and [that][].", "See this and that."),
        ("Then `rows[i][j]` is it.", "Then rows[i][j] is it."),
        ("A note[^1].", "A note."),
        ("An ![image of it](x.svg) here.", "An image of it here."),
        ("Is 1 &lt; 2 \\*really\\*?", "Is 1 < 2 *really*?"),
        ("Is a < b > c?", "Is a < b > c?"),
        ("H<sub>2</sub>O <!-- no words -->it is.", "H2O it is."),
        ("It is <!--livedocs:value(a-b)--> fast.", "It is … fast."),
        ("<!--livedocs:value(a)--> it is.", "… it is."),
        ("Write `<!--livedocs:value(a)-->`.", "Write <!--livedocs:value(a)-->."),
        ("See <https://example.org>.", "See https://example.org."),
        ("A \N{REPLACEMENT CHARACTER} and `b`.", "A and b."),
        ("<!-- nothing -->", ""),
        ("", ""),
    ],
)
def test_a_sentence_is_what_its_reader_sees(markdown: str, text: str) -> None:
    """Links, emphasis, entities and comments leave their words."""
    assert plain_text(markdown) == text


@pytest.mark.parametrize(
    ("prose", "words"),
    [
        ("It took 5 s.", "5 s"),
        ("It took 5s.", "5s"),
        ("It took .5 s.", "5 s"),
        ("It took 1.25 ms, then.", "1.25 ms"),
        ("It took 20ms", "20ms"),
        ("It took 1,200 µs.", "1,200 µs"),
        ("It took 7 μs.", "7 μs"),
        ("It took 7 us.", "7 us"),
        ("It took 100 ns.", "100 ns"),
        ("It took 1 second.", "1 second"),
        ("It took 5 Seconds.", "5 Seconds"),
        ("a 5-second wait", "5-second"),
        ("It took 3 milliseconds.", "3 milliseconds"),
        ("It took 3 microseconds.", "3 microseconds"),
        ("It took 3 nanoseconds.", "3 nanoseconds"),
        ("It took 1 minute.", "1 minute"),
        ("It took 5 msec or 2 hrs.", "5 msec|2 hrs"),
        ("a 10-fold gain", "10-fold"),
        ("It took 10 minutes.", "10 minutes"),
        ("It took 4 sec or 2 min.", "4 sec|2 min"),
        ("It was less by a factor of 3.", "factor of 3"),
        ("It took 5\u00a0s or 5&nbsp;s.", "5 s|5 s"),
        ("It took **5** s.", "5 s"),
        ("It took 4.9 ms to 5.3 ms.", "4.9 ms|5.3 ms"),
        ("It took 5\nseconds.", "5 seconds"),
        ("It is 2 × as fast.", "2 ×"),
        ("It is 1.98× as fast.", "1.98×"),
        ("It is 1.5x as fast.", "1.5x"),
        ("It is 3 x faster.", "3 x"),
        ("It is 3 times faster.", "3 times faster"),
        ("It is 3 times slower.", "3 times slower"),
        ("It is 3 times as fast.", "3 times as fast"),
        ("It takes 3 times as long.", "3 times as long"),
        ("a 3-times faster loop", "3-times faster"),
        ("It is 20 % faster.", "20 % faster"),
        ("It is 20% slower.", "20% slower"),
        ("It is 20 percent faster.", "20 percent faster"),
        ("It takes 20 % less time.", "20 % less time"),
        ("It is faster by 20 %.", "faster by 20"),
        ("It is slower by a factor of 3.", "slower by a factor of 3"),
        ("## In 5 s", "5 s"),
        ("| took | 5 s |", "5 s"),
        ("> It took 5 s.", "5 s"),
        ("- It took 5 s.", "5 s"),
        ("    It took 5 s.", "5 s"),
        ("[It took 5 s](a.md)", "5 s"),
        ("`5` and 6 s", "6 s"),
        ("It took ` 5 s.\n\nNot ` closed.", "5 s"),
        ("version 3.13", None),
        ("Python 3.13 sleeps.", None),
        ("It ran 5 times.", None),
        ("5 users, 5 sums, 5 minuses", None),
        ("the 1990s and the 2010s", None),
        ("a terminal of 80 × 24", None),
        ("a 2x2 grid, 0x1F, x5 s", None),
        ("15 % of them, 2 % of the time", None),
        ("2 cores and 15 rounds", None),
        ("five seconds", None),
        ("It took `5 s`, or ``5 ` s``.", None),
        ("It took `5\ns` so.", None),
        ("<!-- It took 5 s. -->", None),
        ("<!-- It took\n5 s. -->", None),
        ('<img style="transition: 5s">', None),
        ("See https://example.org/5s and <https://example.org/6%20s>.", None),
        ('See [it](5s/6s.md) and [it](7s.md "in 8 s").', None),
        ("It ends with 5\n\ns is a letter.", None),
        ("", None),
    ],
)
def test_a_timing_in_prose_is_seen(prose: str, words: str | None) -> None:
    """A number with a unit of time, and a ratio of durations, but not in code."""
    found = [each for _, each in typed_timings(prose.split("\n"))]
    assert found == ([] if words is None else words.split("|"))


def test_a_timing_is_told_with_its_line() -> None:
    """Whatever stands above: comments and code of several lines, too."""
    lines = ["1 s", "<!-- a", "b -->", "`c", "d` 2 s", "", "3 s 4", "ms"]
    assert list(typed_timings(lines)) == [
        (1, "1 s"),
        (5, "2 s"),
        (7, "3 s"),
        (7, "4 ms"),
    ]


def test_what_is_excused_is_passed_over() -> None:
    """And parts what stands around it."""
    lines = ["1", "s", "2 s", "s 3", "4 s"]
    assert list(typed_timings(lines, {2, 4})) == [(3, "2 s"), (5, "4 s")]
