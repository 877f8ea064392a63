"""Claims: sentences of a page with a condition on what a block measured.

A claim is written right before the paragraph that begins with its sentence:

    <!--livedocs:claim(gil-counts of two_counts.py: "on two threads" < 1.3 on gil)-->

Several terms are joined by `and`. A term compares a quantity with a bound, on
interpreters of a kind, on machines with enough cores.
"""

import difflib
import operator
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from interleaved import Comparison, Interpreter, Machine, Spread
from interleaved.machine import release
from interleaved.reporting import Value

Status = Literal["held", "broken", "inconclusive", "not measured here"]

EXAMPLE = 'claim(two-counts of two_counts.py: "on two threads" < 1.3 on gil)'

_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
_OPPOSITE = {"<": ">=", ">=": "<", ">": "<=", "<=": ">", "==": "!=", "!=": "=="}
_MEANT = {"=": "==", "=<": "<=", "=>": ">=", "<>": "!=", "≤": "<=", "≥": ">="}
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
LEAST_CAPACITY = 0.8
"""Part of what its cores promise that a machine has to give for a claim to break."""

_HEAD = re.compile(
    r'(?P<name>[^\s:"]+)(?:\s+of\s+(?P<title>[^\s:"]+))?\s*:(?P<terms>.*)'
)
_TOKEN = re.compile(r'\s*("[^"]*"|[<>=!≤≥]+|/|[\w.-]+)')
_VERSION = re.compile(r"\d+\.\d+")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


class Measured(Protocol):
    """What a run measured, and what ran it: a record has these."""

    @property
    def comparisons(self) -> tuple[Comparison, ...]:
        """What `compare` measured."""

    @property
    def values(self) -> tuple[Value, ...]:
        """What `report` reported."""

    @property
    def interpreter(self) -> Interpreter:
        """What ran it."""

    @property
    def machine(self) -> Machine:
        """Where it ran."""

    @property
    def capacity(self) -> float | None:
        """How much more the cores did together than one of them, if anybody looked."""


@dataclass(frozen=True, slots=True)
class Term:
    """One condition of a claim."""

    quantity: tuple[str, ...]
    """A label or a value's name; with a second one, their ratio."""
    operator: str
    bound: float
    kind: Literal["gil", "free-threaded"] | None = None
    since: str | None = None
    """The first version that it is meant for, such as `3.12`."""
    before: str | None = None
    """The first version that it is not meant for any more."""
    cores: int = 1
    """The cores that it takes."""

    def __str__(self) -> str:
        """Write it as on the page."""
        words = [_ratio(self.quantity), self.operator, f"{self.bound:.15g}"]
        words += ["on", self.kind] if self.kind else []
        words += ["from", self.since] if self.since else []
        words += ["before", self.before] if self.before else []
        words += ["with", f"{self.cores} cores"] if self.cores > 1 else []
        return " ".join(words)

    def unmet(self, interpreter: Interpreter, machine: Machine) -> str | None:
        """What the term takes that is not here, such as `it takes a GIL`."""
        if wrong := self.wrong_version(interpreter):
            return wrong
        if self.kind == "gil" and not interpreter.gil:
            return "it takes a GIL"
        if self.kind == "free-threaded" and interpreter.gil:
            return "it takes a free-threaded interpreter"
        if machine.cores < self.cores:
            return f"it takes {self.cores} cores"
        return None

    def wrong_version(self, interpreter: Interpreter) -> str | None:
        """Which version the term takes, if the interpreter is of another."""
        version = release(interpreter.version)
        if self.since and version < release(self.since):
            return f"it takes Python {self.since}"
        if self.before and version >= release(self.before):
            return f"it takes a Python before {self.before}"
        return None


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence of a page, and when it is true."""

    name: str
    """Unique in the book: letters, digits and hyphens."""
    line: int
    """Line of the directive, from 1."""
    title: str | None
    """Title of the block that it speaks of; the nearest above if there is none."""
    terms: tuple[Term, ...]
    sentence: str
    """As plain text."""

    @property
    def condition(self) -> str:
        """All terms, as on the page."""
        return " and ".join(map(str, self.terms))


@dataclass(frozen=True, slots=True)
class Finding:
    """What a run says of one term of a claim."""

    term: Term
    status: Status
    value: Spread | None
    """The quantity; nothing if the run was not meant or not able to tell."""
    why: str = ""
    """Why it is inconclusive or not measured here."""


def parse_claim(argument: str, line: int, sentence: str) -> Claim:
    """Read a claim from the argument of its directive.

    Args:
        argument: such as `name of title.py: "label" < 1.3 on gil`.
        line: line of the directive.
        sentence: what it claims, as plain text.

    Raises:
        ValueError: it is something else; the message says what to write.
    """
    head = _HEAD.fullmatch(argument.strip())
    if not head:
        raise ValueError(
            f"a claim has a name, a colon and a condition, as {EXAMPLE},"
            f" not {argument!r}"
        )
    name = head["name"]
    if not _NAME.fullmatch(name):
        near = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
        hint = f": did you mean {near!r}?" if near else ""
        raise ValueError(
            f"the name of a claim has small letters, digits and single hyphens,"
            f" not {name!r}{hint}"
        )
    tokens = list(_tokens(head["terms"]))
    terms = [_term(tokens)]
    while tokens:
        word = tokens.pop(0)
        if word != "and":
            hint = _hint(word, ("and", "on", "from", "before", "with"))
            raise ValueError(f"{word!r} is not understood after a term{hint}")
        terms.append(_term(tokens))
    return Claim(name, line, head["title"], tuple(terms), sentence)


def find(claim: Claim, measured: Measured) -> tuple[Finding, ...]:
    """Hold a claim to what a run measured: one finding for each term.

    Raises:
        ValueError: the run has no such quantity, or one that no claim can be
            about; the message is for the author.
    """
    return tuple(_find(term, measured) for term in claim.terms)


def status(findings: Iterable[Finding]) -> Status:
    """What the findings of a claim's terms come to, taken together."""
    seen = {finding.status for finding in findings}
    outcomes: tuple[Status, ...] = ("broken", "inconclusive", "held")
    return next((each for each in outcomes if each in seen), "not measured here")


def is_open(findings: Iterable[Finding]) -> bool:
    """Whether a claim did not hold that could: measuring again may settle it."""
    return status(findings) in ("broken", "inconclusive")


def _find(term: Term, measured: Measured) -> Finding:
    unmet = term.unmet(measured.interpreter, measured.machine)
    if not unmet:
        value, disturbance = _quantity(term, measured)
        return _judged(term, value, disturbance or _missing_cores(term, measured))
    if not term.wrong_version(measured.interpreter):
        _quantity(term, measured)  # only another version may lack a variant
    return Finding(term, "not measured here", None, unmet)


def _missing_cores(term: Term, measured: Measured) -> str:
    """What disturbs a term that takes cores, if they are not worth their number."""
    if term.cores < 2 or measured.capacity is None:
        return ""
    if measured.capacity >= LEAST_CAPACITY * term.cores:
        return ""
    return f"{term.cores} cores did the work of {measured.capacity:.2f}"


def _judged(term: Term, value: Spread, disturbance: str) -> Finding:
    fulfilled = _OPERATORS[term.operator](value.median, term.bound)
    throughout = _holds_throughout(term.operator, value, term.bound)
    of_each = _is_of_each(term, value)
    if throughout or (fulfilled and not disturbance and not of_each):
        return Finding(term, "held", value)
    contradicted = _holds_throughout(_OPPOSITE[term.operator], value, term.bound)
    if not disturbance and (contradicted or (of_each and term.operator == "==")):
        return Finding(term, "broken", value)
    why = disturbance or "the quartiles lie on both sides of the bound"
    return Finding(term, "inconclusive", value, why)


def _is_of_each(term: Term, value: Spread) -> bool:
    """Whether it says of each count what it is, not of most: one other is too many."""
    return term.operator in ("==", "!=") and not value.unit


def _holds_throughout(sign: str, value: Spread, bound: float) -> bool:
    """Whether all from the low to the high end of a value fulfils a condition."""
    if sign == "!=":
        return not value.low <= bound <= value.high
    return all(_OPERATORS[sign](end, bound) for end in (value.low, value.high))


def _quantity(term: Term, measured: Measured) -> tuple[Spread, str]:
    """The value of a term's quantity, and what disturbed it."""
    labels = term.quantity
    known = [label for each in measured.comparisons for label in _labels(each)]
    known += [value.name for value in measured.values]
    for label in labels:
        if label not in known:
            hint = _hint(label, known)
            raise ValueError(f'the block measures no "{label}"{hint}')
    comparisons = [
        each for each in measured.comparisons if set(labels) <= set(_labels(each))
    ]
    values = [value for value in measured.values if value.name in labels]
    baselines = [(each.baseline.label,) for each in comparisons]
    if baselines and all(labels == baseline for baseline in baselines):
        raise ValueError(f"{_ratio(labels)} is compared with itself, so always 1")
    if len(comparisons) + bool(values) > 1:
        raise ValueError(
            f"{_ratio(labels)} is measured more than once: give each its own label"
        )
    if comparisons:
        home = comparisons[0]
        ratio = home.ratio(*labels) if len(labels) == 2 else home.speedup(*labels)
        return ratio, home.disturbance
    if len(values) < len(labels):
        raise ValueError(f"{_ratio(labels)}: no comparison has both")
    values.sort(key=lambda value: labels.index(value.name))
    by_clock = any(value.by_clock for value in values)
    disturbed = [each.noise.disturbance for each in values if each.noise]
    # What disturbed a comparison disturbed what else was measured by a clock.
    disturbed += [each.disturbance for each in measured.comparisons if by_clock]
    found = _of_values(*values)
    if _is_of_each(term, found):
        samples = values[0].samples
        found = replace(found, low=min(samples), high=max(samples))
    return found, next(filter(None, disturbed), "")


def _of_values(value: Value, other: Value | None = None) -> Spread:
    spread = value.spread
    if other is None:
        if spread.unit in ("s", "B"):
            raise ValueError(
                f'"{value.name}" is in {_UNITS[spread.unit]}, which no two machines'
                f' share: claim a ratio, as "{value.name}" / "another" < 2'
            )
        return spread
    divisor = other.spread
    if spread.unit != divisor.unit:
        raise ValueError(
            f'"{value.name}" and "{other.name}" have no ratio: one is in'
            f" {_UNITS[spread.unit]}, the other in {_UNITS[divisor.unit]}"
        )
    if spread.low < 0 or divisor.low <= 0:
        raise ValueError(f'"{value.name}" / "{other.name}": both have to be above 0')
    return Spread(
        spread.median / divisor.median,
        spread.low / divisor.high,
        spread.high / divisor.low,
        "×",
    )


_UNITS = {"s": "seconds", "B": "bytes", "×": "times", "": "counts"}


def _tokens(text: str) -> Iterator[str]:
    text = text.strip()
    position = 0
    while position < len(text):
        token = _TOKEN.match(text, position)
        if not token:
            rest = text[position:].strip()
            hint = f"write as {EXAMPLE}"
            if rest.startswith('"'):
                hint = "its closing double quote is missing"
            elif rest[0] in "“”„'«":
                hint = 'labels stand in straight double quotes, as "on two threads"'
            raise ValueError(f"{rest!r} is not understood: {hint}")
        yield token[1]
        position = token.end()


def _term(tokens: list[str]) -> Term:
    quantity = [_label(tokens)]
    if tokens and tokens[0] == "/":
        del tokens[0]
        quantity.append(_label(tokens))
        if quantity[0] == quantity[1]:
            raise ValueError(f"{_ratio(quantity)} is always 1")
    sign = _next(tokens, "one of " + " ".join(_OPERATORS))
    if sign not in _OPERATORS:
        hint = (
            f"did you mean {_MEANT[sign]}?"
            if sign in _MEANT
            else f"after a label comes one of {' '.join(_OPERATORS)}, as in {EXAMPLE}"
        )
        raise ValueError(f"{sign!r} is not understood: {hint}")
    bound = _next(tokens, "a number")
    if not _NUMBER.fullmatch(bound):
        raise ValueError(f"{bound!r} is no number from 0 on, such as 1.3")
    term = Term(tuple(quantity), sign, float(bound))
    seen = set()
    while tokens and tokens[0] in _FILTERS:
        word = tokens.pop(0)
        if word in seen:
            raise ValueError(f"{word!r} stands twice in the term {str(term)!r}")
        seen.add(word)
        term = _FILTERS[word](term, tokens)
    if term.since and term.before and release(term.since) >= release(term.before):
        raise ValueError(f"no Python is {term.since} or newer and before {term.before}")
    first = _FIRST[term.kind]
    if term.before and release(term.before) <= release(first):
        kind = f" {term.kind}" if term.kind else ""
        raise ValueError(f"no block runs on a{kind} Python before {first}")
    return term


_FIRST = {None: "3.11", "gil": "3.11", "free-threaded": "3.13"}
"""The first version that blocks run on, by its kind."""


def _on(term: Term, tokens: list[str]) -> Term:
    match _next(tokens, "gil or free-threaded"):
        case "gil" | "free-threaded" as kind:
            return replace(term, kind=kind)
        case other:
            raise ValueError(f"write 'on gil' or 'on free-threaded', not 'on {other}'")


def _from(term: Term, tokens: list[str]) -> Term:
    return replace(term, since=_version(tokens))


def _before(term: Term, tokens: list[str]) -> Term:
    return replace(term, before=_version(tokens))


def _with(term: Term, tokens: list[str]) -> Term:
    number, unit = _next(tokens, "a number of cores"), _next(tokens, "'cores'")
    if unit != "cores" or not re.fullmatch(r"[2-9]|[1-9]\d+", number):
        raise ValueError(f"write 'with 2 cores' or more, not 'with {number} {unit}'")
    return replace(term, cores=int(number))


_FILTERS: dict[str, Callable[[Term, list[str]], Term]] = {
    "on": _on,
    "from": _from,
    "before": _before,
    "with": _with,
}


def _version(tokens: list[str]) -> str:
    version = _next(tokens, "a version")
    if not _VERSION.fullmatch(version):
        raise ValueError(f"{version!r} is no version such as 3.13")
    return version


def _label(tokens: list[str]) -> str:
    token = _next(tokens, "a label in double quotes")
    if not token.startswith('"'):
        raise ValueError(f"{token!r} is no label in double quotes, as in {EXAMPLE}")
    if not token.strip('"').strip():
        raise ValueError("a label is blank")
    return token.strip('"')


def _next(tokens: list[str], wanted: str) -> str:
    if not tokens:
        raise ValueError(f"the claim ends where {wanted} should be, as in {EXAMPLE}")
    return tokens.pop(0)


def _labels(comparison: Comparison) -> list[str]:
    return [timing.label for timing in comparison.timings]


def _ratio(labels: Iterable[str]) -> str:
    return " / ".join(f'"{label}"' for label in labels)


def _hint(word: str, known: Iterable[str]) -> str:
    names = list(dict.fromkeys(known))
    near = difflib.get_close_matches(word, names, 1)
    if near:
        return f": did you mean {near[0]!r}?"
    return f": it could be {', '.join(map(repr, names))}" if names else ""
