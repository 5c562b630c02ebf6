"""The day's instruments."""

from collections.abc import Iterable, Mapping
from typing import Any

from jainam_prop.entrypoints.openalgo import master_contract_db
from jainam_prop.entrypoints.openalgo.rows.symbols import SymbolRow


def master_contract_download() -> object:
    """Replace the instruments by those of today, all or none; raises when they stay as they were."""
    return master_contract_db.master_contract_download()


def save_master_contract_to_db(df: master_contract_db.Table | Iterable[Mapping[str, Any]]) -> int:
    """Replace the instruments by those of a table, all or none."""
    return master_contract_db.save_master_contract_to_db(df)


def search_symbols(symbol: str, exchange: str) -> list[SymbolRow]:
    """Return the instruments of an exchange whose symbol or name contains a text."""
    return master_contract_db.search_symbols(symbol, exchange)


def __getattr__(name: str) -> object:
    """Hand on ``SymToken``, which there is only inside a host."""
    return getattr(master_contract_db, name)
