"""For whom a call acts: the clientID rules of investors and dealers, their odd answers included."""

from collections.abc import Mapping
from enum import Enum, auto

from jainam_prop.adapters.simulator.api.refusal import Crash, no_rows, not_mapped
from jainam_prop.adapters.simulator.api.validation import missing
from jainam_prop.adapters.simulator.server.config import LoginSpec
from jainam_prop.domain.sessions.session import AccountKind


class WithoutClient(Enum):
    """What a dealer's call without clientID comes to."""

    INVALID = auto()
    """HTTP 400, the field is required."""
    LOOKS_EMPTY = auto()
    """HTTP 400 "Data Not Available", whether there are rows or not."""
    CRASHES = auto()
    """HTTP 500 with an error page."""


def account_of(
    login: LoginSpec, fields: Mapping[str, object], group: str, without: WithoutClient = WithoutClient.INVALID
) -> str:
    """Return the account that a call is for.

    Args:
        login: whose call it is; an investor's clientID is not looked at.
        fields: the call's fields.
        group: part of the code that refuses, such as ``trade``.
        without: what happens to a dealer who names no client.

    Raises:
        Refusal: the client is missing, or not mapped under this dealer; his own login id never is.
        Crash: the client is missing where the server trips over that.
    """
    if login.kind is AccountKind.INVESTOR:
        return login.clients[0]
    client = fields.get("clientID")
    if client in (None, ""):
        raise _missing(group, without)
    if client not in login.clients:
        raise not_mapped(group)
    return str(client)


def dealer_account_of(login: LoginSpec, fields: Mapping[str, object], group: str) -> str:
    """Return the account that a call to a dealer endpoint is for; an investor has no business there.

    Raises:
        Refusal: the caller is no dealer, or names no client of his.
    """
    if login.kind is AccountKind.INVESTOR:
        raise not_mapped(group)
    return account_of(login, fields, group)


def _missing(group: str, without: WithoutClient) -> Exception:
    match without:
        case WithoutClient.INVALID:
            return missing("clientID")
        case WithoutClient.LOOKS_EMPTY:
            return no_rows(group)
        case WithoutClient.CRASHES:
            return Crash()
