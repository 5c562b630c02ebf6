"""Finding instruments by what a person remembers of them: some text, an expiry, a range of strikes, a type."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice

from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import Instrument, InstrumentKind
from jainam_prop.domain.money import ZERO


@dataclass(frozen=True, slots=True)
class InstrumentQuery:
    """What to look for; a field that is left out narrows nothing.

    Attributes:
        text: words, each of which stands somewhere in symbol, broker symbol or name; their case does not matter.
        lowest_strike: rupees, included; ``highest_strike`` likewise. With either, only options are found.
        limit: the most to return; None returns all.
    """

    text: str = ""
    exchange: Exchange | None = None
    kind: InstrumentKind | None = None
    expiry: date | None = None
    lowest_strike: Decimal | None = None
    highest_strike: Decimal | None = None
    limit: int | None = 50

    @property
    def words(self) -> tuple[str, ...]:
        """The words of the text in upper case."""
        return tuple(self.text.upper().split())

    def matches(self, instrument: Instrument) -> bool:
        """Whether an instrument is looked for; an adapter that asks a database must find the same ones."""
        return (
            self.exchange in {None, instrument.exchange}
            and self.kind in {None, instrument.kind}
            and self.expiry in {None, instrument.expiry}
            and self._has_strike(instrument.strike)
            and all(_mentions(instrument, word) for word in self.words)
        )

    def best(self, found: Iterable[Instrument]) -> tuple[Instrument, ...]:
        """Put what matched in order and keep as many as are wanted.

        What is called exactly so comes first, then the contracts on it, then what begins so, then the rest; within that
        by exchange, name, expiry, strike and symbol.
        """
        return tuple(islice(sorted(found, key=self._rank), self.limit))

    def _has_strike(self, strike: Decimal | None) -> bool:
        if self.lowest_strike is None and self.highest_strike is None:
            return True
        if strike is None or (self.lowest_strike is not None and strike < self.lowest_strike):
            return False
        return self.highest_strike is None or strike <= self.highest_strike

    def _rank(self, instrument: Instrument) -> tuple[int, str, str, date, Decimal, str]:
        first = next(iter(self.words), "")
        likeness = (instrument.symbol == first, instrument.name == first, instrument.symbol.startswith(first), True)
        return (
            likeness.index(True),
            instrument.exchange,
            instrument.name,
            instrument.expiry or date.min,
            instrument.strike or ZERO,
            instrument.symbol,
        )


def _mentions(instrument: Instrument, word: str) -> bool:
    return any(word in text.upper() for text in (instrument.symbol, instrument.broker_symbol, instrument.name))
