"""Measured values amid what an author wrote: in a sentence, or in a drawing."""

from collections.abc import Iterable
from dataclasses import dataclass

from interleaved import Interpreter
from interleaved.spread import Spread, written
from livedocs.ledger import Entry, where
from livedocs.printed import printed_html
from livedocs.record import Record
from livedocs.references import Reference


@dataclass(frozen=True, slots=True)
class Shown:
    """A value, and who measured it."""

    spread: Spread
    interpreter: Interpreter
    reference: str = ""
    """Where and when, if another machine measured it for the book."""

    @property
    def about(self) -> str:
        """Interpreter and quartiles."""
        about = f"Python {self.interpreter.name}: {self.spread}"
        if self.reference:
            about += f"; reference, not this build: {self.reference}"
        return about


def of_claim(entry: Entry, builder: Interpreter) -> Shown | None:
    """The value of a claim's first term, if it was measured.

    That of the building interpreter if the term is meant for it, else of the
    newest that it is meant for; the building machine's before a reference.
    """
    first = entry.claim.terms[0]
    found = [
        Shown(
            finding.value,
            each.interpreter,
            where(each.machine, each.date) if each.reference else "",
        )
        for each, finding in entry.shown
        if finding.term == first and finding.value
    ]
    return _first(found, builder)


def of_runs(
    name: str,
    records: Iterable[Record],
    references: Iterable[Reference],
    builder: Interpreter,
) -> Shown | None:
    """A value that a block reported, if it did, from the same source as a claim's.

    Args:
        name: the value's.
        records: the block's, the newest interpreter first.
        references: what other machines measured with it, in the same order.
        builder: the building interpreter.
    """
    runs: list[tuple[Record | Reference, str]] = [(each, "") for each in records]
    runs += [(each, where(each.machine, each.date)) for each in references]
    found = [
        Shown(value.spread, run.interpreter, reference)
        for run, reference in runs
        for value in run.values
        if value.name == name
    ]
    return _first(found, builder)


def _first(found: list[Shown], builder: Interpreter) -> Shown | None:
    # Stable: among equals the newest stays first.
    found.sort(key=lambda each: (bool(each.reference), each.interpreter != builder))
    return found[0] if found else None


def in_sentence(shown: Shown | None) -> str:
    """A value as HTML for the middle of a sentence; its title says the rest."""
    if not shown:
        return "(not measured here)"
    text = _written(shown)
    if shown.reference:
        source = printed_html(f"(reference, Python {shown.interpreter.name})")
        text += f" <small>{source}</small>"
    return f'<span class="value" title="{printed_html(shown.about)}">{text}</span>'


def in_drawing(shown: Shown | None) -> str:
    """A value as text for an SVG, where HTML may not stand: a dash if there is none."""
    if not shown:
        return "–"
    reference = f" (reference, Python {shown.interpreter.name})"
    return _written(shown) + printed_html(reference if shown.reference else "")


def _written(shown: Shown) -> str:
    return printed_html(written(shown.spread.median, shown.spread.unit))
