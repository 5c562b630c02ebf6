"""Historical bars over HTTP."""

from datetime import datetime, time
from typing import Final, final

from returns.result import Failure, Result

from jainam_prop.adapters.xts.http.call import Call
from jainam_prop.adapters.xts.http.client import XtsClient
from jainam_prop.adapters.xts.http.endpoints import OHLC
from jainam_prop.adapters.xts.http.reading import reading
from jainam_prop.adapters.xts.http.server import XtsServer
from jainam_prop.adapters.xts.wire.replies.ohlc import read_bars
from jainam_prop.adapters.xts.wire.words import SEGMENT_BY_EXCHANGE
from jainam_prop.domain.errors import BrokerError, Unreadable
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.market_data.history import DAILY, Bar, Span
from jainam_prop.domain.sessions.session import Session

_BARS: Final = reading("the historical bars", read_bars)
_LAST_SECOND: Final = time(23, 59, 59)
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@final
class XtsPriceHistory:
    """The `PriceHistory` port on XTS's market-data application."""

    def __init__(self, client: XtsClient, server: XtsServer) -> None:
        """Ask a server through a client."""
        self._client = client
        self._server = server

    def bars(
        self, session: Session, key: InstrumentKey, seconds: int, span: Span, timeout_seconds: float
    ) -> Result[tuple[Bar, ...], BrokerError]:
        """Return the bars of some days as the broker stamped them; see the port."""
        if session.market_token is None:
            return Failure(Unreadable(f"there is no market-data session: {session.market_problem}"))
        query = {
            "exchangeSegment": SEGMENT_BY_EXCHANGE[key.exchange],
            "exchangeInstrumentID": str(key.token),
            "startTime": _written(datetime.combine(span.first, time())),
            "endTime": _written(datetime.combine(span.last, _LAST_SECOND)),
            "compressionValue": "D" if seconds == DAILY.seconds else str(seconds),
        }
        call = Call("GET", self._server.market(session.market_root) + OHLC, session.market_token, query)
        return self._client.ask(call, timeout_seconds).bind(_BARS)


def _written(moment: datetime) -> str:
    return f"{_MONTHS[moment.month - 1]} {moment:%d %Y %H%M%S}"
