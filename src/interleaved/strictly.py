"""Records out of parsed JSON, checked against their types."""

from dataclasses import fields, is_dataclass
from types import UnionType
from typing import Any, Literal, get_args, get_origin


def read(kind: Any, found: object, where: str) -> Any:
    """Make a value of a kind out of what `json.loads` returned.

    Args:
        kind: A dataclass whose fields are of such kinds, `tuple[kind, ...]`,
            `kind | None`, a `Literal`, or a plain type such as `str` or `float`.
        found: Parsed JSON.
        where: What to call it in an error.

    Raises:
        ValueError: It is of another kind, has a member too many or too few, or
            the record itself refuses it; the message says where.
    """
    if is_dataclass(kind):
        record: Any = kind
        kinds = {field.name: field.type for field in fields(kind)}
        values = {
            name: read(kinds[name], value, f"{where}.{name}")
            for name, value in _members(found, list(kinds), where).items()
        }
        try:
            return record(**values)
        except ValueError as error:
            raise ValueError(f"{where}: {error}") from error
    if get_origin(kind) is UnionType and get_args(kind)[-1] is type(None):
        return None if found is None else read(get_args(kind)[0], found, where)
    if get_origin(kind) is Literal:
        if found not in get_args(kind):
            choices = " or ".join(map(repr, get_args(kind)))
            raise ValueError(f"{where} is {found!r}, not {choices}")
        return found
    if get_origin(kind) is tuple:
        item = get_args(kind)[0]
        items: list[object] = _checked(found, list, where)
        return tuple(
            read(item, value, f"{where}[{i}]") for i, value in enumerate(items)
        )
    if kind is float and type(found) is int:  # JSON tells 1 and 1.0 not apart
        try:
            return float(found)
        except OverflowError as error:
            raise ValueError(f"{where}: {error}") from error
    return _checked(found, kind, where)


def _members(found: object, names: list[str], where: str) -> dict[str, object]:
    """Return an object that has these members and no others."""
    checked: dict[str, object] = _checked(found, dict, where)
    if missing := [name for name in names if name not in checked]:
        raise ValueError(f"{where} lacks {', '.join(missing)}")
    if unknown := [repr(name) for name in checked if name not in names]:
        raise ValueError(f"{where} has the unknown {', '.join(unknown)}")
    return checked


def _checked(found: Any, kind: Any, where: str) -> Any:
    # To isinstance, true and false are integers; to JSON they are not.
    if not isinstance(found, kind) or (type(found) is bool and kind is not bool):
        wanted = kind.__name__ if isinstance(kind, type) else str(kind)
        raise ValueError(f"{where} is of type {type(found).__name__}, not {wanted}")
    return found
