"""Quotes, depth and history, exactly as OpenAlgo's services call them.

Prices are plain floats here, as the exchange sent them. A zero means "there is none", which is how XTS and the
host write it: no trade yet, no order on that side, no open interest. The host's option chain fails on None, and its
sandbox fills nothing while the last price is zero.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.instruments.find import FindInstrument
from jainam_prop.application.market_data.read_prices import Quoted
from jainam_prop.domain.errors import BrokerError, Invalid
from jainam_prop.domain.instruments.instrument import Instrument
from jainam_prop.domain.market_data.history import INTERVALS, Bar, Interval
from jainam_prop.domain.market_data.quote import Level, Quote
from jainam_prop.domain.sessions.session import Session
from jainam_prop.entrypoints.openalgo.replies import BrokerUnavailableError, log_failure
from jainam_prop.entrypoints.openalgo.runtime import trading_app

if TYPE_CHECKING:
    from pandas import DataFrame

    from jainam_prop.entrypoints.trading_app import TradingApp

Cells: TypeAlias = dict[str, Any]

_ROWS: Final = 5
_COLUMNS: Final = ("timestamp", "open", "high", "low", "close", "volume", "oi")
_NO_LEVEL: Final = Level(Decimal(0), 0)


def _quote_cells(quote: Quote) -> Cells:
    """Write a snapshot as the quotes page and the option chain read it."""
    bid, ask = (side[0] if side else _NO_LEVEL for side in (quote.bids, quote.asks))
    best = {"ask": float(ask.price), "bid": float(bid.price), "ask_qty": ask.quantity, "bid_qty": bid.quantity}
    return best | _day_cells(quote)


def _depth_cells(quote: Quote) -> Cells:
    """Write a snapshot with five rows a side, as the depth page reads it."""
    sums = {"totalbuyqty": quote.total_buy or 0, "totalsellqty": quote.total_sell or 0}
    rows = {"bids": _book(quote.bids), "asks": _book(quote.asks), "ltq": quote.last_quantity or 0}
    return rows | _day_cells(quote) | sums


def _day_cells(quote: Quote) -> Cells:
    return {
        "high": _price(quote.high),
        "low": _price(quote.low),
        "ltp": _price(quote.last_price),
        "open": _price(quote.open),
        "prev_close": _price(quote.close),
        "volume": quote.volume or 0,
        "oi": quote.open_interest or 0,
    }


def _bar_table(bars: list[Bar]) -> "DataFrame":
    """Write bars as the table that the host's history wants; without bars it has its columns all the same."""
    from pandas import DataFrame  # noqa: PLC0415 (takes longer to import than everything else, and only this needs it)

    columns = zip(*bars, strict=True) if bars else [()] * len(_COLUMNS)
    return DataFrame(dict(zip(_COLUMNS, map(list, columns), strict=True)))


def _price(price: Decimal | None) -> float:
    return 0.0 if price is None else float(price)


def _book(levels: tuple[Level, ...]) -> list[Cells]:
    padded = [*levels[:_ROWS], *[_NO_LEVEL] * (_ROWS - len(levels))]
    return [{"price": float(level.price), "quantity": level.quantity} for level in padded]


_Value = TypeVar("_Value")


class BrokerData:
    """Market data for one request of the host; connections and sessions are shared by all of them.

    Attributes:
        timeframe_map: the intervals that `get_history` takes, as the host lists them, with the seconds of a bar.
    """

    timeframe_map: Final = {name: str(interval.seconds) for name, interval in INTERVALS.items()}

    def __init__(self, auth_token: str, feed_token: str | None = None, user_id: str | None = None) -> None:
        """Work for the login that the host keeps.

        Args:
            auth_token: what `authenticate_broker` gave the host.
            feed_token: not needed, the session of the login knows it; some of the host's services pass none.
            user_id: the host's idea of a user, sometimes its own user name; never believed.
        """
        del feed_token, user_id
        self._auth = auth_token

    def get_quotes(self, symbol: str, exchange: str) -> Cells:
        """Return a snapshot of one contract.

        Raises:
            BrokerUnavailableError: the symbol is unknown or the quote could not be read; the text says which.
        """
        return _quote_cells(self._quote("get_quotes", symbol, exchange))

    def get_multiquotes(self, symbols: Sequence[Mapping[str, str]]) -> list[Cells]:
        """Return a snapshot, or an error, for each of many contracts, in the order in which they were asked for.

        Raises:
            BrokerUnavailableError: none could be read.
        """
        find = FindInstrument(trading_app().instruments)
        asked = [(each, find(str(each.get("symbol")), str(each.get("exchange")))) for each in symbols]
        known = [found.unwrap().key for _, found in asked if is_successful(found)]
        about = ("get_multiquotes", f"{len(known)} contracts", "")
        quoted = _or_raise(self._with_session().map(lambda at: at[0].read_quotes(at[1], known)), *about)
        if quoted and not any(map(is_successful, quoted.values())):
            _or_raise(quoted[known[0]], *about)
        return [_entry(each, found, quoted) for each, found in asked]

    def get_depth(self, symbol: str, exchange: str) -> Cells:
        """Return a snapshot with five rows a side, padded with zeros; as `get_quotes`."""
        return _depth_cells(self._quote("get_depth", symbol, exchange))

    get_market_depth = get_depth

    def get_history(
        self, symbol: str, exchange: str, interval: str, start_date: date | str, end_date: date | str
    ) -> "DataFrame":
        """Return the bars that begin between two Indian days, both included, oldest first.

        ``timestamp`` is in seconds since 1970: the first second of a bar in UTC, or midnight UTC of the date of a day.
        A range without bars is a table with columns and no rows.

        Raises:
            BrokerUnavailableError: something asked for is unknown, or a part could not be read.
        """
        about = ("get_history", symbol, exchange)
        length, first, last = _or_raise(_asked(interval, start_date, end_date), *about)
        instrument = _or_raise(FindInstrument(trading_app().instruments)(symbol, exchange), *about)
        bars = self._with_session().bind(lambda at: at[0].read_history(at[1], instrument.key, length, first, last))
        return _bar_table(_or_raise(bars, *about))

    def get_intervals(self) -> list[str]:
        """Return the names of the intervals."""
        return list(self.timeframe_map)

    def _with_session(self) -> Result[tuple["TradingApp", Session], BrokerError]:
        app = trading_app()
        return app.sessions.session_for(self._auth).map(lambda session: (app, session))

    def _quote(self, function: str, symbol: str, exchange: str) -> Quote:
        found = FindInstrument(trading_app().instruments)(symbol, exchange)
        instrument = _or_raise(found, function, symbol, exchange)
        quote = self._with_session().bind(lambda at: at[0].read_quotes.one(at[1], instrument.key))
        return _or_raise(quote, function, symbol, exchange)


def _entry(asked: Mapping[str, str], found: Result[Instrument, Invalid], quoted: Quoted) -> Cells:
    named = {"symbol": asked.get("symbol"), "exchange": asked.get("exchange")}
    if not is_successful(found):
        return named | {"error": found.failure().message}
    quote = quoted[found.unwrap().key]
    return named | (
        {"data": _quote_cells(quote.unwrap())} if is_successful(quote) else {"error": quote.failure().message}
    )


def _asked(interval: str, first: date | str, last: date | str) -> Result[tuple[Interval, date, date], BrokerError]:
    """Read what bars are asked for; every problem is named."""
    length, days = INTERVALS.get(str(interval)), [_day(first), _day(last)]
    problems = [] if length else [f"interval {interval!r} is unknown: use one of {', '.join(INTERVALS)}"]
    problems += [
        f"{text!r} is no date like 2026-03-31" for text, day in zip((first, last), days, strict=True) if not day
    ]
    begins, ends = days
    problems += [f"the range begins on {begins}, after its end {ends}"] if begins and ends and begins > ends else []
    if problems or length is None or begins is None or ends is None:
        return Failure(Invalid(tuple(problems)))
    return Success((length, begins, ends))


def _day(value: date | str) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


def _or_raise(outcome: Result[_Value, BrokerError], function: str, symbol: str, exchange: str) -> _Value:
    """Return what was read, or log and raise; the host shows the text of whatever is raised."""
    if is_successful(outcome):
        return outcome.unwrap()
    log_failure(function, outcome.failure(), symbol=symbol, exchange=exchange)
    raise BrokerUnavailableError(outcome.failure().message)
