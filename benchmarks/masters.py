"""A day's masters for the instrument benchmarks: 160,000 rows of six segments, with numbers that collide."""

from datetime import UTC, date, datetime
from functools import cache
from typing import Final

from returns.result import Result, Success

from jainam_prop.adapters.simulator.catalogue.universe import universe
from jainam_prop.adapters.xts.wire.master.master import parse_master
from jainam_prop.application.ports.instruments import InstrumentList
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.exchange import Exchange

DAY: Final = date(2026, 3, 10)
MORNING: Final = datetime(2026, 3, 10, 4, tzinfo=UTC)
"""On that day, so that none of its contracts has expired."""
ROWS: Final = 160_000
SEGMENTS: Final = {
    Exchange.NSE: "NSECM",
    Exchange.NFO: "NSEFO",
    Exchange.BSE: "BSECM",
    Exchange.BFO: "BSEFO",
    Exchange.MCX: "MCXFO",
    Exchange.CDS: "NSECD",
}


@cache
def masters() -> dict[Exchange, str]:
    """Return the text of each exchange's master."""
    listed = universe(DAY, ROWS)
    texts = {exchange: listed.master(segment) for exchange, segment in SEGMENTS.items()}
    universe.cache_clear()  # the texts are all that is needed of it
    return texts


class TextSource:
    """The `InstrumentSource` of the benchmarks: parses masters that have already been downloaded."""

    def exchanges(self) -> tuple[Exchange, ...]:
        return tuple(SEGMENTS)

    def download(self, exchange: Exchange) -> Result[InstrumentList, BrokerError]:
        master = parse_master(masters()[exchange], SEGMENTS[exchange])
        return Success(InstrumentList(exchange, master.instruments, master.dropped))
