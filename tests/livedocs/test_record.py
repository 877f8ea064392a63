import fcntl
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interleaved import Comparison, Interpreter, Machine, Noise, Timing, Value
from livedocs import record as record_module
from livedocs.page import Script, parse_page
from livedocs.record import (
    FORMAT,
    Part,
    Record,
    Store,
    hash_file,
    json_schema,
    key_of,
)

KEY = "0123456789abcdef" * 2
PYTHON = Interpreter("3.13t", "CPython", "3.13.5", True, False, "a build")
MACHINE = Machine("Linux 6.1 x86_64", "A processor", 2, None)
GOOD = Record(
    key=KEY,
    page="docs/page.md",
    line=7,
    language="python",
    code=("print('é\u2028\\n')\n",),
    parts=(Part("é\u2028\n\n", ""),),
    status=0,
    started="2026-01-02T03:04:05+00:00",
    seconds=0.0123,
    interpreter=PYTHON,
    machine=MACHINE,
    sources={},
    comparisons=(
        Comparison(
            (Timing("a", 1, (0.5, 2.0)), Timing("b", 3, (0.25, 1e-9), PYTHON)),
            MACHINE,
            PYTHON,
            Noise(0.25, 0.0),
            2,
        ),
    ),
    values=(Value("lost updates", (3.0, 4.5), ""), Value("gain", (1.5,), "×")),
    tries=2,
)


class Shelf:
    """A project's records, read anew each time, with all warnings."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.warnings: list[str] = []

    @property
    def store(self) -> Store:
        return Store(self.root, self.warnings.append)

    def save(self, record: Record = GOOD) -> Path:
        """Save a record and return its file."""
        store = self.store
        store.save(record)
        return store.path(record.interpreter.name, record.key)

    def load(self, name: str = "3.13t", key: str = KEY) -> Record | None:
        return self.store.load(name, key)

    def refuses(self, file: Path, why: str) -> bool:
        """Whether nothing comes of a file but one warning that names it."""
        self.warnings.clear()
        assert self.load(file.parent.name, file.stem) is None
        (warning,) = self.warnings
        return warning.startswith(f"{file}: ") and why in warning


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def envelope(content: bytes, version: object = FORMAT) -> bytes:
    """A record's file with a good digest, whatever is in it."""
    return b'{"livedocs_record":%s,"sha256":"%s","record":%s}\n' % (
        json.dumps(version).encode(),
        record_module._digest(content).encode(),
        content,
    )


def without(name: str) -> bytes:
    """The good record's content without one of its fields."""
    fields = msgspec.to_builtins(GOOD)
    del fields[name]
    return msgspec.json.encode(fields)


def with_(**changes: Any) -> bytes:
    """The good record's content with other fields, of any type."""
    return msgspec.json.encode(msgspec.to_builtins(GOOD) | changes)


def test_a_record_comes_back_as_it_was(shelf: Shelf) -> None:
    """It is found under its interpreter and key, and nothing is to warn of."""
    file = shelf.save()
    assert file == shelf.root / ".records" / "3.13t" / f"{KEY}.json"
    assert shelf.load() == GOOD
    assert shelf.store.interpreters() == ["3.13t"]
    assert shelf.warnings == []


@given(
    texts=st.tuples(st.text(), st.text(), st.text()),
    seconds=st.floats(0, allow_infinity=False),
)
def test_whatever_was_printed_comes_back(
    texts: tuple[str, str, str], seconds: float
) -> None:
    """Control characters, quotes and signs of all planes survive the file."""
    code, stdout, stderr = texts
    record = replace(
        GOOD,
        code=(code,),
        parts=(Part(stdout, stderr),),
        seconds=seconds,
    )
    assert record_module._decode(record_module._encode(record)) == record


def test_the_newest_record_counts(shelf: Shelf) -> None:
    """Saving again replaces the file."""
    file = shelf.save()
    shelf.save(replace(GOOD, status=3))
    assert shelf.load() == replace(GOOD, status=3)
    assert list(file.parent.iterdir()) == [file]


def test_where_no_record_is_there_is_nothing_to_tell(shelf: Shelf) -> None:
    """A script that has not run yet needs no warning, nor does a discarded one."""
    assert shelf.load() is None
    assert shelf.store.interpreters() == []
    shelf.save()
    shelf.store.discard("3.13t", KEY)
    shelf.store.discard("3.13t", KEY)
    assert shelf.load() is None
    assert shelf.warnings == []


@pytest.mark.parametrize("before", [True, False], ids=["replaced", "new"])
@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()])
@pytest.mark.parametrize("place", ["fsync", "replace"])
def test_a_file_is_the_whole_record_or_not_there(
    shelf: Shelf,
    monkeypatch: pytest.MonkeyPatch,
    before: bool,
    error: BaseException,
    place: str,
) -> None:
    """A write that fails leaves what was there before, and nothing else."""
    if before:
        shelf.save()

    def fail(*_: object) -> None:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(
            *(os, "fsync", fail) if place == "fsync" else (Path, place, fail)
        )
        with pytest.raises(type(error)):
            shelf.save(replace(GOOD, status=3))
    assert shelf.load() == (GOOD if before else None)
    assert len(list((shelf.root / ".records" / "3.13t").iterdir())) == before
    assert shelf.warnings == []


def test_what_a_kill_left_is_swept(shelf: Shelf) -> None:
    """An unfinished file goes, unless somebody saves just now; records stay."""
    file = shelf.save()
    unfinished = file.with_name(".new-abc")
    unfinished.touch()
    with record_module._locked(file.parent, fcntl.LOCK_SH):
        shelf.store.sweep("3.13t")
    assert unfinished.exists()
    shelf.store.sweep("3.13t")
    assert list(file.parent.iterdir()) == [file]
    shelf.store.sweep("3.14")
    assert shelf.store.interpreters() == ["3.13t"]


def test_what_save_did_not_finish_is_swept(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kill leaves a file that has the name of an unfinished one."""

    def kill(*_: object) -> None:
        raise KeyboardInterrupt

    folder = shelf.root / ".records" / "3.13t"
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", kill)
        patched.setattr(Path, "unlink", lambda _: None)
        with pytest.raises(KeyboardInterrupt):
            shelf.save()
    assert len(list(folder.iterdir())) == 1
    shelf.store.sweep("3.13t")
    assert list(folder.iterdir()) == []


def test_a_record_is_on_the_disk_before_it_has_its_name(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody can read a file under its name that a power cut would empty."""
    steps = []
    fsync, replace_ = os.fsync, Path.replace

    def noted_fsync(handle: int) -> None:
        steps.append(f"fsync of {os.fstat(handle).st_size > 500}")
        fsync(handle)

    def noted_replace(path: Path, target: Path) -> Path:
        steps.append("replace")
        return replace_(path, target)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(Path, "replace", noted_replace)
    shelf.save()
    assert steps == ["fsync of True", "replace"]


def test_a_file_cut_off_anywhere_is_refused(shelf: Shelf) -> None:
    """Up to the line feed at its end, each length is told and none is believed."""
    file = shelf.save()
    whole = file.read_bytes()
    assert whole.endswith(b"}\n")
    for length in range(len(whole) - 1):
        file.write_bytes(whole[:length])
        assert shelf.refuses(file, "not a good record")


@pytest.mark.parametrize("mask", [0x01, 0x20, 0x80])
def test_a_file_with_any_byte_damaged_is_refused(shelf: Shelf, mask: int) -> None:
    """One flipped bit is enough, wherever it is."""
    file = shelf.save()
    whole = file.read_bytes()
    for place in range(len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= mask
        file.write_bytes(damaged)
        assert shelf.refuses(file, "not a good record")


ONE = {
    "timings": [{"label": "a", "loops": 1, "seconds": [0.5]}],
    "machine": msgspec.to_builtins(MACHINE),
    "interpreter": msgspec.to_builtins(PYTHON),
}
FIELDS = msgspec.to_builtins(GOOD)
NAMES = sorted({*FIELDS, *ONE, "label", "loops", "seconds", "name", "samples", "unit"})
LOST = {"name": "lost", "samples": [], "unit": ""}
DEEP = with_(comparisons=["@"]).replace(b'"@"', b'{"a":' * 9_999 + b"1" + b"}" * 9_999)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        pytest.param(
            envelope(with_(), FORMAT + 1), "format 3, not 2", id="newer format"
        ),
        pytest.param(
            envelope(with_(), FORMAT - 1), "format 1, not 2", id="older format"
        ),
        pytest.param(envelope(with_(), str(FORMAT)), "not a good", id="format of text"),
        pytest.param(b"null", "not a good", id="null"),
        pytest.param(b"{}", "not a good", id="empty object"),
        pytest.param(b"[]", "not a good", id="list"),
        pytest.param(b"\x00" * 999, "not a good", id="zeros"),
        pytest.param(b"\xff\xfe", "not a good", id="not UTF-8"),
        pytest.param(msgspec.json.encode(GOOD), "not a good", id="no envelope"),
        pytest.param(envelope(b"{}"), "not a good", id="an empty record"),
        pytest.param(envelope(b"7"), "not a good", id="a number for a record"),
        pytest.param(envelope(without("parts")), "parts", id="a field missing"),
        pytest.param(envelope(with_(line="7")), "line", id="a field of other type"),
        pytest.param(
            envelope(with_(parts=[])),
            "not a good record (it has not one output for each block); the block",
            id="no output",
        ),
        pytest.param(envelope(with_(parts=[1])), "parts", id="output is a number"),
        pytest.param(envelope(with_(sources=["a"])), "sources", id="sources listed"),
        pytest.param(b"[" * 1_000_000, "not a good", id="deep"),
        pytest.param(envelope(b"[" * 9_999 + b"]" * 9_999), "not a good", id="deep in"),
        pytest.param(envelope(DEEP), "not a good", id="deep in a record"),
        pytest.param(envelope(with_(comparisons=[{}])), "timings", id="no comparison"),
        pytest.param(envelope(with_(comparisons=[ONE])), "two to", id="one timing"),
        pytest.param(envelope(with_(values=[{}])), "name", id="no value"),
        pytest.param(envelope(with_(values=[LOST])), "no sample", id="no sample"),
        pytest.param(envelope(with_(tries="1")), "tries", id="tries of text"),
        pytest.param(b" " * 20_000_000, "not a good", id="huge"),
        pytest.param(b'{"x":"' + b"y" * 20_000_000, "not a good", id="huge text"),
    ],
)
def test_what_is_no_record_is_refused(shelf: Shelf, content: bytes, why: str) -> None:
    """A good digest alone does not make a record of it."""
    file = shelf.save()
    file.write_bytes(content)
    assert shelf.refuses(file, why)
    shelf.warnings.clear()
    shelf.save()
    assert (shelf.load(), shelf.warnings) == (GOOD, [])


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=5), inner)
    ),
    max_leaves=9,
)


@given(
    st.dictionaries(st.sampled_from(list(FIELDS)), VALUES)
    | st.dictionaries(st.just("comparisons"), st.lists(VALUES, max_size=2), min_size=1)
)
def test_no_value_raises(
    tmp_path_factory: pytest.TempPathFactory, changes: dict[str, object]
) -> None:
    """A record with a good digest, of which somebody changed fields, is one or none."""
    shelf = Shelf(tmp_path_factory.getbasetemp() / "values")
    content = msgspec.json.encode(FIELDS | changes)
    shelf.save().write_bytes(envelope(content))
    found = shelf.load()
    assert (found is None) == bool(shelf.warnings)
    if found:
        assert json.loads(msgspec.json.encode(found)) == json.loads(content)


@given(st.binary())
def test_no_bytes_raise(tmp_path_factory: pytest.TempPathFactory, junk: bytes) -> None:
    """Whatever a file holds, it is refused and told."""
    shelf = Shelf(tmp_path_factory.getbasetemp() / "junk")
    file = shelf.save()
    file.write_bytes(junk)
    assert shelf.refuses(file, "not a good record")
    file.write_bytes(envelope(junk))
    assert shelf.refuses(file, "not a good record")


def make_folder(file: Path) -> None:
    file.mkdir()


def make_loop(file: Path) -> None:
    file.symlink_to(file)


@pytest.mark.parametrize("make", [make_folder, make_loop])
def test_what_cannot_be_read_is_told(
    shelf: Shelf, make: Callable[[Path], None]
) -> None:
    """A folder in a record's place, or a link that leads nowhere."""
    file = shelf.save()
    file.unlink()
    make(file)
    assert shelf.refuses(file, "cannot be read")


def test_a_file_in_a_folders_place_is_told(shelf: Shelf) -> None:
    """Where an interpreter's folder should be, and where all records should be."""
    folder = shelf.root / ".records"
    folder.mkdir()
    (folder / "3.13t").write_text("")
    assert shelf.refuses(folder / "3.13t" / f"{KEY}.json", "cannot be read")
    assert shelf.store.interpreters() == []
    (folder / "3.13t").unlink()
    folder.rmdir()
    folder.write_text("")
    assert shelf.store.interpreters() == []


@pytest.mark.parametrize(("name", "key"), [("3.13t", "f" * 32), ("3.11", KEY)])
def test_a_record_answers_to_its_own_name_alone(
    shelf: Shelf, name: str, key: str
) -> None:
    """A copy under another block's or interpreter's name is refused."""
    copy = shelf.store.path(name, key)
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_bytes(shelf.save().read_bytes())
    assert shelf.refuses(copy, "record of another block or interpreter")
    assert shelf.load() == GOOD


@pytest.mark.parametrize(
    ("python", "machine"),
    [
        (replace(PYTHON, version="3.13.6"), MACHINE),
        (replace(PYTHON, build="another"), MACHINE),
        (replace(PYTHON, gil=True), MACHINE),
        (PYTHON, replace(MACHINE, cores=4)),
        (PYTHON, replace(MACHINE, cpu="Another")),
    ],
)
def test_a_build_can_ask_for_its_own_records(
    shelf: Shelf, python: Interpreter, machine: Machine
) -> None:
    """What another interpreter or machine made is stale, not wrong: no warning."""
    shelf.save()
    load = shelf.store.load
    assert load("3.13t", KEY, made_by=(python, machine)) is None
    assert load("3.13t", KEY, made_by=(PYTHON, MACHINE)) == GOOD
    assert shelf.warnings == []


def test_a_record_is_stale_when_a_source_is_not_what_it_was(shelf: Shelf) -> None:
    """Changed or removed: no record, no warning; restored: the record counts."""
    source, other = shelf.root / "src" / "a.py", shelf.root / "src" / "b.py"
    source.parent.mkdir()
    for file in (source, other):
        file.write_text("1")
    hashes = shelf.store.hashes([str(source), str(other)])
    assert list(hashes) == ["src/a.py", "src/b.py"]
    record = replace(GOOD, sources=hashes)
    shelf.save(record)
    assert shelf.load() == record
    other.write_text("2")
    assert shelf.load() is None
    other.unlink()
    assert shelf.load() is None
    other.mkdir()
    assert shelf.load() is None
    other.rmdir()
    other.write_text("1")
    assert shelf.load() == record
    assert shelf.warnings == []


@pytest.mark.parametrize("name", ["no/such.py", "nul\0.py", "x" * 5000, "."])
def test_a_source_that_cannot_be_is_a_changed_one(shelf: Shelf, name: str) -> None:
    """Its record is stale, and reading it raises nothing."""
    shelf.save(replace(GOOD, sources={name: "0" * 64}))
    assert shelf.load() is None
    assert shelf.warnings == []


def test_a_digest_is_that_of_the_bytes(tmp_path: Path) -> None:
    """SHA-256; of what cannot be read there is none."""
    file = tmp_path / "a"
    file.write_bytes(b"abc")
    known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert hash_file(file) == known
    assert hash_file(tmp_path) is None
    assert Store(tmp_path, print).hashes([str(tmp_path / "none"), str(file)]) == {
        "a": known
    }


def test_pruning_removes_what_no_page_has(shelf: Shelf) -> None:
    """Of one interpreter and of pages with that beginning; damaged files stay."""
    keys = [f"{number:032x}" for number in range(5)]
    for key, page in zip(
        keys, ["docs/a.md", "docs/b.md", "docs/b.md", "README.md", "docs/c.md"],
        strict=True,
    ):  # fmt: skip
        shelf.save(replace(GOOD, key=key, page=page))
    older = replace(PYTHON, name="3.11")
    shelf.save(replace(GOOD, key=keys[1], page="docs/b.md", interpreter=older))
    shelf.store.path("3.13t", keys[4]).write_text("{}")
    assert shelf.store.prune("3.13t", "docs/", {keys[0]}) == 2
    left = sorted(file.stem for file in (shelf.root / ".records/3.13t").iterdir())
    assert left == [keys[0], keys[3], keys[4]]
    assert shelf.store.path("3.11", keys[1]).is_file()
    assert shelf.store.prune("3.10", "docs/", ()) == 0
    assert shelf.warnings == []


def script(text: str, page: str = "docs/page.md") -> Script:
    parsed = parse_page(text, Path(page))
    assert parsed.problems == []
    (found,) = parsed.scripts
    return found


PRINTS = "```python\nprint(1)\n```\n"
CONT = "<!--pytest-codeblocks:cont-->\n"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"# Title\n\n\n{PRINTS}", id="other line"),
        pytest.param("~~~~py title='a'\nprint(1)\n~~~~\n", id="other fence"),
        pytest.param("  ```python\n  print(1)\n  ```\n", id="indented"),
        pytest.param(
            f"{PRINTS}<!--pytest-codeblocks:expected-output-->\n```\n2\n```\n",
            id="expected output",
        ),
        pytest.param(f"{PRINTS}```text\n1\n```\n", id="other blocks"),
    ],
)
def test_a_block_that_only_moved_keeps_its_record(text: str) -> None:
    """Folder, line and surroundings are not in its key; the page's name is."""
    assert key_of(script(text, "docs/page.md")) == key_of(script(PRINTS, "page.md"))
    assert key_of(script(text, "other.md")) != key_of(script(PRINTS, "page.md"))


def test_what_changes_a_run_changes_the_key() -> None:
    """Text, language, directives with their arguments, and how blocks are cut."""
    texts = [
        PRINTS,
        PRINTS.replace("1", "2"),
        PRINTS.replace("python", "bash"),
        PRINTS.replace("python", "sh"),
        f"<!--livedocs:alone-->\n{PRINTS}",
        f"<!--livedocs:timeout(1)-->\n{PRINTS}",
        f"<!--livedocs:timeout(2)-->\n{PRINTS}",
        f"<!--livedocs:stderr-->\n{PRINTS}",
        f"<!--livedocs:needs(3.13)-->\n{PRINTS}",
        f"{PRINTS}{CONT}{PRINTS}",
        f"{PRINTS}{CONT}<!--livedocs:stderr-->\n{PRINTS}",
        "```python\nprint(1)\nprint(1)\n```\n",
    ]
    keys = [key_of(script(text)) for text in texts]
    assert len(set(keys)) == len(texts)
    assert all(len(key) == 32 and int(key, 16) >= 0 for key in keys)


def test_the_published_schema_is_that_of_the_records() -> None:
    """`python -m livedocs schema` wrote it; docs/method.md shows it."""
    published = Path(record_module.__file__).with_name("record.schema.json")
    text = json.dumps(json_schema(), indent=2) + "\n"
    assert published.read_text(encoding="utf-8") == text


TYPES: dict[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}


def fits(value: Any, schema: dict[str, Any], root: dict[str, Any]) -> bool:
    """Whether a value is what a schema describes, of the kinds used here."""
    known = {"$ref", "anyOf", "const", "type", "properties", "required", "items"}
    known |= {"enum"}
    known |= {"additionalProperties", "default", "title", "description"}
    assert schema.keys() <= known | {"$schema", "$defs"}
    if "$ref" in schema:
        return fits(value, root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    if "anyOf" in schema:
        return any(fits(value, each, root) for each in schema["anyOf"])
    if "const" in schema:
        return bool(value == schema["const"])
    if "enum" in schema:
        return value in schema["enum"]
    others = schema.get("additionalProperties", {})
    inner = schema.get("properties", {})
    parts: list[tuple[Any, dict[str, Any]]] = []
    if isinstance(value, list):
        parts = [(each, schema["items"]) for each in value if "items" in schema]
    if isinstance(value, dict):
        parts = [(each, inner.get(name, others)) for name, each in value.items()]
    return (
        isinstance(value, TYPES[schema["type"]])
        and all(name in value for name in schema.get("required", ()))
        and all(fits(each, described, root) for each, described in parts if described)
    )


def test_a_saved_record_fits_the_schema(shelf: Shelf) -> None:
    """And what does not fit is seen: a field missing, of other type, in depth."""
    file = json.loads(shelf.save(replace(GOOD, sources={"a": "0"})).read_bytes())
    schema = json_schema()
    assert fits(file, schema, schema)
    record = file["record"]
    wrong: list[dict[str, Any]] = [
        file | {"livedocs_record": FORMAT + 1},
        file | {"record": record | {"values": [record["values"][0] | {"unit": "m"}]}},
        file | {"record": {k: v for k, v in record.items() if k != "machine"}},
        file | {"record": record | {"parts": [{"stdout": ""}]}},
        file | {"record": record | {"sources": {"a": 1}}},
        file | {"record": record | {"status": "0"}},
    ]
    assert not any(fits(each, schema, schema) for each in wrong)
