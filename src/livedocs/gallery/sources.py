"""What an example is made of: its own text and the project modules it imports.

sphinx-gallery remembers the md5 of the example file alone, so a change in a module
under `src/` would leave an old picture on a new page. A fingerprint covers both.
"""

import ast
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path


def digest(*parts: bytes) -> str:
    """Return one hexadecimal digest of several byte strings, boundaries included."""
    total = hashlib.sha256()
    for part in parts:
        total.update(hashlib.sha256(part).digest())
    return total.hexdigest()


def digest_files(files: Iterable[Path]) -> str:
    """Return one digest of the names and the contents of `files`, in their order."""
    return digest(*(part for f in files for part in (f.name.encode(), f.read_bytes())))


def imported_files(script: Path, roots: Sequence[Path]) -> frozenset[Path]:
    """Return the files under `roots` that `script` imports, at whatever remove.

    The walk is static: `import` statements are read, anywhere in a file, and followed
    inside `roots` only. `importlib.import_module` and data files stay unseen.
    """
    seen: set[Path] = set()
    waiting = [script.resolve()]
    folders = [root.resolve() for root in roots]
    while waiting:
        file = waiting.pop()
        for name in _imported_names(file, folders):
            for found in _files_of(name, folders):
                if found not in seen:
                    seen.add(found)
                    waiting.append(found)
    return frozenset(seen)


def fingerprint(script: Path, roots: Sequence[Path], engine: str) -> str:
    """Return a digest that changes when a new run of `script` may show something else.

    Args:
        script: The example.
        roots: The folders that its imports are followed in.
        engine: A digest of what runs the examples.
    """
    return digest(
        engine.encode(),
        script.read_bytes(),
        digest_files(sorted(imported_files(script, roots))).encode(),
    )


def _imported_names(file: Path, roots: Sequence[Path]) -> Iterator[str]:
    """Yield the absolute dotted name of each module that `file` may import."""
    try:
        tree = ast.parse(file.read_bytes())
    except SyntaxError:
        return  # the run will say so, with the line
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = [node.module] if node.module else []
            if node.level:
                base = [*_package_of(file, roots, node.level), *base]
            yield ".".join(base)
            yield from (".".join([*base, alias.name]) for alias in node.names)


def _package_of(file: Path, roots: Sequence[Path], level: int) -> tuple[str, ...]:
    """Return the package that a relative import of `level` dots in `file` starts in."""
    for root in roots:
        if file.is_relative_to(root):
            folders = file.relative_to(root).parent.parts
            return folders[: max(0, len(folders) - level + 1)]
    return ()


def _files_of(name: str, roots: Sequence[Path]) -> Iterator[Path]:
    """Yield the files that importing `name` executes: each package and the module."""
    parts = name.split(".")
    for root in roots:
        for depth in range(1, len(parts) + 1):
            place = root.joinpath(*parts[:depth])
            for candidate in (place / "__init__.py", place.with_suffix(".py")):
                if candidate.is_file():
                    yield candidate
