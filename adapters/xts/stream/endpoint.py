"""Endpoints of the two sockets, from a session (protocol reference, section 11.1)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias
from urllib.parse import urlencode

from jainam_prop.domain.sessions.session import Session
from jainam_prop.domain.sessions.session_life import read_claims

RootOf: TypeAlias = Callable[[Session], str]
"""Address of an application of a session, up to its path."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Address of a socket, without the generation of Engine.IO, and its token; neither shows in a repr or a log."""

    url: str = field(repr=False)
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NoEndpoint:
    """Why a session cannot be connected with."""

    reason: str


@dataclass(frozen=True, slots=True)
class MarketSocket:
    """How the server publishes, and how silence is judged.

    Attributes:
        publish: ``JSON`` or ``Binary``.
        broadcast: ``Full`` or ``Partial``.
        silence_seconds: without any wanted price in market hours the feed is silent.
        quote_seconds: at least between two quotes calls.
        store_seconds: between two looks into the session store while connected.
    """

    publish: str = "JSON"
    broadcast: str = "Full"
    silence_seconds: float = 60.0
    quote_seconds: float = 0.5
    store_seconds: float = 5.0


def market_endpoint(session: Session, root: RootOf, manner: MarketSocket) -> Endpoint | NoEndpoint:
    """Return the market-data socket of a session."""
    token = session.market_token
    if token is None:
        return NoEndpoint(f"there is no market-data session: {session.market_problem or 'the login gave none'}")
    query = {
        "token": token,
        "userID": session.market_user_id or session.user_id,
        "publishFormat": manner.publish,
        "broadcastMode": manner.broadcast,
    }
    return _endpoint(root(session), query, token)


def order_endpoint(session: Session, root: RootOf) -> Endpoint | NoEndpoint:
    """Return the interactive socket of a session."""
    query = {"token": session.interactive_token, "userID": session.user_id, "apiType": "INTERACTIVE"}
    return _endpoint(root(session), query, session.interactive_token)


def _endpoint(root: str, query: dict[str, str], token: str) -> Endpoint | NoEndpoint:
    """Refuse a token that names another user, which would bring that user's prices or orders.

    Claims are a hint, since they are not verified here: one that names no user, or cannot be read, is for the server to
    judge.
    """
    claims = read_claims(token)
    if claims is not None and claims.contradicts(query["userID"]):
        return NoEndpoint("the token names another user than the login did")
    scheme, _, rest = root.partition("://")
    url = f"{'wss' if scheme == 'https' else 'ws'}://{rest.rstrip('/')}/socket.io/?{urlencode(query)}"
    return Endpoint(url, token)
