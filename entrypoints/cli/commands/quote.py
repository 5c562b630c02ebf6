"""``quote``: what contracts cost at this moment."""

from collections.abc import Sequence

import click
from returns.pipeline import is_successful
from returns.result import Result

from jainam_prop.application.market_data.read_prices import Quoted
from jainam_prop.domain.errors import BrokerError, Invalid
from jainam_prop.domain.instruments.instrument import Instrument
from jainam_prop.domain.market_data.quote import Quote
from jainam_prop.domain.sessions.session import Session
from jainam_prop.entrypoints.cli.answer import Answer, ExitStatus, failure, success
from jainam_prop.entrypoints.cli.command import AnsweringCommand, examples
from jainam_prop.entrypoints.cli.contracts import EXCHANGES, find_contracts
from jainam_prop.entrypoints.cli.views.prices import depth_view, quote_row, quotes_view
from jainam_prop.entrypoints.cli.workplace import Workplace
from jainam_prop.entrypoints.desk import Desk


@click.command(
    cls=AnsweringCommand, epilog=examples("quote SBIN NSE_INDEX:NIFTY", "quote -e NFO NIFTY26MAR26FUT --depth")
)
@click.argument("symbols", nargs=-1, required=True)
@click.option("--exchange", "-e", type=EXCHANGES, default="NSE", show_default=True, help="Of symbols without one.")
@click.option("--depth", is_flag=True, help="Show who waits on both sides.")
@click.pass_obj
def quote(workplace: Workplace, /, symbols: tuple[str, ...], exchange: str, *, depth: bool) -> Answer:
    """Show the prices of each SYMBOL (or EXCHANGE:SYMBOL); what the exchange did not send stays empty."""

    def read(desk: Desk, session: Session) -> Answer:
        found = find_contracts(desk.instruments, symbols, exchange)
        if isinstance(found, Invalid):
            return failure(found)
        return _told(found, desk.read_quotes(session, [one.key for one in found]), depth=depth)

    return workplace.at_desk(read)


def _told(asked: Sequence[Instrument], quoted: Quoted, *, depth: bool) -> Answer:
    read = [(one, quoted[one.key].unwrap()) for one in asked if is_successful(quoted[one.key])]
    if not read:
        return failure(quoted[asked[0].key].failure())
    rows = [_row(one, quoted[one.key], depth=depth) for one in asked]
    view = depth_view(read) if depth else quotes_view(read)
    failed = [f"{row['symbol']} {row['exchange']}: {row['error']}" for row in rows if "error" in row]
    if not failed:
        return success(rows, view)
    message = "\n".join(failed)
    document = {"status": "error", "kind": "unreadable", "message": message, "data": rows}
    return Answer(document, view, message, ExitStatus.REFUSED)


def _row(one: Instrument, quote: Result[Quote, BrokerError], *, depth: bool) -> dict[str, object]:
    if is_successful(quote):
        return quote_row(one, quote.unwrap(), depth=depth)
    return {"symbol": one.symbol, "exchange": one.exchange.value, "error": quote.failure().message}
