import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livedocs.printed import output_html, printed_html

VISIBLE = st.text(st.characters(exclude_categories=("Cc", "Cn", "Cs")))


@given(VISIBLE)
def test_text_is_what_was_printed(text: str) -> None:
    """All signs come back from the HTML, but for blanks at the end."""
    assert unescape(printed_html(text)) == text.rstrip()


@given(st.text())
def test_html_is_one_line_without_markup(text: str) -> None:
    """Nothing in it is a tag, a code span, emphasis, a fence or a snippet."""
    html = printed_html(text)
    assert len(html.splitlines()) <= 1
    assert not re.search(r"[<>`*_\[\]{}\\|~\"$^!\x00-\x1f\x7f-\x9f]", html)
    assert not re.search(r"&(?!#\d+;)|(?<!&)#", html)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\n\n b\tc", "a\n\n b\tc"),
        ("\n a", "\n a"),
        ("a \n \n", "a"),
        ("a\r\nb\r\n", "a\nb"),
        ("10 %\r20 %", "10 %␍20 %"),
        ("\x01\x02\x03\x1f.", "␁␂␃␟."),
        ("\x00\x07\x08\x1b.", "␀␇␈␛."),
        ("\x7f\x80\x85\x9f.", "␡\ufffd\ufffd\ufffd."),
        ("\x1b[1;31mred\x1b[0m \x1b[2Kx", "red x"),
        ("\x1bMup", "up"),
        ("\xa0.", "\xa0."),
        ("\ud800", "\ufffd"),
    ],
)
def test_signs_that_are_not_seen(text: str, shown: str) -> None:
    """Line ends and tabs stay, colours go, controls are shown as pictures."""
    assert unescape(printed_html(text)) == shown


def test_a_sign_that_html_redefines_is_not_sent_as_a_number() -> None:
    """A browser would show a euro sign for U+0080."""
    assert "&#128;" not in printed_html("\x80.")


def test_a_box_is_one_line_and_no_code() -> None:
    """It can be scrolled with the keyboard and has a name."""
    html = output_html("a\nb", "run-stderr", "Output on stderr")
    assert html == (
        '<pre class="run-stderr" tabindex="0" role="group"'
        ' aria-label="Output on stderr"><samp>a&#10;b</samp></pre>'
    )
    assert 'class="run-stdout"' in output_html("a")
