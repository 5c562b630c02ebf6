"""Where the sockets of the two applications are (protocol reference, section 11.1)."""

from collections.abc import Callable
from typing import TypeAlias
from urllib.parse import urlencode

from returns.pipeline import is_successful
from returns.result import Result

from jainam_prop.adapters.xts_stream.link import Door
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.session import Session

LiveSession: TypeAlias = Callable[[], Result[Session, BrokerError]]
RootOf: TypeAlias = Callable[[Session], str]


def market_door(live: LiveSession, root: RootOf, *, publish: str = "JSON", broadcast: str = "Full") -> Door | None:
    """Return the way to the market-data socket of the session that is live now; None when there is no token for it."""
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
    return Door(_url(root(session), query), token)


def order_door(live: LiveSession, root: RootOf) -> Door | None:
    """Return the way to the interactive socket of the session that is live now; None when there is none."""
    found = live()
    if not is_successful(found):
        return None
    session = found.unwrap()
    query = {"token": session.interactive_token, "userID": session.user_id, "apiType": "INTERACTIVE"}
    return Door(_url(root(session), query), session.interactive_token)


def _url(root: str, query: dict[str, str]) -> str:
    scheme, _, rest = root.partition("://")
    return f"{'wss' if scheme == 'https' else 'ws'}://{rest.rstrip('/')}/socket.io/?{urlencode(query)}"
