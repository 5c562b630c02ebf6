"""``init`` and ``config show``: write the settings, and see where each comes from."""

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from jainam_prop.entrypoints.cli.answer import Answer, answer_for, refusal, success
from jainam_prop.entrypoints.cli.command import AnsweringCommand
from jainam_prop.entrypoints.cli.context import CliContext
from jainam_prop.entrypoints.cli.symbols import Words
from jainam_prop.entrypoints.cli.terminal import Terminal
from jainam_prop.entrypoints.cli.usage import HELP_SETTINGS, SuggestingGroup, examples
from jainam_prop.entrypoints.cli.views.tables import table

if TYPE_CHECKING:
    from jainam_prop.entrypoints.configuration import ShownSetting

_ACCOUNTS: Final = Words(("PRO", "NORMAL", "INVESTOR"))
_CREDENTIALS: Final = (
    ("interactive_api_key", "Interactive (orders) key", False),
    ("interactive_api_secret", "Interactive (orders) secret", True),
    ("market_api_key", "Market data key", False),
    ("market_api_secret", "Market data secret", True),
)
_NOBODY: Final = "init asks questions, and there is no terminal to ask. Fill in .env: jainam-prop config example > .env"
_NEXT: Final = "Next: jainam-prop instruments sync, then jainam-prop doctor"


@click.command(cls=AnsweringCommand, epilog=examples("init", "init --user", "--env-file desk-b.env init"))
@click.option("--user", is_flag=True, help="Write the user's own file, which counts in every folder, instead of .env.")
@click.option("--no-login", is_flag=True, help="Do not test the login.")
@click.pass_obj
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
    from jainam_prop.entrypoints.env_file import EnvFile  # noqa: PLC0415 (help must not wait for it)
    from jainam_prop.entrypoints.hosting.files import write_whole  # noqa: PLC0415

    names = variables()
    file = EnvFile(path.read_text(encoding="utf-8") if path.exists() else "")
    for field, value in answers.items():
        file = file.with_value(names[field], value.strip())
    write_whole(path, file.text.encode(), private=True)


@click.group(cls=SuggestingGroup, context_settings=HELP_SETTINGS)
def config() -> None:
    """Show the settings, or a file to fill in."""


@config.command(cls=AnsweringCommand)
@click.pass_obj
def show(context: CliContext) -> Answer:
    """Show each setting, its value and where it comes from; of secrets only whether they are set."""
    from jainam_prop.entrypoints.configuration import shown_settings  # noqa: PLC0415 (help must not wait for it)

    shown = shown_settings(context.places)
    made = table("Settings", "Setting", "~Value", "~From")
    for each in shown:
        made.add_row(each.name, each.value, each.origin)
    return success([_document(each) for each in shown], made)


@config.command(cls=AnsweringCommand)
@click.pass_obj
def example(context: CliContext) -> Answer:
    """Print a settings file that describes every setting, to be filled in."""
    folder = resources.files("jainam_prop.entrypoints")
    packaged, in_a_checkout = folder / "example.env", folder / ".." / ".env.example"
    text = (packaged if packaged.is_file() else in_a_checkout).read_text(encoding="utf-8")
    if not context.terminal.as_json:
        click.echo(text, nl=False)
    return success({"text": text})


def _document(shown: "ShownSetting") -> dict[str, str]:
    return {"name": shown.name, "value": shown.value, "origin": shown.origin}
