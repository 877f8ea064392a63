"""Text that another builder's page lacks is found, whatever stands around it."""

import subprocess
import sys
from pathlib import Path

import pytest

from livedocs.lost_text import losses, pieces_of

PAGE = """<!doctype html><title>T</title><nav><p>Elsewhere</p></nav>
<article class="md-content">
<h1 id="a">A <code>title</code><a class="headerlink" href="#a">¶</a></h1>
<p>One <em>para</em>graph,
on two lines.<br>And a third.</p>
<ul><li>first</li><li>second <p>deep</p></li></ul>
<pre><span></span><code><span>x = 1</span>
<span>y</span> = 2 &lt; 3
</code></pre>
<table><tr><th>Python</th><td>3.14</td></tr></table>
<figure><img src="a.svg" alt="What it shows"><figcaption>Below</figcaption></figure>
<button>Copy</button><script>hidden()</script><style>p { color: red }</style>
</article><footer><p>Made by</p></footer>"""

PIECES = {
    *("A title", "One paragraph,", "on two lines.", "And a third.", "first", "second"),
    *("deep", "x = 1", "y = 2 < 3", "Python", "3.14", "What it shows", "Below"),
}


def test_text_is_taken_in_the_pieces_that_a_reader_sees() -> None:
    """Of the article alone, without what only marks a place or is no text."""
    assert set(pieces_of(PAGE)) == PIECES


def test_an_element_that_is_never_closed_ends_with_its_parent() -> None:
    """As in browsers, what is unseen does not swallow the rest."""
    page = "<article><p>a<div class=headerlink><b>x</div>b</article>c"
    assert set(pieces_of(page)) == {"a", "b"}


@pytest.fixture
def sites(tmp_path: Path) -> tuple[Path, Path]:
    """Two sites of the same two pages, and one that is not to be read."""
    for name in ("site", "other"):
        (tmp_path / name / "deep").mkdir(parents=True)
        for page in ("a.html", "deep/b.html"):
            (tmp_path / name / page).write_text(PAGE, encoding="utf-8")
    (tmp_path / "site" / "moved.html").write_text("<p>See there.</p>", encoding="utf-8")
    return tmp_path / "site", tmp_path / "other"


def test_the_same_text_in_other_elements_is_no_loss(sites: tuple[Path, Path]) -> None:
    """Nor is more text, nor another order."""
    site, other = sites
    text = "".join(
        f"<div>{piece.replace('<', '&lt;')}</div>" for piece in sorted(PIECES)
    )
    page = f"<article>{text}<p>More.</p></article>"
    (other / "a.html").write_text(page, encoding="utf-8")
    assert list(losses(site, other)) == []


@pytest.mark.parametrize("piece", ["first", "x = 1", "What it shows", "3.14", "deep"])
def test_a_lost_piece_is_found(sites: tuple[Path, Path], piece: str) -> None:
    """A paragraph, an item, a line of code, a picture's words: each by itself."""
    site, other = sites
    (other / "deep/b.html").write_text(PAGE.replace(piece, ""), encoding="utf-8")
    (loss,) = losses(site, other)
    assert (loss.page, loss.pieces) == ("deep/b.html", (piece,))


def test_a_piece_that_stood_twice_is_lost_if_one_is(sites: tuple[Path, Path]) -> None:
    """It is counted, not only looked for."""
    site, other = sites
    twice = PAGE.replace("<li>first</li>", "<li>first</li><li>first</li>")
    (site / "a.html").write_text(twice, encoding="utf-8")
    (loss,) = losses(site, other)
    assert str(loss) == "a.html: lost: first"


def test_a_lost_page_is_found(sites: tuple[Path, Path]) -> None:
    """Without a list of all that was on it."""
    site, other = sites
    (other / "a.html").unlink()
    assert [str(loss) for loss in losses(site, other)] == ["a.html: the page is lost"]


def test_the_command_fails_on_a_loss(sites: tuple[Path, Path]) -> None:
    """And where there is nothing to compare, which would prove nothing."""

    def said(*folders: Path) -> tuple[int, str]:
        command = [sys.executable, "-m", "livedocs", "lost", *map(str, folders)]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        return ran.returncode, ran.stdout + ran.stderr

    site, other = sites
    assert said(site, other) == (0, "2 pages, no text is lost\n")
    (other / "a.html").write_text(PAGE.replace("first", ""), encoding="utf-8")
    status, told = said(site, other)
    assert status == 1
    assert "a.html: lost: first" in told
    (site / "a.html").unlink()
    (site / "deep/b.html").unlink()
    assert said(site, other)[0] == 1
