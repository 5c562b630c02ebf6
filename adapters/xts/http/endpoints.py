"""The calls of XTS that this project makes, and how an interactive one is put together for a session.

Paths: protocol reference, sections 3, 5 and 9.
"""

from collections.abc import Callable, Mapping
from typing import Final

from jainam_prop.adapters.xts.http.call import Call
from jainam_prop.adapters.xts.http.reply import never
from jainam_prop.adapters.xts.http.server import XtsServer
from jainam_prop.adapters.xts.wire.replies.envelope import Envelope
from jainam_prop.adapters.xts.wire.replies.refusals import is_empty_book
from jainam_prop.domain.sessions.session import Session

# Below the interactive root.
USER_SESSION: Final = "/user/session"
BALANCE: Final = "/user/balance"
ORDERS: Final = "/orders"
MARGIN: Final = "/orders/margindetails"
DEALER_ORDERS: Final = "/orders/dealerorderbook"
DEALER_TRADES: Final = "/orders/dealertradebook"
COVER: Final = "/orders/cover"
BRACKET: Final = "/orders/bracket"
POSITIONS: Final = "/portfolio/positions"
CONVERT: Final = "/portfolio/positions/convert"
SQUARE_OFF: Final = "/portfolio/squareoff"
SQUARE_OFF_ALL: Final = "/portfolio/squareoffall"
DEALER_POSITIONS: Final = "/portfolio/dealerpositions"
HOLDINGS: Final = "/portfolio/holdings"

# Below a market-data root.
MARKET_LOGIN: Final = "/auth/login"
MARKET_LOGOUT: Final = "/auth/logout"
QUOTES: Final = "/instruments/quotes"
SUBSCRIPTION: Final = "/instruments/subscription"
MASTER: Final = "/instruments/master"
INDEX_LIST: Final = "/instruments/indexlist"
OHLC: Final = "/instruments/ohlc"


def interactive_question(
    server: XtsServer, session: Session, path: str, query: Mapping[str, str] | None = None
) -> Call:
    """Put together a GET of the interactive application, for the client that the session acts for."""
    return Call(
        "GET", server.interactive(session) + path, session.interactive_token, {**(query or {}), **client_of(session)}
    )


def empties_of(session: Session) -> Callable[[Envelope], bool]:
    """Return what recognises an empty book of a session.

    For a dealer without a client "no data" may mean that nobody was asked about, so that it proves nothing.
    """
    account = session.account
    return never if account.kind.is_dealer and account.client_id is None else is_empty_book


def client_of(session: Session) -> dict[str, str]:
    """Return the ``clientID`` of a call: the client's code or five asterisks for a dealer, nothing for an investor."""
    client = session.account.client_id
    return {} if client is None else {"clientID": client}
