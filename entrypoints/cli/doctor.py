"""``doctor``: everything between here and the exchange, with the next step for what is not well."""

from collections.abc import Iterator
from typing import Final

import click
from rich.console import RenderableType
from rich.text import Text

from jainam_prop.entrypoints.cli.answer import Answer, ExitStatus, success
from jainam_prop.entrypoints.cli.command import AnsweringCommand
from jainam_prop.entrypoints.cli.finding import Finding, Verdict, problem
from jainam_prop.entrypoints.cli.tables import counted, table
from jainam_prop.entrypoints.cli.workplace import Workplace

_MARK: Final = {
    Verdict.GOOD: Text("✓ ok", style="green"),
    Verdict.CAUTION: Text("! caution", style="yellow"),
    Verdict.PROBLEM: Text("✗ problem", style="bold red"),
}


@click.command(cls=AnsweringCommand)
@click.pass_obj
def doctor(workplace: Workplace) -> Answer:
    """Check settings, server, clock, database, instruments, session and journal; nothing is changed.

    It ends with 1 when something stands in the way of trading.
    """
    findings = list(_findings(workplace))
    problems = sum(finding.verdict is Verdict.PROBLEM for finding in findings)
    data = [
        {"check": one.check, "verdict": one.verdict.value, "found": one.found, "next_step": one.next_step}
        for one in findings
    ]
    if not problems:
        return success(data, _view(findings), "Ready to trade.")
    message = f"{counted(problems, 'problem')} in the way of trading."
    document = {"status": "error", "kind": "unwell", "message": message, "data": data}
    return Answer(document, _view(findings), message, ExitStatus.REFUSED)


def _findings(workplace: Workplace) -> Iterator[Finding]:
    from jainam_prop.entrypoints.cli.desk_check import desk_findings, settings_findings  # noqa: PLC0415
    from jainam_prop.entrypoints.cli.server_check import server_findings  # noqa: PLC0415
    from jainam_prop.entrypoints.settings import SettingsError  # noqa: PLC0415

    try:
        settings = workplace.settings()
    except SettingsError as error:
        yield problem("settings", str(error), "Set them in the environment or in .env; see .env.example.")
        return
    yield from settings_findings(settings)
    yield from server_findings(settings, workplace.now())
    yield from desk_findings(workplace, settings)


def _view(findings: list[Finding]) -> RenderableType:
    made = table("Doctor", "Check", "", "~Found", "~Next step")
    for one in findings:
        made.add_row(one.check, _MARK[one.verdict], one.found, Text(one.next_step, style="bold"))
    return made
