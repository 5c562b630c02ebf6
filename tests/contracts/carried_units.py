"""What every store of carried units does."""

from abc import ABC, abstractmethod
from datetime import timedelta
from typing import Final

from jainam_prop.application.ports.journal import CarriedUnits, Settled
from tests.domain.samples import NIFTY_MIS, NIFTY_NRML
from tests.fakes.clock import A_MORNING

TODAY: Final = A_MORNING.date()
SETTLED: Final = Settled(-150, 25, A_MORNING + timedelta(microseconds=7))


class CarriedUnitsContract(ABC):
    @abstractmethod
    def store(self) -> CarriedUnits:
        """Return an empty store."""

    def test_nothing_is_settled_at_first(self) -> None:
        assert self.store().load(TODAY) == {}

    def test_what_was_saved_is_loaded_on_the_same_day_only(self) -> None:
        store = self.store()
        store.save(TODAY, {NIFTY_NRML: SETTLED, NIFTY_MIS: Settled(0, 0, A_MORNING)})

        assert store.load(TODAY) == {NIFTY_NRML: SETTLED, NIFTY_MIS: Settled(0, 0, A_MORNING)}
        assert store.load(TODAY + timedelta(days=1)) == {}

    def test_a_later_figure_replaces_an_earlier_one_of_the_same_position_only(self) -> None:
        store = self.store()
        store.save(TODAY, {NIFTY_NRML: SETTLED, NIFTY_MIS: SETTLED})
        store.save(TODAY, {NIFTY_NRML: Settled(75, -5, A_MORNING)})

        assert store.load(TODAY) == {NIFTY_NRML: Settled(75, -5, A_MORNING), NIFTY_MIS: SETTLED}

    def test_a_new_day_takes_the_place_of_the_old_one(self) -> None:
        store = self.store()
        store.save(TODAY, {NIFTY_NRML: SETTLED})
        store.save(TODAY + timedelta(days=1), {NIFTY_NRML: Settled(5, 0, A_MORNING)})

        assert (store.load(TODAY), len(store.load(TODAY + timedelta(days=1)))) == ({}, 1)
