"""A trading day on the pages of a real OpenAlgo, in Chromium, against the exchange's own records.

Needs what `test_openalgo_host` needs, playwright (the extra ``browser``) and a Chromium, such as Debian's package; a
screenshot of each step is in pytest's folder of the run.
"""

import re
import shutil
from collections.abc import Iterator
from decimal import Decimal
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.adapters.simulator.server.server import XtsSimulator
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.orders.order import OrderState
from jainam_prop.domain.sessions.session import AccountKind
from tests.adapters.xts.wire.test_holdings import FORMS, SBI, a_row
from tests.adapters.xts.wire.test_holdings import RELIANCE as RELIANCE_ISIN
from tests.adapters.xts.wire.test_holdings import TCS as TCS_ISIN
from tests.e2e.gate import Gate
from tests.e2e.openalgo_site import ABSENT, CHECKOUT, PYTHON, Site, a_site, until
from tests.e2e.world import BOOKED_TO, RELIANCE, SBIN, TCS

HAS_PLAYWRIGHT: Final = find_spec("playwright") is not None
sync_api: Any = import_module("playwright.sync_api") if HAS_PLAYWRIGHT else None
CHROMIUM: Final = shutil.which("chromium") or shutil.which("chromium-browser") or ""

pytestmark = [
    pytest.mark.skipif(not HAS_PLAYWRIGHT, reason="playwright is not installed (the extra 'browser')"),
    pytest.mark.skipif(not (CHECKOUT and PYTHON), reason=ABSENT),
    pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium; on Debian: apt-get install chromium"),
]

ACCOUNT: Final = AccountKind.PRO
MILLISECONDS: Final = 30_000


class Pages:
    """The pages of the host in one tab, with what a person sees there."""

    def __init__(self, site: Site, tab: Any, pictures: Path) -> None:  # noqa: ANN401 (playwright may not be there)
        self.site = site
        self.tab = tab
        self._pictures = pictures

    def open(self, path: str) -> None:
        """Go to a page of the host."""
        self.tab.goto(f"{self.site.url}{path}")

    def see(self, *texts: str) -> None:
        """Wait until the page shows these texts, and keep a picture of it."""
        for text in texts:
            sync_api.expect(self.tab.locator("body")).to_contain_text(text)
        self.tab.screenshot(path=self._pictures / f"{len(list(self._pictures.iterdir())):02}.png")

    def text(self) -> str:
        """All that the page shows."""
        return str(self.tab.locator("body").inner_text())

    def press(self, name: str) -> None:
        """Press the button of this name on the page."""
        self.tab.get_by_role("button", name=name, exact=True).first.click()

    def confirm(self, name: str) -> None:
        """Press the button of this name in the dialog that opens."""
        dialog = self.tab.get_by_role("dialog").or_(self.tab.get_by_role("alertdialog"))
        dialog.get_by_role("button", name=name, exact=True).click()

    def row(self, *cells: str) -> None:
        """Wait until a table has a row with these cells in this order, and keep a picture of it."""
        row = self.tab.get_by_role("row")
        for cell in cells:
            row = row.filter(has_text=cell)
        sync_api.expect(row.first).to_be_visible()
        self.see()

    def choose(self, number: int, option: str) -> None:
        """Choose an option of the list of this number on the page."""
        self.tab.get_by_role("combobox").nth(number).click()
        self.tab.get_by_role("option", name=option, exact=True).click()

    def order(self, price_type: str, quantity: int, price: str = "") -> None:
        """Fill the dialog of an order that buys intraday, and send it."""
        self.tab.get_by_role("button", name="Add").first.click()
        dialog = self.tab.get_by_role("dialog")
        for number, choice in ((1, price_type), (2, "MIS")):
            dialog.get_by_role("combobox").nth(number).click()
            self.tab.get_by_role("option", name=choice, exact=True).click()
        for number, value in enumerate([str(quantity), price] if price else [str(quantity)]):
            dialog.locator("input").nth(number).fill(value)
        self.confirm("Place BUY Order")
        dialog.wait_for(state="hidden")


@pytest.fixture(scope="module")
def broker() -> Iterator[XtsSimulator]:
    with XtsSimulator(SimulatorConfig(instruments=20_000)) as running:
        running.exchange.set_funds(BOOKED_TO[ACCOUNT], Decimal(10**9))
        yield running


@pytest.fixture(scope="module")
def gate(broker: XtsSimulator) -> Iterator[Gate]:
    """The broker's address as the host knows it; answers may be written anew there."""
    with Gate(broker.port) as opened:
        yield opened


@pytest.fixture(scope="module")
def pages(broker: XtsSimulator, gate: Gate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    pictures, folder = tmp_path_factory.mktemp("pictures"), tmp_path_factory.mktemp("host") / "openalgo"
    with (
        a_site(broker, folder, "--patch-host", account=ACCOUNT, JAINAM_BASE_URL=gate.base_url) as site,
        sync_api.sync_playwright() as player,
        player.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"]) as browser,
    ):
        tab = browser.new_page(viewport={"width": 1400, "height": 1000})
        tab.set_default_timeout(MILLISECONDS)
        sync_api.expect.set_options(timeout=MILLISECONDS)
        yield Pages(site, tab, pictures)


def net(broker: XtsSimulator, key: InstrumentKey) -> int:
    return broker.exchange.net(BOOKED_TO[ACCOUNT], key, "MIS")


def call(pages: Pages, path: str, **asked: object) -> dict[str, Any]:
    """Call the host's API with the key that its page shows."""
    shown = pages.tab.request.get(f"{pages.site.url}/apikey", headers={"Accept": "application/json"})
    asked = {"apikey": shown.json()["api_key"], "strategy": "pages", "exchange": "NSE", "pricetype": "MARKET"} | asked
    answer: dict[str, Any] = httpx.post(f"{pages.site.url}/api/v1/{path}", json=asked, timeout=60).json()
    return answer


def smart(pages: Pages, symbol: str, size: int) -> str:
    """Send a smart order through the host's API; return its status."""
    target = {"quantity": 0, "position_size": size}
    return str(call(pages, "placesmartorder", symbol=symbol, action="BUY", product="MIS", **target)["status"])


def rupees(amount: Decimal) -> str:
    """Write an amount as the host's pages do."""
    return f"₹{amount:,.2f}"


def test_a_person_logs_in_and_sees_why_the_broker_refused_the_connection(pages: Pages, broker: XtsSimulator) -> None:
    pages.open("/login")
    pages.tab.get_by_label("Username").fill("trader")
    pages.tab.locator("input[type=password]").fill("Desk@4711")
    pages.press("Sign in")
    pages.see("Connect Your Trading Account", "Jainam Prop")
    broker.faults.add(Fault(FaultKind.REFUSED, on="login", times=None, text="Invalid Application Key"))

    pages.press("Connect Account")

    pages.see("The login was refused", "Invalid Application Key")
    broker.faults.clear()
    assert "Ready (" not in pages.text()


def test_the_connected_account_shows_its_funds_and_loads_the_instruments(pages: Pages) -> None:
    pages.open("/broker")
    pages.press("Connect Account")

    pages.see("Trading Dashboard", "100.00Cr", "Ready (")
    assert "refused" not in pages.text()


def test_orders_are_placed_modified_cancelled_and_shown_in_the_books(pages: Pages, broker: XtsSimulator) -> None:
    price = broker.exchange.market(SBIN).last_price
    low, lower = (str((price * Decimal(share)).quantize(Decimal(1))) for share in ("0.98", "0.97"))
    pages.open("/holdings")
    pages.order("Market", 5)
    pages.order("Limit", 3, low)
    assert net(broker, SBIN) == 5

    pages.open("/orderbook")
    pages.row("SBIN", "MARKET", "complete")
    pages.tab.get_by_role("button", name="Modify order for SBIN").click()
    pages.tab.get_by_role("dialog").locator("#quantity").fill("4")
    pages.tab.get_by_role("dialog").locator("#price").fill(lower)
    pages.confirm("Modify Order")
    pages.row("SBIN", f"₹{lower}.00", "LIMIT", "open")
    pages.tab.get_by_role("button", name="Cancel order").click()
    pages.row("SBIN", f"₹{lower}.00", "LIMIT", "cancelled")
    pages.open("/tradebook")
    pages.see("Total Trades", "SBIN", "Trade Value")

    filled, cancelled = broker.exchange.all_orders()
    assert (filled.state, cancelled.state) == (OrderState.FILLED, OrderState.CANCELLED)
    assert (cancelled.terms.quantity, cancelled.terms.price) == (4, Decimal(lower))


def test_one_position_is_closed_on_its_page(pages: Pages, broker: XtsSimulator) -> None:
    assert smart(pages, "SBIN", 7) == "success"
    pages.open("/positions")
    pages.row("SBIN", "NSE", "MIS", "7")

    pages.tab.get_by_role("button", name="Close SBIN position").click()

    pages.see("order placed")
    assert net(broker, SBIN) == 0


def test_closing_everything_names_the_leg_that_was_refused(pages: Pages, broker: XtsSimulator) -> None:
    assert [smart(pages, symbol, 4) for symbol in ("SBIN", "TCS")] == ["success", "success"]
    mark = {"exchangeInstrumentID": str(TCS.token)}
    broker.faults.add(Fault(FaultKind.RMS_REJECT, on="place", times=None, text="RMS: blocked", where=mark))

    pages.open("/positions")
    pages.row("TCS", "NSE", "MIS", "4")
    pages.press("Close All")
    pages.confirm("Close All")

    pages.see("RMS: blocked")
    broker.faults.clear()
    assert (net(broker, SBIN), net(broker, TCS)) == (0, 4)
    pages.open("/positions")
    pages.row("TCS", "NSE", "MIS", "4")
    pages.press("Close All")
    pages.confirm("Close All")
    pages.see("Squared Off")
    assert net(broker, TCS) == 0


@pytest.mark.parametrize(("exchange", "underlying"), [("MCX", "NATGASMINI"), ("CDS", "USDINR")])
def test_one_lot_of_a_contract_with_a_multiplier_arrives_as_one_lot(
    pages: Pages, broker: XtsSimulator, exchange: str, underlying: str
) -> None:
    pages.open("/scalping")
    pages.choose(0, exchange)
    pages.choose(1, "Futures")
    pages.tab.get_by_placeholder("Select or search").fill(underlying)
    pages.press(underlying)
    pages.tab.get_by_role("switch").nth(1).set_checked(True)  # One-Click
    pages.see(f"{underlying}2", "One-Click ARMED")
    sold = pages.tab.get_by_text(re.compile(rf"^{underlying}\d+\w+FUT$")).first.inner_text()

    pages.press("↑ Buy")
    pages.see(f"BUY Order Placed for Symbol: {sold}")

    order = next(each for each in broker.exchange.all_orders() if each.intake.listing.name == underlying)
    worth = order.value * order.intake.listing.multiplier
    assert (order.terms.quantity, order.filled, worth > 70_000) == (1, 1, True)
    pages.open("/tradebook")
    pages.row(sold, exchange, "NRML", "BUY", "1", rupees(order.value), rupees(worth))
    pages.open("/positions")
    pages.row(sold, exchange, "NRML", "1", rupees(order.value))
    pages.tab.get_by_role("button", name=f"Close {sold} position").click()
    until(
        "the position is open", lambda: broker.exchange.net(BOOKED_TO[ACCOUNT], order.intake.listing.key, "NRML") == 0
    )


def test_each_fill_shows_its_own_price_and_the_order_their_average(pages: Pages, broker: XtsSimulator) -> None:
    price = broker.exchange.market(SBIN).last_price
    fills = [(price + step, quantity) for step, quantity in ((0, 5), (1, 10), (2, 15))]
    broker.exchange.set_levels(SBIN, bids=[(price - 1, 100)], asks=fills)
    placed = call(pages, "placeorder", symbol="SBIN", action="BUY", product="NRML", quantity=30)

    average = sum((each * quantity for each, quantity in fills), Decimal(0)) / 30
    pages.open("/tradebook")
    for each, quantity in fills:
        pages.row("SBIN", "BUY", str(quantity), rupees(each), rupees(each * quantity), placed["orderid"])
    pages.open("/orderbook")
    pages.row("SBIN", "BUY", "30", rupees(average), "MARKET", placed["orderid"], "complete")
    order = next(each for each in broker.exchange.all_orders() if str(each.order_id) == placed["orderid"])
    assert [(one.price, one.quantity) for one in broker.exchange.executions() if one.order is order] == fills


def test_a_rejected_order_and_its_reason_are_shown(pages: Pages, broker: XtsSimulator) -> None:
    pages.open("/websocket/order")
    pages.press("Connect")
    pages.press("Subscribe")
    pages.see("Live — fills, rejections and cancels stream here")
    broker.faults.add(Fault(FaultKind.RMS_REJECT, on="place", times=None, text="RMS: margin exceeds"))

    def shown() -> bool:  # the host's proxy loses a message now and then, see `order_update`
        call(pages, "placeorder", symbol="TCS", action="BUY", product="NRML", quantity=1)
        return "RMS: margin exceeds" in pages.text()

    until("no reason of a rejection", shown)
    broker.faults.clear()
    pages.see("TCS", "RMS: margin exceeds")
    pages.open("/orderbook")
    pages.row("TCS", "NRML", "rejected")
    assert broker.exchange.net(BOOKED_TO[ACCOUNT], TCS, "NRML") == 0


def test_the_profit_of_a_reduced_position_includes_what_was_realised(pages: Pages, broker: XtsSimulator) -> None:
    assert smart(pages, "RELIANCE", 10) == "success"
    broker.exchange.move(RELIANCE, broker.exchange.market(RELIANCE).last_price + 10)
    assert smart(pages, "RELIANCE", 6) == "success"
    (line,) = [line for slot, line in broker.exchange.positions().items() if slot.key == RELIANCE]

    pages.open("/positions")

    pages.row(
        "RELIANCE", "MIS", "6", rupees(line.realised + line.unrealised(broker.exchange.market(RELIANCE).last_price))
    )
    assert smart(pages, "RELIANCE", 0) == "success"


@pytest.mark.parametrize("form", FORMS)
def test_holdings_of_every_form_are_shown_each_time_the_page_is_opened(pages: Pages, gate: Gate, form: str) -> None:
    """TCS is pledged, RELIANCE is free, SBIN is both; their numbers are those of one form alone."""
    number = list(FORMS).index(form)
    both, pledged, free = 50 + 100 + number, 200 + number, 300 + number
    rows = (a_row(SBI, 50, 100 + number), a_row(TCS_ISIN, 0, pledged), a_row(RELIANCE_ISIN, free, 0))
    gate.rewrite("portfolio/holdings", lambda _said: FORMS[form](*rows))  # type: ignore[no-untyped-call]

    def shown() -> bool:
        pages.open("/holdings")
        pages.row("TCS", "NSE")
        return str(both) in pages.tab.get_by_role("table").inner_text()

    until("the page does not show the new holdings", shown)
    for _ in range(2):
        pages.open("/holdings")
        for symbol, quantity in (("SBIN", both), ("TCS", pledged), ("RELIANCE", free)):
            pages.row(symbol, "NSE", str(quantity), "₹612.35", "CNC")
            assert pages.tab.get_by_role("table").get_by_text(symbol, exact=True).count() == 1


def test_shares_that_are_all_pledged_are_shown(pages: Pages, gate: Gate) -> None:
    answer = {"CollateralHoldings": {"Holdings": {TCS_ISIN: a_row(TCS_ISIN, 417)}}}
    gate.rewrite("portfolio/holdings", lambda _said: answer)

    def shown() -> bool:
        pages.open("/holdings")
        pages.row("TCS", "NSE")
        return "417" in pages.tab.get_by_role("table").inner_text()

    until("the page does not show the new holdings", shown)
    assert "SBIN" not in pages.tab.get_by_role("table").inner_text()


def test_the_option_chain_has_its_strikes_and_prices(pages: Pages) -> None:
    pages.open("/optionchain")

    pages.see("NIFTY Spot", "ATM Strike", "PCR", "CALLS", "PUTS")
    assert pages.tab.url.endswith("/optionchain")


def test_the_stream_page_shows_a_moved_price(pages: Pages, broker: XtsSimulator) -> None:
    moved = broker.exchange.market(SBIN).last_price + Decimal("0.35")
    pages.open("/websocket/test")
    pages.press("Connect")
    pages.see("Authenticated")
    pages.tab.get_by_placeholder("Search symbols...").fill("SBIN")
    pages.tab.get_by_text("NSE", exact=True).first.click()
    pages.press("LTP All")
    pages.see("1 subscribed")

    def shown() -> bool:
        broker.exchange.move(SBIN, moved)
        return str(moved) in pages.text()

    until("the page does not show the moved price", shown)
    pages.see(str(moved))
    assert broker.exchange.market(SBIN).last_price == moved


def test_a_person_logs_out(pages: Pages) -> None:
    pages.open("/dashboard")
    pages.press("Open user menu")
    pages.tab.get_by_role("menuitem", name="Logout").click()
    pages.confirm("Yes, Logout")

    pages.see("Sign in")
    pages.open("/positions")
    pages.see("Sign in")
    assert "/login" in pages.tab.url
