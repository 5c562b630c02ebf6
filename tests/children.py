"""Processes that tests start: with the code imported already, because importing it would take longer than the test.

A server that has imported the package forks them. Each is a process like any other: it has its own memory, descriptors
and locks, and can be killed at any moment.
"""

import multiprocessing
import os
import signal
import subprocess
import sys
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, cast

from tests.architecture.project import ROOT

IMPORTED: Final = ["pytest", "tests.e2e.world", "tests.preloaded"]
COMMAND: Final = "from jainam_prop.entrypoints.cli.main import main; main()"
"""What the installed program ``jainam-prop`` runs."""

FORKS: Final = "forkserver" in multiprocessing.get_all_start_methods()


class Fork:
    """A forked process in a session of its own, used as a `subprocess.Popen` is."""

    def __init__(
        self,
        code: str,
        words: Sequence[str],
        environment: Mapping[str, str],
        folder: Path,
        streams: tuple[int, int, int],
    ) -> None:
        """Start a program; the descriptors of its streams are closed here."""
        method = multiprocessing.get_context("forkserver")
        method.set_forkserver_preload(IMPORTED)
        self._process = method.Process(
            target=_run, args=(code, words, dict(environment), str(folder), _Handed(streams)), daemon=True
        )
        self._process.start()
        self.pid = self._process.pid or 0
        for descriptor in {*streams}:
            os.close(descriptor)

    @property
    def returncode(self) -> int | None:
        """The exit status, negative for a signal; None while it runs."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """Return the exit status, or None while it runs."""
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end.

        Raises:
            TimeoutExpired: it still runs.
        """
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired(self._process.name, timeout or 0)
        return self._process.exitcode


class Child(Fork):
    """A forked process whose streams are pipes."""

    def __init__(self, code: str, words: tuple[str, ...], environment: Mapping[str, str], folder: Path) -> None:
        inner_in, outer_in = os.pipe()
        outer_out, inner_out = os.pipe()
        outer_err, inner_err = os.pipe()
        self.stdin, self.stdout, self.stderr = os.fdopen(outer_in, "w"), os.fdopen(outer_out), os.fdopen(outer_err)
        super().__init__(code, words, environment, folder, (inner_in, inner_out, inner_err))

    def communicate(self, text: str = "", timeout: float = 60) -> tuple[str, str]:
        """Say something, wait for its end and return what it wrote, which must fit into a pipe."""
        self.stdin.write(text)
        self.stdin.close()
        self.wait(timeout)
        with self:
            return self.stdout.read(), self.stderr.read()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for its end and close the pipes."""
        del kind, error, trace
        self.stdin.close()
        self.wait(60)
        self.stdout.close()
        self.stderr.close()


def start_child(code: str, *words: str, environment: Mapping[str, str] | None = None, folder: Path = ROOT) -> Child:
    """Start a program with these words, in a folder and with an environment; its streams are pipes."""
    variables = dict(os.environ) if environment is None else environment  # noqa: TID251 (handed on, as it would be)
    if FORKS:
        return Child(code, words, variables, folder)
    pipes: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    command = [sys.executable, "-c", code, *words]
    process = subprocess.Popen(command, cwd=folder, env=dict(variables), text=True, **pipes)
    return cast("Child", process)


class _Handed:
    """Descriptors on their way into a child; there they are a tuple."""

    def __init__(self, descriptors: tuple[int, ...]) -> None:
        self._descriptors = descriptors

    def __reduce__(self) -> tuple[Any, ...]:
        from multiprocessing.reduction import DupFd  # noqa: PLC0415 (Windows has none, and does not fork)

        return _received, tuple(DupFd(each) for each in self._descriptors)


def _received(*handed: Any) -> tuple[int, ...]:  # noqa: ANN401 (the type is a secret of multiprocessing)
    return tuple(each.detach() for each in handed)


def _run(code: str, words: Sequence[str], environment: dict[str, str], folder: str, streams: tuple[int, ...]) -> None:
    os.setsid()
    multiprocessing.current_process().daemon = False  # it may have processes of its own
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for descriptor, stream in enumerate(streams):
        os.dup2(stream, descriptor)
        os.close(stream)
    sys.stdin, sys.stdout = open(0, closefd=False), open(1, "w", closefd=False)  # noqa: SIM115 (descriptors)
    sys.stderr = open(2, "w", buffering=1, errors="backslashreplace", closefd=False)  # noqa: SIM115
    if filters := environment.get("PYTHONWARNINGS"):
        warnings.simplefilter(filters)  # type: ignore[arg-type]
    os.environ.clear()  # noqa: TID251 (this process is the program's)
    os.environ.update(environment)  # noqa: TID251
    os.chdir(folder)
    sys.argv = ["-c", *words]
    exec(compile(code, "<child>", "exec"), {"__name__": "__main__"})  # noqa: S102 (what python -c does)
