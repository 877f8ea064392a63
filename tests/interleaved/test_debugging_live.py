import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from interleaved import debugging_live
from interleaved.debugging_live import innermost, running, said_by

READY = "import time\nprint('ready', flush=True)\ntime.sleep(60)"


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_it_runs_as_long_as_the_with() -> None:
    """From the line that it prints to the end, and no longer."""
    with running(READY) as pid:
        assert alive(pid)
    assert not alive(pid)


def test_it_ends_with_an_exception() -> None:
    """What goes wrong meanwhile leaves nothing behind."""
    with pytest.raises(LookupError), running(READY) as pid:
        raise LookupError
    assert not alive(pid)


def test_a_program_that_shows_nothing() -> None:
    """It ended before there was anything to look at."""
    with pytest.raises(RuntimeError, match="no line"), running("pass"):
        pass


def test_a_program_that_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is ended after a while, and nobody hangs."""
    monkeypatch.setattr(debugging_live, "_PATIENCE", 0.2)
    silent = running("import time; time.sleep(60)")
    with pytest.raises(RuntimeError, match="no line"), silent:
        pass


def test_a_tool_speaks() -> None:
    """A module, a script or a command."""
    assert said_by("-mplatform", "--help") != ""
    assert said_by(sys.executable, "-c", "print('ä')") == "ä\n"


def test_a_script_is_given_to_this_interpreter(tmp_path: Path) -> None:
    """As the modules are."""
    script = tmp_path / "says.py"
    script.write_text("import sys\nprint(sys.version_info[:2], sys.argv[1])")
    assert said_by(str(script), "x") == f"{tuple(sys.version_info[:2])} x\n"


def test_a_tool_that_is_not_there() -> None:
    """Is no failure of the program that asks for it."""
    assert said_by("no-such-tool", "dump") == "no-such-tool: not installed here"


def test_a_tool_that_may_not() -> None:
    """Its last words say why."""
    code = "import sys; sys.exit('one\\nnot allowed')"
    said = said_by(sys.executable, "-c", code)
    assert said == f"{sys.executable} -c: not possible here (not allowed)"
    silent = said_by(sys.executable, "-c", "raise SystemExit(2)")
    assert silent.endswith("(no reason given)")


def test_a_tool_beside_the_interpreter_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where pip puts it, which need not be on PATH."""
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    assert said_by("told-you") == "told-you: not installed here"
    tool = tmp_path / "told-you"
    tool.write_text("#!/bin/sh\necho so\n")
    tool.chmod(0o755)
    assert said_by("told-you") == "so\n"


def test_a_tool_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its time ends."""

    def run(*_: object, timeout: float, **__: object) -> None:
        raise subprocess.TimeoutExpired("tool", timeout)

    monkeypatch.setattr(subprocess, "run", run)
    assert said_by("tool") == "tool: no answer within 30 s"


def test_innermost(tmp_path: Path) -> None:
    """The last call of each stack, whatever file names look like."""
    collapsed = tmp_path / "stacks"
    collapsed.write_text(
        "tid:1;a.py:<module>:1;C:\\b.py:count:6 7\n"
        "tid:2;a.py:<module>:1;b.py:wait:9 5\n"
        "tid:2;b.py:wait:10 1\n"
        "<GC> 2\n"
    )
    assert innermost(collapsed) == {"count": 7, "wait": 6, "<GC>": 2}


@pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="POSIX only")
def test_faulthandler_needs_its_file_open(tmp_path: Path) -> None:
    """The dump on a signal that the page's solution shows."""
    code = (
        "import faulthandler, os, signal\n"
        "faulthandler.register(signal.SIGUSR1)\n"
        "os.kill(os.getpid(), signal.SIGUSR1)\n"
        "print('goes on')"
    )
    child = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert child.stdout == "goes on\n"
    assert 'File "<string>", line 3 in <module>' in child.stderr
