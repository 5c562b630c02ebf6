"""Each interleaving that frontrun finds within bounds keeps what guard, pace, journal, books and logins promise."""

import os
import subprocess
import sys

import pytest

pytest.importorskip("frontrun", reason="frontrun explores interleavings; the extra `lab` brings it")

MOST, SECONDS = ("5000", "300") if os.environ.get("JAINAM_SOAK") else ("150", "15")  # noqa: TID251 (a switch of the tests)
SYSTEMS = (
    "guard", "guard that is given up", "pace", "pace that is given up", "journal", "book", "book that fails once",
    "login", "login and logout",
)  # fmt: skip


def explored(name: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.interleavings.explore", name, MOST, SECONDS]
    return subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)


@pytest.mark.parametrize("name", SYSTEMS)
def test_no_interleaving_breaks(name: str) -> None:
    ran = explored(name)

    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_explorer_finds_two_that_are_inside_at_once() -> None:
    ran = explored("no guard")

    assert (ran.returncode, "False" in ran.stdout) == (1, True), ran.stdout + ran.stderr
