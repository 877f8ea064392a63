"""Records: what a run left, kept so that a page can show it.

A record is one JSON file, `.records/<interpreter>/<key>.json`, in an envelope
that names its format and carries a digest of its content. Reading trusts
nothing: a file that is cut off, damaged, of another format or of another
script is reported and treated as if it were not there.
"""

import contextlib
import fcntl
import hashlib
import inspect
import os
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from interleaved import Comparison, Interpreter, Machine, Turns, Value
from livedocs.page import Script
from livedocs.tracing import Span

FORMAT = 2
"""Version of the record format; a record of another version is made again."""
_UNFINISHED = ".new-"


@dataclass(frozen=True, slots=True)
class Part:
    """What one block of a script printed."""

    stdout: str
    stderr: str


@dataclass(frozen=True, slots=True)
class Record:
    """What one successful run of a script left."""

    key: str
    """Digest of the script and its directives, see `key_of`."""
    page: str
    """The page, relative to the project, with `/` between its parts."""
    line: int
    """Line of the first block's fence when the script ran, from 1."""
    language: str
    code: tuple[str, ...]
    """Text of each block."""
    parts: tuple[Part, ...]
    """Output of each block. In tracebacks the page is named as a program and
    lines count from the start of the block, as for a reader who copied it."""
    status: int
    """Exit status of the process."""
    started: str
    """Date and time of the run, ISO 8601, UTC."""
    seconds: float
    """How long the process lived."""
    interpreter: Interpreter
    machine: Machine
    sources: dict[str, str]
    """Files of the project that the script imported, with their SHA-256."""
    comparisons: tuple[Comparison, ...] = ()
    """What `interleaved.compare` measured in this run."""
    values: tuple[Value, ...] = ()
    """What `interleaved.report` reported in this run."""
    tries: int = 1
    """How often it ran until its claims held; this is the last run."""
    capacity: float | None = None
    """How much more the machine's cores did together than one of them, measured
    right after a run that would have broken a claim about several cores."""
    spans: tuple[Span, ...] = ()
    """Calls of the tasks of its timeline, by their start."""
    turns: tuple[Turns, ...] = ()
    """What `interleaved.turns.show_turns` showed in this run."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A record as it stands in its file."""

    livedocs_record: int
    """The format, `FORMAT`."""
    sha256: str
    """Digest of the bytes of `record`."""
    record: msgspec.Raw


def key_of(script: Script) -> str:
    """The name under which a script's records are kept.

    It depends on the text of the blocks, on the directives that change how they
    run and on the page's file name, which a program can print; not on the line:
    a block that only moved keeps its record. Twins on a page have one each.
    """
    described = {
        "format": FORMAT,
        "language": script.language,
        "page": script.page,
        "blocks": [block.fence.code for block in script.blocks],
        "directives": [
            [f"{each.name}({each.argument})" for each in block.fence.directives]
            for block in script.blocks
        ],
    }
    if script.twins:
        described["twins"] = script.twins
    return _digest(msgspec.json.encode(described))[:32]


def json_schema() -> dict[str, Any]:
    """The JSON schema of a record's file."""
    schemas, components = msgspec.json.schema_components(
        [Envelope, Record], ref_template="#/$defs/{name}"
    )
    components["Envelope"]["properties"]["record"] = schemas[1]
    components["Envelope"]["properties"]["livedocs_record"] = {"const": FORMAT}
    for each in components.values():  # Python 3.13 and later unindent docstrings
        each["description"] = inspect.cleandoc(each["description"])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "livedocs record",
        **schemas[0],
        "$defs": components,
    }


def hash_file(path: Path) -> str | None:
    """SHA-256 of a file's bytes, or nothing if it cannot be read."""
    try:
        return _digest(path.read_bytes())
    except (OSError, ValueError):  # a name with a null byte is a ValueError
        return None


class Store:
    """The records of a project.

    Args:
        root: the project's folder; sources are named relative to it.
        warn: told of each file that is not a good record, in a full sentence.
    """

    def __init__(self, root: Path, warn: Callable[[str], None]) -> None:
        self.root = root
        self.folder = root / ".records"
        self._warn = warn
        self._hashes: dict[str, str | None] = {}

    def path(self, interpreter: str, key: str) -> Path:
        """Where the record of a script on an interpreter is kept."""
        return self.folder / interpreter / f"{key}.json"

    def interpreters(self) -> list[str]:
        """Names of the interpreters that have records, sorted."""
        if not self.folder.is_dir():
            return []
        return sorted(each.name for each in self.folder.iterdir() if each.is_dir())

    def load(
        self,
        interpreter: str,
        key: str,
        *,
        made_by: tuple[Interpreter, Machine] | None = None,
    ) -> Record | None:
        """The record of a script, if there is a good and fresh one.

        Args:
            interpreter: name of the interpreter, such as `3.13t`.
            key: the script's, by `key_of`.
            made_by: take only a record of this very interpreter and machine.

        Returns:
            The record, or nothing if there is none, if it cannot be trusted
            (a warning tells why), or if a source that it used has changed.
        """
        path = self.path(interpreter, key)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            self._warn(f"{path}: cannot be read ({error}); the block runs again")
            return None
        try:
            record = _decode(content)
            if record.key != key or record.interpreter.name != interpreter:
                raise ValueError("it is the record of another block or interpreter")
            if len(record.parts) != len(record.code):
                raise ValueError("it has not one output for each block")
        except (ValueError, msgspec.DecodeError, RecursionError) as error:
            self._warn(f"{path}: not a good record ({error}); the block runs again")
            return None
        if made_by and made_by != (record.interpreter, record.machine):
            return None
        if any(self._hash(name) != seen for name, seen in record.sources.items()):
            return None
        return record

    def save(self, record: Record) -> None:
        """Write a record so that its file is either the whole of it or not there."""
        path = self.path(record.interpreter.name, record.key)
        path.parent.mkdir(parents=True, exist_ok=True)
        with _locked(path.parent, fcntl.LOCK_SH):
            handle, temporary = tempfile.mkstemp(prefix=_UNFINISHED, dir=path.parent)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(_encode(record))
                    file.flush()
                    os.fsync(file.fileno())
                Path(temporary).replace(path)
            except BaseException:
                Path(temporary).unlink()
                raise

    def sweep(self, interpreter: str) -> None:
        """Remove what a process that was killed amid `save` left, unless one saves."""
        folder = self.folder / interpreter
        with contextlib.suppress(OSError), _locked(folder, fcntl.LOCK_EX):
            for path in folder.glob(f"{_UNFINISHED}*"):
                path.unlink()

    def discard(self, interpreter: str, key: str) -> None:
        """Remove the record of a script that failed, if there is one."""
        self.path(interpreter, key).unlink(missing_ok=True)

    def prune(self, interpreter: str, pages: str, keep: Collection[str]) -> int:
        """Remove an interpreter's records of scripts that no page has any more.

        Args:
            interpreter: its name.
            pages: how the names of those pages begin; records of others stay.
            keep: keys of the scripts that the pages have.

        Returns:
            How many were removed.
        """
        gone = 0
        for path in sorted((self.folder / interpreter).glob("*.json")):
            if path.stem not in keep and self._page(path).startswith(pages):
                path.unlink()
                gone += 1
        return gone

    def hashes(self, files: Iterable[str]) -> dict[str, str]:
        """The digests of files of the project, by name relative to its folder."""
        found = {}
        for file in files:
            name = Path(os.path.relpath(file, self.root)).as_posix()
            digest = hash_file(self.root / name)  # as it is now, not as `load` saw it
            if digest:
                found[name] = digest
        return found

    def _page(self, path: Path) -> str:
        try:
            return _decode(path.read_bytes()).page
        except (OSError, ValueError, msgspec.DecodeError, RecursionError):
            return ""  # `load` tells of it if a page asks for it

    def _hash(self, name: str) -> str | None:
        if name not in self._hashes:
            self._hashes[name] = hash_file(self.root / name)
        return self._hashes[name]


@contextlib.contextmanager
def _locked(folder: Path, how: int) -> Iterator[None]:
    """Hold a folder's lock; an exclusive one is not waited for.

    Raises:
        OSError: the folder is not there, or an exclusive lock is not to be had.
    """
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, how | (fcntl.LOCK_NB if how == fcntl.LOCK_EX else 0))
        yield
    finally:
        os.close(handle)


def _encode(record: Record) -> bytes:
    content = msgspec.json.encode(record)
    envelope = Envelope(FORMAT, _digest(content), msgspec.Raw(content))
    return msgspec.json.encode(envelope) + b"\n"


def _decode(content: bytes) -> Record:
    envelope = msgspec.json.decode(content, type=Envelope)
    if envelope.livedocs_record != FORMAT:
        raise ValueError(f"format {envelope.livedocs_record}, not {FORMAT}")
    if envelope.sha256 != _digest(bytes(envelope.record)):
        raise ValueError("its digest does not fit its content")
    return msgspec.json.decode(envelope.record, type=Record)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
