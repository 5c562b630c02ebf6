"""The price bands of today that the market feed has sent, newer than those of the instrument master."""

from decimal import Decimal
from typing import final

from jainam_prop.domain.instruments.instrument import Instrument, InstrumentKey


@final
class PriceBands:
    """Keeps the newest band of each contract that a feed of this process wants; safe to use from many threads."""

    def __init__(self) -> None:
        """Know none."""
        self._bands: dict[InstrumentKey, tuple[Decimal, Decimal]] = {}

    def note(self, key: InstrumentKey, lower: float, upper: float) -> None:
        """Take in a band in rupees."""
        self._bands[key] = Decimal(str(lower)), Decimal(str(upper))

    def of(self, instrument: Instrument) -> tuple[Decimal, Decimal] | None:
        """Return the newest band in rupees, by default that of the master; None where there is none."""
        lower, upper = instrument.lower_band, instrument.upper_band
        master = None if lower is None or upper is None else (lower, upper)
        return self._bands.get(instrument.key, master)
