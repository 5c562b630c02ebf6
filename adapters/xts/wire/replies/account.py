"""Replies about the account: balance, holdings and margin calculator.

Field names: protocol reference, sections 5.7 (balance, holdings; present and older shape) and 5 (margin, 2026).
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from operator import itemgetter
from typing import Any, Final

from jainam_prop.adapters.xts.wire.cells import UnreadableAnswer, amount, refuse, shown_rupees, units
from jainam_prop.adapters.xts.wire.rows import read_rows
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.money import ZERO, parse_units
from jainam_prop.domain.positions.position import Funds, Holding

_UNIFIED: Final = "ALL"
_NO_FUNDS: Final = Funds(ZERO, ZERO, ZERO, ZERO, ZERO, known=False)

_FIGURES: Final = {
    "available_cash": "netMarginAvailable",
    "collateral": "collateral",
    "realised": "RealizedMTM",
    "unrealised": "UnrealizedMTM",
    "utilised": "marginUtilized",
}
"""The figures of a limit, by their names in `Funds`."""


def read_funds(answer: object) -> Funds:
    """Read a balance; from several limits the most general one, ``ALL|ALL|ALL`` where there is one.

    An answer without limits is an account without a balance of its own, as dealers are. A figure that XTS sends as
    ``NaN`` shows as zero, and then the funds are not `Funds.known`.

    Raises:
        UnreadableAnswer: the answer is no balance.
    """
    if answer == []:
        return _NO_FUNDS
    limits = read_rows(answer.get("BalanceList") if isinstance(answer, dict) else None, _limit)
    if not limits:
        return _NO_FUNDS
    _, figures = max(limits, key=itemgetter(0))
    return Funds(**{name: figure or ZERO for name, figure in figures.items()}, known=None not in figures.values())


def _limit(row: Mapping[str, Any]) -> tuple[int, dict[str, Decimal | None]]:
    """Read how general a limit is, and its figures; None for ``NaN`` and for everything else that is no amount."""
    cells = row["limitObject"]["RMSSubLimits"]
    generality = row["limitHeader"].upper().split("|").count(_UNIFIED)
    return generality, {name: amount(cells.get(cell)) for name, cell in _FIGURES.items()}


_LISTS: Final = ("RMSHoldings", "RMSHoldingList")
_COLLATERAL_LISTS: Final = ("CollateralHoldings", "CollateralHoldingList")
_LISTED: Final = (Exchange.NSE, Exchange.BSE)
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
        refuse("the answer holds no list of holdings")
    held = [holding for name in _LISTS for holding in _rows(body.get(name))]
    pledged = [_collateral(row) for name in _COLLATERAL_LISTS for row in _rows(body.get(name))]
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


def _rows(node: object) -> Iterator[Holding]:
    """Yield every security below a node."""
    if isinstance(node, list):
        for part in node:
            yield from _rows(part)
    elif isinstance(node, dict):
        yield from _rows_of_object(node)
    elif node is not None:
        refuse(f"a holding is {type(node).__name__}, neither a row nor a map of rows")


def _rows_of_object(node: dict[str, object]) -> Iterator[Holding]:
    if any(name in node for name in _QUANTITIES):
        yield _holding("", node)
    elif "Holdings" in node:
        yield from _rows(node["Holdings"])
    else:
        yield from (_holding(isin, row) for isin, row in node.items())


def _holding(isin: str, row: object) -> Holding:
    """Read one security; its quantities are what is held, so they must be understood."""
    if not isinstance(row, dict):
        refuse(f"holding {isin} is no row")
    named = isin or row.get("ISIN")
    if not (named and isinstance(named, str)):
        refuse("a holding has no ISIN")
    if not any(name in row for name in _QUANTITIES):
        refuse(f"holding {named} has no quantity")
    try:
        free, pledged = (units(row.get(name, 0)) for name in _QUANTITIES)
    except UnreadableAnswer as problem:
        message = f"holding {named}: {problem}"
        raise UnreadableAnswer(message) from problem
    return Holding(named, _keys(row), free + pledged, _average(row), pledged)


def _average(row: Mapping[str, Any]) -> Decimal | None:
    """Read the average price; unknown when the broker says so, or says nothing and shows zero."""
    price, is_known = shown_rupees(row.get("BuyAvgPrice")), row.get("IsBuyAvgPriceProvided")
    return price if (is_known if isinstance(is_known, bool) else price > ZERO) else None


def _keys(row: Mapping[str, Any]) -> tuple[InstrumentKey, ...]:
    listed = ((exchange, parse_units(row.get(f"Exchange{exchange}InstrumentId"))) for exchange in _LISTED)
    return tuple(InstrumentKey(exchange, number) for exchange, number in listed if number is not None and number > 0)


def _collateral(row: Holding) -> Holding:
    """Take a row of the list of pledged securities, whose quantity may stand in either cell."""
    units_pledged = row.pledged or row.quantity
    return replace(row, quantity=units_pledged, pledged=units_pledged)


def read_margin(answer: object) -> Decimal:
    """Read the rupees that would be blocked.

    Raises:
        UnreadableAnswer: there is no sum, or the server says that it could not be computed, with its reason.
    """
    details = answer.get("brokerageDeatils", answer.get("brokerageDetails")) if isinstance(answer, dict) else None
    if not isinstance(details, dict):
        refuse("the answer holds no margin")
    required = amount(details.get("MarginRequired"))
    if details.get("IsValid") is not True or required is None:
        said = details.get("ErrorMessage")
        refuse(said if isinstance(said, str) and said else "the answer holds no margin")
    return required
