"""The comparison with other tools: what is planted, and what the page shows of it."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from tests.side_by_side import (
    PAIRS,
    RESULT,
    TABLES,
    TOOLS,
    Result,
    in_tables,
    marked,
    python_fences,
    without_shell,
)


@pytest.fixture
def result() -> Result:
    """What was measured last."""
    return msgspec.json.decode(RESULT.read_bytes(), type=Result)


def test_the_page_shows_what_was_measured(result: Result) -> None:
    """The tables are those of the kept result, and say when and where it was."""
    assert TABLES.read_text(encoding="utf-8") == in_tables(result)
    assert f"Measured on {result.day}" in in_tables(result)
    assert result.machine in in_tables(result)


def test_all_tools_had_all_pairs(result: Result) -> None:
    """No tool is left out, and no failure."""
    names = {pair.name for pair in PAIRS}
    assert [row.name for row in result.rows] == [tool.name for tool in TOOLS]
    for row in result.rows:
        assert set(row.planted) == set(row.sound) == names
        assert row.ours.blocks == result.rows[0].ours.blocks > 0
        assert row.readmes.blocks == result.rows[0].readmes.blocks > 0


@pytest.mark.parametrize(
    "code",
    [
        "print(1)\n",
        "for each in [1, 2]:\n    print(each)\n",
        'if __name__ == "__main__":\n    print(1)\n',
        'def main():\n    print(1)\n\n\nif __name__ == "__main__":\n    main()\n',
    ],
)
def test_a_block_leaves_its_mark_at_its_end(code: str, tmp_path: Path) -> None:
    """And none if it does not come that far; its own text stays as it is."""
    (fence,) = python_fences(marked(f"```python\n{code}```\n", tmp_path / "good"))
    assert fence.content.startswith(code)
    subprocess.run([sys.executable, "-c", fence.content], check=True)
    assert (tmp_path / "good" / "1").exists()
    failing = code.replace("print(1)", "1 / 0").replace("print(each)", "1 / 0")
    (fence,) = python_fences(marked(f"```python\n{failing}```\n", tmp_path / "bad"))
    done = subprocess.run([sys.executable, "-c", fence.content], check=False)
    assert done.returncode == 1
    assert not (tmp_path / "bad" / "1").exists()


def test_blocks_are_counted_as_commonmark_has_them(tmp_path: Path) -> None:
    """A fence in a list counts and keeps its margin, one that is quoted does not."""
    text = (
        "- one\n\n  ```py\n  x = 1\n  ```\n\n"
        "````md\n```python\ny = 1\n```\n````\n\n```bash\nls\n```\n"
    )
    (fence,) = python_fences(marked(text, tmp_path / "marks"))
    assert fence.content.splitlines()[0] == "x = 1"
    assert fence.content.splitlines()[1].endswith(".touch()")


def test_a_readme_installs_nothing() -> None:
    """Its other blocks are text; its Python stays."""
    text = "```bash\npip install x\n```\n\n```python\nx\n```\n\n~~~~ sh a=b\nls\n~~~~\n"
    assert without_shell(text) == (
        "```text\npip install x\n```\n\n```python\nx\n```\n\n~~~~ text\nls\n~~~~\n"
    )
