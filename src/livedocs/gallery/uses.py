"""Which example uses which name of the project, for links from there to here."""

import ast
from collections.abc import Sequence
from pathlib import Path

FILE = "uses.json"
"""In the gallery's pages: for each name, the examples that import it."""


def used_names(script: Path, roots: Sequence[Path]) -> tuple[str, ...]:
    """Return the dotted names of the project's packages that a script imports.

    `from a.b import c` is a use of `a.b.c` and one of `a.b`, not one of `a`: who
    describes a package has its modules to describe its parts.

    Args:
        script: An example.
        roots: The folders of the project's packages.
    """
    names: set[str] = set()
    for node in ast.walk(ast.parse(script.read_bytes())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
            if "." in node.module:
                names.add(node.module)
    return tuple(sorted(name for name in names if _is_ours(name, roots)))


def _is_ours(name: str, roots: Sequence[Path]) -> bool:
    top = name.partition(".")[0]
    return any(
        (root / top / "__init__.py").is_file() or (root / f"{top}.py").is_file()
        for root in roots
    )
