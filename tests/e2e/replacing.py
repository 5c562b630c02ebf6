"""A process that replaces instruments again and again, until it is killed or has done as often as it was told."""

from decimal import Decimal
from itertools import count, islice

from jainam_prop.adapters.sql.database import open_database
from jainam_prop.adapters.sql.instrument_store import SqlInstrumentStore
from jainam_prop.adapters.system.clock import SystemClock
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import Instrument, InstrumentKind


def generation(size: int, mark: str) -> list[Instrument]:
    """Return as many shares, all of one mark, so that a mixture of two generations shows."""
    return [
        Instrument(
            exchange=Exchange.NSE,
            token=token,
            symbol=f"S{token}",
            broker_symbol=f"S{token}-EQ",
            name=f"S{token}",
            kind=InstrumentKind.EQUITY,
            lot_size=1,
            tick_size=Decimal("0.05"),
            isin=mark,
        )
        for token in range(1, size + 1)
    ]


def main(url: str, size: int, mark: str, times: int) -> None:
    """Replace, and say so after the first time."""
    store = SqlInstrumentStore(open_database(url), SystemClock(), broker="jainam_prop")
    for number in islice(count(1), times or None):
        store.replace(generation(size, f"{mark}{number}"))
        if number == 1:
            print("replaced", flush=True)  # noqa: T201 (the test waits for it)
