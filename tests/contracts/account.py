"""What every account does: show limits and holdings, or say that they could not be read."""

from decimal import Decimal

import pytest

from jainam_prop.adapters.simulator.faults import FaultKind
from jainam_prop.domain.errors import SessionExpired, Unreadable
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.positions.position import Holding
from tests.contracts.broker import SECONDS, BrokerContract, LoggedIn


class AccountContract(BrokerContract):
    def test_the_limits_are_those_of_the_account(self, desk: LoggedIn) -> None:
        desk.broker.exchange.set_funds(desk.booked_to, Decimal("250000.50"))

        funds = desk.broker.account.funds(desk.session, SECONDS).unwrap()

        assert (funds.available_cash, funds.utilised, funds.known) == (Decimal("250000.50"), Decimal(0), True)

    def test_a_position_uses_up_the_limits(self, desk: LoggedIn) -> None:
        desk.broker.exchange.set_funds(desk.booked_to, Decimal(1_000_000))
        desk.place()

        funds = desk.broker.account.funds(desk.session, SECONDS).unwrap()

        assert funds.utilised > 0
        assert funds.available_cash < 1_000_000

    def test_shares_are_held_under_their_numbers_on_both_exchanges(self, desk: LoggedIn) -> None:
        holdings = desk.broker.account.holdings(desk.session, SECONDS).unwrap()

        assert holdings == (
            Holding(
                "INE062A01020",
                (InstrumentKey(Exchange.NSE, 3045), InstrumentKey(Exchange.BSE, 500112)),
                10,
                Decimal("612.35"),
            ),
            Holding("INE000000Q11", (InstrumentKey(Exchange.BSE, 510001),), 25, Decimal("48.90")),
        )

    @pytest.mark.parametrize("fault", [FaultKind.SERVER_ERROR, FaultKind.BAD_JSON, FaultKind.REPLY_LOST])
    def test_what_could_not_be_read_is_not_zero(self, desk: LoggedIn, fault: FaultKind) -> None:
        desk.strike(fault, "*", for_ever=True)

        assert isinstance(desk.broker.account.funds(desk.session, SECONDS).failure(), Unreadable)
        assert isinstance(desk.broker.account.holdings(desk.session, SECONDS).failure(), Unreadable)

    def test_a_dead_token_is_told_apart(self, desk: LoggedIn) -> None:
        desk.broker.login.log_out(desk.session).unwrap()

        assert isinstance(desk.broker.account.funds(desk.session, SECONDS).failure(), SessionExpired)
        assert isinstance(desk.broker.account.holdings(desk.session, SECONDS).failure(), SessionExpired)
