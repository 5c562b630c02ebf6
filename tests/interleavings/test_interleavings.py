"""Each interleaving that frontrun finds within bounds keeps what guard, pace, journal, books and logins promise."""

import subprocess
import sys

import pytest

from tests.e2e.troubles import SOAK

pytest.importorskip("frontrun", reason="frontrun explores interleavings, on Linux")

SYSTEMS = (
    "guard", "guard that is given up", "pace", "pace that is given up", "journal", "book", "book that fails once",
    "login", "login and logout",
)  # fmt: skip


def explored(most: str, seconds: str, *names: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.interleavings.explore", most, seconds, *names]
    return subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)


@pytest.mark.parametrize("name", SYSTEMS if SOAK else ["all"])
def test_no_interleaving_breaks(name: str) -> None:
    ran = explored("5000", "300", name) if SOAK else explored("20", "0.7", *SYSTEMS)

    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_explorer_finds_two_that_are_inside_at_once() -> None:
    ran = explored("20", "5", "no guard")

    assert (ran.returncode, "False" in ran.stdout) == (1, True), ran.stdout + ran.stderr
