"""Instruments whatever happens to a process: killed in the middle of a replacement, or not alone in it."""

import random
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Final

import pytest

from tests.children import Child, start_child

ROWS: Final = 5_000
KILLS: Final = 10
LONGEST_WAIT: Final = 0.2
"""Seconds; about as long as two replacements of so many rows take."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "desk.db"


@pytest.fixture
def running() -> Iterator[ExitStack]:
    with ExitStack() as processes:
        yield processes


def start(running: ExitStack, path: Path, mark: str, times: int = 0) -> Child:
    """Start a process that replaces, and wait until it has done so once."""
    code = f"from tests.e2e.replacing import main; main('sqlite:///{path}', {ROWS}, {mark!r}, {times})"
    process = running.enter_context(start_child(code))
    running.callback(process.kill)
    assert process.stdout.readline() == "replaced\n"
    return process


def generations(path: Path) -> list[tuple[str, int]]:
    """Return the marks in the table with the number of rows of each; one whole generation is one line."""
    with closing(sqlite3.connect(path, timeout=30)) as sql:
        assert sql.execute("PRAGMA quick_check").fetchone() == ("ok",)
        return sql.execute("SELECT isin, count(*) FROM symbol_token GROUP BY isin").fetchall()


def test_a_process_killed_while_it_replaces_leaves_a_whole_generation(running: ExitStack, path: Path) -> None:
    moments = random.Random(20260310)  # noqa: S311 (no secret hangs on it)
    for number in range(KILLS):
        process = start(running, path, f"K{number}-")
        with suppress(subprocess.TimeoutExpired):
            process.wait(moments.uniform(0, LONGEST_WAIT))
        process.kill()
        process.wait()

        ((mark, rows),) = generations(path)
        assert mark.startswith(f"K{number}-")
        assert rows == ROWS


def test_two_processes_that_replace_at_once_leave_one_whole_generation(running: ExitStack, path: Path) -> None:
    one = start(running, path, "ONE", times=6)
    other = start(running, path, "OTHER", times=6)

    while one.poll() is None or other.poll() is None:
        ((_, rows),) = generations(path)
        assert rows == ROWS

    ((mark, rows),) = generations(path)
    assert (one.returncode, other.returncode) == (0, 0)
    assert mark in {"ONE6", "OTHER6"}
    assert rows == ROWS
    with closing(sqlite3.connect(path)) as sql:
        assert sql.execute("SELECT broker, number FROM symbol_token_generation").fetchall() == [("jainam_prop", 12)]
