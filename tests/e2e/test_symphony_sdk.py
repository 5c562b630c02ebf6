"""Symphony's unmodified Python SDK against the simulator, as the proof that the server speaks XTS.

Set ``JAINAM_XTS_SDK_PATH`` to the SDK's folder, and ``JAINAM_XTS_SDK_PYTHON`` to an interpreter that has the SDK's
requirements if this one has not.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from itertools import takewhile
from pathlib import Path
from typing import Any, Final

import pytest

from jainam_prop.adapters.simulator.catalogue.derivatives import TUESDAY, display_code, monthly
from jainam_prop.adapters.simulator.config import LoginSpec, SimulatorConfig
from jainam_prop.adapters.simulator.server.server import XtsSimulator
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.orders.order import OrderState
from jainam_prop.domain.sessions.session import AccountKind

SDK_PATH: Final = os.environ.get("JAINAM_XTS_SDK_PATH", "")  # noqa: TID251 - the test's own switch
SDK_PYTHON: Final = os.environ.get("JAINAM_XTS_SDK_PYTHON", sys.executable)  # noqa: TID251
SBIN: Final = InstrumentKey(Exchange.NSE, 3045)
SCRIPT: Final = Path(__file__).with_name("sdk_session.py")
SOCKETS: Final = Path(__file__).with_name("sdk_sockets.py")

pytestmark = pytest.mark.skipif(
    not SDK_PATH, reason="JAINAM_XTS_SDK_PATH does not name a copy of Symphony's SDK, which is not ours to ship"
)


@pytest.fixture(scope="module")
def simulator() -> Iterator[XtsSimulator]:
    with XtsSimulator(SimulatorConfig(rate_limits=False)) as running:
        yield running


def _run(script: Path, folder: str, asked: dict[str, object]) -> dict[str, Any]:
    """Run a script of the SDK's in a folder, and return what it writes."""
    done = subprocess.run(
        [SDK_PYTHON, "-B", str(script)],
        input=json.dumps(asked),
        cwd=folder,
        env=os.environ | {"PYTHONPATH": SDK_PATH},  # noqa: TID251
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answers: dict[str, Any] = json.loads(done.stdout)
    return answers


def _asked(simulator: XtsSimulator, login: LoginSpec) -> dict[str, object]:
    return {
        "root": simulator.base_url,
        "key": login.interactive.key,
        "secret": login.interactive.secret,
        "market_key": login.market.key,
        "market_secret": login.market.secret,
        "client": login.clients[0],
    }


@pytest.fixture(scope="module", params=list(AccountKind))
def run(simulator: XtsSimulator, request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    """Return the account that one kind of login acts for, and what the SDK got for every call."""
    login = simulator.credentials[request.param]
    month = display_code(monthly(simulator.exchange.day, TUESDAY, 1)[0])
    asked = _asked(simulator, login) | {"expiry": f"{month[:2]}{month[2:5].title()}{month[5:]}"}
    return login.clients[0], _run(SCRIPT, SDK_PATH, asked)


@pytest.fixture(scope="module", params=list(AccountKind))
def heard(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return every event that the SDK's sockets got, on a server that drops who does not ping within 0.6 s.

    python-socketio 4.6 runs each handler on a thread of its own: the order of events is not the server's.
    """
    folder = tmp_path_factory.mktemp("sdk")
    with XtsSimulator(SimulatorConfig(rate_limits=False, ping_interval=0.3, ping_timeout=0.3)) as running:
        asked = _asked(running, running.credentials[request.param])
        (folder / "config.ini").write_text(
            f"[user]\nsource=WEBAPI\n[SSL]\ndisable_ssl=True\n[root_url]\nroot={running.base_url}\nbroadcastMode=Full\n"
        )
        return _run_sockets(running, folder, asked | {"seconds": 1.5})


def _run_sockets(running: XtsSimulator, folder: Path, asked: dict[str, object]) -> dict[str, Any]:
    """Run the script of the sockets, and move the market once it has subscribed."""
    with subprocess.Popen(
        [SDK_PYTHON, "-B", str(SOCKETS)],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": SDK_PATH},  # noqa: TID251
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.write(f"{json.dumps(asked)}\n")
        process.stdin.flush()
        said = list(takewhile(lambda line: line != "subscribed\n", process.stderr))
        running.exchange.move(SBIN, Decimal("781.30"))
        answers, rest = process.communicate(timeout=120)
    assert process.returncode == 0, "".join((*said, rest))
    heard: dict[str, Any] = json.loads(answers)
    return heard


def test_it_logs_in_to_both_applications(run: tuple[str, dict[str, Any]]) -> None:
    _, answers = run

    assert answers["login"]["description"] == "Valid User."
    assert answers["market_login"]["description"] == "Provided Valid Credentials"


def test_it_places_modifies_and_cancels(run: tuple[str, dict[str, Any]], simulator: XtsSimulator) -> None:
    account, answers = run

    limit, market = (
        next(order for order in simulator.exchange.orders_by_identifier(mark) if order.intake.account == account)
        for mark in ("sdk-limit", "sdk-market")
    )
    assert [answers[call]["description"] for call in ("limit", "modified", "cancelled", "market")] == [
        "Request sent"
    ] * 4
    assert (limit.state, limit.terms.quantity, limit.terms.price) == (OrderState.CANCELLED, 8, Decimal(711))
    assert (market.state, market.filled) == (OrderState.FILLED, 10)
    assert [row["OrderStatus"] for row in answers["history"]["result"]] == [
        "PendingNew", "New", "PendingReplace", "Replaced", "PendingCancel", "Cancelled",
    ]  # fmt: skip


def test_it_reads_its_books(run: tuple[str, dict[str, Any]]) -> None:
    account, answers = run

    dealer = "" if account == "INVEST01" else "dealer_"
    assert [row["OrderStatus"] for row in answers[f"{dealer}orders"]["result"]] == ["Cancelled", "Filled"]
    assert [row["LastTradedQuantity"] for row in answers[f"{dealer}trades"]["result"]] == [10]
    for book in ("positions_day", "positions_net", *(["dealer_positions"] if dealer else [])):
        assert [row["Quantity"] for row in answers[book]["result"]["positionList"]] == ["10"]
    assert "INE062A01020" in answers["holdings"]["result"]["RMSHoldings"]["Holdings"]
    assert answers["profile"]["result"]["ClientId"] == account


def test_an_investor_reads_his_balance_and_the_sdk_keeps_dealers_from_asking(
    run: tuple[str, dict[str, Any]],
) -> None:
    account, answers = run

    if account == "INVEST01":
        assert answers["balance"]["result"]["BalanceList"][0]["limitHeader"] == "ALL|ALL|ALL"
    else:
        assert answers["balance"] is None


def test_it_converts_and_squares_off(run: tuple[str, dict[str, Any]], simulator: XtsSimulator) -> None:
    account, answers = run

    assert answers["cover"]["result"].keys() >= {"EntryAppOrderID", "ExitAppOrderID"}
    assert answers["convert"]["result"]["CovertedQty"] == 10
    assert answers["square_off"]["type"] == "success"
    assert simulator.exchange.net(account, SBIN, "NRML") == simulator.exchange.net(account, SBIN, "MIS") == 0


def test_it_takes_a_dead_token_for_what_it_is(run: tuple[str, dict[str, Any]]) -> None:
    _, answers = run

    assert answers["logout"]["description"] == "successfully logout from all API."
    assert answers["after_logout"] == "XTSTokenException: Invalid Token"


def test_it_reads_market_data(run: tuple[str, dict[str, Any]]) -> None:
    _, answers = run

    assert {name for name, answer in answers.items() if _is_refused(answer)} <= {
        "subscribed_twice", "dealer_orders", "dealer_trades", "dealer_positions",
    }  # fmt: skip
    assert answers["master"]["result"].startswith("NSECM|2885|8|RELIANCE|")
    assert "NIFTY 50_26000" in answers["indices"]["result"]["indexList"]
    for code in (1501, 1502, 1505, 1510, 1512):
        (text,) = answers[f"quote_{code}"]["result"]["listQuotes"]
        assert json.loads(text)["ExchangeInstrumentID"] == 3045
    assert answers["subscribed_twice"]["code"] == "e-session-0002"
    assert answers["equity"]["result"][0]["ExchangeInstrumentID"] == 3045
    assert answers["future"]["result"][0]["InstrumentType"] == 1
    assert answers["option"]["result"][0]["StrikePrice"] == 25000
    assert answers["bars"]["result"]["dataReponse"].count(",") == 4


def test_its_order_socket_joins_trades_pings_and_is_logged_out(heard: dict[str, Any]) -> None:
    assert json.loads(heard["joined"][0][0])["code"] == "s-socket-0001"
    assert {json.loads(text)["OrderStatus"] for (text,) in heard["order"]} == {"PendingNew", "New", "Filled"}
    assert [json.loads(text)["LastTradedQuantity"] for (text,) in heard["trade"]] == [10]
    assert {json.loads(text)["NetPosition"] for (text,) in heard["position"]} == {"10", "0"}
    assert [json.loads(text)["Status"] for (text,) in heard["tradeConversion"]] == ["PositionConverted"]
    assert (heard["alive"], heard.get("error")) == ([True], None)
    assert [len(args) for args in heard["logout"]] == [1]


def test_its_market_socket_gets_ticks_and_socketio_4_6_gets_binary_packets(heard: dict[str, Any]) -> None:
    last = {code: [json.loads(text) for (text,) in heard[f"{code}-json-full"]] for code in (1501, 1502, 1510, 1512)}
    first, quotes_first, quotes_last = last[1501]
    packets = [bytes.fromhex(text) for text in heard["xts-binary-packet"]]

    assert first["LastTradedPrice"] == pytest.approx(780.1, abs=5)
    assert quotes_first["Touchline"] == quotes_last["Touchline"]
    assert quotes_first["Touchline"]["LastTradedPrice"] == 781.3
    assert quotes_first["SequenceNumber"] == quotes_last["SequenceNumber"]
    assert [message["Touchline"]["LastTradedPrice"] for message in last[1502]][1:] == [781.3]
    assert [message["LastTradedPrice"] for message in last[1512]][1:] == [781.3]
    assert sorted(len(packet) - 15 for packet in packets) == [69, 69, 204, 204, 432, 432]
    assert {int.from_bytes(packet[1:3], "little") for packet in packets} == {1501, 1502, 1510}


def _is_refused(answer: object) -> bool:
    return isinstance(answer, dict) and answer.get("type") != "success"
