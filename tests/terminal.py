"""A terminal with a new shell in it: type lines, answer questions, press Ctrl-C, read what it shows."""

import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from tests.children import COMMAND, FORKS, Fork

SOAK: Final = bool(os.environ.get("JAINAM_SOAK"))  # noqa: TID251
"""Whether each line gets a shell and an interpreter of its own, however plain it is."""
_BIN: Final = str(Path(sys.executable).parent)
_PLAIN: Final = re.compile(r"(?:(?:\S*/)?jainam-prop|python -m (?P<module>\S+))(?P<words>(?: [\w:./=,+-]+)*)")
"""Lines in which a shell has nothing to do but to start the program: no quotes, pipes, patterns or variables."""
_MODULE: Final = "import runpy, sys; runpy.run_module({!r}, run_name='__main__', alter_sys=True)"


class Shown(NamedTuple):
    """How the last command ended, and all that the terminal showed."""

    status: int
    shown: str


def typed(
    lines: str,
    *,
    folder: Path,
    environment: Mapping[str, str] | None = None,
    answers: Mapping[str, str] | None = None,
    interrupt_at: str | None = None,
    columns: int = 100,
    seconds: float = 180,
) -> Shown:
    """Type lines into a new bash that ends at the first failure.

    Plain lines are run without the bash, by a process that has the package imported already.

    Args:
        lines: what is typed.
        folder: where.
        environment: variables instead of this process's own.
        answers: what to type at a prompt that contains a text; each time it is shown.
        interrupt_at: the text after which Ctrl-C is pressed.
        columns: of the terminal.
        seconds: after which it is ended.

    Raises:
        TimeoutError: it did not end in time.
    """
    variables = dict(os.environ if environment is None else environment)  # noqa: TID251 (handed on)
    variables["PATH"] = os.pathsep.join((_BIN, variables.get("PATH", os.defpath)))
    variables.pop("COLUMNS", None)
    is_plain = FORKS and not SOAK and all(map(_PLAIN.fullmatch, lines.splitlines()))
    status, shown = 0, ""
    for part in lines.splitlines() if is_plain else [lines]:
        ours, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (40, columns))
        process = (_program if is_plain else _shell)(part, folder, variables, theirs)
        status, more = _ended(ours, process, answers or {}, interrupt_at, time.monotonic() + seconds)
        shown += more
        if status:
            break
    return Shown(status, shown.replace("\r\n", "\n"))


def _shell(lines: str, folder: Path, variables: dict[str, str], terminal: int) -> subprocess.Popen[bytes]:
    command = [shutil.which("bash") or "bash", "--norc", "--noprofile", "-euo", "pipefail", "-c", lines]
    process = subprocess.Popen(
        command, stdin=terminal, stdout=terminal, stderr=terminal, cwd=folder, env=variables, start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - a job in the background ignores it
    )  # fmt: skip
    os.close(terminal)
    return process


def _program(line: str, folder: Path, variables: dict[str, str], terminal: int) -> Fork:
    found = _PLAIN.fullmatch(line)
    assert found is not None
    code = _MODULE.format(found["module"]) if found["module"] else COMMAND
    return Fork(code, found["words"].split(), variables, folder, (terminal,) * 3)


def _ended(
    ours: int, process: subprocess.Popen[bytes] | Fork, answers: Mapping[str, str], interrupt_at: str | None, end: float
) -> Shown:
    """Talk with a program until its end."""
    try:
        shown = _conversation(ours, process, answers, interrupt_at, end)
        return Shown(process.wait(60), shown)
    finally:
        os.close(ours)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(60)


def _conversation(
    ours: int, process: subprocess.Popen[bytes] | Fork, answers: Mapping[str, str], interrupt_at: str | None, end: float
) -> str:
    shown, heard = "", 0
    while (read := _read(ours, end)) is not None:
        shown += read
        for prompt in [prompt for prompt in answers if prompt in shown[heard:]]:
            heard = len(shown)
            os.write(ours, (answers[prompt] + "\n").encode())
        if interrupt_at is not None and interrupt_at in shown:
            interrupt_at = None
            os.killpg(process.pid, signal.SIGINT)
    return shown


def _read(ours: int, end: float) -> str | None:
    """Read what comes next; None when the last program has closed the terminal."""
    if not select.select([ours], [], [], max(0, end - time.monotonic()))[0]:
        message = "still running"
        raise TimeoutError(message)
    try:
        return os.read(ours, 65_536).decode(errors="replace") or None
    except OSError:  # Linux says so
        return None
