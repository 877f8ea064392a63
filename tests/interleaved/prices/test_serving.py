import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import psutil
import pytest

from interleaved.prices import serving
from interleaved.prices.habits import Habits
from interleaved.prices.serving import PriceService, ServiceError, price_service

STARTS = """
import os, sys, time
from interleaved.prices.serving import price_service
with price_service() as service:
    print(service.process, flush=True)
    time.sleep(60)
"""


OWN = """
import sys
sys.modules["interleaved"] = None  # it cannot be imported
import mine.serving
with mine.serving.price_service() as service:
    print(len(service.market))
"""


def gone(process: int) -> bool:
    """Whether a process ends within ten seconds."""
    try:
        psutil.Process(process).wait(10)
    except psutil.NoSuchProcess:
        return True
    except psutil.TimeoutExpired:
        return False
    return True


def test_a_service_is_ready_and_has_the_market(service: PriceService) -> None:
    """In a process of its own, on a port that was free."""
    assert httpx2.get(f"{service.url}/ready", trust_env=False).json() == {"ready": True}
    assert len(service.market) == 1395
    assert psutil.Process(service.process).is_running()
    with price_service() as other:
        assert other.url != service.url


def test_a_copy_under_another_name_serves(tmp_path: Path) -> None:
    """All of it but its imports: as the page with the source says."""
    copy = tmp_path / "mine"
    shutil.copytree(Path(serving.__file__).parent, copy)
    for module in copy.glob("*.py"):
        text = module.read_text(encoding="utf-8")
        text = text.replace("from interleaved.prices", "from mine")
        module.write_text(text, encoding="utf-8")
    # Nor may the service import it, which is a process of its own.
    blocked = 'raise ImportError("the book is not here")'
    (tmp_path / "interleaved.py").write_text(blocked, encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-c", OWN],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.stdout == "1395\n", ran.stderr


def test_a_service_ends_with_its_block() -> None:
    """No process is left, and nobody listens any more."""
    with price_service() as service:
        pass
    assert gone(service.process)
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(service.url, trust_env=False)


def test_a_service_ends_with_an_exception() -> None:
    """Just the same."""
    with pytest.raises(LookupError), price_service() as service:
        raise LookupError
    assert gone(service.process)


def test_a_service_ends_while_a_request_waits() -> None:
    """It lets the request end and does not keep the block waiting for long."""
    with price_service(Habits(refused=0, stalled=1, stall=1)) as service:
        path = next(iter(service.market)).path
        with pytest.raises(httpx2.ReadTimeout):
            httpx2.get(service.url + path, timeout=0.2, trust_env=False)
        begin = time.monotonic()
    assert time.monotonic() - begin < 20
    assert gone(service.process)


def test_a_service_does_not_outlive_who_started_it(tmp_path: Path) -> None:
    """Not even if that one is killed; its folder stays."""
    command = [sys.executable, "-c", STARTS]
    env = os.environ | {"TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        command, env=env, stdout=subprocess.PIPE, text=True
    ) as starter:
        assert starter.stdout is not None
        process = int(starter.stdout.readline())
        assert psutil.Process(process).is_running()
        starter.kill()
    assert gone(process)


def test_a_service_that_cannot_start_is_an_error(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """It says its status, and stderr says why."""
    monkeypatch.setattr(serving, "asdict", lambda _: {"mood": "bad"})
    with pytest.raises(ServiceError, match="status 1 before it was ready"):
        price_service().__enter__()
    assert "mood" in capfd.readouterr().err


def test_a_service_that_never_gets_ready_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After a while, and not a hang."""
    monkeypatch.setattr(serving, "_PATIENCE", 0.01)
    with pytest.raises((ServiceError, subprocess.TimeoutExpired)):
        price_service().__enter__()


def test_a_service_that_does_not_answer_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It said where it is, and nobody is there; it is ended."""
    monkeypatch.setattr(serving, "_address", lambda _: "http://127.0.0.1:9")
    with pytest.raises(ServiceError, match="not ready: ConnectError"):
        price_service().__enter__()


def test_a_service_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """By force, after a while."""
    monkeypatch.setattr(serving, "_PATIENCE", 0.1)
    command = [sys.executable, "-c", "import time; time.sleep(100)"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, text=True) as process:
        serving._stop(process)
        assert process.returncode == -signal.SIGKILL
