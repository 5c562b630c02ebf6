"""Where the sockets of the two applications are (protocol reference, section 11.1)."""

import logging
from collections.abc import Callable
from typing import Final, TypeAlias
from urllib.parse import urlencode

from returns.pipeline import is_successful
from returns.result import Result

from jainam_prop.adapters.xts.stream.link import Door
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.sessions.session import Session
from jainam_prop.domain.sessions.token_claims import read_claims

_LOG: Final = logging.getLogger(__name__)

LiveSession: TypeAlias = Callable[[], Result[Session, BrokerError]]
RootOf: TypeAlias = Callable[[Session], str]


def market_door(live: LiveSession, root: RootOf, *, publish: str = "JSON", broadcast: str = "Full") -> Door | None:
    """Return the way to the market-data socket of the session that is live now; None when it has no token for it."""
    found = live()
    if not is_successful(found):
        return None
    session = found.unwrap()
    token = session.market_token
    if token is None:
        return None
    query = {
        "token": token,
        "userID": session.market_user_id or session.user_id,
        "publishFormat": publish,
        "broadcastMode": broadcast,
    }
    return _door(root(session), query, token)


def order_door(live: LiveSession, root: RootOf) -> Door | None:
    """Return the way to the interactive socket of the session that is live now; None as for the other."""
    found = live()
    if not is_successful(found):
        return None
    session = found.unwrap()
    query = {"token": session.interactive_token, "userID": session.user_id, "apiType": "INTERACTIVE"}
    return _door(root(session), query, session.interactive_token)


def _door(root: str, query: dict[str, str], token: str) -> Door | None:
    """A token that names another user would bring that user's prices or orders, so it is not connected with.

    Claims are a hint, since nobody here can check them: one that names nobody, or cannot be read, is for the server to
    judge.
    """
    claims = read_claims(token)
    if claims is not None and claims.contradicts(query["userID"]):
        _LOG.warning("The token names another user than the login did; nothing is streamed with it")
        return None
    return Door(_url(root, query), token)


def _url(root: str, query: dict[str, str]) -> str:
    scheme, _, rest = root.partition("://")
    return f"{'wss' if scheme == 'https' else 'ws'}://{rest.rstrip('/')}/socket.io/?{urlencode(query)}"
