"""Exits go where entries must not, and before them where both may."""

from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest

from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.simulator.faults import FaultKind
from jainam_prop.domain.errors import Blocked, OutcomeUnknown
from jainam_prop.domain.orders.order import Side
from tests.application.trading import QUICK_BROKER, RELIANCE, Market, Trader, at_once, error_of

STRICT = SimulatorConfig(instruments=QUICK_BROKER.instruments)


def open_circuit(trader: Trader) -> None:
    """Let three replies get lost, after which the broker is left alone."""
    trader.strike(FaultKind.RESET, times=3)
    assert [error_of(trader.place()) for _ in range(3)] == [OutcomeUnknown] * 3


def test_in_reduce_exits_pass_and_entries_do_not(trader: Trader) -> None:
    trader.place(quantity=75)
    trader.place(symbol="RELIANCE", quantity=30)
    trader.place(symbol="TCS", quantity=40)
    reduced = trader.beside(JAINAM_TRADING_STATE="REDUCE")

    outcomes = [
        reduced.place(),
        reduced.place(action="SELL", quantity=76),
        reduced.smart(80),
        reduced.place(action="SELL", quantity=25),
        reduced.smart(10, symbol="RELIANCE"),
    ]

    assert [error_of(outcome) for outcome in outcomes] == [Blocked, Blocked, Blocked, None, None]
    assert (reduced.close_all().is_flat, trader.left()) == (True, {})


@pytest.mark.parametrize("seed", range(5))
def test_two_exits_at_once_in_reduce_reverse_nothing(seed: int) -> None:
    trader = Trader(market=Market(seed=seed))
    trader.place(quantity=75)
    reduced = [trader.beside(JAINAM_TRADING_STATE="REDUCE") for _ in range(4)]

    outcomes = at_once(reduced, lambda one: one.place(action="SELL", quantity=75))

    assert Counter(error_of(outcome) for outcome in outcomes) == Counter({None: 1, Blocked: 3})
    assert trader.net() == 0


def test_in_reduce_an_exit_at_market_passes_beside_the_stop_of_its_position(trader: Trader) -> None:
    """Another stop, or a limit that rests, could reverse the position together with the first."""
    trader.place(quantity=75)
    trader.protect(75)
    reduced, exits = trader.beside(JAINAM_TRADING_STATE="REDUCE"), {"action": "SELL", "quantity": 75}

    outcomes = [
        reduced.place(**exits, pricetype="LIMIT", price=trader.price("1.01")),
        reduced.place(**exits, pricetype="SL-M", trigger_price=trader.price("0.97")),
        reduced.place(**exits),
        reduced.place(**exits),
    ]

    assert [error_of(outcome) for outcome in outcomes] == [Blocked, Blocked, None, Blocked]
    assert trader.net() == 0


def test_with_the_circuit_open_exits_pass_and_entries_do_not(trader: Trader) -> None:
    trader.place(quantity=75)
    trader.place(symbol="RELIANCE", quantity=30)
    open_circuit(trader)

    entry, larger = trader.place(symbol="TCS"), trader.smart(40, symbol="RELIANCE")
    plain = trader.place(action="SELL", quantity=25)

    assert [error_of(outcome) for outcome in (entry, larger, plain)] == [Blocked, Blocked, None]
    assert "circuit breaker" in entry.failure().message
    assert trader.net() == 50


@pytest.mark.parametrize("exit_by", ["smart order", "close-all"])
def test_with_the_circuit_open_a_position_can_be_left(trader: Trader, exit_by: str) -> None:
    trader.place(symbol="RELIANCE", quantity=30)
    open_circuit(trader)
    assert error_of(trader.place(symbol="TCS")) is Blocked

    if exit_by == "smart order":
        trader.smart(0, symbol="RELIANCE")
    else:
        trader.close_all()

    assert trader.net(RELIANCE) == 0


def test_orders_whose_lost_replies_are_found_at_once_do_not_open_the_circuit(trader: Trader) -> None:
    trader.strike(FaultKind.RESET, times=4, processed=True)

    outcomes = [trader.place(quantity=quantity) for quantity in range(1, 6)]

    assert [error_of(outcome) for outcome in outcomes] == [None] * 5
    assert trader.net() == 15


def test_an_open_circuit_is_probed_and_new_risk_passes_without_another_call(trader: Trader) -> None:
    open_circuit(trader)
    before = trader.sent("dealer_order_book")
    trader.clock.advance(15.0)
    probes = trader.sent("dealer_order_book") - before
    trader.strike(FaultKind.SERVER_ERROR, "dealer_order_book")

    assert error_of(trader.place(symbol="TCS")) is None
    assert probes >= 1


def test_smart_orders_close_the_circuit_again_by_their_own_reads(trader: Trader) -> None:
    open_circuit(trader)
    assert error_of(trader.place(symbol="TCS")) is Blocked
    trader.clock.advance(60.0)

    outcome = trader.smart(30, symbol="RELIANCE")

    assert (error_of(outcome), trader.net(RELIANCE)) == (None, 30)


@pytest.mark.parametrize("seed", range(3))
def test_with_the_entry_queue_full_a_close_goes_first(seed: int) -> None:
    trader = Trader(market=Market(config=STRICT, seed=seed))
    for symbol in ("SBIN", "RELIANCE", "TCS"):
        trader.place(symbol=symbol, quantity=10)

    def close() -> bool:
        trader.clock.sleep(0.5)
        return trader.close_all().is_flat

    def enter() -> bool:
        return error_of(trader.place(quantity=1, pricetype="LIMIT", price="764.50")) is None

    is_flat, *_ = trader.clock.together([close, *[enter] * 40])

    assert is_flat
    sides = [each.side for each in trader.orders()]
    assert sides.count(Side.SELL) == 3
    assert Side.SELL not in sides[3 + 3 * 10 :]  # three windows of the rate at most, where entries fill four


@pytest.mark.parametrize("exit_by", ["smart order", "close-all"])
def test_an_exit_does_not_wait_behind_the_pages_of_other_processes(exit_by: str) -> None:
    trader = Trader(market=Market(config=STRICT))
    trader.place(quantity=10)
    trader.clock.advance(30.0)
    pages = [trader.beside() for _ in range(8)]
    until = trader.clock.monotonic() + 12.0

    def show(page: Trader) -> float:
        while trader.clock.monotonic() < until:
            page.app.read_books.positions(page.session)
            trader.clock.sleep(0.01)
        return 0.0

    def leave() -> float:
        trader.clock.sleep(0.1)
        began = trader.clock.monotonic()
        _ = trader.smart(0) if exit_by == "smart order" else trader.close_all()
        return trader.clock.monotonic() - began

    callers: list[Callable[[], float]] = [leave, *(partial(show, page) for page in pages)]
    took = trader.clock.together(callers)[0]

    assert (took < 2.0, trader.net()) == (True, 0)


@pytest.mark.parametrize("hours", [1, -1], ids=["forward", "back"])
def test_a_clock_that_is_set_between_two_signals_doubles_nothing(trader: Trader, hours: int) -> None:
    trader.market.broker.books.order_lag = trader.market.broker.books.position_lag = 3.0
    trader.smart(75)
    trader.clock.set_forward(hours * 3600)

    trader.smart(75)

    assert (trader.net(), trader.sent()) == (75, 1)


def test_a_burst_above_the_rate_chart_is_paced_and_every_order_placed() -> None:
    market = Market(config=STRICT)
    traders = [Trader(market=market) for _ in range(10)]

    outcomes = at_once(traders, lambda one: [error_of(one.place(quantity=1)) for _ in range(6)])

    assert (Counter(error for each in outcomes for error in each), traders[0].net()) == (Counter({None: 60}), 60)
    placed = [held.placed_at.timestamp() for held in traders[0].orders()]
    assert max(sum(1 for each in placed if start <= each < start + 1.0) for start in placed) <= 10


def test_a_storm_of_rate_limits_ends_with_all_orders_placed_and_no_login() -> None:
    market = Market(config=STRICT)
    traders = [Trader(market=market) for _ in range(10)]
    traders[0].strike(FaultKind.RATE_LIMITED, times=12)

    outcomes = at_once(traders, lambda one: [error_of(one.place(quantity=1)) for _ in range(3)])

    assert (Counter(error for each in outcomes for error in each), traders[0].net()) == (Counter({None: 30}), 30)
    assert [len(held) for held in traders[0].per_identifier().values()] == [1] * 30
    assert traders[0].sent("login") == 1


def test_a_caller_in_a_hurry_does_not_spoil_the_read_of_one_who_has_time(trader: Trader) -> None:
    trader.place(quantity=75, product="NRML")
    trader.strike(FaultKind.SLOW, "dealer_positions", seconds=4.0, times=None)
    hurried = trader.beside(JAINAM_REQUEST_TIMEOUT="1")

    outcomes = trader.clock.together(
        [
            lambda: error_of(hurried.smart(75, product="NRML")),
            lambda: error_of(trader.app.read_books.positions(trader.session)),
        ]
    )

    assert outcomes[0] is not None
    assert outcomes[1] is None
