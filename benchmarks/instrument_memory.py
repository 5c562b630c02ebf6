"""Prints what the instruments of a day cost in memory, each figure from a process of its own, beside its limit.

Run as ``python -m benchmarks.instrument_memory``; the exit status is 1 when a limit is missed.
"""

import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

import orjson
from returns.result import Result, Success

from benchmarks.masters import SEGMENTS, masters
from jainam_prop.adapters.sql.database import open_database
from jainam_prop.adapters.sql.instrument_store import SqlInstrumentStore
from jainam_prop.adapters.system.clock import SystemClock
from jainam_prop.adapters.xts.wire.master.master import parse_master
from jainam_prop.adapters.xts.wire.replies.envelope import read_envelope
from jainam_prop.application.instruments.sync import SyncInstruments
from jainam_prop.application.ports.instruments import InstrumentList
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.exchange import Exchange

INGEST_LIMIT: Final = 250
INDEX_LIMIT: Final = 120
"""Megabytes; the second for 150,000 instruments."""


class BodySource:
    """The bodies of XTS's answers in a folder, read and parsed as from the wire."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def exchanges(self) -> tuple[Exchange, ...]:
        return tuple(SEGMENTS)

    def download(self, exchange: Exchange) -> Result[InstrumentList, BrokerError]:
        envelope = read_envelope((self._folder / exchange).read_bytes(), "application/json")
        assert envelope is not None
        master = parse_master(envelope.result, SEGMENTS[exchange])
        return Success(InstrumentList(exchange, master.instruments, master.dropped))


def peak() -> float:
    """Return the most memory that this process has used so far, in megabytes."""
    status = Path("/proc/self/status")
    if status.exists():  # the other way counts what the parent used before it started this program
        line = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 * 1024)


def ingest(folder: Path) -> float:
    """Bring a day's instruments in, over those of the day before, and return the peak of the process."""
    store = SqlInstrumentStore(open_database(f"sqlite:///{folder / 'desk.db'}"), SystemClock(), broker="jainam_prop")
    SyncInstruments(BodySource(folder), store, SystemClock())().unwrap()
    return peak()


def index(folder: Path) -> float:
    """Look one instrument up, and return by how much the process grew, for each 150,000 instruments."""
    store = SqlInstrumentStore(open_database(f"sqlite:///{folder / 'desk.db'}"), SystemClock(), broker="jainam_prop")
    assert store.generation() is not None
    before = peak()
    assert store.find("SBIN", "NSE") is not None
    return (peak() - before) * 150_000 / store.count()


def main() -> int:
    """Measure both, each in a process that has done nothing else; the ingest twice, since the second replaces."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for exchange, text in masters().items():
            (folder / exchange).write_bytes(orjson.dumps({"type": "success", "result": text}))
        _measured("ingest", folder)
        figures = {"peak of the ingest": (_measured("ingest", folder), INGEST_LIMIT)}
        figures["index of 150,000"] = (_measured("index", folder), INDEX_LIMIT)
    for what, (found, limit) in figures.items():
        print(f"{'ok  ' if found <= limit else 'MISS'} {what}: {found:.0f} MB, limit {limit} MB")
    return 0 if all(found <= limit for found, limit in figures.values()) else 1


def _measured(what: str, folder: Path) -> float:
    command = [sys.executable, "-m", "benchmarks.instrument_memory", what, str(folder)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


if __name__ == "__main__":
    if len(sys.argv) == 1:
        sys.exit(main())
    measure = {"ingest": ingest, "index": index}[sys.argv[1]]
    print(measure(Path(sys.argv[2])))
