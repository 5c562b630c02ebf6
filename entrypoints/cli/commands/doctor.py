"""``doctor``: everything between here and the exchange, with the next step for what is not well."""

from collections.abc import Iterator

import click

from jainam_prop.entrypoints.cli.answer import Answer, ExitStatus, success
from jainam_prop.entrypoints.cli.command import AnsweringCommand
from jainam_prop.entrypoints.cli.finding import Finding, Verdict, problem
from jainam_prop.entrypoints.cli.views.findings import findings_document, findings_view
from jainam_prop.entrypoints.cli.views.tables import counted
from jainam_prop.entrypoints.cli.workplace import Workplace


@click.command(cls=AnsweringCommand)
@click.pass_obj
def doctor(workplace: Workplace) -> Answer:
    """Check settings, server, clock, database, instruments, session and journal; nothing is changed.

    It ends with 1 when something stands in the way of trading.
    """
    findings = list(_findings(workplace))
    problems = sum(finding.verdict is Verdict.PROBLEM for finding in findings)
    view, data = findings_view("Doctor", findings), findings_document(findings)
    if not problems:
        return success(data, view, "Ready to trade.")
    message = f"{counted(problems, 'problem')} in the way of trading."
    document = {"status": "error", "kind": "unwell", "message": message, "data": data}
    return Answer(document, view, message, ExitStatus.REFUSED)


def _findings(workplace: Workplace) -> Iterator[Finding]:
    from jainam_prop.entrypoints.cli.desk_check import desk_findings, settings_findings  # noqa: PLC0415
    from jainam_prop.entrypoints.cli.server_check import server_findings  # noqa: PLC0415
    from jainam_prop.entrypoints.settings_error import SettingsError  # noqa: PLC0415

    try:
        settings = workplace.settings()
    except SettingsError as error:
        yield problem("settings", str(error), "Set them in the environment or in .env; see .env.example.")
        return
    yield from settings_findings(settings)
    yield from server_findings(settings, workplace.now())
    yield from desk_findings(workplace, settings)
