"""``doctor`` and ``sdk check``: is everything there to trade?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from rich.text import Text

from jainam_prop.entrypoints.cli.answer import Answer, refusal, success
from jainam_prop.entrypoints.cli.command import command, group
from jainam_prop.entrypoints.cli.context import CliContext
from jainam_prop.entrypoints.cli.views.findings import findings_answer
from jainam_prop.entrypoints.cli.views.tables import DataTable, counted
from jainam_prop.entrypoints.finding import Finding, Verdict, problem
from jainam_prop.entrypoints.settings_source import merged

if TYPE_CHECKING:
    from jainam_prop.adapters.xts.sdk.check import MethodReport


@command()
def doctor(context: CliContext) -> Answer:
    """Check settings, server, clock, database, instruments, session and journal; nothing is changed.

    It ends with 1 when something prevents trading.
    """
    findings = list(_findings(context))
    return findings_answer("Doctor", findings, _readiness(findings), " of trading")


def _readiness(findings: list[Finding]) -> str:
    """Say what a desk without problems is ready for: what a safeguard holds back is not called ready."""
    cautions = {finding.check: finding.found for finding in findings if finding.verdict is Verdict.CAUTION}
    held_back = [f"{check} is {cautions[check]}" for check in ("trading state", "dry run") if check in cautions]
    if held_back:
        return f"Not ready to trade: {'; '.join(held_back)}."
    return f"Ready to trade, with {counted(len(cautions), 'caution')}." if cautions else "Ready to trade."


def _findings(context: CliContext) -> Iterator[Finding]:
    from jainam_prop.entrypoints.cli.health_checks import app_findings, server_findings, settings_findings  # noqa: PLC0415
    from jainam_prop.entrypoints.settings_source import SettingsError  # noqa: PLC0415

    try:
        settings = context.settings()
    except SettingsError as error:
        yield problem("settings", str(error), "jainam-prop init")
        return
    yield from settings_findings(settings)
    yield from server_findings(settings, context.now())
    yield from app_findings(context, settings)


SETTING: Final = "JAINAM_XTS_SDK_PATH"


@group
def sdk() -> None:
    """Look at Symphony's SDK."""


@command("sdk check vendor/xts-pythonclient-api-sdk", of=sdk)
@click.argument("folder", required=False, type=click.Path(path_type=Path))
def check(context: CliContext, folder: Path | None) -> Answer:
    """Compare the methods of the SDK in FOLDER with those known. It is loaded, and nothing is sent.

    Without FOLDER, the one of JAINAM_XTS_SDK_PATH. Ends with 1 when a method that is called here has changed.
    """
    from jainam_prop.adapters.xts.sdk.check import check_sdk  # noqa: PLC0415 (help must not wait for it)
    from jainam_prop.adapters.xts.sdk.loading import SdkUnusableError  # noqa: PLC0415
    from jainam_prop.entrypoints.configuration import sources_at  # noqa: PLC0415

    named = merged(sources_at(context.places)).get(SETTING)
    place = folder or (Path(named) if named else None)
    if place is None:
        return refusal(f"No SDK to look at: name its folder, or set {SETTING}", "not-configured")
    try:
        reports = check_sdk(place)
    except SdkUnusableError as error:
        return refusal(str(error), "sdk-unusable")
    return _sdk_answer(reports)


def _sdk_answer(reports: tuple[MethodReport, ...]) -> Answer:
    broken = [report.name for report in reports if report.called and not report.as_expected]
    document = [
        {
            "method": report.name,
            "called": report.called,
            "present": report.present,
            "lost": list(report.lost),
            "new": list(report.new),
        }
        for report in reports
    ]
    view = DataTable("Methods of the SDK", "Method", "Used here", "~Found")
    for report in reports:
        view.add_row(report.name, "yes" if report.called else "", _found(report))
    if not broken:
        return success(document, view)
    message = f"Log in without this version: {', '.join(broken)} changed"
    return refusal(message, "sdk-changed", data=document, view=view)


def _found(report: MethodReport) -> Text:
    if report.as_expected:
        return Text("as expected", style="green")
    if not report.present:
        return Text("gone", style="bold red")
    lost, new = (", ".join(names) for names in (report.lost, report.new))
    parts = [f"lost {lost}"] * bool(lost) + [f"new {new}"] * bool(new)
    return Text("; ".join(parts), style="yellow")
