"""Conversion and the broker's own square-off against the exchange's positions: asked once, believed when seen."""

import pytest
from returns.result import Failure, Result, Success

from jainam_prop.adapters.simulator.faults import FaultKind
from jainam_prop.application.close_all.report import CloseReport, LegState
from jainam_prop.application.positions.convert import Converted
from jainam_prop.domain.errors import Blocked, BrokerError, Invalid, OutcomeUnknown, Rejected, Unreadable
from jainam_prop.domain.orders.journal import IntentState
from jainam_prop.domain.orders.order import Product
from jainam_prop.domain.positions.conversion import Conversion
from jainam_prop.domain.positions.position import PositionKey
from jainam_prop.domain.sessions.session import AccountKind
from tests.application.trading import RELIANCE, SBIN, Trader, error_of

SBIN_MIS = PositionKey(SBIN, "MIS")


def convert(
    trader: Trader, quantity: int = 75, source: Product = Product.MIS, target: Product = Product.NRML
) -> Result[Converted, BrokerError]:
    instrument = trader.app.instruments.find_key(SBIN)
    assert instrument is not None
    return trader.app.convert_position(trader.session, Conversion(instrument, quantity, source, target))


def nets(trader: Trader) -> tuple[int, int]:
    return trader.net(product="MIS"), trader.net(product="NRML")


def fates(trader: Trader) -> list[tuple[str, str, str, int, IntentState]]:
    """Return what the journal says of conversions and square-offs, by product."""
    intents = [(entry.intent, entry.state) for entry in trader.market.journal.recent()]
    found = [(one.price_type, one.product, one.side, one.quantity, state) for one, state in intents]
    return sorted(row for row in found if row[0] in {"CONVERT", "SQUARE-OFF"})


@pytest.mark.parametrize("account", list(AccountKind))
@pytest.mark.parametrize("side", ["BUY", "SELL"])
def test_a_position_is_carried_under_another_product(account: AccountKind, side: str) -> None:
    trader = Trader(account)
    trader.place(quantity=75, action=side)
    sign = 1 if side == "BUY" else -1

    outcome = convert(trader, 50)

    assert outcome == Success(Converted(25 * sign, 50 * sign))
    assert nets(trader) == (25 * sign, 50 * sign)
    out, into = ("SELL", "BUY") if side == "BUY" else ("BUY", "SELL")
    assert fates(trader) == [
        ("CONVERT", "MIS", out, 50, IntentState.RESOLVED),
        ("CONVERT", "NRML", into, 50, IntentState.RESOLVED),
    ]


@pytest.mark.parametrize(
    ("quantity", "source", "target", "named"),
    [
        pytest.param(76, Product.MIS, Product.NRML, "quantity 76 is above the 75 units held in SBIN MIS", id="more"),
        pytest.param(0, Product.MIS, Product.NRML, "quantity 0 must be above zero", id="none"),
        pytest.param(10, Product.CNC, Product.MIS, "there is no open position in SBIN CNC", id="flat"),
        pytest.param(10, Product.MIS, Product.MIS, "carried as MIS already", id="same"),
    ],
)
def test_what_is_not_held_is_not_converted(
    trader: Trader, quantity: int, source: Product, target: Product, named: str
) -> None:
    trader.place(quantity=75)

    error = convert(trader, quantity, source, target).failure()

    assert isinstance(error, Invalid)
    assert named in error.message
    assert (trader.sent("convert"), fates(trader)) == (0, [])


def test_units_that_a_stop_may_still_sell_are_not_converted(trader: Trader) -> None:
    trader.place(quantity=75)
    trader.place(quantity=50, action="SELL", pricetype="SL-M", trigger_price=trader.price("0.98"))

    error = convert(trader, 50).failure()

    assert "working orders may still close 50 of the 75 units held in SBIN MIS" in error.message
    assert convert(trader, 25) == Success(Converted(50, 25))


def test_a_conversion_is_not_asked_for_while_the_position_is_unknown(trader: Trader) -> None:
    trader.place(quantity=75)
    trader.strike(FaultKind.SERVER_ERROR, "dealer_positions", times=None)

    assert isinstance(convert(trader).failure(), Unreadable)
    assert (trader.sent("convert"), nets(trader)) == (0, (75, 0))


def test_a_conversion_whose_reply_is_lost_is_seen_in_the_position_book(trader: Trader) -> None:
    trader.place(quantity=75)
    trader.strike(FaultKind.REPLY_LOST, "convert")

    assert convert(trader) == Success(Converted(0, 75))
    assert trader.sent("convert") == 1


def test_a_conversion_that_may_be_under_way_is_unknown_and_nothing_trades_upon_it(trader: Trader) -> None:
    trader.place(quantity=75)
    trader.strike(FaultKind.RESET, "convert")

    error = convert(trader).failure()
    refused = trader.smart(0).failure()

    assert isinstance(error, OutcomeUnknown)
    assert (type(refused), trader.sent(), nets(trader)) == (Blocked, 1, (75, 0))
    assert error.identifier in refused.message
    assert {state for *_, state in fates(trader)} == {IntentState.UNKNOWN}


@pytest.mark.parametrize("kind", [FaultKind.TOKEN_KILLED, FaultKind.RATE_LIMITED])
def test_a_conversion_that_was_provably_not_done_is_asked_for_again(trader: Trader, kind: FaultKind) -> None:
    trader.place(quantity=75)
    trader.strike(kind, "convert")

    assert convert(trader, 50) == Success(Converted(25, 50))
    assert (trader.sent("convert"), nets(trader)) == (2, (25, 50))


def test_a_refused_conversion_is_told_in_the_broker_s_words(trader: Trader) -> None:
    trader.place(quantity=75)
    trader.strike(FaultKind.REFUSED, "convert", code="e-portfolio-0002", text="No margin")

    assert convert(trader) == Failure(Rejected("No margin", "e-portfolio-0002"))
    assert {state for *_, state in fates(trader)} == {IntentState.REJECTED}


def test_a_carried_position_is_converted_as_what_it_is(trader: Trader) -> None:
    trader.carry(100, SBIN, price=800)

    assert convert(trader, 40, Product.NRML, Product.CNC) == Success(Converted(60, 40))


@pytest.mark.parametrize("state", ["REDUCE", "HALT"])
def test_conversions_wait_while_new_risk_does(state: str) -> None:
    trader = Trader(JAINAM_TRADING_STATE=state)
    assert isinstance(convert(trader).failure(), Blocked)


def test_a_rehearsed_conversion_passes_every_check_and_changes_nothing() -> None:
    trader = Trader(JAINAM_DRY_RUN="true")
    trader.carry(100, SBIN, price=800)

    assert convert(trader, 101, Product.NRML, Product.MIS).failure().message.startswith("quantity 101 is above")
    assert convert(trader, 40, Product.NRML, Product.MIS) == Success(Converted(None, None))
    assert (trader.sent("convert"), trader.net(product="NRML")) == (0, 100)


def legs(outcome: Result[CloseReport, BrokerError]) -> dict[str, tuple[LegState, int | None]]:
    return {leg.symbol: (leg.state, leg.remaining) for leg in outcome.unwrap().legs}


@pytest.mark.parametrize("account", list(AccountKind))
def test_one_position_is_squared_off_by_the_broker_and_seen_flat(account: AccountKind) -> None:
    trader = Trader(account, JAINAM_NATIVE_SQUAREOFF="true")
    trader.place(quantity=75)
    trader.place(symbol="RELIANCE", quantity=30)
    trader.protect(75)

    outcome = trader.app.native_square_off.one(trader.session, SBIN_MIS)

    assert legs(outcome) == {"SBIN": (LegState.CLOSED, 0)}
    assert outcome.unwrap().is_flat
    assert (trader.net(), trader.net(RELIANCE), trader.exchange.working_orders()) == (0, 30, [])
    assert fates(trader) == [("SQUARE-OFF", "MIS", "SELL", 75, IntentState.RESOLVED)]


@pytest.mark.parametrize("account", list(AccountKind))
def test_all_positions_are_squared_off_by_the_broker_and_seen_flat(account: AccountKind) -> None:
    trader = Trader(account, JAINAM_NATIVE_SQUAREOFF="true")
    trader.place(quantity=75)
    trader.place(symbol="RELIANCE", action="SELL", quantity=30)

    outcome = trader.app.native_square_off.all(trader.session)

    assert legs(outcome) == {"SBIN": (LegState.CLOSED, 0), "RELIANCE": (LegState.CLOSED, 0)}
    assert (trader.net(), trader.net(RELIANCE), trader.sent("squareoff_all")) == (0, 0, 1)


def test_nothing_is_squared_off_by_the_broker_unless_somebody_wants_that(trader: Trader) -> None:
    trader.place(quantity=75)
    square_off = trader.app.native_square_off

    for outcome in (square_off.one(trader.session, SBIN_MIS), square_off.all(trader.session)):
        assert isinstance(outcome.failure(), Blocked)
        assert "JAINAM_NATIVE_SQUAREOFF" in outcome.failure().message
    assert trader.net() == 75

    assert legs(square_off.one(trader.session, SBIN_MIS, insist=True)) == {"SBIN": (LegState.CLOSED, 0)}


def test_the_emergency_close_never_uses_it() -> None:
    trader = Trader(JAINAM_NATIVE_SQUAREOFF="true")
    trader.place(quantity=75)

    trader.close_all()

    requests = trader.exchange.requests
    assert (requests["squareoff"], requests["squareoff_all"], trader.net()) == (0, 0, 0)


def test_a_flat_account_has_nothing_to_square_off() -> None:
    trader = Trader(JAINAM_NATIVE_SQUAREOFF="true")
    square_off = trader.app.native_square_off

    assert square_off.one(trader.session, SBIN_MIS) == Success(CloseReport(()))
    assert square_off.all(trader.session) == Success(CloseReport(()))
    assert trader.sent("squareoff_all") == 0


def test_agreement_is_not_believed_before_the_book_is_flat() -> None:
    trader = Trader(JAINAM_NATIVE_SQUAREOFF="true")
    trader.place(quantity=75)
    trader.strike(FaultKind.RMS_REJECT, text="RMS: blocked")

    outcome = trader.app.native_square_off.one(trader.session, SBIN_MIS)

    assert legs(outcome) == {"SBIN": (LegState.UNKNOWN, 75)}
    assert not outcome.unwrap().is_flat
    assert fates(trader) == [("SQUARE-OFF", "MIS", "SELL", 75, IntentState.UNKNOWN)]


def test_a_square_off_whose_reply_is_lost_is_seen_in_the_book() -> None:
    trader = Trader(JAINAM_NATIVE_SQUAREOFF="true")
    trader.place(quantity=75)
    trader.strike(FaultKind.REPLY_LOST, "squareoff")

    assert legs(trader.app.native_square_off.one(trader.session, SBIN_MIS)) == {"SBIN": (LegState.CLOSED, 0)}
    assert trader.sent("squareoff") == 1


@pytest.mark.parametrize(
    ("settles", "closed"),
    [("120", (LegState.UNKNOWN, 1, 75)), ("15", (LegState.CLOSED, 2, 0))],
    ids=["not-settled-in-time", "settled-by-the-books"],
)
def test_a_square_off_that_may_still_come_keeps_the_emergency_close_from_selling_twice(
    settles: str, closed: tuple[LegState, int, int]
) -> None:
    trader = Trader(JAINAM_NATIVE_SQUAREOFF="true", JAINAM_SETTLE_SECONDS=settles)
    trader.place(quantity=75)
    trader.strike(FaultKind.RESET, "squareoff")

    outcome = trader.app.native_square_off.one(trader.session, SBIN_MIS)
    report = trader.close_all()

    assert legs(outcome) == {"SBIN": (LegState.UNKNOWN, 75)}
    assert (report.legs[0].state, trader.sent(), trader.net()) == closed


def test_a_conversion_that_never_arrived_is_settled_by_the_position_book_without_a_call() -> None:
    trader = Trader()
    trader.place(quantity=75)
    trader.strike(FaultKind.RESET, "convert")
    convert(trader, 75)
    trader.clock.advance(60.0)

    outcome = trader.smart(0)

    assert {state for *_, state in fates(trader)} == {IntentState.NEVER_ARRIVED}
    assert (error_of(outcome), trader.net()) == (None, 0)


def test_a_conversion_that_was_done_late_is_seen_by_the_position_book_without_a_call() -> None:
    trader = Trader()
    trader.place(quantity=75)
    trader.strike(FaultKind.HOLD, "convert", processed=False, seconds=20.0)
    convert(trader, 75)
    trader.clock.advance(60.0)

    outcome = trader.smart(0, product="NRML")

    assert {state for *_, state in fates(trader)} == {IntentState.RESOLVED}
    assert (error_of(outcome), nets(trader)) == (None, (0, 0))


def test_stops_that_square_off_all_leaves_behind_are_told() -> None:
    trader = Trader(JAINAM_NATIVE_SQUAREOFF="true")
    trader.place(quantity=75)
    trader.protect(75)

    report = trader.app.native_square_off.all(trader.session).unwrap()

    assert (report.legs[0].state, report.is_flat) == (LegState.CLOSED, False)
    assert report.problem == "orders that could open these positions again still work: 1"


def test_a_server_without_the_call_has_refused_it() -> None:
    trader = Trader(JAINAM_NATIVE_SQUAREOFF="true")
    trader.place(quantity=75)
    trader.strike(FaultKind.NOT_FOUND, "squareoff_all")

    outcome = trader.app.native_square_off.all(trader.session)

    assert error_of(outcome) is Rejected
    assert fates(trader)[0][-1] is IntentState.REJECTED


def test_it_is_halted_like_every_order() -> None:
    trader = Trader(JAINAM_NATIVE_SQUAREOFF="true", JAINAM_TRADING_STATE="HALT")
    assert isinstance(trader.app.native_square_off.all(trader.session).failure(), Blocked)


def test_a_rehearsal_names_what_would_be_squared_off() -> None:
    trader = Trader(JAINAM_NATIVE_SQUAREOFF="true", JAINAM_DRY_RUN="true")
    trader.carry(100, SBIN, price=800)

    outcome = trader.app.native_square_off.all(trader.session)

    assert legs(outcome) == {"SBIN": (LegState.SKIPPED, 100)}
    assert trader.net(product="NRML") == 100
