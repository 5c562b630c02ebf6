"""The day's instruments for OpenAlgo: its download thread calls here, and takes every return for success."""

import logging
from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any, Final, Protocol, runtime_checkable

from returns.pipeline import is_successful

from jainam_prop.application.instruments.sync import SyncReport, replace_instruments
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.search import InstrumentQuery
from jainam_prop.entrypoints.openalgo.replies import BrokerUnavailableError
from jainam_prop.entrypoints.openalgo.rows.symbols import SymbolRow, read_instruments, row_of
from jainam_prop.entrypoints.openalgo.runtime import trading_app

_LOG: Final = logging.getLogger(__name__)
_EVENT: Final = "master_contract_download"
_NAMED: Final = 3


@runtime_checkable
class Table(Protocol):
    """What is needed of a pandas DataFrame."""

    def to_dict(self, orient: str) -> list[dict[str, Any]]:
        """Return the rows."""


def master_contract_download(*, force: bool = False) -> object:
    """Replace the instruments by those of today, in our table and in the host's, and notify the host's pages.

    Args:
        force: take over even when an exchange lists less than two thirds of what it listed before.

    Returns:
        What the host's ``socketio.emit`` returned; it is not used.

    Raises:
        BrokerUnavailableError: nothing was changed; the host records the text as the reason.
    """
    try:
        report = _sync(force=force)
    except BrokerUnavailableError as error:
        _announce("error", str(error))
        raise
    except Exception as error:  # its text may show more than a web page should
        _announce("error", f"The instruments could not be replaced ({type(error).__name__})")
        raise
    trading_app().instruments.find("", "NSE")  # reads the index now, so that no order waits for it
    return _announce("success", _summary(report))


def save_master_contract_to_db(df: Table | Iterable[Mapping[str, Any]], *, force: bool = False) -> int:
    """Replace the instruments by those of a table, all or none, in our table and in the host's.

    Args:
        df: a DataFrame, or rows as mappings, with the columns of OpenAlgo's ``symtoken``.
        force: take over even when an exchange lists less than two thirds of what it listed before.

    Returns:
        How many instruments there are now.

    Raises:
        ValueError: the table is empty or contradicts itself, a row is not understood, a required exchange is missing or
            too little is left; nothing was changed.
    """
    instruments = read_instruments(df.to_dict("records") if isinstance(df, Table) else df)
    replaced = replace_instruments(trading_app().instruments, instruments, force=force, for_host=True)
    if not is_successful(replaced):
        raise ValueError(replaced.failure().message)
    return replaced.unwrap()


def search_symbols(symbol: str, exchange: str) -> list[SymbolRow]:
    """Return the instruments of an exchange whose symbol or name contains a text, the likeliest first.

    Raises:
        ValueError: the exchange is unknown.
    """
    query = InstrumentQuery(text=symbol, exchange=Exchange(exchange.strip().upper()), limit=None)
    return [row_of(instrument) for instrument in trading_app().instruments.search(query)]


def __getattr__(name: str) -> object:
    """Return the host's own ``SymToken``, by which other code of the host reads the table; only there does it exist."""
    if name == "SymToken":
        try:
            return import_module("database.symbol").SymToken
        except ImportError:
            pass
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)


def _sync(*, force: bool) -> SyncReport:
    report = trading_app().sync_for_host(force=force)
    if not is_successful(report):
        raise BrokerUnavailableError(report.failure().message)
    return report.unwrap()


def _announce(status: str, message: str) -> object:
    try:
        socketio = import_module("extensions").socketio
    except (ImportError, AttributeError):
        return None
    return socketio.emit(_EVENT, {"status": status, "message": message})


def _summary(report: SyncReport) -> str:
    listed = f"{report.total} instruments downloaded"
    notes = [f"{exchange} keeps those of the day before" for exchange in report.kept]
    notes += [f"{exchange} lists none" for exchange in report.empty]
    notes += [f"{exchange} {text}" for exchange, texts in report.ambiguous.items() for text in texts[:_NAMED]]
    return "; ".join((listed, *notes))
