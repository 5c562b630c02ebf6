"""Taking over instruments that someone else collected, under the same rules as a download."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from returns.result import Failure, Result, Success

from jainam_prop.application.ports.instruments import InstrumentStore
from jainam_prop.domain.errors import Invalid
from jainam_prop.domain.instruments.generation import count_by_exchange, first_clashes, objections
from jainam_prop.domain.instruments.instrument import Instrument


@final
@dataclass(frozen=True, slots=True)
class ReplaceInstruments:
    """Replaces the instruments of the desk with those given, all of them or none.

    Attributes:
        for_host: whether the table of an OpenAlgo host gets them in the same step.
    """

    store: InstrumentStore
    for_host: bool = False

    def __call__(self, instruments: Sequence[Instrument], *, force: bool = False) -> Result[int, Invalid]:
        """Check and swap in; return how many instruments there are now.

        Args:
            instruments: the whole generation.
            force: take over even when an exchange lists less than two thirds of what it did.
        """
        present = self.store.generation()
        before = {} if present is None or force else present.counts
        problems = (*first_clashes(instruments), *objections(before, count_by_exchange(instruments)))
        return (
            Failure(Invalid(problems)) if problems else Success(self.store.replace(instruments, for_host=self.for_host))
        )
