"""Answers of the broker that say odd things: the exchange still holds what the trader meant, and the truth is told.

Those that need no server are in tests/application/test_odd_books.py.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest

from jainam_prop.adapters.simulator.exchange.positions import Slot
from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.adapters.simulator.server.server import XtsSimulator
from jainam_prop.domain.deadlines import Timing
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.sessions.session import AccountKind
from jainam_prop.entrypoints.container import open_container
from jainam_prop.entrypoints.openalgo.auth_api import authenticate_broker
from jainam_prop.entrypoints.openalgo.order_api import (
    cancel_all_orders_api,
    cancel_order,
    close_all_positions,
    get_positions,
    modify_order,
    place_order_api,
    place_smartorder_api,
)
from jainam_prop.entrypoints.openalgo.order_data import map_position_data, transform_positions_data
from jainam_prop.entrypoints.openalgo.replies import BrokerUnavailableError
from jainam_prop.entrypoints.openalgo.runtime import using_container
from jainam_prop.entrypoints.settings import settings_from
from tests.e2e.gate import Gate
from tests.e2e.troubles import QUICK, SOAK, SkippingClock
from tests.e2e.world import (
    BOOKED_TO,
    RELIANCE,
    TCS,
    UNPACED,
    World,
    a_desk,
    a_world,
    order,
    settings_text,
    smart,
)
from tests.fakes.broker.portfolio import left

Edit: TypeAlias = Callable[[Any], object]

LOGIN: Final = "POST /interactive/user/session"
ORDERS: Final = "dealerorderbook"
POSITIONS: Final = "dealerpositions"

STATES: Final = ("PendingCancel", "PendingReplace", "Frozen", 54, "69") if SOAK else ("PendingReplace",)
LIMBO: Final = [(side, left, state) for state in STATES for side, left in (("BUY", 0), ("SELL", 75))]
"""The side of an order in limbo, what a close must leave of 75 units, and the state for ever."""


@contextmanager
def odd(
    folder: Path,
    path: str,
    edit: Edit,
    account: AccountKind = AccountKind.PRO,
    client: str = "CLIENT01",
    timing: Timing = QUICK,
) -> Iterator[World]:
    """Open a desk at a broker, one of whose answers always has another ``result``."""
    with XtsSimulator(UNPACED) as sim, Gate(sim.port) as gate:
        gate.rewrite(path, edit)
        with a_desk(sim, folder, account, timing, JAINAM_BASE_URL=gate.base_url, JAINAM_CLIENT_ID=client) as world:
            yield world


def carry(world: World, units: int = 100) -> None:
    """Start the day with RELIANCE, carried under NRML."""
    world.sim.exchange.carry_in(Slot(BOOKED_TO[world.account], "NRML", RELIANCE), units, Decimal(1300))


def each(**cells: object) -> Edit:
    """Let every row of a book have other cells."""

    def edit(result: dict[str, Any] | list[dict[str, Any]]) -> object:
        for row in result["positionList"] if isinstance(result, dict) else result:
            row.update(cells)
        return result

    return edit


class TestLogins:
    """Whom a login acts for, when that changes or is not certain."""

    def test_a_client_who_changes_with_a_new_login_gets_none_of_the_other_s_orders(self, tmp_path: Path) -> None:
        mapped = iter([["CLIENT01"], *[["CLIENT02"]] * 20])

        def edit(result: dict[str, Any] | str) -> object:
            return result | {"clientCodes": next(mapped)} if isinstance(result, dict) else result

        with odd(tmp_path, LOGIN, edit, AccountKind.NORMAL, client="") as world:
            place_order_api(order(), world.auth)
            place_order_api(order(symbol="TCS"), world.auth)
            world.sim.faults.add(Fault(FaultKind.TOKEN_KILLED, on="place"))

            body, status = close_all_positions("", world.auth)

            assert (status, {slot.account for slot in left(world.sim.exchange)}) == (502, {"CLIENT01"})
            assert "acts for another client" in body["message"]

    def test_a_dealer_without_a_client_is_never_flat(self, tmp_path: Path) -> None:
        with XtsSimulator(UNPACED) as sim:
            for endpoint in ("dealer_positions", "dealer_order_book"):
                nothing = Fault(FaultKind.REFUSED, endpoint, None, code="e-portfolio-0005", text="Data Not Available")
                sim.faults.add(nothing)
            container = open_container(
                settings_from(settings_text(sim, tmp_path, AccountKind.NORMAL, JAINAM_CLIENT_ID=""))
            )
            with using_container(container):
                auth = authenticate_broker(None)[0]
                assert auth is not None
                body, status = close_all_positions("", auth)
                assert (status, "must name its client" in body["message"]) == (409, True)
                assert get_positions(auth)["status"] == "error"  # type: ignore[call-overload]
                with pytest.raises(BrokerUnavailableError):
                    cancel_all_orders_api({}, auth)
            container.shutdown_resources()

    def test_a_login_that_is_none_closes_nothing_and_is_called_expired(self, world: World) -> None:
        place_order_api(order(), world.auth)
        strings: list[Any] = [None, "", b"jp1.", 7, [], "jp1.", "jp1.e30", world.auth[:-7]]

        heard = [(close_all_positions("", auth)[1], cancel_order("1", auth)[1]) for auth in strings]

        assert (heard, world.net()) == ([(401, 401)] * len(strings), 10)

    def test_an_id_that_is_none_is_refused(self, hasty_world: World) -> None:
        world = hasty_world
        ids: list[Any] = [None, b"12", 10**5000, "\uff11\uff12", "-5", "0x1f", [], True]

        heard = [(cancel_order(each, world.auth)[1], modify_order(order(orderid=each), world.auth)[1]) for each in ids]

        requests = world.sim.exchange.requests
        assert (heard, requests["cancel"] + requests["modify"]) == ([(400, 400)] * len(ids), 0)


class TestPositionBooks:
    """Position books that say more, or less clearly, what is held."""

    def test_a_row_that_is_told_twice_is_no_position_of_twice_the_size(self, tmp_path: Path) -> None:
        with odd(tmp_path, POSITIONS, lambda result: {"positionList": result["positionList"] * 2}) as world:
            carry(world)

            body, status = close_all_positions("", world.auth)

            assert (status, world.sent(), world.net(RELIANCE, "NRML")) == (502, 0, 100)
            assert "the same row stands in the book twice" in body["message"]

    def test_positions_of_the_dealer_s_other_clients_are_not_closed_for_this_one(self, tmp_path: Path) -> None:
        def edit(result: dict[str, Any]) -> object:
            (mine,) = result["positionList"]
            others = mine | {"AccountID": "CLIENT02", "Quantity": "50"}
            return {"positionList": [others, mine, others | {"ExchangeInstrumentId": "11536"}]}

        with odd(tmp_path, POSITIONS, edit, AccountKind.NORMAL) as world:
            carry(world)

            body, status = close_all_positions("", world.auth)

            assert (status, len(body["data"]), left(world.sim.exchange), world.sent()) == (200, 1, {}, 1)

    def test_orders_of_the_dealer_s_other_clients_are_not_cancelled(self, tmp_path: Path) -> None:
        with odd(tmp_path, ORDERS, each(ClientID="CLIENT02"), AccountKind.NORMAL) as world:
            resting = order(pricetype="LIMIT", price=world.price("0.98"))
            _, _, order_id = place_order_api(resting, world.auth)
            world.sim.faults.add(Fault(FaultKind.REFUSED, on="cancel", times=None, text="never asked"))

            # What the book does not show, the journal knows: it is this client's own order, whoever the row names.
            assert cancel_all_orders_api({}, world.auth) == ([], [order_id])

    def test_a_quantity_that_is_not_certain_is_not_traded_upon(self, tmp_path: Path) -> None:
        with odd(tmp_path, POSITIONS, each(Quantity="1,500")) as world:
            carry(world, 75)

            _, status = close_all_positions("", world.auth)
            reply, _, _ = place_smartorder_api(smart(0, symbol="RELIANCE", product="NRML"), world.auth)

            assert reply is not None
            assert (status, reply.status, world.sent()) == (502, 502, 0)


class TestOrderBooks:
    """Order books whose rows contradict themselves, or whose states nobody knows."""

    @pytest.mark.parametrize(("side", "left_of_it", "state"), LIMBO)
    def test_an_order_in_limbo_for_ever_costs_no_reversal_and_is_not_called_flat(
        self, tmp_path: Path, side: str, left_of_it: int, state: object
    ) -> None:
        def edit(result: list[dict[str, Any]]) -> object:
            return [row | ({"OrderStatus": state} if row["OrderStatus"] == "New" else {}) for row in result]

        with odd(tmp_path, ORDERS, edit) as world:
            place_order_api(order(quantity=75), world.auth)
            limit = world.price("0.98" if side == "BUY" else "1.02")
            place_order_api(order(quantity=75, action=side, pricetype="LIMIT", price=limit), world.auth)
            world.sim.faults.add(Fault(FaultKind.REFUSED, on="cancel", times=None, text="Not now"))

            body, status = close_all_positions("", world.auth)

            assert (status, world.net(), body["data"][0]["state"]) == (502, left_of_it, "unknown")


@pytest.mark.parametrize("endpoint", ["dealer_positions", "dealer_order_book"])
def test_what_was_read_before_the_machine_slept_is_not_traded_upon(tmp_path: Path, endpoint: str) -> None:
    clock = SkippingClock()
    with a_world(tmp_path, timing=QUICK, prepare=lambda desk: desk.infra.clock.override(clock)) as world:
        heard: list[int] = []
        world.sim.faults.add(Fault(FaultKind.HOLD, on=endpoint))

        def signal() -> None:
            reply, _, _ = place_smartorder_api(smart(75), world.auth)
            heard.append(200 if reply is None else reply.status)

        thread = threading.Thread(target=signal)
        thread.start()
        assert world.sim.faults.wait_holding(5)
        clock.skip(8 * 3600)
        world.sim.faults.release()
        thread.join(20)

        assert (heard[0] == 200, world.sent()) == (False, 0)


def test_a_lock_file_that_is_swept_away_costs_no_answer(tmp_path: Path) -> None:
    with a_world(tmp_path) as world:
        world.sim.faults.add(Fault(FaultKind.HOLD, on="place", where={"exchangeInstrumentID": str(TCS.token)}))
        world.container.infra.tasks().start(lambda: place_smartorder_api(smart(5, symbol="TCS"), world.auth))
        assert world.sim.faults.wait_holding(5)
        swept = list(tmp_path.rglob("*.lock"))
        for file in swept:
            file.unlink()
        world.sim.faults.release()

        reply, _, _ = place_smartorder_api(smart(5, symbol="TCS"), world.auth)

        assert (len(swept), reply, world.net(TCS)) == (1, None, 5)


class TestUnlistedExchanges:
    """Contracts of exchanges that are not listed here stand in the books as well, from other terminals of the desk."""

    @pytest.mark.parametrize(("exchange", "segment"), [(Exchange.NCO, "NSECO"), (Exchange.BSECO, "BSECO")])
    def test_a_position_there_is_shown_and_the_rest_is_closed(
        self, world: World, exchange: Exchange, segment: str
    ) -> None:
        place_order_api(order(quantity=75), world.auth)
        slot = Slot(BOOKED_TO[world.account], "NRML", InstrumentKey(exchange, 912345))
        share = world.sim.exchange.find(Exchange.NSE, "SBIN-EQ")
        listing = share._replace(key=slot.key, segment=segment, display_name="PEPPER 20JAN2027")
        world.sim.exchange.carry_in(slot, 5, Decimal(600), listing)

        body, status = close_all_positions("", world.auth)

        assert (status, left(world.sim.exchange)) == (502, {slot: 5})
        assert body["message"].startswith("1 of 2 positions closed; PEPPER 20JAN2027 NRML skipped")
        rows = {(row["symbol"], row["exchange"]): row["quantity"] for row in shown(world)}
        assert rows == {("SBIN", "NSE"): 0, ("PEPPER 20JAN2027", exchange): 5}

    def test_an_order_there_is_cancelled_and_smart_orders_elsewhere_go_on(self, tmp_path: Path) -> None:
        def edit(result: list[dict[str, Any]]) -> object:
            for row in result:
                if row["ExchangeInstrumentID"] == TCS.token:
                    row |= {"ExchangeSegment": "NSECO", "TradingSymbol": "GOLD1G"}
            return result

        with odd(tmp_path, ORDERS, edit) as world:
            limit = world.price("0.99", TCS)
            place_order_api(order(symbol="TCS", pricetype="LIMIT", price=limit), world.auth)

            _, body, _ = place_smartorder_api(smart(20), world.auth)
            cancelled, failed = cancel_all_orders_api({}, world.auth)

            assert (body["status"], world.net()) == ("success", 20)
            assert (len(cancelled), failed, world.sim.exchange.working_orders()) == (1, [], [])


def shown(world: World) -> list[dict[str, Any]]:
    """The rows of the host's page of positions."""
    return transform_positions_data(map_position_data(get_positions(world.auth)))
