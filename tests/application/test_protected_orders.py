"""MARKET on a key that the broker counts as algorithmic: refused, or sent once more with a limit."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from returns.pipeline import is_successful
from returns.result import Success

from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.application.close_all.report import CloseReport, LegState
from jainam_prop.domain.errors import Blocked, Rejected
from jainam_prop.domain.orders.journal import IntentState
from jainam_prop.domain.orders.order import OrderState, PriceType
from jainam_prop.domain.sessions.session import AccountKind
from tests.application.trading import RELIANCE, SBIN, Trader, error_of, states

ONE_PER_CENT_ABOVE = Decimal("787.95")
"""SBIN last traded at 780.10; its tick is 0.05."""
REFUSED_WORDS = "Market order Or Price 0 is not allowed for ALGO enabled orders."


def flag_key(trader: Trader) -> None:
    """Let the broker count the key as algorithmic from now on."""
    trader.strike(FaultKind.ALGO_KEY)


def hide_quotes(trader: Trader) -> None:
    trader.strike(FaultKind.SERVER_ERROR, "quotes", times=None)


def terms(trader: Trader) -> list[tuple[PriceType, Decimal, int]]:
    """Return how every order that the exchange holds was priced, and how much of it has traded."""
    held = trader.orders()
    return [(one.terms.price_type, one.terms.price, one.filled) for one in held]


def fates(trader: Trader) -> list[tuple[str, IntentState]]:
    """Return how each intent in the journal was priced and what became of it, oldest first."""
    return [(entry.intent.price_type, entry.state) for entry in reversed(trader.market.journal.recent())]


@pytest.mark.parametrize("account", list(AccountKind))
def test_a_refused_market_order_goes_once_more_with_a_limit(account: AccountKind) -> None:
    trader = Trader(account, JAINAM_MARKET_FALLBACK="protected-limit")
    flag_key(trader)

    placed = trader.place().unwrap()

    assert (trader.sent(), trader.net()) == (2, 10)
    assert terms(trader) == [(PriceType.LIMIT, ONE_PER_CENT_ABOVE, 10)]
    assert placed.order_id == str(trader.orders()[0].order_id)
    assert fates(trader) == [("MARKET", IntentState.REJECTED), ("LIMIT", IntentState.ACCEPTED)]


def test_a_sale_gets_a_limit_below_the_market() -> None:
    trader = Trader(JAINAM_MARKET_FALLBACK="protected-limit", JAINAM_MARKET_PROTECTION_PERCENT="2")
    flag_key(trader)

    trader.place(action="SELL")

    assert (terms(trader), trader.net()) == ([(PriceType.LIMIT, Decimal("764.45"), 10)], -10)


def test_switched_off_the_refusal_stands(trader: Trader) -> None:
    flag_key(trader)

    error = trader.place().failure()

    assert (error, trader.sent(), terms(trader)) == (Rejected(REFUSED_WORDS, "e-orders-0002"), 1, [])
    assert trader.sent("quotes") == 0


def test_without_a_quote_the_refusal_stands() -> None:
    trader = Trader(JAINAM_MARKET_FALLBACK="protected-limit")
    flag_key(trader)
    hide_quotes(trader)

    error = trader.place().failure()

    assert (error, trader.sent(), terms(trader)) == (Rejected(REFUSED_WORDS, "e-orders-0002"), 1, [])


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(Fault(FaultKind.REFUSED, on="place", code="e-orders-0009", text="Not today"), id="another-code"),
        pytest.param(Fault(FaultKind.REFUSED, on="place", code="e-orders-0002", text="Not today"), id="other-words"),
    ],
)
def test_any_other_refusal_stands(fault: Fault) -> None:
    trader = Trader(JAINAM_MARKET_FALLBACK="protected-limit")
    trader.exchange.faults.add(fault)

    outcome = trader.place()

    assert (error_of(outcome), trader.sent(), trader.sent("quotes")) == (Rejected, 1, 0)


def test_an_order_whose_reply_was_lost_is_found_and_not_sent_with_a_limit() -> None:
    trader = Trader(JAINAM_MARKET_FALLBACK="protected-limit")
    trader.strike(FaultKind.REPLY_LOST)

    trader.place().unwrap()

    assert (trader.sent(), terms(trader)[0][0]) == (1, PriceType.MARKET)


def test_the_second_try_is_found_when_its_reply_is_lost() -> None:
    trader = Trader(JAINAM_MARKET_FALLBACK="protected-limit")
    flag_key(trader)
    trader.strike(FaultKind.REPLY_LOST, skip=1)

    trader.place().unwrap()

    assert (trader.sent(), len(terms(trader)), trader.net()) == (2, 1, 10)


def test_a_limit_that_is_refused_as_well_is_not_tried_a_third_time() -> None:
    trader = Trader(JAINAM_MARKET_FALLBACK="protected-limit")
    trader.strike(FaultKind.REFUSED, times=None, code="e-orders-0002", text=REFUSED_WORDS)

    outcome = trader.place()

    assert (error_of(outcome), trader.sent(), terms(trader)) == (Rejected, 2, [])


def test_all_slices_of_a_refused_order_get_the_same_limit() -> None:
    trader = Trader(JAINAM_MARKET_FALLBACK="protected-limit")
    flag_key(trader)
    future = trader.nifty_future()
    assert future.largest_order is not None
    quantity = future.largest_order + future.lot_size

    placed = trader.place(symbol=future.symbol, exchange="NFO", product="NRML", quantity=quantity).unwrap()

    assert (len(placed.order_ids), trader.sent()) == (2, 3)
    assert len({price for _, price, _ in terms(trader)}) == 1


def test_a_smart_order_reaches_its_target_through_a_limit() -> None:
    trader = Trader(JAINAM_MARKET_FALLBACK="protected-limit")
    flag_key(trader)

    trader.smart(75)
    trader.smart(0)

    assert (trader.net(), trader.sent()) == (0, 4)
    assert {kind for kind, *_ in terms(trader)} == {PriceType.LIMIT}


def test_an_emergency_close_is_not_stranded_by_a_flagged_key() -> None:
    trader = Trader(JAINAM_MARKET_FALLBACK="protected-limit")
    trader.place(quantity=75)
    trader.place(symbol="RELIANCE", action="SELL", quantity=30)
    flag_key(trader)

    report = trader.close_all()

    assert (report.is_flat, trader.net(), trader.net(RELIANCE)) == (True, 0, 0)
    assert set(states(report).values()) == {LegState.CLOSED}


def test_an_emergency_close_without_the_fallback_names_the_refusal(trader: Trader) -> None:
    trader.place(quantity=75)
    flag_key(trader)

    report = trader.close_all()

    assert (report.is_flat, trader.net()) == (False, 75)
    assert REFUSED_WORDS in report.message


def test_what_the_limit_does_not_reach_is_told_and_an_exit_stays_in_the_market() -> None:
    trader = Trader(JAINAM_MARKET_FALLBACK="protected-limit")
    trader.place(quantity=75)
    flag_key(trader)
    trader.exchange.set_levels(SBIN, bids=[(trader.price("0.90"), 1000)], asks=[])

    (leg,) = trader.close_all().legs

    assert (leg.state, trader.net()) == (LegState.UNKNOWN, 75)
    assert "still working" in leg.reason
    assert [one.left for one in trader.exchange.working_orders()] == [75]


def test_a_limit_that_the_market_left_behind_is_taken_back_and_sent_at_the_price_of_the_moment() -> None:
    trader = Trader(JAINAM_MARKET_FALLBACK="always")
    trader.place(quantity=75)
    trader.exchange.set_levels(SBIN, bids=[], asks=[])

    def fall_once_the_first_is_taken_back(_report: CloseReport) -> None:
        if trader.sent() == 2:
            trader.exchange.move(SBIN, trader.price("0.95"))

    close_all = trader.app.close_all_positions
    report = close_all(trader.session, progress=fall_once_the_first_is_taken_back).unwrap()

    _, first, second = trader.orders()
    assert (report.is_flat, trader.net()) == (True, 0)
    assert (first.state, second.state) == (OrderState.CANCELLED, OrderState.FILLED)
    assert second.terms.price < first.terms.price


def test_always_sends_no_market_order_at_all() -> None:
    trader = Trader(JAINAM_MARKET_FALLBACK="always")
    trader.place(quantity=75)
    trader.smart(25)
    report = trader.close_all()

    assert (report.is_flat, trader.net(), trader.sent()) == (True, 0, 3)
    assert {kind for kind, *_ in terms(trader)} == {PriceType.LIMIT}


def test_always_sends_nothing_without_a_price_and_says_so() -> None:
    trader = Trader(JAINAM_MARKET_FALLBACK="always")
    hide_quotes(trader)

    error = trader.place().failure()

    assert (type(error), trader.sent()) == (Blocked, 0)
    assert "no MARKET order without protection" in error.message


@pytest.mark.parametrize("fallback", ["always", "protected-limit"])
@pytest.mark.parametrize("sign", [1, -1], ids=["long", "short"])
@pytest.mark.parametrize(
    "leave", [lambda trader: trader.close_all().is_flat, lambda trader: is_successful(trader.smart(0))]
)
def test_an_exit_goes_at_the_edge_of_its_band_while_market_data_is_away(
    leave: Callable[[Trader], bool], sign: int, fallback: str
) -> None:
    """Nothing that guards entries stops an exit: without a quote the limit that trades at once is the band's."""
    trader = Trader(JAINAM_MARKET_FALLBACK=fallback)
    trader.place(quantity=75, action="BUY" if sign > 0 else "SELL").unwrap()
    trader.strike(FaultKind.ALGO_KEY, times=None)
    hide_quotes(trader)

    assert (leave(trader), trader.net()) == (True, 0)


def test_always_leaves_orders_alone_that_have_a_price() -> None:
    trader = Trader(JAINAM_MARKET_FALLBACK="always")
    trigger = trader.price("1.02")

    trader.place(pricetype="LIMIT", price=trader.price("0.98"))
    trader.place(pricetype="SL-M", trigger_price=trigger)

    assert [kind for kind, *_ in terms(trader)] == [PriceType.LIMIT, PriceType.SL_M]
    assert trader.sent("quotes") == 0


def test_a_resting_order_turned_into_market_is_protected_too() -> None:
    trader = Trader(JAINAM_MARKET_FALLBACK="always")
    order_id = trader.rest()

    outcome = trader.modify(order_id)

    (held,) = trader.orders()
    assert (outcome, held.state) == (Success(order_id), OrderState.FILLED)
    assert (held.terms.price_type, held.terms.price) == (PriceType.LIMIT, ONE_PER_CENT_ABOVE)


def test_a_change_to_market_that_is_refused_goes_once_more_with_a_limit() -> None:
    trader = Trader(JAINAM_MARKET_FALLBACK="protected-limit")
    order_id = trader.rest()
    trader.strike(FaultKind.REFUSED, "modify", code="e-orders-0002", text=REFUSED_WORDS)

    trader.modify(order_id).unwrap()

    assert (trader.sent("modify"), trader.net()) == (2, 10)
