"""The holdings answer, in its present and its older shape, as holdings.

Field names: protocol reference, section 5.7.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from jainam_prop.adapters.xts.wire.cells import UnreadableAnswer, shown_rupees, units
from jainam_prop.adapters.xts.wire.replies.reply import understood
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.money import ZERO, parse_units
from jainam_prop.domain.positions.account_books import Holding

_Number = Annotated[int | None, BeforeValidator(parse_units)]


class _HoldingRow(BaseModel):
    """One security; its quantity is what would be sold, so it must be understood."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    quantity: Annotated[int, BeforeValidator(units)] = Field(alias="HoldingQuantity")
    average_price: Annotated[Decimal, BeforeValidator(shown_rupees)] = Field(default=ZERO, alias="BuyAvgPrice")
    nse: _Number = Field(default=None, alias="ExchangeNSEInstrumentId")
    bse: _Number = Field(default=None, alias="ExchangeBSEInstrumentId")


def read_holdings(answer: object) -> tuple[Holding, ...]:
    """Read what lies in the depository, collateral apart.

    Raises:
        UnreadableAnswer: the answer is not of a known shape, or the quantity of a security is not certain.
    """
    return tuple(_holding(isin, row) for group in _groups(answer) for isin, row in group.items())


def _groups(answer: object) -> Iterator[dict[str, Any]]:
    """Find the maps from ISIN to row: ``RMSHoldings.Holdings`` now, ``RMSHoldingList[].Holdings`` before."""
    if answer == []:
        return
    body = answer if isinstance(answer, dict) else {}
    parts = [body["RMSHoldings"]] if "RMSHoldings" in body else body.get("RMSHoldingList")
    if not isinstance(parts, list):
        message = "the answer holds no list of holdings"
        raise UnreadableAnswer(message)
    for part in parts:
        group = (part.get("Holdings") if isinstance(part, dict) else part) or {}
        if not isinstance(group, dict):
            message = "holdings are not listed by ISIN"
            raise UnreadableAnswer(message)
        yield group


def _holding(isin: str, row: object) -> Holding:
    read = understood(_HoldingRow, row)
    listed = ((Exchange.NSE, read.nse), (Exchange.BSE, read.bse))
    keys = tuple(InstrumentKey(exchange, number) for exchange, number in listed if number is not None and number > 0)
    return Holding(isin, keys, read.quantity, read.average_price)
