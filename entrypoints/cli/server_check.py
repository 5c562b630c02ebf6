"""Whether the broker's server answers, and whether its clock agrees with ours."""

from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import httpx

from jainam_prop.entrypoints.cli.finding import Finding, caution, good, problem
from jainam_prop.entrypoints.settings import Settings

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
    try:
        answer = httpx.get(settings.server_url, timeout=timeout, verify=settings.verify_ssl, trust_env=False)
    except httpx.HTTPError as error:
        yield problem("server", f"{settings.server_url} does not answer ({type(error).__name__})", _NETWORK)
        return
    milliseconds = answer.elapsed.total_seconds() * 1000
    yield good("server", f"{settings.server_url} answers in {milliseconds:.0f} ms")
    yield clock_finding(answer.headers.get("date"), now)


def clock_finding(stamp: str | None, now: datetime) -> Finding:
    """Compare the server's clock with ours; its stamp has whole seconds only."""
    told = _moment(stamp)
    if told is None:
        return good("clock", "the server does not say what time it has")
    skew = (now - told).total_seconds()
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
