"""Replies about the account: balance, holdings and margin calculator.

Field names: protocol reference, sections 5.7 (balance, holdings; present and older shape) and 5 (margin, 2026).
"""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Annotated, Final

from pydantic import BeforeValidator, Field

from jainam_prop.adapters.xts.wire.cells import UnreadableAnswer, amount, shown_rupees, units
from jainam_prop.adapters.xts.wire.replies.models import ReplyModel, understood
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.money import ZERO, parse_units
from jainam_prop.domain.positions.account_books import Funds, Holding

_UNIFIED: Final = "ALL"
_NO_FUNDS: Final = Funds(ZERO, ZERO, ZERO, ZERO, ZERO, known=False)

_Number = Annotated[int | None, BeforeValidator(parse_units)]
_Figure = Annotated[Decimal | None, BeforeValidator(amount)]
"""A decimal text or a number; None for ``NaN`` and for everything else that is no amount."""


class _Limits(ReplyModel):
    available: _Figure = Field(default=None, alias="netMarginAvailable")
    collateral: _Figure = None
    realised: _Figure = Field(default=None, alias="RealizedMTM")
    unrealised: _Figure = Field(default=None, alias="UnrealizedMTM")
    utilised: _Figure = Field(default=None, alias="marginUtilized")


class _LimitObject(ReplyModel):
    limits: _Limits = Field(alias="RMSSubLimits")


class _BalanceRow(ReplyModel):
    header: str = Field(alias="limitHeader")
    content: _LimitObject = Field(alias="limitObject")


class _Balance(ReplyModel):
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


class _HoldingRow(ReplyModel):
    """One security; its quantities are what is held, so they must be understood."""

    isin: str = Field(default="", alias="ISIN")
    free: Annotated[int, BeforeValidator(units)] = Field(alias="HoldingQuantity")
    pledged: Annotated[int, BeforeValidator(units)] = Field(default=0, alias="CollateralQuantity")
    average_price: Annotated[Decimal, BeforeValidator(shown_rupees)] = Field(default=ZERO, alias="BuyAvgPrice")
    has_average: bool | None = Field(default=None, alias="IsBuyAvgPriceProvided")
    nse: _Number = Field(default=None, alias="ExchangeNSEInstrumentId")
    bse: _Number = Field(default=None, alias="ExchangeBSEInstrumentId")

    @property
    def average(self) -> Decimal | None:
        """Average price; unknown when the broker says so, or says nothing and shows zero."""
        known = self.average_price > ZERO if self.has_average is None else self.has_average
        return self.average_price if known else None


_LISTS: Final = ("RMSHoldings", "RMSHoldingList")
_COLLATERAL_LISTS: Final = ("CollateralHoldings", "CollateralHoldingList")
_QUANTITIES: Final = ("HoldingQuantity", "CollateralQuantity")


def read_holdings(answer: object) -> tuple[Holding, ...]:
    """Read what lies in the depository, pledged shares included.

    Servers list securities in a map by ISIN (below ``Holdings`` or not), in flat rows, or in one object, and pledged
    ones once more in a list of their own, which may be the only one.

    Raises:
        UnreadableAnswer: the answer is not of a known shape, or a row is not understood.
    """
    if answer == []:
        return ()
    body = answer if isinstance(answer, dict) else {}
    if not any(name in body for name in (*_LISTS, *_COLLATERAL_LISTS)):
        message = "the answer holds no list of holdings"
        raise UnreadableAnswer(message)
    held = [_holding(isin, row) for name in _LISTS for isin, row in _rows(body.get(name))]
    pledged = [_collateral(isin, row) for name in _COLLATERAL_LISTS for isin, row in _rows(body.get(name))]
    by_isin = {holding.isin: holding for holding in pledged}
    known = {holding.isin for holding in held}
    merged = (_merged(holding, by_isin.get(holding.isin)) for holding in held)
    return (*merged, *(holding for holding in pledged if holding.isin not in known))


def _merged(held: Holding, pledged: Holding | None) -> Holding:
    """Add what only the list of pledged securities says; units that both lists can mean are counted once."""
    if pledged is None or held.pledged:
        return held
    counted = held.quantity >= pledged.quantity
    return replace(
        held, quantity=held.quantity if counted else held.quantity + pledged.quantity, pledged=pledged.quantity
    )


def _rows(node: object) -> Iterator[tuple[str, _HoldingRow]]:
    """Yield the ISIN and row of every security below a node."""
    if isinstance(node, list):
        for part in node:
            yield from _rows(part)
    elif isinstance(node, dict):
        yield from _rows_of_object(node)
    elif node is not None:
        message = f"a holding is {type(node).__name__}, neither a row nor a map of rows"
        raise UnreadableAnswer(message)


def _rows_of_object(node: dict[str, object]) -> Iterator[tuple[str, _HoldingRow]]:
    if any(name in node for name in _QUANTITIES):
        row = _row("", node)
        yield row.isin, row
    elif "Holdings" in node:
        yield from _rows(node["Holdings"])
    else:
        yield from ((isin, _row(isin, row)) for isin, row in node.items())


def _row(isin: str, row: object) -> _HoldingRow:
    if not isinstance(row, dict):
        message = f"holding {isin} is no row"
        raise UnreadableAnswer(message)
    read = understood(_HoldingRow, {"HoldingQuantity": 0, **row} if "CollateralQuantity" in row else row)
    if not (isin or read.isin):
        message = "a holding has no ISIN"
        raise UnreadableAnswer(message)
    return read


def _holding(isin: str, row: _HoldingRow) -> Holding:
    listed = ((Exchange.NSE, row.nse), (Exchange.BSE, row.bse))
    keys = tuple(InstrumentKey(exchange, number) for exchange, number in listed if number is not None and number > 0)
    return Holding(isin, keys, row.free + row.pledged, row.average, row.pledged)


def _collateral(isin: str, row: _HoldingRow) -> Holding:
    """Read a row of the list of pledged securities, with its quantity in either of two cells."""
    holding = _holding(isin, row)
    units_pledged = row.pledged or row.free
    return replace(holding, quantity=units_pledged, pledged=units_pledged)


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
