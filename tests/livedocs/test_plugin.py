"""`pytest --codeblocks` on pages, as a user calls it."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from desk import (
    FAST,
    NOISY,
    PYTEST,
    SLOW,
    Desk,
    Item,
    Ran,
    claiming,
    expecting,
    fenced,
    measuring,
    unshared_nap,
    wait_for,
)


@dataclass(frozen=True)
class Trap:
    """A page that plain pytest-codeblocks passes in silence, or breaks on."""

    name: str
    page: str
    here: str
    """How each of its blocks ends with the press."""
    says: str = ""
    """What is told of it here, as a regular expression; `@mark` is a line's number."""
    plain: str = ""
    """How each block ends without the press; nothing if there is no block."""
    plain_says: str = ""
    apart: bool = False
    """Whether it would harm other pages in one process, without the press."""


def pool(method: str) -> str:
    """A program with a pool of two processes."""
    return fenced(
        f"""
        import multiprocessing
        from concurrent.futures import ProcessPoolExecutor

        def double(n):
            return 2 * n

        if __name__ == "__main__":
            context = multiprocessing.get_context("{method}")
            with ProcessPoolExecutor(2, mp_context=context) as pool:
                print(list(pool.map(double, [1, 2], timeout=30)))
        """
    ) + expecting("[2, 4]")


RAISES = 'raise LookupError("it ran")'

TRAPS = [
    *(
        Trap(f"info-{number}", fenced(RAISES, info), "failed", "LookupError: it ran")
        for number, info in enumerate(
            ('python title="a.py"', 'python hl_lines="1"', "py", "Python")
        )
    ),
    Trap("pycon", fenced(">>> 1 + 1\n3", "pycon"), "", "'pycon' is a transcript"),
    Trap(
        "main",
        fenced('if __name__ == "__main__":\n    ' + RAISES),
        here="failed",
        says="LookupError in the script: it ran",
        plain="passed",
    ),
    *(
        Trap(f"pool-{method}", pool(method), here="passed", plain="failed")
        for method in ("fork", "spawn", "forkserver")
    ),
    Trap(
        "pickle",
        fenced(
            """
            import pickle

            def double(n):
                return 2 * n

            pickle.dumps(double)
            """
        ),
        here="passed",
        plain="failed",
        plain_says="Can't pickle",
    ),
    Trap(
        "children-print",
        fenced(
            """
            import os, subprocess, sys

            if os.fork() == 0:
                print("forked")
                sys.stdout.flush()
                os._exit(0)
            os.wait()
            subprocess.run([sys.executable, "-c", "print('started')"], check=True)
            """
        )
        + expecting("forked\nstarted"),
        here="passed",
        plain="failed",
        plain_says="Expected output",
    ),
    Trap(
        "thread",
        fenced(
            """
            import threading

            def divide():
                return 1 / 0  # @here

            thread = threading.Thread(target=divide, name="divider")
            thread.start()
            thread.join()
            """
        ),
        here="failed",
        says='(?s)ZeroDivisionError in thread divider: division.*File "thread.md", line'
        " @here, in divide",
        plain="passed",
    ),
    Trap(
        "future",
        fenced(
            """
            from concurrent.futures import ThreadPoolExecutor

            with ThreadPoolExecutor() as pool:
                pool.submit(divmod, 1, 0)
            """
        ),
        here="failed",
        says="ZeroDivisionError in a future that nobody read",
        plain="passed",
    ),
    Trap(
        "map",
        fenced(
            """
            from concurrent.futures import ThreadPoolExecutor

            with ThreadPoolExecutor() as pool:
                pool.map(int, ["1", "x"])
            """
        ),
        here="failed",
        says="ValueError in a future that nobody read: invalid literal",
        plain="passed",
    ),
    Trap(
        "result",
        fenced(
            """
            from multiprocessing.pool import ThreadPool

            with ThreadPool(1) as pool:
                result = pool.apply_async(divmod, (1, 0))
                result.wait(10)
            """
        ),
        here="failed",
        says="ZeroDivisionError in a future that nobody read",
        plain="passed",
    ),
    Trap(
        "task",
        fenced(
            """
            import asyncio

            async def fail():
                raise KeyError("nobody asked")  # @here

            async def main():
                asyncio.create_task(fail())
                await asyncio.sleep(0.01)

            asyncio.run(main())
            """
        ),
        here="failed",
        says='(?s)KeyError in asyncio.*File "task.md", line @here, in fail',
        plain="passed",
    ),
    Trap(
        "task-kept",
        fenced(
            """
            import asyncio

            async def fail():
                raise KeyError("nobody asked")

            async def main():
                task = asyncio.create_task(fail())
                await asyncio.sleep(0.01)
                return task

            kept = asyncio.run(main())
            """
        ),
        here="failed",
        says="nobody asked",
        plain="passed",
    ),
    Trap(
        "hang",
        fenced(
            """
            import threading

            gate = threading.Event()

            def wait_on():
                gate.wait()  # @worker

            threading.Thread(target=wait_on, daemon=True).start()
            gate.wait()  # @main
            """,
            "python",
            "livedocs:timeout(1)",
        ),
        here="failed",
        says=r'(?s)did not end within 1 s.*"hang.md", line @worker in wait_on'
        '.*"hang.md", line @main in <module>',
        plain="hangs",
        apart=True,
    ),
    Trap(
        "traceback",
        fenced(
            """
            def outer():
                inner()  # @outer

            def inner():
                raise ArithmeticError("sum")  # @inner

            outer()
            """
        ),
        here="failed",
        says=r'(?s)"traceback.md", line @outer, in outer.*line @inner, in inner',
        plain="failed",
        plain_says=r"(?s)\A(?!.*(in outer|Traceback))",
    ),
    Trap(
        "traceback-cont",
        fenced("def inner():\n    raise ArithmeticError  # @inner")
        + "\nSome words.\n"
        + fenced("inner()  # @outer", "python", "pytest-codeblocks:cont"),
        here="failed",
        says='(?s)"traceback-cont.md", line @outer, in <module>.*line @inner, in inner',
        plain="failed",
    ),
    *(
        Trap(
            f"traceback-{method}",
            fenced(
                """
                import multiprocessing
                from concurrent.futures import ProcessPoolExecutor

                def fail(n):
                    raise ArithmeticError(n)  # @worker
                """
            )
            + "\nSome words.\n"
            + fenced(
                f"""
                if __name__ == "__main__":
                    context = multiprocessing.get_context("{method}")
                    with ProcessPoolExecutor(1, mp_context=context) as pool:
                        pool.submit(fail, 1).result(timeout=30)  # @read
                """,
                "python",
                "pytest-codeblocks:cont",
            ),
            here="failed",
            says=rf'(?s)"traceback-{method}.md", line @worker, in fail'
            ".*line @read, in <module>",
            plain="passed",
        )
        for method in ("fork", "spawn")
    ),
    Trap("exit", fenced("import sys\nsys.exit()"), "passed", plain="crash", apart=True),
    Trap(
        "exit-3",
        fenced("import sys\nsys.exit(3)"),
        here="failed",
        says="It exited with status 3",
        plain="failed",
        apart=True,
    ),
    Trap(
        "leak",
        fenced(
            """
            import multiprocessing, os, threading

            multiprocessing.set_start_method("spawn")
            os.environ["LEFT"] = "1"
            os.chdir("/")
            wait = threading.Event().wait
            threading.Thread(target=wait, args=(20,), daemon=True).start()
            """
        )
        + fenced(
            """
            import multiprocessing, os, threading

            assert threading.active_count() == 1
            assert multiprocessing.get_start_method(allow_none=True) is None
            assert "LEFT" not in os.environ
            assert os.getcwd() != "/"
            """
        ),
        here="passed passed",
        plain="passed failed",
        apart=True,
    ),
    *(
        Trap(
            f"bash-{number}",
            fenced(command + "\necho after", "bash"),
            here="failed",
            says=says,
            plain="passed",
        )
        for number, (command, says) in enumerate(
            [
                ("false", "It exited with status 1"),
                ("false | true", "It exited with status 1"),
                ('echo "$unset"', "bash-2.md: line 3: unset: unbound variable"),
            ]
        )
    ),
    Trap(
        "bash-python",
        fenced("python -c 'import sys; print(sys.executable)'", "bash")
        + expecting(sys.executable),
        here="passed",
        plain="failed",
    ),
]


def said(trap: Trap) -> str:
    """The pattern of what is told, with the numbers of the lines that it names."""
    lines = trap.page.splitlines()

    def number(match: re.Match[str]) -> str:
        marked = (n for n, line in enumerate(lines, 1) if match[0] in line)
        return str(next(marked))

    return re.sub(r"@\w+", number, trap.says)


@pytest.fixture(scope="module")
def here(shared_desk: Desk) -> Ran:
    """All traps, run by the press."""
    shared_desk.book()
    for trap in TRAPS:
        shared_desk.write(f"{trap.name}.md", trap.page)
    return shared_desk.pytest(*(f"{trap.name}.md" for trap in TRAPS))


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ran | None]:
    """All traps, run by pytest-codeblocks alone; nothing for one that hangs."""
    base = tmp_path_factory.mktemp("plain")

    def run(name: str, traps: list[Trap]) -> Ran | None:
        desk = Desk(base / name)
        desk.book()
        for trap in traps:
            desk.write(f"{trap.name}.md", trap.page)
        hangs = any(trap.plain == "hangs" for trap in traps)
        pages = [f"{trap.name}.md" for trap in traps]
        # A deliberate python of its own: `python` in bash must be another one.
        try:
            return desk.pytest(
                *("-p", "no:livedocs", *pages),
                env={"PATH": os.defpath},
                limit=4 if hangs else 60,
            )
        except subprocess.TimeoutExpired:
            return None
        finally:
            shutil.rmtree(desk.temp)

    together = [trap for trap in TRAPS if not trap.apart]
    jobs = {"together": together} | {trap.name: [trap] for trap in TRAPS if trap.apart}
    with ThreadPoolExecutor(2) as pool:
        ran = dict(zip(jobs, pool.map(run, jobs, jobs.values()), strict=True))
    return {trap.name: ran.get(trap.name, ran["together"]) for trap in TRAPS}


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.name)
def test_a_trap_of_plain_pytest_codeblocks_is_none_here(
    trap: Trap, here: Ran, plain: dict[str, Ran | None]
) -> None:
    """A block fails here for the reason stated, or runs, where it did not before."""
    page = f"{trap.name}.md"
    blocks = here.blocks(page)
    assert outcomes(blocks) == trap.here
    text = "\n".join(item.text for item in [here.audit(page), *blocks])
    assert re.search(said(trap), text), text
    for item in blocks:
        if item.outcome == "failed":
            assert re.search(
                rf"(?m)^{page}:\d+: this \w+ block failed on 3\.", item.text
            )

    before = plain[trap.name]
    if trap.plain == "hangs":
        assert before is None
    else:
        assert before is not None
        if trap.plain == "crash":
            assert "INTERNALERROR" in before.output
            return
        assert outcomes(before.blocks(page)) == trap.plain
        text = "\n".join(item.text for item in before.blocks(page))
        assert re.search(trap.plain_says, text), text


def outcomes(items: list[Item]) -> str:
    return " ".join(item.outcome for item in items)


FAIRNESS = {
    "a result that is read": fenced(
        """
        from multiprocessing.pool import ThreadPool

        with ThreadPool(1) as pool:
            result = pool.apply_async(divmod, (1, 0))
            try:
                result.get(10)
            except ZeroDivisionError:
                print("read")
            print(pool.map(abs, [-1, -2]), pool.apply_async(KeyError).get(10))
        """
    ),
    "a future that is read": fenced(
        """
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor() as pool:
            future = pool.submit(divmod, 1, 0)
            assert isinstance(future.exception(), ZeroDivisionError)
            try:
                pool.submit(divmod, 1, 0).result()
            except ZeroDivisionError:
                print("read")
        """
    )
    + expecting("read"),
    "a task that is awaited": fenced(
        """
        import asyncio

        async def main():
            task = asyncio.create_task(asyncio.to_thread(divmod, 1, 0))
            try:
                await task
            except ZeroDivisionError:
                print("awaited")

        asyncio.run(main())
        """
    )
    + expecting("awaited"),
    "an exit status": fenced(
        "import sys\nsys.exit(3)", "python", "livedocs:expect-exit(3)"
    ),
    "an error": fenced(RAISES, "python", "livedocs:expect-error(LookupError)"),
    "an error in a thread": fenced(
        """
        import threading
        threading.Thread(target=divmod, args=(1, 0)).start()
        """,
        "python",
        "livedocs:expect-error(ZeroDivisionError)",
    ),
    "words on stderr": fenced(
        'import sys\nprint("careful", file=sys.stderr)', "python", "livedocs:stderr"
    ),
    "a traceback as the output": fenced(
        """
        import traceback

        def fail():
            raise LookupError("shown")
        """
    )
    + "\nSome words.\n"
    + fenced(
        """
        try:
            fail()
        except LookupError:
            for line in traceback.format_exc().splitlines():
                if "~" not in line:  # markers, from Python 3.13 on
                    print(line)
        """,
        "python",
        "pytest-codeblocks:cont",
    )
    + expecting(
        """
        Traceback (most recent call last):
          File "page.py", line 6, in <module>
            fail()
          File "page.py", line 4, in fail
            raise LookupError("shown")
        LookupError: shown
        """
    ),
    "parts of a script": fenced("print(1)")
    + expecting("1")
    + fenced("print(2)", "python", "pytest-codeblocks:cont")
    + expecting("2")
    + fenced("print(3)", "python", "pytest-codeblocks:cont")
    + expecting("3"),
    "a spawned worker of a later part": fenced("def double(n):\n    return 2 * n")
    + fenced(
        """
        if __name__ == "__main__":
            import multiprocessing

            with multiprocessing.get_context("spawn").Pool(1) as pool:
                print(pool.map(double, [1, 2]))
        """,
        "python",
        "pytest-codeblocks:cont",
    )
    + expecting("[2, 4]"),
}

UNFAIR = {
    "another exit status": (
        fenced("import sys\nsys.exit(4)", "python", "livedocs:expect-exit(3)"),
        "It exited with status 4, not 3 as the page says",
    ),
    "no exit status": (
        fenced("print(1)", "python", "livedocs:expect-exit(3)"),
        "It exited with status 0, not 3 as the page says",
    ),
    "another error": (
        fenced(RAISES, "python", "livedocs:expect-error(OSError)"),
        "It should fail with OSError, but LookupError came",
    ),
    "no error": (
        fenced("print(1)", "python", "livedocs:expect-error(OSError)"),
        "It should fail with OSError, but no error came",
    ),
    "stderr": (
        fenced('import sys\nprint("careful", file=sys.stderr)'),
        r"(?s)It wrote to stderr, which the page does not show.*stderr:\s+careful",
    ),
    "output": (
        fenced('print("one")\nprint("2")') + expecting("one\ntwo"),
        r"(?s)Its output is not the expected one:.*-two\n\s*\+2.*stdout:\s+one\s+2",
    ),
    "blanks": (
        fenced('print("one  two")') + expecting("one two"),
        r"(?s)-one two\n\s*\+one  two",
    ),
    "module": (
        fenced("import no_such", "python", "pytest-codeblocks:importorskip(no_such)"),
        "needs the module no_such",
    ),
    "version": (
        fenced("print(1)", "python", "livedocs:needs(9.9)"),
        r"needs Python 9\.9",
    ),
}


def test_what_a_page_announces_is_right(desk: Desk) -> None:
    """What a page says of errors, exits, stderr and output holds, so it passes."""
    for number, page in enumerate(FAIRNESS.values()):
        desk.write(f"{number}/page.md", page)
    ran = desk.pytest(".")
    for number, name in enumerate(FAIRNESS):
        items = ran.blocks(f"{number}.page.md")
        assert items, name
        assert all(item.outcome == "passed" for item in items), (name, items)
    assert ran.status == 0
    assert not (desk.folder / ".records").exists()


def test_what_a_page_announces_wrongly_is_told(desk: Desk) -> None:
    """A promise that does not hold fails with the reason; an unmet need skips."""
    for number, (page, _) in enumerate(UNFAIR.values()):
        desk.write(f"{number}.md", page)
    ran = desk.pytest(".")
    for number, (name, (_, says)) in enumerate(UNFAIR.items()):
        (item,) = ran.blocks(f"{number}.md")
        wanted = "skipped" if says.startswith("needs") else "failed"
        assert item.outcome == wanted, (name, item)
        assert re.search(says, item.text), (name, item)
    assert ran.status == 1


@dataclass(frozen=True)
class Bad:
    """A page with something bad on it."""

    name: str
    content: str | bytes
    here: str
    """How each of its blocks ends."""
    says: str = ""
    audit: str = "passed"


UNHARMED = fenced('print("unharmed")') + expecting("unharmed")


def bad(
    name: str, code: str, here: str = "passed", says: str = "", info: str = "python"
) -> Bad:
    """A page with a bad block and one that should not be harmed by it."""
    return Bad(name, fenced(code, info) + UNHARMED, f"{here} passed", says)


NAP = unshared_nap()
LEFT_SLEEP = f"process behind.*sleep {NAP}"

BAD = [
    Bad(
        "open",
        UNHARMED + "\nSome words.\n\n```python\nprint(1)\n",
        "passed",
        r"open\.md:13: this fence is never closed",
        "failed",
    ),
    Bad(
        "directive",
        "<!--livedocs:alnoe-->\n" + UNHARMED,
        "passed",
        r"directive\.md:1: unknown directive livedocs:alnoe: did you mean livedocs:al",
        "failed",
    ),
    Bad(
        "latin-1",
        b"# One\n\ncaf\xe9\n",
        "",
        r"latin-1\.md:3: byte 0xe9 is not UTF-8",
        "failed",
    ),
    Bad("matter", '---\ntitle: "x"\ntext: |\n  ```python\n---\n' + UNHARMED, "passed"),
    Bad("crlf", UNHARMED.replace("\n", "\r\n").encode(), "passed"),
    Bad("bom", b"\xef\xbb\xbf" + UNHARMED.encode(), "passed"),
    Bad("empty", b"", ""),
    Bad("two words é", fenced("1 / 0") + UNHARMED, "failed passed", r"é\.md\", line 3"),
    bad(
        "child",
        f"import subprocess\nsubprocess.Popen(['sleep', '{NAP}'])",
        "failed",
        rf"It left 1 process behind \(\d+: sleep {NAP}\): join or terminate",
    ),
    bad(
        "children",
        f"""
        import subprocess
        for _ in range(3):
            subprocess.Popen(["sleep", "{NAP}"])
        """,
        "failed",
        rf"It left 3 processes behind \(\d+: sleep {NAP}; ",
    ),
    bad(
        "session",
        f"""
        import subprocess
        subprocess.Popen(["sleep", "{NAP}"], start_new_session=True)
        """,
        "failed",
        rf"It left 1 process behind \(\d+: sleep {NAP}\)",
    ),
    bad(
        "daemon",
        """
        import os, time
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                time.sleep(64)
            os._exit(0)
        os.wait()
        """,
        "failed",
        r"It left 1 process behind",
    ),
    bad(
        "nameless",
        f"import subprocess\nsubprocess.Popen(['sleep', '{NAP}'], env={{}})",
        "failed",
        rf"It left 1 process behind \(\d+: sleep {NAP}\)",
    ),
    bad("background", f"sleep {NAP} &", "failed", LEFT_SLEEP, "bash"),
    bad("disowned", f"setsid sleep {NAP} &", "failed", LEFT_SLEEP, "bash"),
    bad(
        "killed",
        "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
        "failed",
        "It was killed by SIGKILL",
    ),
    bad(
        "segfault",
        "import ctypes\nctypes.string_at(0)",
        "failed",
        r'(?s)was killed by SIGSEGV.*Fatal Python error.*"segfault.md", line 4 in <mod',
    ),
    bad(
        "loud",
        """
        for _ in range(1600):
            print("x" * 65535)
        """,
        "failed",
        r"It printed more than 1,000,000 bytes \([\d,]+ when it was stopped\)",
    ),
    bad(
        "endless",
        """
        while True:
            print("y" * 1000)
        """,
        "failed",
        "It printed more than 1,000,000 bytes",
    ),
    bad("close", "import sys\nprint(1)\nsys.stdout.close()"),
    bad("close-1", "import os\nprint(1)\nos.close(1)"),
    bad("close-2", "import os\nos.close(1)\nprint(1)", "failed", "Bad file descriptor"),
    bad("chdir", "import os\nos.chdir('/')\nprint(os.getcwd())"),
    bad("writes", "open('left.txt', 'w').write('left')"),
    bad("removed", "import os, shutil\nshutil.rmtree(os.getcwd())\nprint('gone')"),
    bad(
        "all-removed",
        """
        import os, shutil
        print("gone")
        shutil.rmtree(os.path.dirname(os.getcwd()))
        """,
        "failed",
        r"(?s)without the interpreter's clean-up.*stdout:\s+gone",
    ),
    bad(
        "left-at-once", "import os\nos._exit(0)", "failed", "without the interpreter's"
    ),
    bad(
        "full",
        """
        import tempfile
        for _ in range(50):
            with tempfile.NamedTemporaryFile(delete=False) as file:
                file.write(bytes(1_000_000))
        """,
    ),
    bad("stdin", "input()", "failed", "EOFError in the script: EOF when reading"),
    bad(
        "syntax",
        "print(",
        "failed",
        r'(?s)SyntaxError in the script.*"syntax.md", line',
    ),
    bad("no-command", "no-such-command", "failed", "no-command.md: 3: no-such", "sh"),
]


@pytest.fixture(scope="module")
def bad_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Desk, Ran, list[str]]:
    """All bad pages in one pytest run, in a book, and the files that were there."""
    desk = Desk(tmp_path_factory.mktemp("bad") / "desk")
    desk.book()
    for each in BAD:
        desk.write(f"{each.name}.md", each.content)
    before = [path.name for path in sorted(desk.folder.iterdir())]
    ran = desk.pytest(".", "-q")
    desk.clear()
    return desk, ran, before


@pytest.mark.parametrize("each", BAD, ids=lambda each: each.name)
def test_a_bad_block_is_told_and_harms_no_other(
    each: Bad, bad_run: tuple[Desk, Ran, list[str]]
) -> None:
    """What goes wrong is said with page and line, and the next block is unharmed."""
    _, ran, _ = bad_run
    page = f"{each.name}.md"
    blocks = ran.blocks(page)
    assert outcomes(blocks) == each.here, blocks
    audit = ran.audit(page)
    assert audit.outcome == each.audit
    text = "\n".join(item.text for item in [audit, *blocks])
    assert re.search(each.says, text), text
    for item in [audit, *blocks]:
        if item.outcome == "failed":
            assert re.search(rf"(?m)^{page}:\d+: ", item.text)
    assert "INTERNALERROR" not in ran.output


def test_bad_blocks_leave_nothing_behind(bad_run: tuple[Desk, Ran, list[str]]) -> None:
    """No process, no temporary file, no file beside the page, no half a record."""
    desk, ran, before = bad_run  # the desk is clear
    assert ran.status == 1
    sleeping = [" ".join(each.info["cmdline"] or ()) for each in processes_now()]
    assert f"sleep {NAP}" not in sleeping
    after = [path.name for path in sorted(desk.folder.iterdir())]
    assert after == sorted([*before, ".records"])
    assert all(re.fullmatch(r"3\.\d+t?/\w{32}\.json", name) for name in desk.records())


def processes_now() -> list[psutil.Process]:
    return list(psutil.process_iter(["cmdline"]))


def test_options_of_pytest_choose_blocks(desk: Desk) -> None:
    """-k, --collect-only and -x mean what they mean for other tests."""
    shared = desk.folder / "ran"
    note = fenced(f"open({str(shared)!r}, 'a').write('x')")
    # The last is no prey of -x: it would have begun before the others failed.
    desk.write("page.md", fenced("1 / 0") + fenced("1 / 0") + note)
    by_name = desk.pytest("page.md", "-k", "line and 2")
    assert by_name.status == 1
    assert outcomes(by_name.blocks("page.md")) == "failed"
    assert not shared.exists()
    collected = desk.pytest("page.md", "--collect-only")
    assert collected.status == 0
    assert re.search(r"(?s)line 2\b.*line 6\b.*line 10\b", collected.output)
    assert not shared.exists()
    first = desk.pytest("page.md", "-x")
    assert first.status == 1
    assert outcomes(first.blocks("page.md")) == "failed"


def test_a_summary_is_readable(desk: Desk) -> None:
    """The output names page and line and has no frame of the press itself."""
    desk.book()
    desk.write("page.md", fenced("1 / 0") + UNHARMED)
    output = desk.pytest("page.md").output
    assert "page.md:2: this python block failed on 3." in output
    assert "ran 2 of 2 blocks on Python 3." in output
    assert not re.search(r"(plugin|press|runner)\.py", output)


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/no/such/python", "/no/such/python: there is no such command"),
        ("./broken", "./broken: Exec format error"),
        ("true", "true gives no sensible answer: "),
    ],
)
def test_what_is_no_interpreter_is_refused(desk: Desk, path: str, says: str) -> None:
    """--blocks-python with anything else is a usage error of one line."""
    desk.write("page.md", UNHARMED)
    desk.write("broken", b"\x7fELF, but no more").chmod(0o755)
    command = ("pytest", "--codeblocks", "--blocks-python", path, "page.md")
    ran = desk.run(*command)
    assert ran.status == pytest.ExitCode.USAGE_ERROR, ran.output
    (line,) = ran.output.strip().splitlines()
    assert line.startswith(f"ERROR: {says}")


@pytest.mark.parametrize("spelling", ["relative", "name"])
def test_an_interpreter_may_be_named_in_any_way(desk: Desk, spelling: str) -> None:
    """A relative path and a name on PATH stand for the interpreter of the shell."""
    desk.write(
        "page.md",
        fenced("import sys\nprint(sys.executable)")
        + expecting(sys.executable)
        + fenced("python3 -c 'import sys; print(sys.executable)'", "bash")
        + expecting(sys.executable),
    )
    folder, name = Path(sys.executable).parent, "python3"
    link = os.path.relpath(folder / name, desk.folder)
    spelled = link if spelling == "relative" else name
    path = os.pathsep.join([str(folder), os.environ["PATH"]])
    expected = (desk.folder / "page.md").read_text()
    desk.write("page.md", expected.replace(sys.executable, str(folder / name)))
    ran = desk.pytest("page.md", "--blocks-python", spelled, env={"PATH": path})
    assert ran.status == 0, ran.output


VERSIONS = ("3.12", "3.13", "3.13t", "3.14", "3.15")
EVERYWHERE = ("thread", "future", "map", "task", "task-kept", "traceback-spawn", "hang")
"""Traps whose watching depends on the innards of an interpreter."""


@pytest.fixture(scope="module")
def elsewhere(
    tmp_path_factory: pytest.TempPathFactory, pythons: dict[str, str]
) -> dict[str, tuple[Ran, list[str]]]:
    """What other interpreters did with the same pages, and their records' names."""
    base = tmp_path_factory.mktemp("elsewhere")
    traps = {trap.name: trap for trap in TRAPS}

    def run(version: str) -> tuple[Ran, list[str]]:
        number = version.rstrip("t")
        show = "import sys; print('%d.%d' % sys.version_info[:2])"
        desk = Desk(base / version)
        desk.book()
        for name in EVERYWHERE:
            desk.write(f"{name}.md", traps[name].page)
        desk.write(
            "page.md",
            fenced(show)
            + expecting(number)
            + fenced(f'python -c "{show}"', "bash")
            + expecting(number)
            + pool("forkserver")
            + FAIRNESS["a future that is read"]
            + FAIRNESS["a task that is awaited"]
            + FAIRNESS["parts of a script"]
            + FAIRNESS["a spawned worker of a later part"],
        )
        ran = desk.pytest(".", "--blocks-python", pythons[version])
        desk.clear()
        return ran, desk.records()

    here = [each for each in VERSIONS if each in pythons]
    with ThreadPoolExecutor(2) as pool_of_runs:
        return dict(zip(here, pool_of_runs.map(run, here), strict=True))


@pytest.mark.parametrize("version", VERSIONS)
def test_blocks_run_on_another_interpreter(
    elsewhere: dict[str, tuple[Ran, list[str]]],
    python: Callable[[str], str],
    version: str,
) -> None:
    """--blocks-python chooses the interpreter of blocks, of their pools and of bash."""
    python(version)
    ran, records = elsewhere[version]
    assert all(item.outcome == "passed" for item in ran.blocks("page.md")), ran.output
    assert {name.split("/")[0] for name in records} == {version}
    for trap in TRAPS:
        if trap.name in EVERYWHERE:
            (item,) = ran.blocks(f"{trap.name}.md")
            assert re.search(said(trap), item.text), item.text


def test_an_interpreter_inside_the_interpreter_is_not_the_script(
    desk: Desk, python: Callable[[str], str]
) -> None:
    """A subinterpreter that is left open does not hide what the script did."""
    path = python("3.14")
    code = """
        import threading
        from concurrent import interpreters
        from concurrent.futures import InterpreterPoolExecutor

        with InterpreterPoolExecutor(2) as pool:
            print(list(pool.map(abs, [-1, -2])))
        other = interpreters.create()
        other.exec("print('inside', flush=True)")
        threading.Thread(target=divmod, args=(1, 0)).start()
        """
    desk.write("page.md", fenced(code))
    (item,) = desk.pytest("page.md", "--blocks-python", path).blocks("page.md")
    assert item.outcome == "failed"
    assert re.search(r"ZeroDivisionError in thread", item.text), item.text
    assert re.search(r"(?s)stdout:\s+\[1, 2\]\s+inside", item.text), item.text


def test_blocks_see_no_secret(desk: Desk) -> None:
    """Of the environment a block gets what a program needs, and no token."""
    code = """
        import os
        print(sorted(name for name in os.environ if "SECRET" in os.environ[name]))
        print(sorted(name for name in os.environ if name.startswith("PYTHON")))
        """
    shell = "(env | grep SECRET) || echo none"
    desk.write(
        "page.md",
        fenced(code)
        + expecting("[]\n['PYTHONFAULTHANDLER', 'PYTHONPATH', 'PYTHONUTF8']")
        + fenced(shell, "bash")
        + expecting("none"),
    )
    names = (
        *("GITHUB_TOKEN", "ACTIONS_RUNTIME_TOKEN", "AWS_ACCESS_KEY_ID"),
        *("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "SSH_AUTH_SOCK"),
        *("PYPI_TOKEN", "NETRC", "GIT_ASKPASS", "HTTPS_PROXY", "SOME_KEY"),
    )
    secrets = dict.fromkeys(names, "SECRET") | {"PYTHONHASHSEED": "1"}
    ran = desk.pytest("page.md", env=secrets)
    assert ran.status == 0, ran.output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("alone", [False, True])
@pytest.mark.parametrize("behind", [False, True])
def test_a_signal_ends_everything(
    desk: Desk, number: signal.Signals, alone: bool, behind: bool
) -> None:
    """Ctrl-C or SIGTERM amid a block that hangs ends pytest and all that it started.

    So it is for a job in the background, too, for which a shell has Ctrl-C ignored.
    """
    started = desk.folder / "started"
    code = f"""
        import subprocess, time
        subprocess.Popen(["sleep", "68"])
        open({str(started)!r}, "w").close()
        time.sleep(69)
        """
    directives = ["livedocs:alone"] if alone else []
    desk.write("page.md", fenced(code, "python", *directives) + UNHARMED)
    handler = signal.SIG_IGN if behind else signal.default_int_handler
    before = signal.signal(signal.SIGINT, handler)
    with desk.start(*PYTEST, "page.md") as process:
        signal.signal(signal.SIGINT, before)
        wait_for(started.exists)
        process.send_signal(number)
        output, _ = process.communicate(timeout=60)  # far less than 68
    assert process.returncode == pytest.ExitCode.INTERRUPTED, output
    assert "KeyboardInterrupt" in output
    assert "INTERNALERROR" not in output


@pytest.mark.parametrize("hook", ["collection_finish", "runtest_call"])
def test_a_signal_that_python_ignores_ends_it_too(desk: Desk, hook: str) -> None:
    """What is raised where Python calls a function by itself is lost."""
    desk.write(
        "conftest.py",
        f"""
import signal

class Last:
    def __del__(self):
        signal.raise_signal(signal.SIGINT)

def pytest_{hook}():
    Last()
""",
    )
    code = "import time; time.sleep(69)"
    desk.write("page.md", fenced(code, "python", "livedocs:alone") + UNHARMED)
    ran = desk.pytest("page.md")
    assert ran.status == pytest.ExitCode.INTERRUPTED, ran.output
    assert "Last.__del__" in ran.output


def test_a_signal_before_a_functions_first_line_ends_it_too(desk: Desk) -> None:
    """CPython knows no line then, of which pytest is not aware."""
    desk.write(
        "conftest.py",
        """
import sys, types

def pytest_runtest_logstart():
    # A function with a cell begins by making it, and that is on no line.
    frame = sys._getframe()
    here = types.TracebackType(None, (lambda: sys._getframe())(), 2, -1)
    before = types.TracebackType(here, frame, 0, -1)
    assert here.tb_lineno
    # 3.11.2 knows one all the same.
    assert before.tb_lineno is None or sys.version_info < (3, 11, 7)
    raise KeyboardInterrupt().with_traceback(before)
    lambda: frame
""",
    )
    desk.write("page.md", UNHARMED)
    ran = desk.pytest("page.md")
    assert ran.status == pytest.ExitCode.INTERRUPTED, ran.output
    assert "KeyboardInterrupt" in ran.output
    assert "Traceback" not in ran.output


def test_a_seed_shuffles_the_blocks(desk: Desk) -> None:
    """--blocks-shuffle orders blocks by chance, and again the same for a seed."""
    log = desk.folder / "log"
    for number in range(6):
        code = f"open({str(log)!r}, 'a').write('{number}')"
        desk.write(f"{number}.md", fenced(code, "python", "livedocs:alone"))

    def order(*options: str) -> str:
        log.write_text("")
        assert desk.pytest(".", *options).status == 0
        return log.read_text()

    assert order() == "012345"
    first = order("--blocks-shuffle", "7")
    assert sorted(first) == list("012345")
    assert first != "012345"
    assert order("--blocks-shuffle", "7") == first


def test_without_a_place_to_work_it_says_so(desk: Desk) -> None:
    """Where no temporary folder can be made, one line tells."""
    desk.write("page.md", fenced("print(1)"))
    code = (
        "import sys, tempfile, pytest\n"
        "tempfile.tempdir = '/nowhere'\n"
        "sys.exit(pytest.main(['--codeblocks', '-s', '-p', 'no:cacheprovider', '.']))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=desk.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == pytest.ExitCode.USAGE_ERROR
    assert "ERROR: a temporary folder cannot be made: " in ran.stderr
    assert "Traceback" not in ran.stderr


def test_without_the_option_nothing_happens(desk: Desk) -> None:
    """Without --codeblocks the plugin is silent and Markdown is no test."""
    desk.write("page.md", fenced("1 / 0"))
    desk.write("test_one.py", "def test_one():\n    pass\n")
    ran = desk.run("pytest", *PYTEST[2:], ".")
    assert ran.status == 0
    assert "1 passed" in ran.output
    assert not re.search(r"ran \d+ of|page\.md", ran.output)


def test_settings_that_nobody_knows_are_refused(desk: Desk) -> None:
    """A misspelt setting is a usage error that names the file and the settings."""
    desk.book("time-limt = 3")
    ran = desk.run("pytest", "--codeblocks", ".")
    assert ran.status == pytest.ExitCode.USAGE_ERROR
    (line,) = ran.output.strip().splitlines()
    assert "pyproject.toml: [tool.livedocs] knows docs," in line


def claims_page(desk: Desk, *measured: str, claims: str) -> None:
    """Write a page whose block will measure this."""
    results = desk.write("results", "".join(measured))
    desk.write("page.md", measuring(results) + claims)


QUIET = {"CI": ""}  # whatever runs these tests


@pytest.mark.parametrize(
    ("options", "env", "status"),
    [
        ([], {"CI": ""}, 0),
        ([], {"CI": "true"}, 1),
        (["--claims=warn"], {"CI": "true"}, 0),
        (["--claims=fail"], {"CI": ""}, 1),
    ],
)
def test_a_broken_claim_fails_where_it_should(
    desk: Desk, options: list[str], env: dict[str, str], status: int
) -> None:
    """With --claims=fail, the default in CI; elsewhere it is told as a warning."""
    desk.book()
    claims_page(
        desk, SLOW, SLOW, SLOW, claims=claiming("fast", '"beside" > 1.3', "It *is*.")
    )
    ran = desk.pytest("page.md", *options, env=env)
    assert ran.status == status
    item = ran.claim("page.md", "fast")
    assert item.outcome == ("failed" if status else "skipped")
    name = f"{sys.version_info.major}.{sys.version_info.minor}"
    told = (
        f"page.md:14: broken on {name} in 3 tries: It is."
        ' ["beside" > 1.3 is broken: 0.50 ×]'
    )
    assert told in item.text
    assert "--blocks-rerun" not in ran.output
    assert (f"warning: {told}" in ran.output) == (status == 0)
    assert "claims: 1 broken\n" in ran.output
    assert outcomes(ran.blocks("page.md")) == "passed"
    again = desk.pytest("page.md", *options, env=env)
    assert again.status == status
    assert again.count() == "ran 0 of 1 blocks"
    assert f"{told} (from its record; --blocks-rerun measures anew)" in again.output


def test_a_claim_that_holds_passes(desk: Desk) -> None:
    """Each claim is an item of its page, after the blocks."""
    claims = claiming("fast", '"beside" > 1.3') + claiming("sane", '"beside" < 9')
    claims_page(desk, FAST, claims=claims)
    ran = desk.pytest("page.md", "--claims=fail")
    assert ran.status == 0
    names = [name for name, _ in ran.items["page.md"]]
    assert names[0] == "audit"
    assert names[2:] == ["claim fast", "claim sane"]
    assert ran.claim("page.md", "fast").outcome == "passed"
    assert "claims: 2 held\n" in ran.output


def test_noise_breaks_no_claim(desk: Desk) -> None:
    """A machine that was busy all the time leaves the claim open, whatever it says."""
    claims_page(desk, NOISY, NOISY, NOISY, claims=claiming("fast", '"beside" > 1.3'))
    ran = desk.pytest("page.md", "--claims=fail")
    assert ran.status == 0
    item = ran.claim("page.md", "fast")
    assert item.outcome == "skipped"
    assert re.search(r"page\.md:14: inconclusive on \S+ in 3 tries: It is", item.text)
    assert re.search(r'"beside" > 1.3 is inconclusive: 0.50 × \(.*50 %.*\)', item.text)
    assert "claims: 1 inconclusive\n" in ran.output
    assert "warning" not in ran.output


def test_what_is_no_matter_of_this_interpreter_is_not_measured(desk: Desk) -> None:
    """The reason is given, for each term; a block that cannot run has none either."""
    claims = (
        claiming("free", '"beside" > 1.3 on free-threaded')
        + claiming("new", '"beside" > 1.3 from 4.0')
        + claiming("both", '"beside" > 1.3 and "beside" > 1.3 with 999 cores')
        + fenced("1", 'python title="later.py"', "livedocs:needs(4.0)")
        + claiming("later", '"x" > 1')
    )
    claims_page(desk, FAST, claims=claims)
    ran = desk.pytest("page.md", "--claims=fail")
    assert ran.status == 0
    for name, why in (
        ("free", "it takes a free-threaded interpreter"),
        ("new", "it takes Python 4.0"),
        ("later", "its block needs Python 4.0"),
    ):
        item = ran.claim("page.md", name)
        assert item.outcome == "skipped"
        assert f"not measured here on {sys.version_info.major}." in item.text
        assert why in item.text
    assert ran.claim("page.md", "both").outcome == "passed"
    assert "claims: 1 held, 3 not measured here\n" in ran.output


def test_claims_about_a_block_that_failed_say_so(desk: Desk) -> None:
    """The block is what failed."""
    page = fenced("1 / 0", 'python title="a.py"') + claiming("fast", '"x" > 1')
    desk.write("page.md", page)
    ran = desk.pytest("page.md", "--claims=fail")
    assert ran.status == 1
    assert outcomes(ran.blocks("page.md")) == "failed"
    item = ran.claim("page.md", "fast")
    assert item.outcome == "skipped"
    assert "its block failed, see there" in item.text
    assert "claims: 1 without a good block\n" in ran.output


def test_a_claim_may_be_asked_for_alone(desk: Desk) -> None:
    """Then its block runs for it."""
    claims_page(desk, FAST, claims=claiming("fast", '"beside" > 1.3'))
    ran = desk.pytest("page.md", "-k", "fast")
    assert [name for name, _ in ran.items["page.md"]] == ["claim fast"]
    assert ran.claim("page.md", "fast").outcome == "passed"
    assert ran.count() == "ran 1 of 1 blocks"


def test_a_claim_alone_tells_what_is_wrong_with_its_block(desk: Desk) -> None:
    """As nobody else does."""
    block = fenced("1 / 0", 'python title="fails.py"')
    desk.write("page.md", block + claiming("fast", '"beside" > 1.3'))
    ran = desk.pytest("page.md", "-k", "fast")
    assert ran.status == 1
    assert "ZeroDivisionError" in ran.claim("page.md", "fast").text


def test_workers_of_xdist_are_refused(desk: Desk) -> None:
    """What measures alone would not be alone."""
    desk.write("page.md", UNHARMED)
    ran = desk.pytest("page.md", "-n", "2")
    assert ran.status == pytest.ExitCode.USAGE_ERROR
    assert "leave out -n" in ran.output
    assert desk.pytest("page.md", "-n", "0").status == 0


def test_a_page_without_claims_has_no_line_on_them(desk: Desk) -> None:
    """The summary is about what there is."""
    desk.write("page.md", UNHARMED)
    assert "claims:" not in desk.pytest("page.md").output


def injecting(seconds: float) -> str:
    """A block that compares two sleeps, one of them made longer.

    What else the machine did meanwhile is left out of its results: here a claim
    has to break, not to be excused by a busy machine.
    """
    return fenced(
        f"""
        import json
        import os
        import time

        from interleaved import compare

        compare(
            {{
                "alone": lambda: time.sleep(0.02),
                "beside": lambda: time.sleep(0.02 + {seconds}),
            }},
            rounds=5,
            attempts=1,
        )
        path = os.environ["INTERLEAVED_RESULTS"]
        with open(path) as file:
            found = json.load(file)
        found["comparison"]["noise"] = None
        with open(path, "w") as file:
            json.dump(found, file)
        """,
        'python title="sleeps.py"',
    )


@pytest.mark.quiet
@pytest.mark.parametrize(("seconds", "outcome"), [(0, "passed"), (0.06, "failed")])
def test_a_slow_down_is_seen(desk: Desk, seconds: float, outcome: str) -> None:
    """What a variant takes longer breaks the claim that it does not."""
    desk.write("page.md", injecting(seconds) + claiming("as-fast", '"beside" > 0.5'))
    ran = desk.pytest("page.md", "--claims=fail")
    assert outcomes(ran.blocks("page.md")) == "passed", ran.output
    assert ran.claim("page.md", "as-fast").outcome == outcome, ran.output
    assert ran.status == (outcome == "failed")


@pytest.fixture
def one_core() -> Iterator[None]:
    """One core for this thread and for what it starts, as by `taskset`."""
    if not hasattr(os, "sched_setaffinity"):
        pytest.skip("this system lets nobody choose cores")
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    yield
    os.sched_setaffinity(0, before)


@pytest.mark.usefixtures("one_core")
def test_one_core_is_not_two(desk: Desk) -> None:
    """On one core a claim that takes two is not measured, and others are."""
    claims = claiming("one", '"beside" > 1.3')
    claims += claiming("two", '"beside" > 9 with 2 cores')
    claims_page(desk, FAST, claims=claims)
    ran = desk.pytest("page.md", "--claims=fail")
    assert ran.status == 0
    assert ran.claim("page.md", "two").outcome == "skipped"
    assert "it takes 2 cores" in ran.claim("page.md", "two").text
    assert "claims: 1 held, 1 not measured here\n" in ran.output


def test_a_claim_of_two_interpreters_is_measured_on_each(
    desk: Desk, python: Callable[[str], str]
) -> None:
    """Each measures the term that is about it."""
    claim = claiming(
        "only-free", '"beside" > 1.3 on free-threaded and "beside" < 1.3 on gil'
    )
    for path, outcome, told in (
        (sys.executable, "skipped", "> 1.3 on free-threaded is not measured here"),
        (python("3.13t"), "passed", ""),
    ):
        claims_page(desk, *[FAST] * 3, claims=claim)
        ran = desk.pytest("page.md", "--blocks-python", path, env=QUIET)
        item = ran.claim("page.md", "only-free")
        assert item.outcome == outcome, ran.output
        assert told in item.text
