"""Quotes, depth and history."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from jainam_prop.entrypoints.openalgo import data

if TYPE_CHECKING:
    from pandas import DataFrame


class BrokerData:
    """Market data for one request of the host, which reads the parameters of the constructor."""

    timeframe_map = data.BrokerData.timeframe_map

    def __init__(self, auth_token: str, feed_token: str | None = None, user_id: str | None = None) -> None:
        self._data = data.BrokerData(auth_token, feed_token, user_id)

    def get_quotes(self, symbol: str, exchange: str) -> dict[str, Any]:
        """Return a snapshot of one contract."""
        return self._data.get_quotes(symbol, exchange)

    def get_multiquotes(self, symbols: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
        """Return a snapshot, or an error, for each of many contracts."""
        return self._data.get_multiquotes(symbols)

    def get_depth(self, symbol: str, exchange: str) -> dict[str, Any]:
        """Return a snapshot with five rows a side."""
        return self._data.get_depth(symbol, exchange)

    def get_market_depth(self, symbol: str, exchange: str) -> dict[str, Any]:
        """Return the same under the name that some callers use."""
        return self._data.get_depth(symbol, exchange)

    def get_history(
        self, symbol: str, exchange: str, interval: str, start_date: date | str, end_date: date | str
    ) -> "DataFrame":
        """Return the bars between two days, both included."""
        return self._data.get_history(symbol, exchange, interval, start_date, end_date)

    def get_intervals(self) -> list[str]:
        """Return the names of the intervals."""
        return self._data.get_intervals()
