"""Minute candles of every market, told once the minute is over."""

from dataclasses import dataclass

from jainam_prop.adapters.simulator.ticks.snapshots import CANDLE, MarketSnapshot

_MINUTE = 60


@dataclass(slots=True)
class _Candle:
    minute: int
    open: float
    high: float
    low: float
    close: float
    volume: int
    volume_before: int

    def take(self, price: float, volume: int) -> None:
        self.high, self.low = max(self.high, price), min(self.low, price)
        self.close = price
        self.volume = volume - self.volume_before


class CandleBuilder:
    """Builds candles tick by tick; not thread-safe, its caller keeps the exchange still."""

    def __init__(self) -> None:
        self._bars: dict[tuple[object, ...], _Candle] = {}

    def take(self, snapshot: MarketSnapshot) -> dict[str, object] | None:
        """Add a tick; return the message of the candle before it when its minute is over."""
        key, minute = tuple(snapshot.ids.values()), snapshot.bar_time // _MINUTE
        before = self._bars.get(key)
        if before is not None and before.minute == minute:
            before.take(snapshot.last, snapshot.volume)
            return None
        volume = before.volume_before + before.volume if before else snapshot.volume
        price = snapshot.last
        self._bars[key] = _Candle(minute, price, price, price, price, snapshot.volume - volume, volume)
        return self._message(snapshot, before) if before else None

    @staticmethod
    def _message(snapshot: MarketSnapshot, bar: _Candle) -> dict[str, object]:
        return snapshot.message(CANDLE) | {
            "BarTime": bar.minute * _MINUTE + _MINUTE - 1,
            "BarVolume": bar.volume,
            "High": bar.high,
            "Low": bar.low,
            "Open": bar.open,
            "Close": bar.close,
        }
