"""A trading day through a real OpenAlgo, from its login page to its stream, against the exchange's own records."""

import json
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from filecmp import cmp
from pathlib import Path
from typing import Any, Final

import pytest

from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.adapters.simulator.server.server import XtsSimulator
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.orders.order import OrderState
from jainam_prop.domain.sessions.session import AccountKind
from tests.e2e.openalgo_site import (
    ABSENT,
    CHECKOUT,
    PYTHON,
    Site,
    a_site,
    open_client,
    order_update,
    run_command,
    until,
)
from tests.e2e.world import BOOKED_TO, RELIANCE, SBIN, TCS

pytestmark = pytest.mark.skipif(not (CHECKOUT and PYTHON), reason=ABSENT)

ACCOUNT: Final = AccountKind.PRO
INSTRUMENTS: Final = 20_000
RUPEES: Final = 10**9


@pytest.fixture(scope="module")
def broker() -> Iterator[XtsSimulator]:
    with XtsSimulator(SimulatorConfig(instruments=INSTRUMENTS)) as running:
        running.exchange.set_funds(BOOKED_TO[ACCOUNT], Decimal(RUPEES))
        yield running


@pytest.fixture(scope="module")
def site(broker: XtsSimulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A host whose user is logged in at the broker and whose instruments are there."""
    folder = tmp_path_factory.mktemp("host") / "open algo"
    with a_site(broker, folder, "--patch-host", account=ACCOUNT) as running:
        entered = running.log_in()
        assert entered.json()["status"] == "success", entered.text
        until("no instruments", lambda: master(running)["status"] in {"success", "error"}, 120)
        open_client(running)
        yield running


def master(site: Site) -> dict[str, Any]:
    status: dict[str, Any] = site.web.get("/api/master-contract/status").json()
    return status


def net(broker: XtsSimulator, key: InstrumentKey, product: str = "MIS") -> int:
    return broker.exchange.net(BOOKED_TO[ACCOUNT], key, product)


def state(broker: XtsSimulator, order_id: str) -> OrderState:
    return next(order.state for order in broker.exchange.all_orders() if str(order.order_id) == order_id)


def market(symbol: str, side: str, quantity: int, **more: object) -> dict[str, object]:
    asked = {"symbol": symbol, "exchange": "NSE", "action": side, "product": "MIS", "quantity": quantity}
    return {"strategy": "day", "price_type": "MARKET", **asked, **more}


def row(rows: list[dict[str, Any]], **cells: object) -> dict[str, Any]:
    (found,) = [each for each in rows if cells.items() <= each.items()]
    return found


def test_the_host_knows_the_broker_and_offers_its_exchanges(site: Site) -> None:
    capabilities = site.web.get("/api/broker/capabilities").json()["data"]

    assert {"NSE", "BSE", "NFO", "BFO", "MCX", "NSE_INDEX", "BSE_INDEX"} <= set(capabilities["supported_exchanges"])
    assert site.web.get("/auth/broker-config").json()["broker_name"] == "jainam_prop"


def test_every_instrument_is_in_the_host_s_table(site: Site) -> None:
    status = master(site)
    found = site.call("symbol", symbol="SBIN", exchange="NSE")["data"]

    assert (status["status"], status["broker"]) == ("success", "jainam_prop")
    assert int(status["total_symbols"]) > INSTRUMENTS * 0.9
    assert (found["token"], found["lotsize"], found["tick_size"]) == ("3045", 1, 0.05)
    assert site.call("search", query="NIFTY", exchange="NSE_INDEX")["status"] == "success"


def test_funds_are_the_broker_s(site: Site) -> None:
    funds = site.call("funds")

    assert funds["status"] == "success"
    assert set(funds["data"]) == {"availablecash", "collateral", "m2munrealized", "m2mrealized", "utiliseddebits"}
    assert float(funds["data"]["availablecash"]) == RUPEES
    assert site.web.get("/auth/dashboard-data").json()["status"] == "success"


def test_an_order_is_placed_shown_and_explained(site: Site, broker: XtsSimulator) -> None:
    placed = site.call("placeorder", **market("SBIN", "BUY", 10))

    assert placed["status"] == "success"
    assert net(broker, SBIN) == 10
    shown = row(site.call("orderbook")["data"]["orders"], orderid=placed["orderid"])
    status = site.call("orderstatus", order_id=placed["orderid"], strategy="day")["data"]
    (execution,) = [each for each in site.call("tradebook")["data"] if each["orderid"] == placed["orderid"]]
    held = row(site.call("positionbook")["data"], symbol="SBIN", product="MIS")
    assert (shown["symbol"], shown["action"], shown["quantity"], shown["order_status"]) == (
        "SBIN",
        "BUY",
        10,
        "complete",
    )
    assert (status["order_status"], float(status["average_price"])) == ("complete", execution["average_price"])
    assert (execution["quantity"], held["quantity"]) == (10, 10)
    assert site.call("openposition", symbol="SBIN", exchange="NSE", product="MIS", strategy="day")["quantity"] == 10


def test_a_smart_order_goes_to_its_target_and_says_when_it_is_there(site: Site, broker: XtsSimulator) -> None:
    def smart(target: int) -> dict[str, Any]:
        answer: dict[str, Any] = site.call("placesmartorder", **market("TCS", "BUY", 0), position_size=target)
        return answer

    assert (smart(7)["status"], net(broker, TCS)) == ("success", 7)
    assert (smart(7)["message"], net(broker, TCS)) == ("Positions Already Matched. No Action needed.", 7)
    assert (smart(-3)["status"], net(broker, TCS)) == ("success", -3)
    assert (smart(0)["status"], net(broker, TCS)) == ("success", 0)


def test_a_working_order_is_modified_and_cancelled(site: Site, broker: XtsSimulator) -> None:
    low = float(broker.exchange.market(RELIANCE).last_price * Decimal("0.97") // Decimal("0.1") * Decimal("0.1"))
    resting = market("RELIANCE", "BUY", 2, price_type="LIMIT", price=low)
    placed = site.call("placeorder", **resting)["orderid"]

    changed = site.call("modifyorder", order_id=placed, **resting | {"price": round(low - 1, 2), "quantity": 3})
    after = row(site.call("orderbook")["data"]["orders"], orderid=placed)
    cancelled = site.call("cancelorder", order_id=placed, strategy="day")

    assert (changed["status"], after["quantity"], after["price"]) == ("success", 3, round(low - 1, 2))
    assert (after["order_status"], cancelled["status"]) == ("open", "success")
    assert state(broker, placed) is OrderState.CANCELLED


def test_basket_and_split_orders_leave_once_each(site: Site, broker: XtsSimulator) -> None:
    before, held = broker.exchange.requests["place"], net(broker, RELIANCE)
    legs = [
        {
            "symbol": "RELIANCE",
            "exchange": "NSE",
            "action": side,
            "quantity": 1,
            "pricetype": "MARKET",
            "product": "MIS",
        }
        for side in ("BUY", "buy", "BUY", "sell")
    ]

    basket = site.call("basketorder", orders=legs)
    split = site.call("splitorder", **market("RELIANCE", "BUY", 5), splitsize=2)

    assert {each["status"] for each in basket["results"] + split["results"]} == {"success"}
    assert net(broker, RELIANCE) == held + 2 + 5
    assert broker.exchange.requests["place"] == before + 4 + 3


def test_a_wrong_order_is_refused_with_every_reason_and_not_sent(site: Site, broker: XtsSimulator) -> None:
    before = broker.exchange.requests["place"]

    refused = site.call("placeorder", **market("SBIN", "BUY", 10, price_type="LIMIT", price=100.03))
    unknown = site.call("placeorder", **market("NOSUCHSHARE", "BUY", 1))

    assert (refused["status"], unknown["status"]) == ("error", "error")
    assert "tick" in refused["message"]
    assert "NOSUCHSHARE" in unknown["message"]
    assert broker.exchange.requests["place"] == before


def test_the_broker_s_reason_reaches_the_user(site: Site, broker: XtsSimulator) -> None:
    broker.faults.add(Fault(FaultKind.REFUSED, on="place", text="Client is not allowed to trade in this segment"))

    refused = site.call("placeorder", **market("SBIN", "BUY", 1))

    assert "not allowed to trade" in refused["message"]


def test_a_lost_reply_is_found_and_no_second_order_is_sent(site: Site, broker: XtsSimulator) -> None:
    held = net(broker, SBIN)
    broker.faults.add(Fault(FaultKind.REPLY_LOST, on="place"))

    placed = site.call("placeorder", **market("SBIN", "BUY", 1))

    assert (placed["status"], net(broker, SBIN)) == ("success", held + 1)
    assert state(broker, placed["orderid"]) is OrderState.FILLED


def test_cancel_all_cancels_everything_that_works(site: Site, broker: XtsSimulator) -> None:
    low = float(broker.exchange.market(SBIN).last_price * Decimal("0.97") // Decimal("0.05") * Decimal("0.05"))
    for _ in range(3):
        site.call("placeorder", **market("SBIN", "BUY", 1, price_type="LIMIT", price=low))

    cancelled = site.call("cancelallorder", strategy="day")

    assert len(cancelled["canceled_orders"]) == 3
    assert not broker.exchange.working_orders()


def test_a_page_closes_one_position(site: Site, broker: XtsSimulator) -> None:
    site.call("placeorder", **market("TCS", "BUY", 2))

    closed = site.post_json("/close_position", {"symbol": "TCS", "exchange": "NSE", "product": "MIS"})

    assert (closed.status_code, net(broker, TCS)) == (200, 0)


def test_closing_everything_says_what_was_refused_and_then_that_all_is_flat(site: Site, broker: XtsSimulator) -> None:
    site.call("placeorder", **market("SBIN", "BUY", 5))
    site.call("placeorder", **market("TCS", "SELL", 5))
    mark = {"exchangeInstrumentID": str(TCS.token)}
    broker.faults.add(Fault(FaultKind.RMS_REJECT, on="place", times=None, text="RMS: blocked", where=mark))

    refused = site.call("closeposition", strategy="day")
    broker.faults.clear()
    closed = site.call("closeposition", strategy="day")

    assert refused["status"] == "error"
    assert "TCS MIS rejected: RMS: blocked" in refused["message"]
    assert closed["status"] == "success"
    assert not any(line.net for line in broker.exchange.positions().values())


def test_an_unreadable_book_is_an_error_on_the_page(site: Site, broker: XtsSimulator) -> None:
    broker.faults.add(Fault(FaultKind.BAD_JSON, on="dealer_order_book", times=None))

    answer = site.call("orderbook")
    broker.faults.clear()

    assert answer["status"] == "error"
    assert site.call("orderbook")["status"] == "success"


def test_holdings_have_their_profit(site: Site) -> None:
    holdings = site.call("holdings")

    assert holdings["status"] == "success"
    assert all(isinstance(each["pnlpercent"], float | int) for each in holdings["data"]["holdings"])


def test_quotes_depth_and_many_quotes_are_the_exchange_s(site: Site, broker: XtsSimulator) -> None:
    price = float(broker.exchange.market(SBIN).last_price)
    asked = [{"symbol": "SBIN", "exchange": "NSE"}, {"symbol": "NIFTY", "exchange": "NSE_INDEX"}]

    quote, depth = site.call("quotes", **asked[0]), site.call("depth", **asked[0])
    many = site.call("multiquotes", symbols=asked)
    index = site.call("depth", **asked[1])

    assert quote["data"]["ltp"] == depth["data"]["ltp"] == price
    assert (len(depth["data"]["bids"]), len(depth["data"]["asks"])) == (5, 5)
    assert [each["data"]["ltp"] > 0 for each in many["results"]] == [True, True]
    assert index["data"]["ltp"] > 0


@pytest.mark.parametrize("interval", ["1m", "5m", "15m", "30m", "1h", "D"])
def test_history_has_its_bars(site: Site, broker: XtsSimulator, interval: str) -> None:
    day = broker.exchange.day
    asked = {"start_date": str(day - timedelta(days=9)), "end_date": str(day - timedelta(days=1))}

    bars = site.call("history", symbol="SBIN", exchange="NSE", interval=interval, **asked)

    assert isinstance(bars, list), bars
    days = {bar["timestamp"][:10] for bar in bars}
    a_day = {"1m": 375, "5m": 75, "15m": 25, "30m": 13, "1h": 7, "D": 1}[interval]
    assert len(bars) == len(days) * a_day
    assert len(days) >= 4
    assert interval == "D" or {bar["timestamp"][11:16] for bar in bars} >= {"09:15"}


def test_intervals_and_option_tools_work(site: Site) -> None:
    intervals = site.call("intervals")["data"]
    expiry = site.call("expiry", symbol="NIFTY", exchange="NFO", instrumenttype="options")["data"][0]
    chain = site.call(
        "optionchain", underlying="NIFTY", exchange="NSE_INDEX", expiry_date=expiry.replace("-", ""), strike_count=3
    )

    assert {"1m", "5m", "15m", "30m"} <= set(intervals["minutes"])
    assert ("1h" in intervals["hours"], "D" in intervals["days"]) == (True, True)
    assert chain["status"] == "success", chain
    assert all(each["ce"]["ltp"] > 0 for each in chain["chain"])


def test_margin_is_the_broker_s_or_said_to_be_unsupported(site: Site) -> None:
    leg = {
        "symbol": "SBIN",
        "exchange": "NSE",
        "action": "BUY",
        "product": "MIS",
        "pricetype": "MARKET",
        "quantity": "1",
    }

    answer = site.call("margin", positions=[leg])

    assert answer["status"] == "success" or "not supported" in answer["message"].lower()


MODES: Final = {"ltp": 1, "quote": 2, "depth": 3}


@pytest.mark.parametrize("mode", list(MODES))
def test_the_stream_delivers_what_the_exchange_says(site: Site, broker: XtsSimulator, mode: str) -> None:
    wanted = [{"exchange": "NSE", "symbol": "SBIN"}, {"exchange": "NSE_INDEX", "symbol": "NIFTY"}]
    site.connect()
    assert site.call(f"subscribe_{mode}", instruments=wanted) is True
    price = broker.exchange.market(SBIN).last_price + Decimal("0.35")

    def heard() -> list[dict[str, Any]]:
        broker.exchange.move(SBIN, price)
        ticks = site.call("heard")
        return [tick for tick in ticks if tick["symbol"] == "SBIN" and tick["data"].get("ltp") == float(price)]

    tick = until("no tick of the moved price", heard)[0]
    site.call(f"unsubscribe_{mode}", instruments=wanted)
    site.call("disconnect")

    assert tick["exchange"] == "NSE"
    if mode == "depth":
        assert len(tick["data"]["depth"]["buy"]) >= 5
    broker.exchange.move(SBIN, price - Decimal("0.35"))


def test_orders_are_pushed_to_who_subscribed_to_them(site: Site) -> None:
    site.connect()
    assert site.call("subscribe_orders")
    update = order_update(site, lambda: site.call("placeorder", **market("SBIN", "BUY", 1)))
    site.call("disconnect")

    assert (update["symbol"], update["exchange"], update["action"]) == ("SBIN", "NSE", "BUY")


def test_a_logout_and_a_new_login_take_the_same_session_over(site: Site, broker: XtsSimulator) -> None:
    logins = broker.exchange.requests["login"]

    site.post("/auth/logout", {})
    again = site.log_in()

    assert again.json()["status"] == "success"
    assert broker.exchange.requests["login"] == logins
    assert site.call("funds")["status"] == "success"


def test_no_secret_is_in_the_host_s_log(site: Site, broker: XtsSimulator) -> None:
    login = broker.credentials[ACCOUNT]

    for secret in (login.interactive.secret, login.market.secret, login.interactive.key, login.market.key):
        assert secret not in site.log()


def test_no_line_of_the_host_s_log_was_lost_to_its_format(site: Site) -> None:
    assert "--- Logging error ---" not in site.log()


def test_the_command_checks_the_host_and_takes_everything_back(site: Site) -> None:
    checked = json.loads(run_command(site.folder, "--json", command="check").stdout)
    run_command(site.folder, "--yes", command="uninstall")

    assert {row["verdict"] for row in checked["data"]} <= {"ok", "caution"}
    assert not (site.folder / "broker" / "jainam_prop").exists()
    shipped = [path.relative_to(CHECKOUT) for path in Path(CHECKOUT).rglob("*") if path.is_file()]
    kept = [path for path in shipped if (site.folder / path).is_file() and path.suffix != ".pyc"]
    assert [path for path in kept if not cmp(Path(CHECKOUT) / path, site.folder / path, shallow=False)] == []
    assert len(kept) > 1_000
    settings = (site.folder / ".env").read_text()
    assert "jainam_prop" not in settings
    assert "nobody/callback" in settings
