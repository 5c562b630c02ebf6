"""A transcript of a validation: a login before it, and files without anything private after it."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from urllib.parse import urlsplit

from returns.pipeline import is_successful

from jainam_prop.adapters.xts.transcript.recording import Recording
from jainam_prop.domain.sessions.session import Session
from jainam_prop.entrypoints.cli.answer import Answer, failure, refusal
from jainam_prop.entrypoints.cli.context import CliContext
from jainam_prop.entrypoints.settings import SETTINGS, Settings
from jainam_prop.entrypoints.settings_text import secret
from jainam_prop.entrypoints.trading_app import TradingApp


def recorded(
    context: CliContext, folder: Path, call: Callable[[TradingApp, Session], Answer], *, dry_run: bool
) -> Answer:
    """Answer a call with a new session, and write what went over the wire, also when it failed."""
    if folder.exists() and any(folder.iterdir()):
        return refusal(f"{folder} is not empty: a transcript needs a folder of its own.", "folder-not-empty")
    recording = Recording(time.monotonic)
    with context.app(dry_run=dry_run, tap=recording.tap) as app:
        answer = _answer(app, call)
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


def _answer(app: TradingApp, call: Callable[[TradingApp, Session], Answer]) -> Answer:
    opened = app.sessions.log_in(force=True)
    return call(app, opened.unwrap()) if is_successful(opened) else failure(opened.failure())


def _private(settings: Settings) -> Iterator[str]:
    """Return every value of the settings that is nobody else's business, the address of the server included."""
    yield from (getattr(settings, name) or "" for name, read in SETTINGS.items() if read is secret)
    yield settings.client_id or ""
    for url in (settings.server_url, settings.host_lookup_url or "", settings.proxy_url):
        address = urlsplit(url)
        yield from (part or "" for part in (address.netloc, address.username, address.password, address.hostname))
