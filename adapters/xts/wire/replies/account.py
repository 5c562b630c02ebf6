"""Replies about the account: balance, holdings and margin calculator.

Field names: protocol reference, sections 5.7 (balance, holdings; present and older shape) and 5 (margin, 2026).
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from jainam_prop.adapters.xts.wire.cells import UnreadableAnswer, amount, shown_rupees, units
from jainam_prop.adapters.xts.wire.replies.envelope import understood
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.money import ZERO, parse_units
from jainam_prop.domain.positions.account_books import Funds, Holding

_UNIFIED: Final = "ALL"
_NO_FUNDS: Final = Funds(ZERO, ZERO, ZERO, ZERO, ZERO, known=False)
_PART: Final = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

_Number = Annotated[int | None, BeforeValidator(parse_units)]
_Figure = Annotated[Decimal | None, BeforeValidator(amount)]
"""A decimal text or a number; None for ``NaN`` and for everything else that is no amount."""


class _Limits(BaseModel):
    model_config = _PART

    available: _Figure = Field(default=None, alias="netMarginAvailable")
    collateral: _Figure = None
    realised: _Figure = Field(default=None, alias="RealizedMTM")
    unrealised: _Figure = Field(default=None, alias="UnrealizedMTM")
    utilised: _Figure = Field(default=None, alias="marginUtilized")


class _LimitObject(BaseModel):
    model_config = _PART

    limits: _Limits = Field(alias="RMSSubLimits")


class _BalanceRow(BaseModel):
    model_config = _PART

    header: str = Field(alias="limitHeader")
    content: _LimitObject = Field(alias="limitObject")


class _Balance(BaseModel):
    model_config = _PART

    rows: tuple[_BalanceRow, ...] = Field(alias="BalanceList")


def read_funds(answer: object) -> Funds:
    """Read a balance; from several limits the most general one, ``ALL|ALL|ALL`` where there is one.

    An answer without limits is an account without a balance of its own, as dealers are. A figure that XTS sends as
    ``NaN`` shows as zero, and then the funds are not `Funds.known`.

    Raises:
        UnreadableAnswer: the answer is no balance.
    """
    if answer == []:
        return _NO_FUNDS
    rows = understood(_Balance, answer).rows
    if not rows:
        return _NO_FUNDS
    limits = max(rows, key=_generality).content.limits
    return Funds(
        available_cash=limits.available or ZERO,
        collateral=limits.collateral or ZERO,
        realised=limits.realised or ZERO,
        unrealised=limits.unrealised or ZERO,
        utilised=limits.utilised or ZERO,
        known=None not in limits.model_dump().values(),
    )


def _generality(row: _BalanceRow) -> int:
    return row.header.upper().split("|").count(_UNIFIED)


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


def read_margin(answer: object) -> Decimal:
    """Read the rupees that would be blocked.

    Raises:
        UnreadableAnswer: there is no sum, or the server says that it could not be computed, with its reason.
    """
    details = answer.get("brokerageDeatils", answer.get("brokerageDetails")) if isinstance(answer, dict) else None
    if not isinstance(details, dict):
        message = "the answer holds no margin"
        raise UnreadableAnswer(message)
    required = amount(details.get("MarginRequired"))
    if details.get("IsValid") is not True or required is None:
        said = details.get("ErrorMessage")
        message = said if isinstance(said, str) and said else "the answer holds no margin"
        raise UnreadableAnswer(message)
    return required
