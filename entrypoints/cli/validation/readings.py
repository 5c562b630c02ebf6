"""Read-only checks of a live server, each timed: login, every book, prices, bars and margins."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final, Generic, NamedTuple, TypeVar

from returns.pipeline import is_successful
from returns.result import Result

from jainam_prop.application.instruments.find import FindInstrument
from jainam_prop.application.instruments.sync import SyncReport
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.exchange import INDEX_EXCHANGES
from jainam_prop.domain.instruments.generation import Generation
from jainam_prop.domain.instruments.instrument import Instrument
from jainam_prop.domain.market_data.calendar import IST, opens_at
from jainam_prop.domain.market_data.history import INTERVALS, Bar
from jainam_prop.domain.market_data.quote import Quote
from jainam_prop.domain.orders.order import Order, Product
from jainam_prop.domain.orders.ticket import read_ticket
from jainam_prop.domain.positions.position import Funds
from jainam_prop.domain.sessions.session import Session
from jainam_prop.entrypoints.cli.answer import KIND_AND_NEXT_STEP, may_be_live
from jainam_prop.entrypoints.cli.views.tables import counted, grouped
from jainam_prop.entrypoints.finding import Finding, Verdict, caution, good, problem
from jainam_prop.entrypoints.trading_app import TradingApp

_Value = TypeVar("_Value")

ORDER_SECONDS: Final = 3.0
BOOK_SECONDS: Final = 5.0
SMART_ORDER_SECONDS: Final = 10.0
MASTER_SECONDS: Final = 60.0
LOOK_UP_SECONDS: Final = 0.1
"""Upper bounds of a response time in seconds; docs/prd.md has where they come from."""


class Measured(NamedTuple, Generic[_Value]):
    """What to say of an answer, and the answer itself; None when there was none."""

    finding: Finding
    value: _Value | None


def measured(
    check: str,
    ask: Callable[[], Result[_Value, BrokerError]],
    report_finding: Callable[[_Value], str],
    within: float = BOOK_SECONDS,
) -> Measured[_Value]:
    """Ask, and look at how long that took."""
    began = time.monotonic()
    answer = ask()
    seconds = time.monotonic() - began
    if not is_successful(answer):
        return Measured(failed(check, answer.failure()), None)
    value = answer.unwrap()
    found = f"{report_finding(value)}, in {seconds:.2f} s"
    if seconds > within:
        step = f"Expected within {within:g} s: look at the way to the server."
        return Measured(caution(check, found, step), value)
    return Measured(good(check, found), value)


def failed(check: str, error: BrokerError) -> Finding:
    """Say that something failed, and what to do about it."""
    _, next_step = KIND_AND_NEXT_STEP[type(error)]
    return Finding(check, Verdict.PROBLEM, error.message, next_step, is_of_unknown_fate=may_be_live(error))


_JOURNAL_ROWS: Final = 500
_DAYS: Final = timedelta(days=7)
_HISTORY_SECONDS: Final = 30.0


def master_findings(app: TradingApp, now: datetime, *, anew: bool) -> Iterator[Finding]:
    """Download the instruments where there are none of today, or anew."""
    if anew or not _is_of_today(app.instruments.generation(), now):
        yield measured("master", app.sync_instruments, _contracts, MASTER_SECONDS).finding


def _contracts(report: SyncReport) -> str:
    return counted(sum(report.counts.values()), "contract")


def reading_findings(
    app: TradingApp, session: Session, instruments: Sequence[Instrument], now: datetime
) -> Iterator[Finding]:
    """Read everything once, at the pace of the broker's rate chart."""
    yield _login(session)
    yield _instruments(app.instruments.generation(), now)
    yield from _books(app, session)
    for instrument in instruments:
        yield from _prices(app, session, instrument, now)
    yield from _decision(app, session, instruments[0])
    yield _margin(app, session, instruments[0])


def _decision(app: TradingApp, session: Session, instrument: Instrument) -> Iterator[Finding]:
    """Look a contract up, and read what a smart order reads before it sends; its order has the rest of the time."""
    symbol, exchange = instrument.symbol, instrument.exchange
    found = measured(
        "look-up", lambda: FindInstrument(app.instruments)(symbol, exchange.value), lambda _: "found", LOOK_UP_SECONDS
    )
    yield found.finding

    def ask() -> Result[int, BrokerError]:
        return app.read_books.net_position(session, symbol, exchange, Product.MIS)

    if exchange not in INDEX_EXCHANGES:
        within = SMART_ORDER_SECONDS - ORDER_SECONDS
        yield measured("smart-order decision", ask, lambda _: "the position is known", within).finding


def _login(session: Session) -> Finding:
    barrier, market = session.account.trading_barrier, session.market_problem
    if barrier:
        return problem("login", f"trading is off: {barrier}", "Check JAINAM_ACTIVE_ACCOUNT_TYPE and JAINAM_CLIENT_ID.")
    if session.market_token is None:
        return problem("login", f"market data is off: {market}", "Check the two market-data keys.")
    kind = session.account.kind.value
    return good("login", f"both applications, as {kind}; market data at {session.market_root or 'the usual place'}")


def _instruments(generation: Generation | None, now: datetime) -> Finding:
    if generation is None or not _is_of_today(generation, now):
        return problem("instruments", "not of today", "jainam-prop instruments sync")
    counts = ", ".join(f"{exchange} {grouped(count)}" for exchange, count in sorted(generation.counts.items()))
    return good("instruments", counts)


def _is_of_today(generation: Generation | None, now: datetime) -> bool:
    return generation is not None and generation.replaced_at.astimezone(IST).date() == now.astimezone(IST).date()


def _books(app: TradingApp, session: Session) -> Iterator[Finding]:
    orders = measured("order book", lambda: app.read_books.orders(session), _rows)
    yield orders.finding
    if orders.value is not None:
        yield _identifiers(app, orders.value)
    yield measured("trade book", lambda: app.read_books.trades(session), _rows).finding
    yield measured("positions", lambda: app.read_books.positions(session), _rows).finding
    yield measured("holdings", lambda: app.read_account.holdings(session), _rows).finding
    yield measured("funds", lambda: app.read_account.funds(session), _funds).finding


def _rows(rows: Sequence[object]) -> str:
    return counted(len(rows), "row")


def _funds(funds: Funds) -> str:
    """Amounts are the account's own business; that there are some is not."""
    return "a balance" if funds.available_cash or funds.utilised else "zeros: this account may keep no balance here"


def _identifiers(app: TradingApp, orders: Sequence[Order]) -> Finding:
    """Check that the order book keeps client order ids: a lost reply is resolved by them."""
    sent = {entry.order_id: entry.intent.identifier for entry in app.journal.recent(_JOURNAL_ROWS) if entry.order_id}
    kept = [order.identifier == sent[order.order_id] for order in orders if order.order_id in sent]
    if not kept:
        return caution("identifiers", "no order of ours is in the book", "A trial order shows it: --trial-order.")
    if all(kept):
        return good("identifiers", f"the book keeps them, {len(kept)} of {len(kept)}")
    found = f"the book keeps {sum(kept)} of {len(kept)}"
    return problem("identifiers", found, "Do not trade: an order whose reply is lost could not be found.")


def _prices(app: TradingApp, session: Session, instrument: Instrument, now: datetime) -> Iterator[Finding]:
    symbol = instrument.symbol
    quote = measured(f"quote {symbol}", lambda: app.read_quotes.one(session, instrument.key), _quote)
    yield quote.finding
    today = now.astimezone(IST).date()

    def ask() -> Result[list[Bar], BrokerError]:
        return app.read_history(session, instrument.key, INTERVALS["1m"], today - _DAYS, today)

    bars = measured(f"bars {symbol}", ask, lambda found: counted(len(found), "minute"), _HISTORY_SECONDS)
    yield bars.finding
    if bars.value:
        yield _beginnings(instrument, bars.value)
    if quote.value is not None and instrument.exchange not in INDEX_EXCHANGES:
        yield _band(instrument, quote.value)


def _quote(quote: Quote) -> str:
    price = "no trade yet" if quote.last_price is None else "a last price"
    interest = "" if quote.open_interest is None else ", open interest"
    return f"{price}, {len(quote.bids)} and {len(quote.asks)} rows of depth{interest}"


def _beginnings(instrument: Instrument, bars: Sequence[Bar]) -> Finding:
    """A bar's stamp is taken to be shifted by the broker; a first bar off the opening says that it is not so."""
    first: dict[object, datetime] = defaultdict(lambda: datetime.max.replace(tzinfo=IST))
    for bar in bars:
        at = datetime.fromtimestamp(bar.at, IST)
        first[at.date()] = min(at, first[at.date()])
    opening = opens_at(instrument.exchange)
    early = [at for at in first.values() if at.time() < opening]
    exact = sum(at.time() == opening for at in first.values())
    found = f"{exact} of {counted(len(first), 'day')} begin at {opening:%H:%M}"
    check = f"first bars {instrument.symbol}"
    if early:
        return caution(check, f"{found}, {len(early)} earlier", "Bars from before the opening keep their time.")
    if not exact:
        return caution(check, found, "Take a contract that is traded from the first minute on.")
    return good(check, found)


def _band(instrument: Instrument, quote: Quote) -> Finding:
    check = f"band {instrument.symbol}"
    low, high, last = instrument.lower_band, instrument.upper_band, quote.last_price
    if low is None or high is None or last is None:
        return caution(check, "none is known, or nothing was traded", "Nothing to do.")
    if low <= last <= high:
        return good(check, "the last price is inside it")
    return problem(check, "the last price is outside it", "The master may be of another day: instruments sync.")


def _margin(app: TradingApp, session: Session, instrument: Instrument) -> Finding:
    fields = {
        "symbol": instrument.symbol,
        "exchange": instrument.exchange.value,
        "action": "BUY",
        "quantity": instrument.lot_size,
    }
    asked = measured("margins", lambda: app.read_account.margin(session, [read_ticket(fields)]), lambda _: "a sum")
    if asked.value is None and asked.finding.verdict is not Verdict.PROBLEM:
        return caution("margins", "the server has no calculator", "OpenAlgo answers 501; nothing else needs it.")
    return asked.finding
