"""``validate-live``: read everything once, and if allowed send one order that cannot trade."""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import click

from jainam_prop.domain.errors import Invalid
from jainam_prop.domain.sessions.session import Session
from jainam_prop.entrypoints.cli.answer import Answer, ExitStatus, answer_for, failure, refusal, success
from jainam_prop.entrypoints.cli.command import acting, command, refused_by_person, trading_options
from jainam_prop.entrypoints.cli.context import CliContext
from jainam_prop.entrypoints.cli.symbols import find_contracts, written_contracts
from jainam_prop.entrypoints.cli.terminal import Terminal
from jainam_prop.entrypoints.cli.views.findings import findings_document, findings_view
from jainam_prop.entrypoints.cli.views.orders import instrument_words
from jainam_prop.entrypoints.cli.views.tables import counted, moment
from jainam_prop.entrypoints.finding import Finding, Verdict
from jainam_prop.entrypoints.trading_app import TradingApp

if TYPE_CHECKING:
    from jainam_prop.entrypoints.settings import Settings

_QUESTION: Final = "Buy one lot of {} at a price far below the market, change it, and cancel it?"


@dataclass(frozen=True, slots=True)
class _ValidationRequest:
    """What to validate, and where to write what was found."""

    symbols: Sequence[str]
    trial_order: bool
    seconds: float
    report: Path | None
    transcript: Path | None
    yes: bool
    dry_run: bool


@command(
    "validate-live",
    "validate-live NSE:SBIN NSE_INDEX:NIFTY --report live.json",
    "validate-live NSE:SBIN --trial-order --transcript first-day",
)
@click.argument("symbols", nargs=-1)
@click.option("--trial-order", is_flag=True, help="Also place, change and cancel one lot of the first SYMBOL.")
@click.option(
    "--seconds",
    type=click.FloatRange(0.1, 120),
    default=10.0,
    show_default=True,
    help="To wait for each of the sockets.",
)
@click.option("--report", type=click.Path(path_type=Path, dir_okay=False), help="A file for the findings, as JSON.")
@click.option(
    "--transcript",
    type=click.Path(path_type=Path, file_okay=False),
    help="A new folder for all requests, answers and socket messages, without anything private. Logs in anew.",
)
@trading_options
def validate_live(context: CliContext, /, **requests: object) -> Answer:
    """Hold the server against what this package takes it to do: every book, prices, bars, both sockets.

    Nothing is changed unless --trial-order is given: then one lot of the first SYMBOL (NSE:SBIN when none is named) is
    bought with a limit far below the market, found again, changed and cancelled. It ends with 1 when something is not
    as expected, and with 3 when the fate of that order is not known.
    """
    request = _ValidationRequest(**requests)  # type: ignore[arg-type] # click has checked the types
    if request.transcript is None:
        return context.with_session(
            lambda app, session: _validated(context, app, session, request), dry_run=request.dry_run
        )

    def call(app: TradingApp, session: Session) -> Answer:
        return _validated(context, app, session, request)

    return _recorded(context, request.transcript, call, dry_run=request.dry_run)


def _validated(context: CliContext, app: TradingApp, session: Session, request: _ValidationRequest) -> Answer:
    from jainam_prop.entrypoints.cli.validation.readings import master_findings, reading_findings  # noqa: PLC0415 (help must not wait)
    from jainam_prop.entrypoints.cli.validation.sockets import socket_findings  # noqa: PLC0415
    from jainam_prop.entrypoints.cli.validation.trial import trial_findings  # noqa: PLC0415

    terminal, now = context.terminal, context.now()
    findings = _gathered(terminal, master_findings(app, now, anew=request.transcript is not None))
    instruments = find_contracts(app.instruments, written_contracts(request.symbols or ("SBIN",), "NSE"))
    if isinstance(instruments, Invalid):
        failed = any(finding.verdict is Verdict.PROBLEM for finding in findings)
        return _answer(context, findings, request.report) if failed else failure(instruments)
    if request.trial_order:
        question = _QUESTION.format(instrument_words(instruments[0]))
        refused = refused_by_person(terminal, question, yes=request.yes or request.dry_run)
        if refused is not None:
            return refused
    findings += _gathered(terminal, reading_findings(app, session, instruments, now))
    findings += _gathered(terminal, socket_findings(app, session, instruments, now, request.seconds))
    if not request.trial_order:
        return _answer(context, findings, request.report)

    def act() -> Answer:
        tried = trial_findings(app, session, instruments[0], request.seconds, _progress(terminal))
        return _answer(context, [*findings, *tried], request.report)

    return acting(act)


def _gathered(terminal: Terminal, findings: Iterable[Finding]) -> list[Finding]:
    report_finding = _progress(terminal)
    gathered: list[Finding] = []
    for finding in findings:
        report_finding(finding)
        gathered.append(finding)
    return gathered


def _progress(terminal: Terminal) -> Callable[[Finding], None]:
    """Say what was found as it is found, since some of it takes a while."""
    return lambda finding: terminal.note(f"{finding.check}: {finding.verdict.value}", "dim")


def _answer(context: CliContext, findings: Sequence[Finding], report: Path | None) -> Answer:
    data = _document(context, findings)
    view = findings_view("What the server does", findings)
    written = _written(data, report)
    count = {verdict: sum(finding.verdict is verdict for finding in findings) for verdict in Verdict}
    summary = f"{count[Verdict.GOOD]} as expected, {counted(count[Verdict.CAUTION], 'caution')}"
    if not count[Verdict.PROBLEM]:
        return success(data, view, f"{summary}, no problem.{written}")
    message = f"{summary}, {counted(count[Verdict.PROBLEM], 'problem')}.{written}"
    status = ExitStatus.UNKNOWN if any(finding.is_of_unknown_fate for finding in findings) else ExitStatus.REFUSED
    return refusal(message, "not-as-expected", status, data=data, view=view)


def _document(context: CliContext, findings: Iterable[Finding]) -> Mapping[str, object]:
    settings = context.settings()
    return {
        "at": moment(context.now()),
        "version": metadata.version("jainam-prop"),
        "server": settings.server,
        "account_type": settings.account_type.value,
        "findings": findings_document(findings),
    }


def _written(data: Mapping[str, object], report: Path | None) -> str:
    if report is None:
        return ""
    try:
        report.write_text(json.dumps(data, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        return f" The report could not be written to {report} ({type(error).__name__})."
    return f" Written to {report}."


def _recorded(
    context: CliContext, folder: Path, call: Callable[[TradingApp, Session], Answer], *, dry_run: bool
) -> Answer:
    """Answer a call with a new session, and write what went over the wire, also when it failed."""
    if folder.exists() and any(folder.iterdir()):
        return refusal(f"{folder} is not empty: a transcript needs a folder of its own.", "folder-not-empty")
    from jainam_prop.adapters.xts.transcript.recording import Recording  # noqa: PLC0415 (help must not wait for it)

    recording = Recording(time.monotonic)
    with context.app(dry_run=dry_run, tap=recording.tap) as app:
        answer = answer_for(app.sessions.log_in(force=True), lambda session: call(app, session))
    settings = context.settings()
    about = {
        "version": metadata.version("jainam-prop"),
        "server": settings.server,
        "account_type": settings.account_type.value,
        "day": context.now().date().isoformat(),
    }
    try:
        count = recording.write(folder, about, _private(settings))
    except OSError as error:
        return replace(answer, message=f"{answer.message} The transcript is lost ({type(error).__name__}).")
    document = {**answer.document, "transcript": {"folder": str(folder), "requests": count}}
    written = f"{count} requests in {folder}; read README.txt there before you send it."
    return replace(answer, document=document, message=f"{answer.message} {written}")


def _private(settings: "Settings") -> Iterator[str]:
    """Return every value of the settings that is nobody else's business, the address of the server included."""
    from jainam_prop.entrypoints.settings import SETTINGS  # noqa: PLC0415 (help must not wait for it)
    from jainam_prop.entrypoints.settings_text import secret  # noqa: PLC0415

    yield from (getattr(settings, name) or "" for name, read in SETTINGS.items() if read is secret)
    yield settings.client_id or ""
    for url in (settings.server_url, settings.host_lookup_url or "", settings.proxy_url):
        address = urlsplit(url)
        yield from (part or "" for part in (address.netloc, address.username, address.password, address.hostname))
