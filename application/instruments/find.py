"""Finds one instrument by its symbol, or names the nearest symbols."""

from dataclasses import dataclass
from typing import final

from returns.result import Failure, Result, Success

from jainam_prop.application.ports.instruments import InstrumentStore
from jainam_prop.domain.errors import Invalid
from jainam_prop.domain.exchange import LISTED_EXCHANGES
from jainam_prop.domain.instruments.instrument import Instrument


@final
@dataclass(frozen=True, slots=True)
class FindInstrument:
    """Looks a symbol up as it is written, and with blanks removed and in capitals when that finds nothing."""

    store: InstrumentStore

    def __call__(self, symbol: str, exchange: str) -> Result[Instrument, Invalid]:
        """Return the instrument; the failure names the symbols that come nearest."""
        found = self.store.find(symbol, exchange) or self._as_meant(symbol, exchange)
        return Failure(Invalid((self._problem(symbol, exchange),))) if found is None else Success(found)

    def token(self, symbol: str, exchange: str) -> int:
        """Return the number of a contract on its exchange, without a detour when the symbol is written right.

        Raises:
            ValueError: the exchange is unknown or does not list the symbol; the nearest symbols are named.
        """
        found = self.store.find(symbol, exchange) or self._as_meant(symbol, exchange)
        if found is None:
            raise ValueError(self._problem(symbol, exchange))
        return found.token

    def _as_meant(self, symbol: object, exchange: object) -> Instrument | None:
        return self.store.find(_tidy(symbol), _tidy(exchange))

    def _problem(self, symbol: object, exchange: object) -> str:
        what, where = _tidy(symbol), _tidy(exchange)
        if where not in LISTED_EXCHANGES:
            return f"exchange {str(exchange)!r} is unknown: use one of {', '.join(LISTED_EXCHANGES)}"
        problem = f"symbol {what!r} is not listed on {where}"
        elsewhere = [each.value for each in LISTED_EXCHANGES if self.store.find(what, each) is not None]
        if elsewhere:
            return f"{problem}, but on {' and '.join(elsewhere)}"
        near = self.store.nearest(what, where)
        if near:
            return f"{problem}: did you mean {', '.join(near)}?"
        return problem if self.store.count() else f"{problem}: no instruments have been downloaded yet"


def _tidy(text: object) -> str:
    return str(text).strip().upper()
