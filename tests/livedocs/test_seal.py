from pathlib import Path

import pytest

from livedocs.seal import POLICY, SCRIPTS, seal

ROOT = Path(__file__).parents[2]


def site_of(folder: Path, **pages: str) -> Path:
    """A site of pages; `more_page` stands in the folder `more`."""
    for name, text in pages.items():
        path = folder / f"{name.replace('_', '/')}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def test_scripts_become_files(tmp_path: Path) -> None:
    """One for each text, with an address that fits the page; data stays."""
    script = "<script>let a = '<b>'</script>"
    data = '<script type="application/json">{}</script><script src="a.js"></script>'
    site = site_of(tmp_path, index=script + data, more_page=script)
    (site / "a.js").touch()
    assert seal(site) == []
    (file,) = (site / SCRIPTS).iterdir()
    assert file.read_text() == "let a = '<b>'\n"
    tag = f'<script src="{{}}{SCRIPTS}/{file.name}"></script>'
    assert (site / "index.html").read_text() == tag.format("") + data
    assert (site / "more/page.html").read_text() == tag.format("../")


def test_sealing_twice_changes_nothing(tmp_path: Path) -> None:
    """So that it can be part of any build."""
    site = site_of(tmp_path, index="<script>1</script>")
    seal(site)
    once = {path: path.read_bytes() for path in site.rglob("*") if path.is_file()}
    seal(site)
    assert once == {p: p.read_bytes() for p in site.rglob("*") if p.is_file()}


def test_the_page_for_wrong_addresses_keeps_its_root(tmp_path: Path) -> None:
    """It is shown at any depth, so its addresses begin at the server's root."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "a.css").touch()
    style = '<link rel="stylesheet" href="/book/assets/a.css">'
    page = f'{style}<script>1</script><a href="/book/404.html">here</a>'
    site = site_of(tmp_path, **{"404": page})
    assert seal(site) == []
    assert f'src="/book/{SCRIPTS}/' in (site / "404.html").read_text()


def test_a_dead_link_on_the_page_for_wrong_addresses_is_told(tmp_path: Path) -> None:
    """Its root may be the site's; then the rest is there or not."""
    page = '<a href="/book/">home</a><a href="/book/gone.html">gone</a>'
    site = site_of(tmp_path, index="home", **{"404": page})
    assert seal(site) == ["404.html:1: the link /book/gone.html leads nowhere"]


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ('<img src="https://a.example/b.png">', "https://a.example/b.png is fetched"),
        ('<img srcset="a.png 1x, //a.example/b 2x">', "//a.example/b is fetched"),
        ('<script src="http://a.example/"></script>', "http://a.example/ is fetched"),
        (
            '<link rel="preconnect" href="https://a.example">',
            "https://a.example is fetched",
        ),
        (
            '<link rel="ICON" href="https://a.example/i">',
            "https://a.example/i is fetched",
        ),
        ('<p style="color: red">', 'style="color: red" on <p>: a strict policy'),
        ("<style>p {}</style>", "<style>: a strict policy forbids it"),
        ('<p onclick="a()">', 'onclick="a()" on <p>: a strict policy'),
        ('<a href="javascript:a()">', "the address javascript:a(): a strict policy"),
        ('<a href="b.html">', "the link b.html leads nowhere"),
        ('<a href="../a.html">', "the link ../a.html leads nowhere"),
        ('<a href="#b">', "the link #b leads to no place on its page"),
        ('<a href="a.html#b">', "the link a.html#b leads to no place"),
        ('<img src="b.svg">', "b.svg is not there"),
        ('<a href="/a.html">', "the link /a.html leads nowhere: the site may be in"),
        ('<img src="/c.svg">', "/c.svg is not there: the site may be in any folder"),
        ('<script type="module">1</script>', "<script> with a type: a strict policy"),
        ('<script type="text/JavaScript">1</script>', "<script> with a type: a strict"),
        ('<image href="//a.example/b">', "//a.example/b is fetched"),
        ('<track src="//a.example/b">', "//a.example/b is fetched"),
    ],
)
def test_what_cannot_be_published_is_told(tmp_path: Path, html: str, said: str) -> None:
    """With page and line."""
    (tmp_path / "a.png").touch()
    (problem,) = [
        each
        for each in seal(site_of(tmp_path, a=f"<p>\n{html}"))
        if "a.png" not in each
    ]
    assert problem.startswith(f"a.html:2: {said}")


@pytest.mark.parametrize(
    "html",
    [
        '<a href="https://a.example/">',
        '<a href="mailto:a@b.example">',
        '<link rel="canonical" href="https://a.example/a.html">',
        '<link itemprop="url" href="https://a.example/a.html">',
        '<p id="a%C3%A9 b"></p><a href="">',
        '<p id="é"><a href="a.html#%C3%A9"><a href="#é">',
        '<a href="more/"><a href="more/index.html"><a href=".">',
        '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">',
    ],
)
def test_what_is_in_order_is_not_told(tmp_path: Path, html: str) -> None:
    """A link may lead elsewhere, since a reader decides to follow it."""
    site = site_of(tmp_path, a=html, index="", more_index="")
    assert seal(site) == []


def test_styles_fetch_nothing_from_elsewhere(tmp_path: Path) -> None:
    """Neither sheets nor fonts; a comment may name an address."""
    (tmp_path / "a.css").write_text(
        "/* url(https://a.example/c) */ a { background: url('data:,') url(b.svg) }\n"
        '@import "//a.example/b"; b { src: url( "https://a.example/d" ) }'
    )
    assert seal(tmp_path) == [
        "a.css: //a.example/b is fetched from elsewhere",
        "a.css: https://a.example/d is fetched from elsewhere",
    ]


def test_the_policy_is_the_one_that_is_documented() -> None:
    """Whoever publishes copies it from Contributing."""
    page = (ROOT / "docs" / "contributing.md").read_text(encoding="utf-8")
    assert f"Content-Security-Policy: {POLICY}\n" in page
