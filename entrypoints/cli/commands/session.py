"""``login``, ``logout`` and ``status``: the session of the day; no token is ever shown."""

from datetime import datetime

import click
from returns.pipeline import is_successful
from rich.text import Text

from jainam_prop.application.sessions.service import SessionStatus
from jainam_prop.domain.market_data.calendar import IST
from jainam_prop.entrypoints.cli.answer import Answer, answer_for, failure, refusal, success
from jainam_prop.entrypoints.cli.command import AnsweringCommand
from jainam_prop.entrypoints.cli.context import CliContext
from jainam_prop.entrypoints.cli.views.tables import facts, moment

_MINUTE = 60


@click.command(cls=AnsweringCommand)
@click.option("--force", is_flag=True, help="Open new sessions; this ends the present ones everywhere.")
@click.pass_obj
def login(context: CliContext, *, force: bool) -> Answer:
    """Log in, or take over the login of this day, which all processes share."""
    with context.app() as app:
        before = app.sessions.status().live
        opened = app.sessions.log_in(force=force, verify=True, to_be_saved=True)
        if not is_successful(opened):
            return failure(opened.failure())
        now = app.sessions.status()
    taken = before and not force
    return _shown(context, now, "Taken over from an earlier login of today." if taken else "Logged in.")


@click.command(cls=AnsweringCommand)
@click.pass_obj
def logout(context: CliContext) -> Answer:
    """Close the sessions of both applications, for every process; doing so twice is fine."""
    with context.app() as app:
        closed = app.sessions.log_out()
    return answer_for(closed, lambda _: success({}, None, "Logged out."))


@click.command(cls=AnsweringCommand)
@click.option("--check", is_flag=True, help="Ask the broker whether it still works; never logs in.")
@click.pass_obj
def status(context: CliContext, *, check: bool) -> Answer:
    """Show the session of the day and when it ends; ends with 1 when there is none."""
    with context.app() as app:
        found = app.sessions.status()
        if found.live and check:
            alive = app.sessions.newest().map(app.sessions.auth_for).bind(app.sessions.check)
            if not is_successful(alive):
                return failure(alive.failure())
    return _shown(context, found, "")


def _shown(context: CliContext, found: SessionStatus, message: str) -> Answer:
    settings = context.settings()
    data = {
        "live": found.live,
        "server": settings.server,
        "address": settings.server_url,
        "account_type": found.account.value if found.account else None,
        "user_id": found.user_id,
        "expires_at": moment(found.expires_at) if found.expires_at else None,
        "seconds_left": round(found.seconds_left),
        "market_data": not found.market_problem if found.live else False,
        "market_problem": found.market_problem,
        "trading_barrier": found.trading_barrier,
        "refusal": found.refusal,
    }
    if not found.live:
        message = f"No session{': ' if found.refusal else ''}{found.refusal}. Next: jainam-prop login"
        return refusal(message, "no-session", data=data)
    rows = [
        ("Server", f"{settings.server}, {settings.server_url}"),
        ("Account", found.account.value if found.account else ""),
        ("User", found.user_id),
        ("Ends", _ending(found.expires_at, found.seconds_left)),
        ("Market data", _state(found.market_problem, "on")),
        ("Trading", _state(found.trading_barrier, "allowed")),
    ]
    return success(data, facts("Session", rows), message)


def _state(problem: str, good: str) -> Text:
    return Text(f"off: {problem}", style="bold yellow") if problem else Text(good, style="green")


def _ending(at: datetime | None, seconds: float) -> str:
    if at is None:
        return ""
    hours, minutes = divmod(round(seconds / _MINUTE), _MINUTE)
    return f"{at.astimezone(IST):%d-%b-%Y %H:%M} IST, in {hours} h {minutes:02d} min"
