"""What changed in which Python, each with a question to the interpreter."""

import asyncio
import builtins
import itertools
import multiprocessing.process
import os
import queue
import sys
import threading
from collections.abc import Callable
from concurrent import futures
from dataclasses import dataclass
from importlib.util import find_spec
from inspect import signature


@dataclass(frozen=True, slots=True)
class Change:
    """Something that one version brought.

    Attributes:
        since: The version, such as "3.13".
        what: Its name.
        is_there: Asks the running interpreter whether it has it.
    """

    since: str
    what: str
    is_there: Callable[[], bool]

    @property
    def version(self) -> tuple[int, int]:
        """The version as `sys.version_info` has it."""
        major, minor = self.since.split(".")
        return int(major), int(minor)


def _has(where: object, name: str) -> Callable[[], bool]:
    return lambda: hasattr(where, name)


def _takes(function: Callable[..., object], parameter: str) -> Callable[[], bool]:
    return lambda: parameter in signature(function).parameters


def _module(name: str) -> Callable[[], bool]:
    def is_there() -> bool:
        parent = name.rpartition(".")[0]
        return (not parent or bool(find_spec(parent))) and bool(find_spec(name))

    return is_there


CHANGES = (
    Change("3.11", "asyncio.TaskGroup", _has(asyncio, "TaskGroup")),
    Change("3.11", "ExceptionGroup", _has(builtins, "ExceptionGroup")),
    Change(
        "3.11",
        "ProcessPoolExecutor(max_tasks_per_child=…)",
        _takes(futures.ProcessPoolExecutor, "max_tasks_per_child"),
    ),
    Change("3.12", "sys.monitoring", _has(sys, "monitoring")),
    Change("3.12", "itertools.batched", _has(itertools, "batched")),
    Change("3.13", "os.process_cpu_count", _has(os, "process_cpu_count")),
    Change("3.13", "sys._is_gil_enabled", _has(sys, "_is_gil_enabled")),
    Change("3.13", "queue.Queue.shutdown", _has(queue.Queue, "shutdown")),
    Change(
        "3.13", "PythonFinalizationError", _has(builtins, "PythonFinalizationError")
    ),
    Change("3.14", "concurrent.interpreters", _module("concurrent.interpreters")),
    Change("3.14", "InterpreterPoolExecutor", _has(futures, "InterpreterPoolExecutor")),
    Change(
        "3.14", "Executor.map(buffersize=…)", _takes(futures.Executor.map, "buffersize")
    ),
    Change(
        "3.14",
        "ProcessPoolExecutor.kill_workers",
        _has(futures.ProcessPoolExecutor, "kill_workers"),
    ),
    Change(
        "3.14",
        "Process.interrupt",
        _has(multiprocessing.process.BaseProcess, "interrupt"),
    ),
    Change("3.14", "python -m asyncio pstree", _module("asyncio.tools")),
    Change(
        "3.15", "threading.serialize_iterator", _has(threading, "serialize_iterator")
    ),
    Change("3.15", "threading.concurrent_tee", _has(threading, "concurrent_tee")),
    Change("3.15", "asyncio.TaskGroup.cancel", _has(asyncio.TaskGroup, "cancel")),
    Change("3.15", "profiling.sampling", _module("profiling.sampling")),
)
"""From the oldest to the newest."""
