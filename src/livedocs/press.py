"""The press: has every script run once, and keeps what good runs left.

Scripts that only wait or print overlap; a script that measures runs when no
other is running. A script with a good and fresh record is not run again, unless
a claim about it does not hold: then it is measured anew, a few times in all.

A quick press looks first: with short comparisons, and these scripts overlap, too,
unless a claim speaks of several cores here, which neighbours would take. So whatever
held is settled. Only the rest is run alone, again quickly, and then in full. What was
measured quickly is not kept.
"""

import datetime
from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import time

from interleaved import capacity, usable_cores
from livedocs.claims import Claim, Finding, find, is_open
from livedocs.judge import failure_text, judge, judge_output, unmet_need
from livedocs.page import Page, Script, read_page
from livedocs.record import Record, Store, key_of
from livedocs.runner import BROKEN_OFF, Outcome, Runner, Target
from livedocs.settings import Settings

QUICK_ROUNDS = 3
"""Too few to find a claim broken, enough to see that one holds throughout."""

MOST_TRIES = 3
"""How often a script runs in all while a claim about it does not hold."""


@dataclass(frozen=True, slots=True)
class Job:
    """A script of a page, to be run or to be taken from its record."""

    script: Script
    page: Path
    claims: tuple[Claim, ...] = ()
    """Those that speak of the script."""

    @property
    def blocks(self) -> int:
        """How many blocks it has."""
        return len(self.script.blocks)


@dataclass(frozen=True, slots=True)
class Result:
    """What the press can say of a script."""

    ran: bool
    """Whether it was run now; otherwise its record was good."""
    failure: str | None
    """What went wrong, as text for its author; nothing if it is good."""
    findings: Mapping[str, tuple[Finding, ...]] = field(default_factory=dict)
    """What came of each claim on this interpreter, by name, if nothing went wrong."""
    tries: int = 1
    """How often it ran until its claims held, or in vain."""


class Press:
    """Runs the scripts of pages on one interpreter.

    Args:
        settings: the book's.
        target: the interpreter.
        store: where records are kept; nothing is kept without one.
        rerun: run scripts that have a good record, too.
        quick: measure no longer than it takes to settle the claims.
    """

    def __init__(
        self,
        settings: Settings,
        target: Target,
        store: Store | None,
        *,
        rerun: bool = False,
        quick: bool = False,
    ) -> None:
        self.target = target
        self._settings = settings
        self._store = store
        self._rerun = rerun
        self._quick = quick
        self._modules: dict[str, bool] = {}
        self._runner = Runner(
            target, python_path=settings.modules, time_limit=settings.time_limit
        )
        # Most blocks wait or print: a few more of them than there are cores.
        self._pool = ThreadPoolExecutor(2 + usable_cores(), "livedocs")
        self._started: dict[Job, Future[Result]] = {}

    def __enter__(self) -> "Press":
        self._runner.__enter__()
        if self._store:
            self._store.sweep(self.target.interpreter.name)
        return self

    def __exit__(self, *_: object) -> None:
        self._runner.stop()
        self._pool.shutdown(cancel_futures=True)
        self._runner.__exit__()

    def start(self, jobs: Iterable[Job]) -> None:
        """Begin with the scripts that may overlap; the others wait for `result`."""
        for job in sorted(jobs, key=lambda job: job.script.alone):
            look = self._quick and job.script.alone and not self._takes_cores(job)
            if job not in self._started and (look or not job.script.alone):
                self._started[job] = self._pool.submit(self._result, job, look=look)

    def result(self, job: Job) -> Result:
        """The result of a script; one that measures runs now, and runs alone."""
        if job in self._started:
            _await([self._started[job]])
            seen = self._started[job].result()
            # What a look did not settle is no result.
            if not job.script.alone or not (seen.failure or _is_unsettled(seen)):
                return seen
        _await(self._started.values())
        return self._result(job)

    def unmet_need(self, script: Script) -> str | None:
        """Why the interpreter cannot run the script, if it says what it needs."""
        for need in script.needs:
            if need.startswith("module "):
                self._look_for(need.removeprefix("module "))
        return unmet_need(script, self.target, self._modules)

    def fresh_record(self, job: Job) -> Record | None:
        """The script's record, if this machine and interpreter made it and it holds."""
        if self._store is None or not self._is_kept(job):
            return None
        made_by = (self.target.interpreter, self.target.machine)
        name = self.target.interpreter.name
        return self._store.load(name, key_of(job.script), made_by=made_by)

    def _takes_cores(self, job: Job) -> bool:
        """Whether what is claimed here takes cores, which a neighbour would take."""
        terms = (term for claim in job.claims for term in claim.terms)
        here = (self.target.interpreter, self.target.machine)
        return any(term.cores > 1 and not term.unmet(*here) for term in terms)

    def _result(self, job: Job, *, look: bool = False) -> Result:
        record = None if self._rerun else self.fresh_record(job)
        # If the promise alone changed, run: it is told with the run's own output.
        if record and not judge_output(job.script, record.parts):
            result = self._claimed(job, record, ran=False)
            asked = not _asks_cores(record, result)
            if look or result.failure or (asked and _is_settled(result)):
                return result
        else:
            record = None
        if self._quick and not record:
            result = self._run(job, tries=1, quick=True, look=look)
            if look or result.failure or not _is_unsettled(result):
                return result
        tries = record.tries if record else 0
        while True:
            tries += 1
            result = self._run(job, tries)
            if result.failure or _is_settled(result):
                return result

    def _run(
        self, job: Job, tries: int, *, quick: bool = False, look: bool = False
    ) -> Result:
        """Run a script once, keep what it left if it was good, and judge its claims."""
        page = self._settings.name_of(job.page)
        where = f"{page}:{job.script.line}"
        most = None
        if quick:  # without a claim there is nothing that more rounds would settle
            most = QUICK_ROUNDS if job.claims else 1
        try:
            name = job.page.name
            outcome = self._runner.run(job.script, page, name=name, most_rounds=most)
        except OSError as error:
            text = f"{where}: the block cannot be run: {error}"
            return Result(ran=False, failure=text)
        # Held to its promise is what a page shows; the author is told page and line.
        complaints = judge(replace(outcome, parts=outcome.shown))
        if complaints:
            text = failure_text(outcome, self.target, complaints)
            try:
                # A look says little, and a run that was broken off nothing.
                told = not look and BROKEN_OFF not in outcome.faults
                if self._store and self._is_kept(job) and told:
                    name = self.target.interpreter.name
                    self._store.discard(name, key_of(job.script))
            except OSError as error:
                text += f"\nIts old record cannot be removed: {error}"
            return Result(ran=True, failure=text)
        record = self._record(outcome, tries)
        cores = _asks_cores(record, self._claimed(job, record, ran=True))
        if cores and not quick:
            record = replace(record, capacity=capacity(cores).median)
        try:
            kept = self._is_kept(job) and not (quick and job.script.alone)
            if self._store and kept:
                self._keep(record, outcome)
        except OSError as error:
            text = f"{where}: the run was good, but cannot be recorded: {error}"
            return Result(ran=True, failure=text)
        return self._claimed(job, record, ran=True)

    def _claimed(self, job: Job, record: Record, *, ran: bool) -> Result:
        """What a good run is, held to the claims about it."""
        findings = {}
        wrong = []
        for claim in job.claims:
            try:
                findings[claim.name] = find(claim, record)
            except ValueError as error:
                where = f"{self._settings.name_of(job.page)}:{claim.line}"
                wrong.append(f"{where}: the claim {claim.name}: {error}")
        failure = "\n".join(wrong) or None
        return Result(ran, failure, findings, record.tries)

    def _is_kept(self, job: Job) -> bool:
        root = self._settings.root
        return root is not None and job.page.is_relative_to(root)

    def _record(self, outcome: Outcome, tries: int) -> Record:
        script = outcome.script
        started = datetime.datetime.fromtimestamp(outcome.started, datetime.UTC)
        return Record(
            key=key_of(script),
            page=outcome.page,
            line=script.line,
            language=script.language,
            code=tuple(block.fence.code for block in script.blocks),
            parts=outcome.shown,
            status=outcome.status or 0,
            started=started.isoformat(timespec="seconds"),
            seconds=round(outcome.seconds, 4),
            interpreter=self.target.interpreter,
            machine=self.target.machine,
            sources=self._store.hashes(outcome.files) if self._store else {},
            comparisons=outcome.comparisons,
            values=outcome.values,
            tries=tries,
            spans=outcome.spans,
            turns=outcome.turns,
        )

    def _keep(self, record: Record, outcome: Outcome) -> None:
        assert self._store is not None
        if any(_changed_since(outcome.started, file) for file in outcome.files):
            return  # nobody knows which text ran
        self._store.save(record)

    def _look_for(self, module: str) -> None:
        if module not in self._modules:
            self._modules[module] = self._runner.can_import(module)


def _await(futures: Collection[Future[Result]]) -> None:
    """Wait, by the second: Ctrl-C right before a wait without a limit is seen after it.

    Python handles a signal between two instructions, and the wait is within one.
    """
    while wait(futures, timeout=1).not_done:
        pass


def _changed_since(moment: float, file: str) -> bool:
    try:
        found = Path(file).stat()
        # A copy keeps its mtime, which may also lie in the future and says nothing.
        changes = (each for each in (found.st_mtime, found.st_ctime) if each <= time())
        return any(each > moment for each in changes)
    except OSError:
        return True


def _asks_cores(record: Record, result: Result) -> int:
    """How many cores a claim was broken on, if nobody looked what they are worth."""
    if record.capacity is not None:
        return 0
    broken = [
        finding.term.cores
        for findings in result.findings.values()
        for finding in findings
        if finding.status == "broken" and finding.term.cores > 1
    ]
    return max(broken, default=0)


def _is_settled(result: Result) -> bool:
    """Whether another run would bring nothing new."""
    return not _is_unsettled(result) or result.tries >= MOST_TRIES


def _is_unsettled(result: Result) -> bool:
    """Whether a claim did not hold that could."""
    return any(map(is_open, result.findings.values()))


def job_of(page: Page, script: Script) -> Job:
    """A script of a page with the claims that speak of it."""
    return Job(script, page.path, page.claims_on(script))


def jobs_of(pages: Iterable[Path]) -> list[Job]:
    """The scripts of pages that are to be run, in order."""
    return [
        job_of(page, script)
        for page in map(read_page, pages)
        for script in page.scripts
        if not script.excuse
    ]
