"""``init`` and ``config``, ``login``, ``logout`` and ``status``: the settings and the session of the day.

No token is ever shown.
"""

from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Final

import click
from returns.pipeline import is_successful
from rich.text import Text

from jainam_prop.application.sessions.service import SessionStatus
from jainam_prop.domain.market_data.calendar import IST
from jainam_prop.entrypoints.cli.answer import Answer, answer_for, failure, refusal, success
from jainam_prop.entrypoints.cli.command import command, group
from jainam_prop.entrypoints.cli.context import CliContext
from jainam_prop.entrypoints.cli.symbols import Words
from jainam_prop.entrypoints.cli.terminal import Terminal
from jainam_prop.entrypoints.cli.views.tables import DataTable, Facts, moment

_ACCOUNTS: Final = Words(("PRO", "NORMAL", "INVESTOR"))
_CREDENTIALS: Final = (
    ("interactive_api_key", "Interactive (orders) key", False),
    ("interactive_api_secret", "Interactive (orders) secret", True),
    ("market_api_key", "Market data key", False),
    ("market_api_secret", "Market data secret", True),
)
_NOBODY: Final = "init asks questions, and there is no terminal to ask. Fill in .env: jainam-prop config example > .env"
_NEXT: Final = "Next: jainam-prop instruments sync, then jainam-prop doctor"


@command("init", "init --user", "--env-file desk-b.env init")
@click.option("--user", is_flag=True, help="Write the user's own file, which counts in every folder, instead of .env.")
@click.option("--no-login", is_flag=True, help="Do not test the login.")
def init(context: CliContext, *, user: bool, no_login: bool) -> Answer:
    """Ask for what is needed, write it down readable for you alone, and test the login.

    The file is .env in this folder, or the one of --env-file. Lines that are not asked about stay as they are.
    """
    terminal = context.terminal
    if not terminal.can_ask:
        return refusal(_NOBODY, "no-terminal")
    path = _target(context, user=user)
    if path.exists() and not terminal.confirm(f"{path} exists. Change the settings in it?"):
        return refusal("Nothing was written.", "declined")
    _write(path, _answers(terminal))
    terminal.note(f"Written to {path}, readable for you alone.")
    data = {"file": str(path)}
    if no_login:
        return success(data, message="Next: jainam-prop login")
    with context.app() as app:
        works = success(data, message=f"The login works. {_NEXT}")
        return answer_for(app.sessions.log_in(verify=True), lambda _: works)


def _target(context: CliContext, *, user: bool) -> Path:
    from jainam_prop.entrypoints.configuration import user_settings_file  # noqa: PLC0415 (help must not wait for it)
    from jainam_prop.entrypoints.settings_source import LOCAL_FILE  # noqa: PLC0415

    if user:
        return user_settings_file()
    return (context.places.env_file or LOCAL_FILE).absolute()


def _answers(terminal: Terminal) -> dict[str, str]:
    """Ask for each setting; the names are those of the fields."""
    answers = {
        "server": terminal.ask("Symphony server: A, B or C", "B", words=Words("ABC")),
        "account_type": terminal.ask("Account type: PRO, NORMAL or INVESTOR", "PRO", words=_ACCOUNTS),
    }
    if answers["account_type"] == "NORMAL":
        answers["client_id"] = terminal.ask("Client that the dealer acts for")
    for field, question, hidden in _CREDENTIALS:
        answers[field] = terminal.ask(question, hidden=hidden)
    return answers


def _write(path: Path, answers: dict[str, str]) -> None:
    from jainam_prop.entrypoints.configuration import variables  # noqa: PLC0415
    from jainam_prop.entrypoints.hosting.host import write_whole  # noqa: PLC0415
    from jainam_prop.entrypoints.hosting.host_env import EnvFile  # noqa: PLC0415 (help must not wait for it)

    names = variables()
    file = EnvFile(path.read_text(encoding="utf-8") if path.exists() else "")
    for field, value in answers.items():
        file = file.with_value(names[field], value.strip())
    write_whole(path, file.text.encode(), private=True)


@group
def config() -> None:
    """Show the settings, or a file to fill in."""


@command(of=config)
def show(context: CliContext) -> Answer:
    """Show each setting and its source. No secret is shown."""
    from jainam_prop.entrypoints.configuration import shown_settings  # noqa: PLC0415 (help must not wait for it)

    shown = shown_settings(context.places)
    made = DataTable("Settings", "Setting", "~Value", "~From")
    for each in shown:
        made.add_row(each.name, each.value, each.origin)
    return success([each._asdict() for each in shown], made)


@command(of=config)
def example(context: CliContext) -> Answer:
    """Print a settings file that describes every setting."""
    folder = resources.files("jainam_prop.entrypoints")
    packaged, in_a_checkout = folder / "example.env", folder / ".." / ".env.example"
    text = (packaged if packaged.is_file() else in_a_checkout).read_text(encoding="utf-8")
    if not context.terminal.as_json:
        click.echo(text, nl=False)
    return success({"text": text})


_MINUTE = 60


@command()
@click.option("--force", is_flag=True, help="Open new sessions; this ends the present ones everywhere.")
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


@command()
def logout(context: CliContext) -> Answer:
    """Close the sessions of both applications, for every process; doing so twice is fine."""
    with context.app() as app:
        closed = app.sessions.log_out()
    return answer_for(closed, lambda _: success({}, None, "Logged out."))


@command()
@click.option("--check", is_flag=True, help="Ask the broker whether it still works; never logs in.")
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
    return success(data, Facts("Session", rows), message)


def _state(problem: str, good: str) -> Text:
    return Text(f"off: {problem}", style="bold yellow") if problem else Text(good, style="green")


def _ending(at: datetime | None, seconds: float) -> str:
    if at is None:
        return ""
    hours, minutes = divmod(round(seconds / _MINUTE), _MINUTE)
    return f"{at.astimezone(IST):%d-%b-%Y %H:%M} IST, in {hours} h {minutes:02d} min"
