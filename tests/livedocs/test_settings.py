from pathlib import Path

import pytest

from livedocs.settings import Settings, WrongSettings, find_settings


def book(folder: Path, table: str = "") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "pyproject.toml"
    file.write_text(table, encoding="utf-8")
    return folder


ALL = """
[project]
name = "é"

[tool.livedocs]
docs = "pages"
examples = "pictures"
python-path = ["src", "more"]
time-limit = 2.5
"""


def test_a_book_says_where_its_things_are(tmp_path: Path) -> None:
    """All of the table counts, from any folder below."""
    root = book(tmp_path / "book", ALL)
    (root / "pages" / "deep").mkdir(parents=True)
    found = find_settings(root / "pages" / "deep")
    assert found == Settings(root, "pages", "pictures", ("src", "more"), 2.5)
    assert found == find_settings(root)
    assert found.modules == (root / "src", root / "more")
    assert found.pages == root / "pages"
    assert found.finished == root / ".build" / "docs"


def test_a_table_may_be_empty(tmp_path: Path) -> None:
    """The rest has defaults."""
    root = book(tmp_path, "[tool.livedocs]\n")
    assert find_settings(tmp_path) == Settings(root)
    assert Settings(root) == Settings(root, "docs", "examples", (), 60.0)


def test_a_page_may_belong_to_no_book(tmp_path: Path) -> None:
    """Then the defaults serve, and there is no root."""
    book(tmp_path, "[tool.other]\nx = 1\n")
    found = find_settings(tmp_path)
    assert found == Settings()
    assert found.root is None
    assert found.name_of(tmp_path / "a.md") == (tmp_path / "a.md").as_posix()


@pytest.mark.parametrize(
    "between", ["", "[tool]\n", "[tool.ruff]\nx = 1\n", "tool = 3"]
)
def test_the_nearest_table_counts(tmp_path: Path, between: str) -> None:
    """A file without the table is passed over on the way up."""
    book(tmp_path, "[tool.livedocs]\ntime-limit = 1\n")
    near = book(tmp_path / "near", "[tool.livedocs]\ntime-limit = 2\n")
    other = book(near / "other", between)
    assert find_settings(other).root == near
    assert find_settings(near).time_limit == 2
    assert find_settings(tmp_path).time_limit == 1


@pytest.mark.parametrize(
    ("table", "wanted"),
    [
        (
            "[tool.livedocs]\ndoc = 'x'\n",
            "knows docs, examples, experiments, reference",
        ),
        ("[tool.livedocs]\npython_path = []\n", "not python_path"),
        ("[tool.livedocs]\ndocs = 1\n", "docs cannot be 1"),
        ("[tool.livedocs]\nexamples = ['x']\n", "examples cannot be ['x']"),
        ("[tool.livedocs]\npython-path = 'src'\n", "python-path cannot be 'src'"),
        ("[tool.livedocs]\npython-path = ['src', 1]\n", "python-path cannot be"),
        ("[tool.livedocs]\ntime-limit = '60'\n", "time-limit cannot be '60'"),
        ("[tool.livedocs]\ntime-limit = true\n", "time-limit cannot be True"),
        ("[tool.livedocs]\ntime-limit = 0\n", "time-limit cannot be 0"),
        ("[tool.livedocs]\ntime-limit = -1\n", "time-limit cannot be -1"),
        ("[tool.livedocs]\ntime-limit = nan\n", "time-limit cannot be nan"),
        ("[tool]\nlivedocs = 1\n", "[tool.livedocs] is not a table"),
        ("[[tool.livedocs]]\ndocs = 'x'\n", "[tool.livedocs] is not a table"),
        ("[tool.livedocs\n", "line 1"),
    ],
)
def test_what_is_not_understood_is_refused(
    tmp_path: Path, table: str, wanted: str
) -> None:
    """The message names the file and what is wrong in it."""
    root = book(tmp_path, table)
    with pytest.raises(WrongSettings) as caught:
        find_settings(root / "docs")
    assert str(caught.value).startswith(f"{root / 'pyproject.toml'}: ")
    assert wanted in str(caught.value)


def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    """The message names it."""
    (tmp_path / "pyproject.toml").write_bytes(b"# \xff\n")
    with pytest.raises(WrongSettings, match=r"pyproject\.toml: .*utf-8"):
        find_settings(tmp_path)


def test_a_page_is_named_from_its_book(tmp_path: Path) -> None:
    """A page elsewhere has its whole name."""
    found = Settings(tmp_path / "book")
    assert found.name_of(tmp_path / "book" / "docs" / "a.md") == "docs/a.md"
    other = tmp_path / "a.md"
    assert found.name_of(other) == other.as_posix()
