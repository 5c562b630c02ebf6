"""An invented second broker, made of a profile alone, is traded with at the simulator."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final

import pytest

from jainam_prop.adapters.simulator.config import INVESTOR, SimulatorConfig
from jainam_prop.adapters.simulator.server.server import XtsSimulator
from jainam_prop.adapters.xts.profiles.jainam import JAINAM
from jainam_prop.adapters.xts.profiles.profile import BrokerProfile, ServerLayout, SettingNames
from jainam_prop.domain.errors import Invalid
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.orders.capability import ProductTable
from jainam_prop.domain.orders.order import Product
from jainam_prop.domain.orders.ticket import read_ticket
from jainam_prop.domain.rate_limit import CallFamily, Rate
from jainam_prop.domain.sessions.session import AccountKind, AccountRules, Session
from jainam_prop.entrypoints.container import open_container
from jainam_prop.entrypoints.settings import settings_from
from jainam_prop.entrypoints.settings_source import SettingsError
from jainam_prop.entrypoints.trading_app import TradingApp

ACME: Final = BrokerProfile(
    name="acme_xts",
    title="Acme",
    application="acme",
    servers={"ONE": "https://xts.acme.example"},
    default_server="ONE",
    default_account=AccountKind.INVESTOR,
    layout=ServerLayout("trade", ("quotes",), "/orders/trades", "WebAPI", "interactiveapi_1.0.1"),
    order_source="acme-api",
    accounts=AccountRules(frozenset({AccountKind.INVESTOR})),
    rates={family: Rate(3, 1.0) for family in CallFamily},
    products=ProductTable({Exchange.NSE: frozenset({Product.CNC})}),
    stream=JAINAM.stream,
    market_refusal=JAINAM.market_refusal,
    settings=SettingNames("ACME_", "ACME_{server}_{account}_", "SERVER"),
)
AT_ACME: Final = SimulatorConfig(
    instruments=300,
    day=date(2026, 3, 10),
    interactive_root="trade",
    market_roots=("quotes",),
    rates={"place": (1, 3), "order_book": (1, 3), "trade_book": (1, 3), "positions": (1, 3), "holdings": (1, 3)},
)
KEYS: Final = {
    "ACME_INTERACTIVE_API_KEY": INVESTOR.interactive.key,
    "ACME_INTERACTIVE_API_SECRET": INVESTOR.interactive.secret,
    "ACME_MARKET_API_KEY": INVESTOR.market.key,
    "ACME_MARKET_API_SECRET": INVESTOR.market.secret,
}
BUY: Final = {"symbol": "SBIN", "exchange": "NSE", "action": "BUY", "quantity": 7, "product": "CNC"}


@contextmanager
def at_acme(folder: Path, config: SimulatorConfig = AT_ACME) -> Iterator[tuple[XtsSimulator, TradingApp, Session]]:
    with XtsSimulator(config) as sim:
        texts = KEYS | {"ACME_BASE_URL": sim.base_url, "ACME_DATABASE_URL": f"sqlite:///{folder / 'acme.db'}"}
        container = open_container(settings_from(texts, ACME))
        try:
            app = container.app()
            app.sync_instruments(force=True).unwrap()
            yield sim, app, app.sessions.log_in().unwrap()
        finally:
            container.shutdown_resources()


def test_an_order_is_placed_and_shown_under_another_layout(tmp_path: Path) -> None:
    with at_acme(tmp_path) as (sim, app, session):
        placed = app.place_order(session, read_ticket(BUY)).unwrap()

        order = next(one for one in app.read_books.orders(session).unwrap() if one.order_id == placed.order_id)
        position = app.read_books.positions(session).unwrap()[0]
        assert (order.quantity, order.filled, position.net) == (7, 7, 7)
        assert (session.account.kind, session.account.client_id) == (AccountKind.INVESTOR, None)
        assert {one.intake.source for one in sim.exchange.all_orders()} == {"acme-api"}


def test_orders_keep_to_the_rates_of_the_profile(tmp_path: Path) -> None:
    with at_acme(tmp_path) as (sim, app, session):
        for _ in range(5):
            app.place_order(session, read_ticket(BUY)).unwrap()

        assert sim.rate_refusals == 0


def test_a_product_that_the_broker_lacks_is_refused_before_the_network(tmp_path: Path) -> None:
    with at_acme(tmp_path) as (sim, app, session):
        refused = app.place_order(session, read_ticket(BUY | {"product": "MIS"})).failure()
        cover = app.cover_orders.place(session, read_ticket(BUY | {"product": "MIS", "trigger_price": 1})).failure()

        assert refused == Invalid(("product MIS does not exist on NSE: use one of CNC",))
        assert "the broker has no cover orders" in cover.message
        assert sim.exchange.all_orders() == []


def test_prices_come_from_its_market_data_root(tmp_path: Path) -> None:
    with at_acme(tmp_path) as (_sim, app, session):
        instrument = app.instruments.find("SBIN", "NSE")
        assert instrument is not None
        assert session.market_root == "quotes"
        assert app.read_quotes(session, [instrument.key])[instrument.key].unwrap().last_price is not None


@pytest.mark.parametrize("kind", [AccountKind.PRO, AccountKind.NORMAL])
def test_an_account_type_that_the_broker_lacks_is_refused(kind: AccountKind) -> None:
    with pytest.raises(SettingsError) as caught:
        settings_from(KEYS | {"ACME_ACTIVE_ACCOUNT_TYPE": kind}, ACME)

    assert str(caught.value) == "ACME_ACTIVE_ACCOUNT_TYPE: must be one of INVESTOR"


def test_its_settings_have_its_names_and_folder() -> None:
    settings = settings_from(KEYS, ACME)

    assert (settings.server_url, settings.data_folder.name) == ("https://xts.acme.example", "acme")
    with pytest.raises(SettingsError, match="Missing settings: ACME_INTERACTIVE_API_KEY"):
        settings_from({}, replace(ACME, name="acme_again"))
