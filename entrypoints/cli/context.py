"""The context of a command: terminal, settings, and the trading app built from them.

The settings and the container are imported at first use, so that help starts fast.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from jainam_prop.entrypoints.cli.answer import Answer, answer_for
from jainam_prop.entrypoints.cli.terminal import Terminal
from jainam_prop.entrypoints.cli.usage import PLACES
from jainam_prop.entrypoints.settings_source import ANYWHERE, SettingsPlaces

if TYPE_CHECKING:
    from jainam_prop.adapters.xts.network import Tap
    from jainam_prop.domain.sessions.session import Session
    from jainam_prop.entrypoints.settings import Settings
    from jainam_prop.entrypoints.trading_app import TradingApp


def _read_settings(places: SettingsPlaces) -> Settings:
    from jainam_prop.entrypoints.settings import read_settings  # noqa: PLC0415

    return read_settings(places)


@contextmanager
def _opened(settings: Settings, tap: Tap | None) -> Iterator[TradingApp]:
    from jainam_prop.entrypoints.container import open_container  # noqa: PLC0415

    container = open_container(settings, few_lookups=True, tap=tap)
    try:
        yield container.app()
    finally:
        container.shutdown_resources()


def _now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


@dataclass(frozen=True, slots=True)
class CliContext:
    """What a command works with; tests replace the parts."""

    terminal: Terminal
    places: SettingsPlaces = ANYWHERE
    reader: Callable[[SettingsPlaces], Settings] = _read_settings
    opened: Callable[[Settings, Tap | None], AbstractContextManager[TradingApp]] = _opened
    now: Callable[[], datetime] = _now

    def settings(self) -> Settings:
        """Read the settings.

        Raises:
            SettingsError: settings are missing or wrong; all of them are named, no value is shown.
        """
        return self.reader(self.places)

    def app(self, *, dry_run: bool = False, tap: Tap | None = None) -> AbstractContextManager[TradingApp]:
        """Open the trading app for the length of a block; a tap records what goes over the wire.

        Raises:
            SettingsError: settings are missing or wrong; all of them are named, no value is shown.
        """
        settings = self.settings()
        return self.opened(replace(settings, dry_run=True) if dry_run else settings, tap)

    def without_store(self, call: Callable[[TradingApp, Session], Answer]) -> Answer:
        """Answer a call with a session of its own, on an empty store that is gone afterwards.

        The session is the one that the settings hand over, or else a new login.
        """
        from tempfile import TemporaryDirectory  # noqa: PLC0415 (hardly any command needs it)

        settings = self.settings()
        with TemporaryDirectory(prefix="jainam-", ignore_cleanup_errors=True) as folder:
            own = replace(settings, own_database_url=f"sqlite:///{folder}/desk.db", locks_in=settings.lock_folder)
            with self.opened(own, None) as app:
                given, sessions = settings.auth_token, app.sessions
                opened = sessions.session_for(given) if given else sessions.log_in(force=True)
                return answer_for(opened, lambda session: call(app, session))

    def with_session(self, call: Callable[[TradingApp, Session], Answer], *, dry_run: bool = False) -> Answer:
        """Answer a call with the live session of the day; logs in only when there is none."""
        with self.app(dry_run=dry_run) as app:
            return answer_for(app.sessions.newest(), lambda session: call(app, session))


def context_of(ctx: click.Context) -> CliContext:
    """Return where to work: what the caller gave, as tests do, or this process."""
    found = ctx.find_object(CliContext)
    context = found if found is not None else CliContext(Terminal.of_process())
    places = ctx.meta.get(PLACES)
    return context if places is None else replace(context, places=places)
