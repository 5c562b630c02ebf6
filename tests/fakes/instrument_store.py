"""An instrument store in a list."""

from collections.abc import Collection, Iterable
from copy import copy
from typing import Self

from jainam_prop.application.ports.instruments import InstrumentsUnreadableError
from jainam_prop.application.ports.runtime import Clock
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.generation import Generation, count_by_exchange, renamed
from jainam_prop.domain.instruments.instrument import Instrument, InstrumentKey
from jainam_prop.domain.instruments.search import InstrumentQuery, nearest_symbols
from jainam_prop.domain.market_data.calendar import offered
from tests.fakes.clock import FakeClock


class InMemoryInstrumentStore:
    """Holds the instruments it is made with until they are replaced.

    ``host_rows`` is what the host's table has, ``unreadable`` why look-ups fail; one takes ``seconds``.
    """

    def __init__(self, *instruments: Instrument, clock: Clock | None = None) -> None:
        self._clock = clock or FakeClock()
        self.seconds = 0.0
        self._number = 0
        self.unreadable: str | None = None
        self._replaced_at = self._clock.now()
        self._instruments: tuple[Instrument, ...] = ()
        self._by_key: dict[InstrumentKey, Instrument] = {}
        self._by_symbol: dict[tuple[str, str], Instrument] = {}
        self._renamed: dict[tuple[Exchange, str], str] = {}
        self.host_rows: tuple[Instrument, ...] = ()
        if instruments:
            self.replace(instruments)

    def copied(self, clock: Clock) -> Self:
        """Return one with the same instruments, replaced now; it takes no time to make."""
        made = copy(self)
        vars(made).update(_clock=clock, _replaced_at=clock.now())
        return made

    def replace(
        self, instruments: Iterable[Instrument], keep: Collection[Exchange] = (), *, for_host: bool = False
    ) -> int:
        new = tuple(instruments)
        kept = tuple(each for each in self._instruments if each.exchange in keep)
        _check([*new, *kept])
        if not new:
            message = "nothing was given"
            raise ValueError(message)
        before = [(each.exchange, each.symbol, each.isin) for each in self._instruments if each.isin]
        self._renamed = self._renamed | renamed(before, new)
        self._instruments = new + kept
        self._by_key = {each.key: each for each in self._instruments}
        self._by_symbol = {(each.symbol, each.exchange): each for each in self._instruments}
        if for_host:
            self.host_rows = tuple(offered(self._instruments, self._clock.now()))
        self._number += 1
        self._replaced_at = self._clock.now()
        return len(new)

    def find(self, symbol: str, exchange: str) -> Instrument | None:
        self._clock.sleep(self.seconds)
        self._check_readable()
        return self._by_symbol.get((symbol, exchange))

    def find_key(self, key: InstrumentKey) -> Instrument | None:
        self._check_readable()
        return self._by_key.get(key)

    def _check_readable(self) -> None:
        if self.unreadable is not None:
            raise InstrumentsUnreadableError(self.unreadable)

    def nearest(self, symbol: str, exchange: str, limit: int = 3) -> tuple[str, ...]:
        listed = [each.symbol for each in self._instruments if each.exchange == exchange]
        query = InstrumentQuery(text=symbol)
        successors = [each.symbol for each in self._successors(query) if each.exchange == exchange]
        near = nearest_symbols(symbol, listed, self._clock.now().date(), limit)
        return tuple(dict.fromkeys((*successors, *near)))[:limit]

    def search(self, query: InstrumentQuery) -> tuple[Instrument, ...]:
        found = [each for each in self._instruments if query.matches(each)]
        return query.best(offered(dict.fromkeys((*found, *self._successors(query))), self._clock.now()))

    def _successors(self, query: InstrumentQuery) -> list[Instrument]:
        isins = {
            (exchange, isin)
            for (exchange, symbol), isin in self._renamed.items()
            if query.words and all(word in symbol for word in query.words)
        }
        return [each for each in self._instruments if (each.exchange, each.isin) in isins and query.selects(each)]

    def generation(self) -> Generation | None:
        if not self._number:
            return None
        return Generation(self._number, self._replaced_at, count_by_exchange(self._instruments))

    def count(self) -> int:
        return len(self._instruments)


def _check(instruments: Collection[Instrument]) -> None:
    keys = {each.key for each in instruments}
    symbols = {(each.exchange, each.symbol) for each in instruments}
    if not len(keys) == len(symbols) == len(instruments):
        message = "a number or a symbol stands twice in one exchange"
        raise ValueError(message)
