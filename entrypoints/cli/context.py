"""What commands reach the world through: a terminal, the settings, and the desk that they lead to.

The settings and the container are imported at first use, because help should not wait for them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from returns.pipeline import is_successful

from jainam_prop.entrypoints.cli.answer import Answer, failure

if TYPE_CHECKING:
    from jainam_prop.domain.sessions.session import Session
    from jainam_prop.entrypoints.cli.terminal import Terminal
    from jainam_prop.entrypoints.desk import Desk
    from jainam_prop.entrypoints.settings import Settings


def _settings() -> Settings:
    from jainam_prop.entrypoints.settings import read_settings  # noqa: PLC0415

    return read_settings()


@contextmanager
def _opened(settings: Settings) -> Iterator[Desk]:
    from jainam_prop.entrypoints.container import open_container  # noqa: PLC0415

    container = open_container(settings)
    try:
        yield container.desk()
    finally:
        container.shutdown_resources()


def _now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


@dataclass(frozen=True, slots=True)
class Workplace:
    """Where commands work; a test puts a place of its own here."""

    terminal: Terminal
    settings: Callable[[], Settings] = _settings
    opened: Callable[[Settings], AbstractContextManager[Desk]] = _opened
    now: Callable[[], datetime] = _now

    def desk(self, *, dry_run: bool = False) -> AbstractContextManager[Desk]:
        """Open the desk for the length of a block.

        Raises:
            SettingsError: settings are missing or wrong; all of them are named, no value is shown.
        """
        settings = self.settings()
        return self.opened(settings.model_copy(update={"dry_run": True}) if dry_run else settings)

    def at_desk(self, call: Callable[[Desk, Session], Answer], *, dry_run: bool = False) -> Answer:
        """Answer a call with the live session of the day; logs in only when there is none."""
        with self.desk(dry_run=dry_run) as desk:
            opened = desk.keeper.log_in()
            return call(desk, opened.unwrap()) if is_successful(opened) else failure(opened.failure())
