"""``instruments``: download the day's contracts, search them, look one up."""

from datetime import datetime
from decimal import Decimal

import click

from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey, InstrumentKind
from jainam_prop.domain.instruments.search import InstrumentQuery
from jainam_prop.domain.money import parse_decimal
from jainam_prop.entrypoints.cli.answer import Answer, answer_for, refusal, success
from jainam_prop.entrypoints.cli.command import command, group
from jainam_prop.entrypoints.cli.context import CliContext
from jainam_prop.entrypoints.cli.symbols import EXCHANGES, Words
from jainam_prop.entrypoints.cli.views.instruments import (
    instrument_facts,
    instrument_row,
    instruments_view,
    sync_progress,
    synced,
)

_EMPTY = "No instruments yet. Next: jainam-prop instruments sync"
_KINDS = Words([each.value for each in InstrumentKind])


def _amount(_ctx: click.Context, _parameter: click.Parameter, text: str | None) -> Decimal | None:
    amount = None if text is None else parse_decimal(text)
    if text is not None and amount is None:
        message = f"{text!r} is no amount in rupees"
        raise click.BadParameter(message)
    return amount


@group
def instruments() -> None:
    """Download, search and look up instruments."""


@command(of=instruments)
@click.option("--force", is_flag=True, help="Take them over even when an exchange lists far fewer than before.")
def sync(context: CliContext, *, force: bool) -> Answer:
    """Download today's instruments. The old ones stay in use until the new ones are known to be good."""
    with context.app() as app, sync_progress(context.terminal.watched) as progress:
        return answer_for(app.sync_instruments(force=force, on_progress=progress), synced)


@command("instruments search nifty --kind CE --from 25000 --to 25500", of=instruments)
@click.argument("text", nargs=-1)
@click.option("--exchange", "-e", type=EXCHANGES, metavar="EXCHANGE", help="Only of this exchange.")
@click.option("--kind", "-k", type=_KINDS, metavar="TYPE", help="Only these: EQ, FUT, CE, PE or INDEX.")
@click.option(
    "--expiry", type=click.DateTime(["%d%b%y", "%Y-%m-%d"]), metavar="DDMMMYY|YYYY-MM-DD", help="Only with this expiry."
)
@click.option("--from", "lowest_strike", callback=_amount, help="Options with at least this strike.")
@click.option("--to", "highest_strike", callback=_amount, help="Options with at most this strike.")
@click.option("--limit", type=click.IntRange(1), default=25, show_default=True, help="The most to show.")
def search(  # noqa: PLR0913 (one for each option)
    context: CliContext,
    /,
    *,
    text: tuple[str, ...],
    exchange: str | None,
    kind: str | None,
    expiry: datetime | None,
    lowest_strike: Decimal | None,
    highest_strike: Decimal | None,
    limit: int,
) -> Answer:
    """Find instruments by the words of TEXT in symbol or name."""
    query = InstrumentQuery(
        text=" ".join(text),
        exchange=Exchange(exchange) if exchange else None,
        kind=InstrumentKind(kind) if kind else None,
        expiry=expiry.date() if expiry else None,
        lowest_strike=lowest_strike,
        highest_strike=highest_strike,
        limit=limit + 1,  # one more than is shown tells that there are more
    )
    with context.app() as app:
        found = app.instruments.search(query)
        if not found and app.instruments.generation() is None:
            return refusal(_EMPTY, "no-instruments")
    shown = found[:limit]
    more = f"Only the first {limit} are shown: say more, or ask for a higher --limit." if len(found) > limit else ""
    more = more if shown else "Nothing like that is listed."
    return success(
        [instrument_row(one) for one in shown],
        instruments_view(shown) if shown else None,
        more,
    )


@command("instruments lookup NSE SBIN", "instruments lookup NSE 3045", of=instruments)
@click.argument("exchange", type=EXCHANGES, metavar="EXCHANGE")
@click.argument("symbol")
def lookup(context: CliContext, /, exchange: str, symbol: str) -> Answer:
    """Show one instrument, named by SYMBOL or by the broker's number."""
    with context.app() as app:
        found = app.instruments.find(symbol, exchange)
        if found is None and symbol.isdecimal():
            found = app.instruments.find_key(InstrumentKey(Exchange(exchange), int(symbol)))
        if found is not None:
            return success(instrument_row(found), instrument_facts(found))
        if not app.instruments.count():
            return refusal(_EMPTY, "no-instruments")
        near = app.instruments.nearest(symbol, exchange)
    hint = f": did you mean {', '.join(near)}?" if near else "."
    return refusal(f"{symbol} is not listed on {exchange}{hint}", "unlisted")
