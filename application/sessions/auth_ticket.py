"""A session as one string: what the host keeps and hands back, and what the token store seals.

``jp1.`` and a url-safe base64 of JSON. It is a secret, like the tokens inside it. The same session always gives the
same string, since a host tears its live feeds down when the string changes.
"""

import base64
import binascii
import json
from datetime import datetime
from typing import Final, NamedTuple

from jainam_prop.domain.sessions.session import Account, AccountKind, Session

PREFIX: Final = "jp1."


class AuthTicket(NamedTuple):
    """A session with the profile it was opened for."""

    profile: str
    session: Session


def write_ticket(profile: str, session: Session) -> str:
    """Write a session as one string."""
    account = session.account
    fields = {
        "p": profile,
        "i": session.interactive_token,
        "m": session.market_token,
        "u": session.user_id,
        "mu": session.market_user_id,
        "mp": session.market_problem,
        "k": account.kind.value,
        "c": account.client_id,
        "b": account.trading_barrier,
        "cc": list(session.client_codes),
        "ib": session.interactive_base,
        "mr": session.market_root,
        "e": session.expires_at.isoformat(),
    }
    text = json.dumps(fields, separators=(",", ":"), sort_keys=True).encode()
    return PREFIX + base64.urlsafe_b64encode(text).decode().rstrip("=")


def is_ticket(text: str) -> bool:
    """Whether a string claims to be a ticket."""
    return text.startswith(PREFIX)


def read_ticket(text: str) -> AuthTicket | None:
    """Read what `write_ticket` wrote; None when it is anything else."""
    body = text.removeprefix(PREFIX)
    try:
        fields = json.loads(base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True))
        return AuthTicket(str(fields["p"]), _session(fields))
    except (binascii.Error, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _session(fields: dict[str, object]) -> Session:
    market = fields["m"]
    client = fields["c"]
    codes = fields["cc"]
    if not isinstance(codes, list):
        raise TypeError
    return Session(
        user_id=str(fields["u"]),
        account=Account(AccountKind(str(fields["k"])), None if client is None else str(client), str(fields["b"])),
        interactive_token=str(fields["i"]),
        market_token=None if market is None else str(market),
        expires_at=_moment(str(fields["e"])),
        market_user_id=str(fields["mu"]),
        market_problem=str(fields["mp"]),
        client_codes=tuple(str(code) for code in codes),
        interactive_base=str(fields["ib"]),
        market_root=str(fields["mr"]),
    )


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError
    return moment
