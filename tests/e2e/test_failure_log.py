"""What a failure leaves in the log: one line with function, contract, kind of error and the broker's reason."""

import logging
from pathlib import Path

import pytest

from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.entrypoints.openalgo.data import BrokerData
from jainam_prop.entrypoints.openalgo.order_api import (
    close_all_positions,
    get_holdings,
    get_open_position,
    get_order_book,
    get_positions,
    get_trade_book,
    place_order_api,
    place_smartorder_api,
)
from jainam_prop.entrypoints.openalgo.order_data import transform_trade_book, transform_tradebook_data
from jainam_prop.entrypoints.openalgo.replies import BrokerUnavailableError
from tests.e2e.world import World, a_world, order, smart

FUNCTIONS = "jainam_prop.entrypoints.openalgo"


@pytest.fixture
def world(tmp_path: Path, caplog: pytest.LogCaptureFixture):  # type: ignore[no-untyped-def]  # noqa: ANN201
    caplog.set_level(logging.DEBUG)
    with a_world(tmp_path, JAINAM_REQUEST_TIMEOUT="1") as world:
        caplog.clear()
        yield world


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [
        record.getMessage()
        for record in caplog.records
        if record.name.startswith(FUNCTIONS) and record.levelno >= logging.WARNING
    ]


@pytest.mark.parametrize("kind", [FaultKind.REPLY_LOST, FaultKind.RESET])
def test_an_order_whose_reply_is_lost_leaves_one_line(
    world: World, caplog: pytest.LogCaptureFixture, kind: FaultKind
) -> None:
    world.sim.faults.add(Fault(kind, on="*", times=None))

    place_order_api(order(), world.auth)

    (line,) = lines(caplog)
    assert line.startswith(
        ("place_order_api NSE SBIN failed, OutcomeUnknown: ", "place_order_api NSE SBIN failed, NotSent: ")
    )
    assert world.auth not in caplog.text


def test_an_invalid_order_leaves_one_line(world: World, caplog: pytest.LogCaptureFixture) -> None:
    place_order_api(order(quantity=-5, symbol="SBIM"), world.auth)

    (line,) = lines(caplog)
    assert line.startswith("place_order_api NSE SBIM failed, Invalid: ")


def test_a_refusal_is_logged_with_the_brokers_reason(world: World, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(BrokerUnavailableError):
        BrokerData(world.auth).get_quotes("NOSUCH", "NSE")

    assert lines(caplog)[0].startswith("get_quotes NSE NOSUCH failed, Invalid: ")


def test_decisions_with_their_figures_are_logged_for_debugging_only(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    place_smartorder_api(smart(10), world.auth)
    world.sim.faults.add(Fault(FaultKind.REFUSED, on="place", code="e-orders-0001", text="no", times=None))
    close_all_positions("", world.auth)
    world.sim.faults.clear()
    close_all_positions("", world.auth)

    said = [(record.levelno, record.getMessage()) for record in caplog.records]
    debug = [text for level, text in said if level == logging.DEBUG]
    decision = "smart order SBIN MIS: current 0, working +0, target 10, delta +10, action BUY, quantity 10"
    assert any(decision in text for text in debug)
    assert any(
        text.startswith("close of SBIN MIS: held 10, remaining 10, rejected by orders none; no") for text in debug
    )
    assert any(text.startswith("close of SBIN MIS: held 10, remaining 0, closed by orders ") for text in debug)
    assert (logging.ERROR, "close of SBIN MIS did not end flat: rejected") in said
    assert not any("SBIN" in text for level, text in said if level == logging.INFO)


def test_a_position_look_up_logs_its_result(world: World, caplog: pytest.LogCaptureFixture) -> None:
    place_order_api(order(quantity=10), world.auth)

    get_open_position("SBIN", "NSE", "MIS", world.auth)

    assert "position of NSE SBIN MIS is 10" in caplog.text


def test_the_keyword_names_of_the_epic_are_accepted(world: World) -> None:
    place_order_api(order(quantity=10), world.auth)

    assert get_open_position(tradingsymbol="SBIN", exchange="NSE", producttype="MIS", auth_token=world.auth) == "10"  # type: ignore[call-arg]
    for read in (get_positions, get_order_book, get_trade_book, get_holdings):
        assert read(auth_token=world.auth) == read(world.auth) == read(auth=world.auth)  # type: ignore[call-arg]
    assert transform_trade_book(get_trade_book(world.auth)) == transform_tradebook_data(get_trade_book(world.auth))
