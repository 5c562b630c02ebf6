"""``convert``: carry a position, or part of it, under another product."""

import click
from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.ports.instruments import InstrumentStore
from jainam_prop.domain.errors import BrokerError, Invalid
from jainam_prop.domain.orders.order import Product
from jainam_prop.domain.orders.ticket import TicketReader
from jainam_prop.domain.positions.conversion import Conversion
from jainam_prop.domain.sessions.session import Session
from jainam_prop.entrypoints.cli.answer import Answer, failure, success
from jainam_prop.entrypoints.cli.command import AnsweringCommand, examples
from jainam_prop.entrypoints.cli.placement import instrument_words
from jainam_prop.entrypoints.cli.trading import REHEARSED, acting, given, refused_by_person, trading_options
from jainam_prop.entrypoints.cli.views.tables import facts, units
from jainam_prop.entrypoints.cli.workplace import Workplace
from jainam_prop.entrypoints.desk import Desk


@click.command(cls=AnsweringCommand, epilog=examples("convert NSE SBIN 100 --from MIS --to CNC"))
@click.argument("exchange")
@click.argument("symbol")
@click.argument("quantity")
@click.option("--from", "from", required=True, help="What it is carried as now: MIS, NRML or CNC.")
@click.option("--to", required=True, help="What it shall be carried as.")
@trading_options
@click.pass_obj
def convert(workplace: Workplace, /, *, yes: bool, dry_run: bool, **fields: str | None) -> Answer:
    """Carry QUANTITY units of the position in SYMBOL under another product; they keep their side.

    It ends with 0 only when the position book showed them there.
    """

    def carry(desk: Desk, session: Session) -> Answer:
        read = _read(given(fields), desk.instruments)
        if not is_successful(read):
            return failure(read.failure())
        conversion = read.unwrap()
        what = f"{conversion.quantity} units of {instrument_words(conversion.instrument)}"
        question = f"Carry {what} as {conversion.target} instead of {conversion.source}?"
        declined = refused_by_person(workplace.terminal, question, yes=yes or dry_run)
        return declined or acting(lambda: _send(desk, session, conversion, dry_run=dry_run))

    return workplace.at_desk(carry, dry_run=dry_run)


def _read(fields: dict[str, object], instruments: InstrumentStore) -> Result[Conversion, BrokerError]:
    reader = TicketReader(fields)
    symbol, exchange = reader.text("symbol"), reader.exchange()
    quantity = reader.units("quantity")
    source, target = reader.word("from", Product), reader.word("to", Product)
    instrument = None if symbol is None or exchange is None else instruments.find(symbol, exchange)
    if symbol is not None and exchange is not None and instrument is None:
        reader.refuse(f"symbol {symbol!r} is not listed on {exchange}")
    if instrument is None or quantity is None or source is None or target is None:
        return Failure(Invalid(reader.problems))
    return Success(Conversion(instrument, quantity, source, target))


def _send(desk: Desk, session: Session, conversion: Conversion, *, dry_run: bool) -> Answer:
    outcome = desk.convert_position(session, conversion)
    if not is_successful(outcome):
        return failure(outcome.failure())
    if dry_run:
        return success({"dry_run": True}, None, f"{REHEARSED} It passes every check made here.")
    source, target = conversion.source.value, conversion.target.value
    nets = {source: outcome.unwrap().source_net or 0, target: outcome.unwrap().target_net or 0}
    view = facts("Now held", [(product, units(net)) for product, net in nets.items()])
    return success({"symbol": conversion.instrument.symbol, "net": nets}, view)
