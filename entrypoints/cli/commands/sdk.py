"""``sdk``: what a version of Symphony's SDK offers, before anything is entrusted to it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from rich.text import Text

from jainam_prop.entrypoints.cli.answer import Answer, ExitStatus, refusal, success
from jainam_prop.entrypoints.cli.command import CONTEXT, AnsweringCommand, examples
from jainam_prop.entrypoints.cli.views.tables import table
from jainam_prop.entrypoints.settings_source import texts_at_hand

if TYPE_CHECKING:
    from jainam_prop.adapters.xts.sdk.check import MethodReport

SETTING: Final = "JAINAM_XTS_SDK_PATH"


@click.group(context_settings=CONTEXT)
def sdk() -> None:
    """Look at Symphony's SDK."""


@sdk.command(cls=AnsweringCommand, epilog=examples("sdk check vendor/xts-pythonclient-api-sdk"))
@click.argument("folder", required=False, type=click.Path(path_type=Path))
def check(folder: Path | None) -> Answer:
    """Load the SDK in FOLDER and compare its methods with those known here; nothing is sent.

    Without FOLDER, the one of JAINAM_XTS_SDK_PATH. Ends with 1 when a method that is called here has changed.
    """
    from jainam_prop.adapters.xts.sdk.check import check_sdk  # noqa: PLC0415 (help must not wait for it)
    from jainam_prop.adapters.xts.sdk.loading import SdkUnusableError  # noqa: PLC0415

    named = texts_at_hand(Path(".env")).get(SETTING)
    place = folder or (Path(named) if named else None)
    if place is None:
        return refusal(f"No SDK to look at: name its folder, or set {SETTING}", "not-configured")
    try:
        reports = check_sdk(place)
    except SdkUnusableError as error:
        return refusal(str(error), "sdk-unusable")
    return _answer(reports)


def _answer(reports: tuple[MethodReport, ...]) -> Answer:
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
    view = table("Methods of the SDK", "Method", "Used here", "~Found")
    for report in reports:
        view.add_row(report.name, "yes" if report.called else "", _found(report))
    if not broken:
        return success(document, view)
    message = f"Log in without this version: {', '.join(broken)} changed"
    answer = {"status": "error", "kind": "sdk-changed", "message": message, "data": document}
    return Answer(answer, view, message, ExitStatus.REFUSED)


def _found(report: MethodReport) -> Text:
    if report.as_expected:
        return Text("as expected", style="green")
    if not report.present:
        return Text("gone", style="bold red")
    lost, new = (", ".join(names) for names in (report.lost, report.new))
    parts = [f"lost {lost}"] * bool(lost) + [f"new {new}"] * bool(new)
    return Text("; ".join(parts), style="yellow")
