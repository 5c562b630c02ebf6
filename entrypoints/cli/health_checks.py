"""Checks of settings, server, clock, database, instruments, session and journal."""

from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import httpx
from returns.pipeline import is_successful
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from jainam_prop.adapters.xts.network import NetworkPolicy
from jainam_prop.application.ports.journal import JournalUnreadableError
from jainam_prop.application.ports.runtime import StoreUnreadableError
from jainam_prop.domain.instruments.generation import Generation
from jainam_prop.domain.market_data.calendar import IST
from jainam_prop.domain.orders.trading_state import TradingState
from jainam_prop.entrypoints.cli.context import CliContext
from jainam_prop.entrypoints.cli.views.tables import counted, grouped
from jainam_prop.entrypoints.finding import Finding, caution, good, problem
from jainam_prop.entrypoints.settings import Settings
from jainam_prop.entrypoints.settings_source import variable
from jainam_prop.entrypoints.trading_app import TradingApp

_SYNC = "jainam-prop instruments sync"
_LOGIN = "jainam-prop login"


def settings_findings(settings: Settings) -> Iterator[Finding]:
    """Say what the settings choose, and which safeguards they move."""
    yield good("settings", f"server {settings.server}, account type {settings.account_type}")
    if settings.dry_run:
        yield caution("dry run", "on: no order leaves", f"Unset {_name(settings, 'dry_run')} to trade.")
    if not settings.verify_ssl:
        found = "certificates are not checked: keys can be read and orders changed on the way"
        yield caution("encryption", found, f"Unset {_name(settings, 'verify_ssl')}.")


def _name(settings: Settings, field: str) -> str:
    return variable(field, settings.broker)


def app_findings(context: CliContext, settings: Settings) -> Iterator[Finding]:
    """Check everything that needs the store; the session is checked without a login."""
    where = make_url(settings.database_url).render_as_string(hide_password=True)
    try:
        with context.app() as app:
            generation = app.instruments.generation()
            yield _database(app, where)
            yield from _trading_state(app, settings)
            yield _instruments(generation, context.now())
            yield from _session(app, settings)
            yield _journal(app, where)
    except (SQLAlchemyError, OSError, StoreUnreadableError) as error:
        why = str(error) if isinstance(error, StoreUnreadableError) else type(error).__name__
        found = f"{where} cannot be used ({why})"
        yield problem("database", found, f"Check {_name(settings, 'own_database_url')}.")


def _database(app: TradingApp, where: str) -> Finding:
    unwritable = app.sessions.store_problem()
    if unwritable:
        return problem(
            "database", f"{where}: no order can be sent. {unwritable}", "Check the disk and its permissions."
        )
    return good("database", where)


def _trading_state(app: TradingApp, settings: Settings) -> Iterator[Finding]:
    state, name = app.trading_switch.state, _name(settings, "trading_state")
    if state is TradingState.ACTIVE:
        return
    by_setting = settings.trading_state is state
    step = f"Set {name}=ACTIVE to trade." if by_setting else "jainam-prop trading-state ACTIVE"
    if state is TradingState.HALT:
        yield problem("trading state", "HALT: no order is sent", step)
    else:
        yield caution("trading state", f"{state}: new risk is held back", step)


def _instruments(generation: Generation | None, now: datetime) -> Finding:
    if generation is None:
        return problem("instruments", "none yet", _SYNC)
    count = f"{grouped(sum(generation.counts.values()))} from {generation.replaced_at.astimezone(IST):%d-%b %H:%M} IST"
    if generation.replaced_at.astimezone(IST).date() == now.astimezone(IST).date():
        return good("instruments", count)
    return caution("instruments", f"{count}, not of today", _SYNC)


def _session(app: TradingApp, settings: Settings) -> Iterator[Finding]:
    status = app.sessions.status()
    if not status.live:
        yield caution("session", f"none: {status.refusal}" if status.refusal else "none", _LOGIN)
        return
    alive = app.sessions.newest().map(app.sessions.auth_for).bind(app.sessions.check)
    if not is_successful(alive):
        yield problem("session", alive.failure().message, _LOGIN)
        return
    hours = status.seconds_left / 3600
    yield good("session", f"{status.user_id} as {status.account}, {hours:.1f} h left, the broker knows it")
    if status.trading_barrier:
        yield problem("trading", f"not allowed: {status.trading_barrier}", f"Check {_name(settings, 'account_type')}.")
    if status.market_problem:
        yield caution("market data", f"off: {status.market_problem}", "Check the two market-data keys.")


def _journal(app: TradingApp, where: str) -> Finding:
    try:
        unresolved = len(app.journal.open_entries())
    except JournalUnreadableError as error:
        step = f"Mend or move the journal (…-orders.db) beside {where}, then jainam-prop journal --resolve."
        return problem("journal", f"cannot be read ({error}): entries are refused, exits go on", step)
    if unresolved:
        found = f"{counted(unresolved, 'order')} of unknown fate"
        return problem("journal", found, "jainam-prop journal --resolve")
    return good("journal", "every order's fate is known")


_MOST_SKEW_SECONDS: Final = 5.0
"""More than this and Indian time stamps of fills begin to look older or younger than they are."""

_NETWORK: Final = "Check the network, JAINAM_ACTIVE_SYMPHONY_SERVER and market hours."


def server_findings(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Ask the server for its front page, without a token; any answer proves the way.

    Args:
        settings: name the server.
        now: UTC.
    """
    timeout = httpx.Timeout(settings.request_timeout, connect=settings.connect_timeout)
    trusted = NetworkPolicy(verify=settings.verify_ssl, ca_file=settings.ca_file).tls_context()
    proxy = settings.proxy_url or None
    try:
        answer = httpx.get(settings.server_url, timeout=timeout, verify=trusted, proxy=proxy, trust_env=False)
    except httpx.HTTPError as error:
        yield problem("server", f"{settings.server_url} does not answer ({type(error).__name__})", _NETWORK)
        return
    milliseconds = answer.elapsed.total_seconds() * 1000
    yield good("server", f"{settings.server_url} answers in {milliseconds:.0f} ms")
    yield clock_finding(answer.headers.get("date"), now)


def clock_finding(stamp: str | None, now: datetime) -> Finding:
    """Compare the server's clock with ours; its stamp has whole seconds only."""
    server_time = _moment(stamp)
    if server_time is None:
        found = "the server does not say what time it has, so that this machine's may be wrong"
        return caution("clock", found, "Hold it against a time server: timedatectl, or w32tm /query /status.")
    skew = (now - server_time).total_seconds()
    if abs(skew) <= _MOST_SKEW_SECONDS:
        return good("clock", "agrees with the server's")
    word = "ahead of" if skew > 0 else "behind"
    return caution("clock", f"{abs(skew):.0f} s {word} the server's", "Set this machine's clock (NTP).")


def _moment(stamp: str | None) -> datetime | None:
    try:
        moment = None if stamp is None else parsedate_to_datetime(stamp)
    except ValueError:
        return None
    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=UTC)
