"""A fresh shell for every test, with today's instruments."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.entrypoints.cli.shell import Shell, a_shell


@pytest.fixture(autouse=True)
def a_wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred columns, whatever the tests are started from."""
    monkeypatch.setenv("COLUMNS", "100")


@pytest.fixture(scope="session")
def synced_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with today's instruments and nothing else, made once by the command that makes it."""
    folder = tmp_path_factory.mktemp("synced")
    with a_shell(folder) as shell:
        shell.given("instruments sync")
    return folder / "desk.db"


@pytest.fixture
def shell(synced_store: Path, tmp_path: Path) -> Iterator[Shell]:
    """A PRO desk's shell."""
    shutil.copy(synced_store, tmp_path / "desk.db")
    with a_shell(tmp_path) as made:
        yield made


@pytest.fixture
def hurried(synced_store: Path, tmp_path: Path) -> Iterator[Shell]:
    """A shell that goes at once through its waits for what does not come."""
    shutil.copy(synced_store, tmp_path / "desk.db")
    with a_shell(tmp_path, JAINAM_REQUEST_TIMEOUT="10", JAINAM_RETRY_DELAYS="0.1") as made:
        yield made.hurrying()
