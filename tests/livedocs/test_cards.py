import io
import re
from pathlib import Path

from PIL import Image

from livedocs.cards import SIZE, Card, add_cards, card_png

HEAD = """<head><link rel="canonical" href="https://a.example/book/{page}">
<meta property="og:site_name" content="A book">
<meta property="og:title" content="Saws &amp; axes">
<meta property="og:description" content="They &quot;cut&quot;."></head>"""


def test_a_card_is_a_picture_of_the_size_that_is_asked_for() -> None:
    """And small, however long its text."""
    for text in ("Short.", "A text that never ends. " * 40, "W" * 300):
        content = card_png(Card("The title of a page " * 9, text, "A book"))
        assert Image.open(io.BytesIO(content)).size == SIZE
        assert len(content) < 60_000


def test_cards_differ_by_page() -> None:
    """What stands on them is the page's."""
    first = card_png(Card("One", "Text.", "Book"))
    assert first == card_png(Card("One", "Text.", "Book"))
    assert first != card_png(Card("Two", "Text.", "Book"))


def test_a_page_names_its_card_by_its_full_address(tmp_path: Path) -> None:
    """Once, with words for those who do not see it."""
    pages = {"index.html": "", "more/saws.html": "more/saws.html"}
    for name, canonical in pages.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(HEAD.format(page=canonical))
    assert add_cards(tmp_path) == 2
    assert add_cards(tmp_path) == 0
    for name in pages:
        text = (tmp_path / name).read_text()
        (address,) = re.findall(r'property="og:image" content="(.*?)"', text)
        place = Path("assets/cards", name).with_suffix(".png").as_posix()
        assert address == f"https://a.example/book/{place}"
        assert (tmp_path / place).read_bytes().startswith(b"\x89PNG")
        assert 'content="Saws &amp; axes: They &quot;cut&quot;."' in text


def test_a_page_without_an_address_has_no_card(tmp_path: Path) -> None:
    """Nobody could ask for it."""
    text = re.sub("<link.*?>", "", HEAD)
    (tmp_path / "index.html").write_text(text)
    assert add_cards(tmp_path) == 0
    assert (tmp_path / "index.html").read_text() == text


def test_a_page_of_another_address_has_its_card_beside_it(tmp_path: Path) -> None:
    """As where a server hides how its files are called."""
    page = tmp_path / "saws.html"
    page.write_text(HEAD.format(page="saws"))
    assert add_cards(tmp_path) == 1
    assert 'content="https://a.example/book/assets/cards/saws.png"' in page.read_text()
