"""What an account owns: funds and holdings."""

from dataclasses import dataclass
from decimal import Decimal

from jainam_prop.domain.instruments.instrument import InstrumentKey


@dataclass(frozen=True, slots=True)
class Funds:
    """Limits of an account, in rupees.

    ``known`` is False when the broker keeps no balance for this kind of account, so that the zeros mean nothing.
    """

    available_cash: Decimal
    collateral: Decimal
    realised: Decimal
    unrealised: Decimal
    utilised: Decimal
    known: bool = True


@dataclass(frozen=True, slots=True)
class Holding:
    """Shares in the depository.

    Attributes:
        instruments: the contract on each exchange that lists it, NSE first.
        quantity: units held, pledged ones included.
        average_price: rupees per unit; None when the broker does not know it.
        pledged: units of them that are pledged as collateral, and cannot be sold before they are released.
    """

    isin: str
    instruments: tuple[InstrumentKey, ...]
    quantity: int
    average_price: Decimal | None
    pledged: int = 0
