"""``quote`` and ``bars``: prices of this moment and of the past."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

import click
from returns.pipeline import is_successful
from returns.result import Result

from jainam_prop.application.market_data.read_prices import Quoted
from jainam_prop.domain.errors import BrokerError, Invalid
from jainam_prop.domain.instruments.instrument import Instrument
from jainam_prop.domain.market_data.calendar import IST
from jainam_prop.domain.market_data.history import INTERVALS, Bar, Interval
from jainam_prop.domain.market_data.quote import Quote
from jainam_prop.domain.sessions.session import Session
from jainam_prop.entrypoints.cli.answer import Answer, failure, refusal, success
from jainam_prop.entrypoints.cli.command import command
from jainam_prop.entrypoints.cli.context import CliContext
from jainam_prop.entrypoints.cli.symbols import EXCHANGES, Words, find_contracts, written_contracts
from jainam_prop.entrypoints.cli.views import prices
from jainam_prop.entrypoints.trading_app import TradingApp


@command("quote SBIN NSE_INDEX:NIFTY", "quote -e BSE RELIANCE --depth")
@click.argument("symbols", nargs=-1, required=True)
@click.option("--exchange", "-e", type=EXCHANGES, default="NSE", show_default=True, help="Of symbols without one.")
@click.option("--depth", is_flag=True, help="Show who waits on both sides.")
def quote(context: CliContext, /, symbols: tuple[str, ...], exchange: str, *, depth: bool) -> Answer:
    """Show the prices of each SYMBOL (or EXCHANGE:SYMBOL); what the exchange did not send stays empty."""
    written = written_contracts(symbols, exchange)

    def read(app: TradingApp, session: Session) -> Answer:
        found = find_contracts(app.instruments, written)
        if isinstance(found, Invalid):
            return failure(found)
        return _quoted(found, app.read_quotes(session, [one.key for one in found]), depth=depth)

    return context.with_session(read)


def _quoted(asked: Sequence[Instrument], quoted: Quoted, *, depth: bool) -> Answer:
    read = [(one, quoted[one.key].unwrap()) for one in asked if is_successful(quoted[one.key])]
    if not read:
        return failure(quoted[asked[0].key].failure())
    rows = [_quote_row(one, quoted[one.key], depth=depth) for one in asked]
    view = prices.depth_view(read) if depth else prices.quotes_view(read)
    failed = [f"{row['symbol']} {row['exchange']}: {row['error']}" for row in rows if "error" in row]
    if not failed:
        return success(rows, view)
    return refusal("\n".join(failed), "unreadable", data=rows, view=view)


def _quote_row(one: Instrument, quote: Result[Quote, BrokerError], *, depth: bool) -> dict[str, object]:
    if is_successful(quote):
        return prices.quote_row(one, quote.unwrap(), depth=depth)
    return {"symbol": one.symbol, "exchange": one.exchange.value, "error": quote.failure().message}


_DAY: Final = click.DateTime(["%Y-%m-%d"])
_WEEK: Final = timedelta(days=7)
_MONTH: Final = timedelta(days=30)
_NO_PLOTEXT: Final = 'Drawing takes plotext. Next: pip install "plotext>=5.3,<6"'


@command("bars SBIN", "bars NSE SBIN --interval 5m --plot", "bars SBIN --from 2026-03-02 --to 2026-03-06")
@click.argument("symbol", nargs=-1, required=True)
@click.option("--exchange", "-e", type=EXCHANGES, default="NSE", show_default=True, help="Of a symbol without one.")
@click.option("--interval", "-i", type=Words(list(INTERVALS)), default="D", show_default=True, help="Of a bar.")
@click.option(
    "--from", "first", type=_DAY, metavar="YYYY-MM-DD", help="First day.  [default: today; a month ago for D]"
)
@click.option("--to", "last", type=_DAY, metavar="YYYY-MM-DD", help="Last day.  [default: today]")
@click.option("--last", "newest", type=click.IntRange(1), help="Only so many, the newest.")
@click.option("--plot", is_flag=True, help="Draw them; with the extra `plot` (plotext).")
def bars(  # noqa: PLR0913 (one for each option)
    context: CliContext,
    /,
    *,
    symbol: tuple[str, ...],
    exchange: str,
    interval: str,
    first: datetime | None,
    last: datetime | None,
    newest: int | None,
    plot: bool,
) -> Answer:
    """Show the bars of SYMBOL (or EXCHANGE:SYMBOL), oldest first, each by the moment when it begins."""
    written = written_contracts(symbol, exchange)
    if len(written) != 1:
        message = "name one contract, such as NSE:SBIN"
        raise click.BadParameter(message, param_hint="SYMBOL")
    length = INTERVALS[interval]
    until = last.date() if last else context.now().astimezone(IST).date()
    since = first.date() if first else until - _MONTH if length.is_daily else until
    if since > until:
        message = f"{since} is after {until}"
        raise click.BadParameter(message, param_hint="--from")

    def read(app: TradingApp, session: Session) -> Answer:
        found = find_contracts(app.instruments, written)
        if isinstance(found, Invalid):
            return failure(found)
        history = app.read_history(session, found[0].key, length, since, until)
        if not is_successful(history):
            return failure(history.failure())
        shown = history.unwrap()[-newest if newest else 0 :]
        width = context.terminal.out.width if plot else None
        return _bars(found[0], shown, length, width) if shown else _no_bars(since, until)

    return context.with_session(read)


def _no_bars(since: date, until: date) -> Answer:
    days = f"on {since}" if since == until else f"from {since} to {until}"
    return success([], None, f"Nothing was traded {days}. Earlier days: --from {since - _WEEK}")


def _bars(contract: Instrument, bars: Sequence[Bar], interval: Interval, width: int | None) -> Answer:
    """Show bars as rows, or drawn where a width is given."""
    rows = [prices.bar_row(bar, interval) for bar in bars]
    if width is None:
        return success(rows, prices.bars_view(contract, bars, interval))
    try:
        return success(rows, prices.plotted_bars(contract, bars, interval, width))
    except ImportError:
        return refusal(_NO_PLOTEXT, "no-plotext")
