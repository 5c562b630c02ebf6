"""What the host's pages show of fills, rejected orders and holdings whose purchase price is not known."""

import json
import types
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

import pytest

from jainam_prop.application.positions.read import ValuedHolding
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.orders.order import Side, Trade
from jainam_prop.domain.positions.position import Holding, Position, PositionKey
from jainam_prop.entrypoints.book_rows import BookRows
from jainam_prop.entrypoints.openalgo.order_data import (
    calculate_portfolio_statistics,
    transform_order_data,
    transform_tradebook_data,
)
from tests.contracts.instrument_store import SBIN
from tests.fakes.instrument_store import InMemoryInstrumentStore

ROWS: Final = BookRows(InMemoryInstrumentStore(SBIN))
KEY: Final = InstrumentKey(Exchange.NSE, 3045)


def a_fill(number: int, units: int, price: int, order_id: str = "1110045781") -> Trade:
    return Trade(f"T{number}", order_id, "", KEY, "SBIN-EQ", Side.BUY, "MIS", units, Decimal(price), None)


FILLS: Final = ROWS.trades([a_fill(1, 5, 814), a_fill(2, 10, 815), a_fill(3, 15, 816), a_fill(4, 1, 90, "2")])


def as_the_order_status_service(call: Callable[[], Any]) -> Any:  # noqa: ANN401
    """Call as OpenAlgo's order status does: from a function of that module."""
    module = types.ModuleType("services.orderstatus_service")
    exec("def ask(call):\n    return call()", module.__dict__)  # noqa: S102 (its frame has to be that module's)
    return module.ask(call)


class TestTrades:
    def test_the_trade_page_shows_the_price_of_each_fill(self) -> None:
        rows = transform_tradebook_data(FILLS)

        assert [(row["quantity"], row["average_price"], row["trade_value"]) for row in rows] == [
            (5, 814.0, 4070.0),
            (10, 815.0, 8150.0),
            (15, 816.0, 12240.0),
            (1, 90.0, 90.0),
        ]

    def test_the_order_status_gets_the_average_of_the_order_from_its_first_row(self) -> None:
        rows = as_the_order_status_service(lambda: transform_tradebook_data(FILLS))

        first = next(row for row in rows if row["orderid"] == "1110045781")
        assert round(first["average_price"], 2) == 815.33
        assert rows[-1]["average_price"] == 90.0


class TestOrders:
    FILLED: Final[dict[str, object]] = {
        "exchange": "NSE",
        "pricetype": "MARKET",
        "price": 0.0,
        "filled_quantity": 30,
        "average_price": 815.33,
        "rejection_reason": "",
    }

    def test_a_filled_market_order_shows_its_average_price_in_the_column_of_prices(self) -> None:
        row = as_the_host_formats(transform_order_data([self.FILLED])[0])

        assert (row["price"], row["pricetype"]) == (815.33, "MARKET")

    def test_an_open_one_shows_none(self) -> None:
        row = as_the_host_formats(transform_order_data([self.FILLED | {"filled_quantity": 0, "average_price": 0.0}])[0])

        assert (row["price"], row["pricetype"]) == (0.0, "MARKET")

    def test_a_rejected_one_keeps_its_reason(self) -> None:
        rejected = self.FILLED | {"filled_quantity": 0, "rejection_reason": "RMS: margin exceeds"}

        assert as_the_host_formats(transform_order_data([rejected])[0])["rejection_reason"] == "RMS: margin exceeds"


def as_the_host_formats(row: dict[str, Any]) -> dict[str, Any]:
    """Do to a row what OpenAlgo's order book service does before it is sent as JSON."""
    formatted = {key: round(value, 2) if isinstance(value, float) else value for key, value in row.items()}
    price_type: Any = formatted["pricetype"]
    if price_type.upper() == "MARKET":
        formatted["price"] = 0.0
    read: dict[str, Any] = json.loads(json.dumps(formatted))
    return read


@pytest.mark.parametrize(("net", "more"), [(6, {"today_realized_pnl": 39.6}), (0, {})], ids=["reduced", "closed"])
def test_the_profit_realised_is_given_apart_while_units_are_open(net: int, more: dict[str, float]) -> None:
    key, prices = PositionKey(KEY, "MIS"), (Decimal(780), Decimal(790))
    (row,) = ROWS.positions([Position(key, "", net, *prices, Decimal("39.6"), Decimal(net * 10), Decimal(1))])

    assert row["pnl"] == 39.6 + net * 10
    assert {name: row[name] for name in row if name == "today_realized_pnl"} == more


class TestHoldings:
    KNOWN: Final = ValuedHolding(Holding(SBIN.isin, (KEY,), 10, Decimal(600)), Decimal(815))
    GIVEN: Final = ValuedHolding(Holding(SBIN.isin, (KEY,), 100, None, pledged=40), Decimal(815))

    def test_a_holding_without_a_purchase_price_has_no_profit_and_says_so(self) -> None:
        row = ROWS.holdings([self.GIVEN])[0]

        shown = ("average_price", "pnl", "pnlpercent", "average_known", "pledged_quantity", "quantity")
        assert [row[name] for name in shown] == [0.0, 0.0, 0.0, False, 40, 100]

    def test_no_total_counts_its_whole_value_as_profit(self) -> None:
        totals = calculate_portfolio_statistics(ROWS.holdings([self.KNOWN, self.GIVEN]))

        assert totals == {
            "totalholdingvalue": 8_150.0 + 81_500.0,
            "totalinvvalue": 6_000.0,
            "totalprofitandloss": 2_150.0,
            "totalpnlpercentage": pytest.approx(35.83),
        }
