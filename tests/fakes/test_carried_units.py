"""The carried units in a dictionary keep the contract."""

from tests.contracts.carried_units import CarriedUnitsContract
from tests.fakes.carried_units import InMemoryCarriedUnits


class TestInMemoryCarriedUnits(CarriedUnitsContract):
    def store(self) -> InMemoryCarriedUnits:
        return InMemoryCarriedUnits()
