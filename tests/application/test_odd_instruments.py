"""Instruments as the world sends them: shared symbols, expired contracts and contracts with a multiplier."""

from datetime import timedelta
from decimal import Decimal

import pytest

from jainam_prop.domain.errors import Invalid
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.generation import resolve_clashes
from jainam_prop.domain.instruments.instrument import Instrument
from jainam_prop.domain.instruments.search import InstrumentQuery
from jainam_prop.domain.instruments.symbol import expiry_column
from jainam_prop.domain.market_data.calendar import expires_at
from tests.application.trading import Trader, error_of, states


def listed(trader: Trader) -> list[Instrument]:
    return list(trader.market.instruments.search(InstrumentQuery(limit=None)))


def replace_listed(trader: Trader, *changed: Instrument) -> None:
    keys = {each.key for each in changed}
    kept = [each for each in listed(trader) if each.key not in keys]
    trader.market.instruments.replace(resolve_clashes([*kept, *changed])[0])


def future_on(trader: Trader, root: str, exchange: Exchange) -> Instrument:
    found = [each for each in listed(trader) if (each.exchange, each.name, each.kind) == (exchange, root, "FUT")]
    return min(found, key=lambda each: each.expiry or trader.clock.now().date())


def buy(trader: Trader, instrument: Instrument, quantity: int, **fields: object) -> object:
    symbol = {"symbol": instrument.symbol, "exchange": instrument.exchange.value, "product": "NRML"}
    return trader.place(**symbol | {"quantity": quantity} | fields)


class TestASymbolThatTwoContractsHave:
    @pytest.fixture
    def twins(self, trader: Trader) -> tuple[Instrument, Instrument]:
        first = trader.nifty_future()
        second = next(each for each in listed(trader) if each.name == "NIFTY" and each.key != first.key)
        replace_listed(trader, first, second._replace(symbol=first.symbol))
        return first, second

    def test_is_refused_by_name(self, trader: Trader, twins: tuple[Instrument, Instrument]) -> None:
        refused = buy(trader, twins[0], 75)

        assert "is not listed on NFO" in refused.failure().message  # type: ignore[attr-defined]
        assert trader.sent() == 0

    def test_a_held_position_in_it_is_closed(self, trader: Trader, twins: tuple[Instrument, Instrument]) -> None:
        lot = twins[0].lot_size
        trader.carry(2 * lot, twins[0].key, "NRML", 25_000)

        report = trader.close_all()

        assert states(report) == {f"{twins[0].symbol}-{twins[0].token}": "closed"}
        assert trader.left() == {}


class TestAnExpiredContract:
    @pytest.fixture
    def expired(self, trader: Trader) -> Instrument:
        """Return a future of the store whose last day was three days ago."""
        instrument = trader.nifty_future()
        gone = instrument._replace(expiry=(trader.clock.now() - timedelta(days=3)).date())
        replace_listed(trader, gone)
        return gone

    def test_its_order_is_refused_by_name(self, trader: Trader, expired: Instrument) -> None:
        refused = buy(trader, expired, expired.lot_size)

        assert expired.expiry is not None
        problem = f"{expired.symbol} expired on {expiry_column(expired.expiry)}: choose a later contract"
        assert refused.failure() == Invalid((problem,))  # type: ignore[attr-defined]
        assert trader.sent() == 0

    def test_it_is_not_found_by_a_search(self, trader: Trader, expired: Instrument) -> None:
        assert expired not in trader.market.instruments.search(InstrumentQuery(text=expired.symbol))

    def test_a_position_in_it_has_its_name(self, trader: Trader, expired: Instrument) -> None:
        trader.carry(expired.lot_size, expired.key, "NRML", 25_000)

        rows = trader.app.rows.positions(trader.app.read_books.positions(trader.session).unwrap())

        assert [row["symbol"] for row in rows] == [expired.symbol]

    def test_it_trades_until_the_close_of_its_last_day(self, trader: Trader) -> None:
        future = trader.nifty_future()
        assert future.expiry is not None
        close = expires_at(future.exchange, future.expiry)
        trader.clock.advance((close - trader.clock.now()).total_seconds() - 60)
        last_minute = buy(trader, future, future.lot_size)
        trader.clock.advance(120)

        assert error_of(last_minute) is not Invalid  # type: ignore[arg-type]
        assert error_of(buy(trader, future, future.lot_size)) is Invalid  # type: ignore[arg-type]


class TestAContractWithAMultiplier:
    @pytest.fixture
    def gas(self, trader: Trader) -> Instrument:
        return future_on(trader, "NATGASMINI", Exchange.MCX)

    def test_one_lot_is_one_unit(self, trader: Trader, gas: Instrument) -> None:
        buy(trader, gas, 1)

        assert (gas.lot_size, gas.multiplier, trader.net(gas.key, "NRML")) == (1, Decimal(250), 1)

    def test_its_trade_is_worth_the_contract(self, trader: Trader, gas: Instrument) -> None:
        buy(trader, gas, 1)

        trade = trader.app.rows.trades(trader.app.read_books.trades(trader.session).unwrap())[0]
        position = trader.app.rows.positions(trader.app.read_books.positions(trader.session).unwrap())[0]
        assert trade["trade_value"] == pytest.approx(trade["price"] * 250)
        assert (position["quantity"], position["lot_size"]) == (1, 250.0)

    def test_a_quantity_of_the_underlying_is_refused_with_both_readings(self, trader: Trader, gas: Instrument) -> None:
        refused = buy(trader, gas, 250)

        assert refused.failure().message == (  # type: ignore[attr-defined]
            f"quantity 250 of {gas.symbol} is 250 lots of 250 each. If it counts the underlying, that is 1 lots: "
            "send quantity 1. If 250 lots are meant, send smaller orders"
        )
        assert trader.sent() == 0

    def test_so_is_a_target_and_a_new_total(self, trader: Trader, gas: Instrument) -> None:
        fields = {"symbol": gas.symbol, "exchange": "MCX", "product": "NRML"}
        price = trader.price("0.98", gas.key) // gas.tick_size * gas.tick_size
        resting = buy(trader, gas, 1, pricetype="LIMIT", price=price).unwrap().order_id  # type: ignore[attr-defined]

        assert "250 lots of 250 each" in trader.smart(250, **fields).failure().message
        modified = trader.modify(resting, **fields, quantity=250, pricetype="LIMIT", price=price)
        assert "250 lots of 250 each" in modified.failure().message
        assert trader.sent("modify") == 0

    def test_an_exit_of_as_many_lots_is_not_held_back(self, trader: Trader, gas: Instrument) -> None:
        trader.carry(250, gas.key, "NRML", 303)

        buy(trader, gas, 250, action="SELL")

        assert trader.net(gas.key, "NRML") == 0

    def test_a_quantity_below_a_hundred_lots_goes_as_it_is(self, trader: Trader) -> None:
        gold = future_on(trader, "GOLDM", Exchange.MCX)

        buy(trader, gold, 10)

        assert (gold.contract_size, trader.net(gold.key, "NRML")) == (10, 10)

    def test_one_lot_of_a_currency_pair_is_one_unit(self, trader: Trader) -> None:
        dollar = future_on(trader, "USDINR", Exchange.CDS)

        buy(trader, dollar, 1)
        refused = buy(trader, dollar, 1000)

        assert trader.net(dollar.key, "NRML") == 1
        assert "is 1000 lots of 1000 each" in refused.failure().message  # type: ignore[attr-defined]
