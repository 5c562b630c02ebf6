"""Instruments as tables and as JSON values."""

from collections.abc import Sequence

from rich.console import RenderableType

from jainam_prop.domain.instruments.instrument import Instrument
from jainam_prop.entrypoints.cli.views.tables import facts, rupees, table


def instruments_view(found: Sequence[Instrument]) -> RenderableType:
    """Show instruments, one a row."""
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


def instrument_facts(one: Instrument) -> RenderableType:
    """Show all that is known of one instrument."""
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


def instrument_row(one: Instrument) -> dict[str, object]:
    """Write an instrument as JSON values."""
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
