"""Syncs 400,000 rows with 50 clashes, 500 expired contracts and 10 malformed rows, and prints counts, time and memory.

Run as ``python -m benchmarks.odd_masters``; the exit status is 1 when anything else than those is left out.
"""

import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from returns.result import Result, Success

from benchmarks.instrument_memory import peak
from benchmarks.masters import DAY, MORNING, SEGMENTS
from jainam_prop.adapters.simulator.catalogue.universe import universe
from jainam_prop.adapters.sql.database import open_database
from jainam_prop.adapters.sql.instrument_store import SqlInstrumentStore
from jainam_prop.adapters.xts.wire.master.master import parse_master
from jainam_prop.application.instruments.sync import SyncInstruments
from jainam_prop.application.ports.instruments import InstrumentList
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.exchange import Exchange
from tests.fakes.clock import FakeClock

ROWS: Final = 400_000
CLASHES: Final = 50
EXPIRED: Final = 500
MALFORMED: Final = 10
_FIRST: Final = 7_000_000
_OPTION: Final = "NSEFO|{token}|2|ODDS|ODDS|OPTSTK|ODDS|x|9|1|1801|0.05|65|1|-1||{expiry}T14:30:00|{strike}|3|O|1|1|O"


class OddSource:
    """The masters of a day, with the rows that nothing may fail for."""

    def __init__(self, rows: int) -> None:
        listed = universe(DAY, rows)
        self.texts = {exchange: listed.master(segment) for exchange, segment in SEGMENTS.items()}
        universe.cache_clear()
        odd = [*_twins(), *_expired(), *(f"NSEFO|{_FIRST}|2|BROKEN{number}" for number in range(MALFORMED))]
        head, _, tail = self.texts[Exchange.NFO].rstrip("\n").rpartition("\n")
        self.texts[Exchange.NFO] = "\n".join((head, *odd, tail))

    def exchanges(self) -> tuple[Exchange, ...]:
        return tuple(SEGMENTS)

    def download(self, exchange: Exchange) -> Result[InstrumentList, BrokerError]:
        master = parse_master(self.texts[exchange], SEGMENTS[exchange])
        return Success(InstrumentList(exchange, master.instruments, master.dropped))


def _twins() -> list[str]:
    pairs = ((number, _FIRST + 2 * number + second) for number in range(CLASHES) for second in (0, 1))
    return [_OPTION.format(token=token, expiry="2026-03-31", strike=100 + number) for number, token in pairs]


def _expired() -> list[str]:
    return [
        _OPTION.format(token=_FIRST + 1000 + number, expiry="2026-03-03", strike=1000 + number)
        for number in range(EXPIRED)
    ]


def main(rows: int = ROWS) -> int:
    """Sync once into a new database and once more over it."""
    source = OddSource(rows)
    lines = sum(text.count("\n") + 1 for text in source.texts.values())
    with tempfile.TemporaryDirectory() as name:
        clock = FakeClock(MORNING)
        store = SqlInstrumentStore(open_database(f"sqlite:///{Path(name) / 'odd.db'}"), clock, broker="jainam_prop")
        before, sync = peak(), SyncInstruments(source, store, clock)
        began = time.perf_counter()
        sync().unwrap()
        between = time.perf_counter()
        report = sync().unwrap()
        first, again = between - began, time.perf_counter() - between
    dropped = sum(count for reasons in report.dropped.values() for why, count in reasons.items() if "malformed" in why)
    clashes, expired = sum(map(len, report.ambiguous.values())), sum(report.expired.values())
    print(f"{lines:,} rows: {report.total:,} instruments, {clashes} clashes, {expired} expired, {dropped} malformed")
    print(f"first {first:.2f} s, again {again:.2f} s; memory {before:.0f} MB before, peak {peak():.0f} MB")
    return 0 if (clashes, expired, dropped) == (CLASHES, EXPIRED, MALFORMED) else 1


if __name__ == "__main__":
    sys.exit(main())
