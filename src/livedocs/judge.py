"""Judging a run: did the script do what its page says it does?"""

import difflib
import re
import signal
import textwrap

from interleaved.machine import release
from livedocs.page import Block, Script
from livedocs.record import Part
from livedocs.runner import Outcome, Target

_MOST_SHOWN = 8_000
_STATUSES = {"KeyboardInterrupt": -signal.SIGINT}
_UNREAD = "a future that nobody read"  # which nobody sees, on the page either


def judge(outcome: Outcome) -> list[str]:
    """What was wrong with a run, each a full sentence; nothing if it was good."""
    if outcome.faults:
        return list(outcome.faults)
    complaints = _judge_end(outcome)
    clocked = [each.name for each in outcome.values if each.by_clock]
    if (clocked or outcome.comparisons) and not outcome.script.alone:
        complaints.append(
            f"It measured {repr(clocked[0]) if clocked else 'a comparison'} while other"
            " blocks were running: put <!--livedocs:alone--> above it."
        )
    complaints += judge_output(outcome.script, outcome.parts)
    undrawn = _judge_timeline(outcome)
    if undrawn and not complaints:
        complaints.append(undrawn)
    return complaints


def _judge_timeline(outcome: Outcome) -> str | None:
    """Why a timeline of this run would be wrong or have gaps, if it would."""
    timeline = outcome.script.directive("timeline")
    if not timeline:
        return None
    where = f"The timeline in line {timeline.line}"
    if outcome.comparisons:
        return (
            f"{where} is one of a run that compared, and a comparison is never"
            " traced: show one or the other."
        )
    called = {span.task for span in outcome.spans}
    idle = [task.name for task in outcome.tasks if task.name not in called]
    if idle:
        return (
            f"{where} names {' and '.join(idle)}, of which no call was seen: is it"
            " called, and defined on this page or in the book's package?"
        )
    if not outcome.spans and not outcome.turns:
        return (
            f"{where} has nothing to show: name functions, as timeline(wait), or"
            " have the block call `interleaved.turns.show_turns`."
        )
    return None


def judge_output(script: Script, parts: tuple[Part, ...]) -> list[str]:
    """Where the output is not the one that the page promises, as a diff each."""
    found = (
        _difference(block, part.stdout)
        for block, part in zip(script.blocks, parts, strict=True)
    )
    return [each for each in found if each]


def _judge_end(outcome: Outcome) -> list[str]:
    script = outcome.script
    error = script.directive("expect-error")
    status = script.directive("expect-exit")
    complaints = []
    seen = [each.type for each in outcome.errors if each.where != _UNREAD]
    if error and error.argument not in seen:
        complaints.append(
            f"It should fail with {error.argument}, but"
            f" {' and '.join(seen) or 'no error'} came."
        )
    complaints += [
        f"{each.type} in {each.where}: {each.text}\n{each.trace}".rstrip()
        for each in outcome.errors
        if not error or each.type != error.argument or each.type not in seen
    ]
    wanted = int(status.argument) if status else 0
    # What ends a script is told already, and so is the status that goes with it.
    fitting = {wanted}
    if not status:
        in_main = (each.type for each in outcome.errors if each.where == "the script")
        fitting.update(_STATUSES.get(each, 1) for each in in_main)
    if outcome.status not in fitting:
        should = f", not {wanted} as the page says" if status else ""
        complaints.append(f"It {_ending(outcome.status)}{should}.")
    never = script.blocks[outcome.reached :] if outcome.reached else ()
    if never and not complaints:
        complaints.append(
            f"It ended before the block at line {never[0].fence.line} began: let each"
            " block run, or excuse that one."
        )
    unseen = any(
        part.stderr and not block.shows_stderr
        for block, part in zip(script.blocks, outcome.parts, strict=True)
    )
    if unseen and not complaints:
        complaints.append(
            "It wrote to stderr, which the page does not show: mend that, or put"
            " <!--livedocs:stderr--> above the block if it is the point."
        )
    return complaints


def _ending(status: int | None) -> str:
    if status is not None and status < 0:
        try:
            name = signal.Signals(-status).name
        except ValueError:  # most real-time signals have none
            name = f"signal {-status}"
        return f"was killed by {name}"
    if status == 120:
        return "exited with status 120 (Python could not flush stdout or stderr)"
    return f"exited with status {status}"


def _difference(block: Block, printed: str) -> str | None:
    if not block.expected:
        return None
    promised = block.expected.fence.code
    if block.expected.ignore_whitespace:
        same = re.sub(r"\s+", "", promised) == re.sub(r"\s+", "", printed)
    else:
        same = promised == printed
    if same:
        return None
    lines = difflib.unified_diff(
        _lines(promised),
        _lines(printed),
        f"expected, from line {block.expected.fence.line}",
        "printed",
        lineterm="",
    )
    diff = "\n".join(lines) or "(they differ in the last line's end)"
    return f"Its output is not the expected one:\n{diff}"


def _lines(text: str) -> list[str]:
    """Its lines, of which only a line feed ends one."""
    return text.removesuffix("\n").split("\n") if text else []


def failure_text(outcome: Outcome, target: Target, complaints: list[str]) -> str:
    """All that an author needs in order to mend a block that failed."""
    where = f"{outcome.page}:{outcome.script.line}"
    on = f"{target.interpreter.name} ({target.interpreter.version})"
    lines = [
        f"{where}: this {outcome.script.language} block failed on {on}",
        *(textwrap.indent(each, "  ") for each in complaints),
    ]
    for name in ("stderr", "stdout"):
        text = "".join(getattr(part, name) for part in outcome.parts)
        if text:
            lines += ["", f"  {name}:", textwrap.indent(_shortened(text), "    ")]
    return "\n".join(lines)


def _shortened(text: str) -> str:
    if len(text) <= _MOST_SHOWN:
        return text.rstrip("\n")
    half = _MOST_SHOWN // 2
    left_out = len(text) - 2 * half
    return f"{text[:half]}\n… {left_out:,} characters left out …\n{text[-half:]}"


def unmet_need(script: Script, target: Target, modules: dict[str, bool]) -> str | None:
    """Why an interpreter cannot run a script that states its needs.

    Args:
        script: what should run.
        target: the interpreter.
        modules: whether it has the modules that scripts may need, by name.

    Returns:
        A phrase such as `needs Python 3.14`, or nothing if it can run.
    """
    for need in script.needs:
        module = need.removeprefix("module ")
        if module != need:
            if not modules[module]:
                return f"needs the module {module}"
        elif release(target.interpreter.version) < release(need):
            return f"needs Python {need}"
    return None
