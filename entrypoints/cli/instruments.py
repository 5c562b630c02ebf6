"""``instruments``: download the day's contracts, search them, look one up."""

from datetime import datetime
from decimal import Decimal

import click
from returns.pipeline import is_successful
from rich.console import RenderableType

from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instrument import Instrument, InstrumentKey, InstrumentKind
from jainam_prop.domain.instrument_search import InstrumentQuery
from jainam_prop.domain.money import parse_decimal
from jainam_prop.entrypoints.cli.answer import Answer, failure, refusal, success
from jainam_prop.entrypoints.cli.command import AnsweringCommand
from jainam_prop.entrypoints.cli.sync_views import sync_progress, synced
from jainam_prop.entrypoints.cli.tables import facts, rupees, table
from jainam_prop.entrypoints.cli.workplace import Workplace

_EMPTY = "No instruments yet. Next: jainam-prop instruments sync"
_EXCHANGES = click.Choice(list(Exchange), case_sensitive=False)


def _amount(_ctx: click.Context, _parameter: click.Parameter, text: str | None) -> Decimal | None:
    amount = None if text is None else parse_decimal(text)
    if text is not None and amount is None:
        message = f"{text!r} is no amount in rupees"
        raise click.BadParameter(message)
    return amount


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def instruments() -> None:
    """Download, search and look up instruments."""


@instruments.command(cls=AnsweringCommand)
@click.option("--force", is_flag=True, help="Take them over even when an exchange lists far fewer than before.")
@click.pass_obj
def sync(workplace: Workplace, *, force: bool) -> Answer:
    """Download today's instruments; the old ones stay in use until the new ones are known to be good."""
    with workplace.desk() as desk, sync_progress(workplace.terminal.watched) as progress:
        outcome = desk.sync_instruments(force=force, on_progress=progress)
    return synced(outcome.unwrap()) if is_successful(outcome) else failure(outcome.failure())


@instruments.command(cls=AnsweringCommand)
@click.argument("text", nargs=-1)
@click.option("--exchange", "-e", type=_EXCHANGES, help="Only of this exchange.")
@click.option("--kind", "-k", type=click.Choice(list(InstrumentKind), case_sensitive=False), help="Only of this type.")
@click.option("--expiry", type=click.DateTime(["%d%b%y", "%Y-%m-%d"]), help="Only with this expiry.")
@click.option("--from", "lowest_strike", callback=_amount, help="Options with at least this strike.")
@click.option("--to", "highest_strike", callback=_amount, help="Options with at most this strike.")
@click.option("--limit", type=click.IntRange(1), default=25, show_default=True, help="The most to show.")
@click.pass_obj
def search(  # noqa: PLR0913 (one for each option)
    workplace: Workplace,
    /,
    *,
    text: tuple[str, ...],
    exchange: Exchange | None,
    kind: InstrumentKind | None,
    expiry: datetime | None,
    lowest_strike: Decimal | None,
    highest_strike: Decimal | None,
    limit: int,
) -> Answer:
    r"""Find instruments whose symbol or name contains every word of TEXT.

    \b
      jainam-prop instruments search nifty --kind CE --expiry 26MAR26 --from 25000 --to 25500
    """
    query = InstrumentQuery(
        " ".join(text), exchange, kind, expiry and expiry.date(), lowest_strike, highest_strike, limit + 1
    )
    with workplace.desk() as desk:
        found = desk.instruments.search(query)
        if not found and desk.instruments.generation() is None:
            return refusal(_EMPTY, "no-instruments")
    shown = found[:limit]
    more = f"Only the first {limit} are shown: say more, or ask for a higher --limit." if len(found) > limit else ""
    return success([_row(one) for one in shown], _view(shown) if shown else None, more or _none(shown))


@instruments.command(cls=AnsweringCommand)
@click.argument("exchange", type=_EXCHANGES)
@click.argument("symbol")
@click.pass_obj
def lookup(workplace: Workplace, /, exchange: Exchange, symbol: str) -> Answer:
    r"""Show one instrument, named by SYMBOL or by the broker's number.

    \b
      jainam-prop instruments lookup NSE SBIN
      jainam-prop instruments lookup NSE 3045
    """
    with workplace.desk() as desk:
        found = desk.instruments.find(symbol, exchange)
        if found is None and symbol.isdecimal():
            found = desk.instruments.find_key(InstrumentKey(exchange, int(symbol)))
        if found is not None:
            return success(_row(found), _facts(found))
        if not desk.instruments.count():
            return refusal(_EMPTY, "no-instruments")
        near = desk.instruments.nearest(symbol, exchange)
    hint = f": did you mean {', '.join(near)}?" if near else "."
    return refusal(f"{symbol} is not listed on {exchange}{hint}", "unlisted")


def _none(found: tuple[Instrument, ...]) -> str:
    return "" if found else "Nothing like that is listed."


def _view(found: tuple[Instrument, ...]) -> RenderableType:
    made = table("Instruments", "Symbol", "Exch", ">Token", "Type", "Expiry", ">Strike", ">Lot", ">Tick", "~Name")
    for one in found:
        made.add_row(
            one.symbol,
            one.exchange.value,
            str(one.token),
            one.kind.value,
            f"{one.expiry:%d-%b-%y}" if one.expiry else "",
            rupees(one.strike) if one.strike is not None else "",
            str(one.lot_size),
            str(one.tick_size),
            one.name,
        )
    return made


def _facts(one: Instrument) -> RenderableType:
    rows = [
        ("Exchange", one.exchange.value),
        ("Token", str(one.token)),
        ("Name", one.name),
        ("Type", f"{one.kind.value} {one.series}".strip()),
        ("Broker's symbol", one.broker_symbol),
        ("Lot", f"{one.lot_size} units"),
        ("Tick", f"{one.tick_size} rupees"),
        ("Largest order", f"{one.largest_order} units" if one.largest_order else "no limit"),
        ("Expiry", f"{one.expiry:%d-%b-%Y}" if one.expiry else ""),
        ("Strike", rupees(one.strike) if one.strike is not None else ""),
        ("ISIN", one.isin),
    ]
    return facts(one.symbol, [row for row in rows if row[1]])


def _row(one: Instrument) -> dict[str, object]:
    return {
        "symbol": one.symbol,
        "exchange": one.exchange.value,
        "token": one.token,
        "brsymbol": one.broker_symbol,
        "name": one.name,
        "instrumenttype": one.kind.value,
        "expiry": one.expiry.isoformat() if one.expiry else None,
        "strike": float(one.strike) if one.strike is not None else None,
        "lotsize": one.lot_size,
        "tick_size": float(one.tick_size),
        "freeze_quantity": one.freeze_quantity,
        "isin": one.isin,
    }
