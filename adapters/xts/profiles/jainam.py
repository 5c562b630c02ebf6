"""Jainam's dealer servers: addresses, rate chart, products, account rules and names.

Sources: Jainam's PROP-B and Pro Dealer API hand-outs, and calls made to its server B in October 2025.
"""

from typing import Final

from jainam_prop.adapters.xts.profiles.profile import BrokerProfile, ServerLayout, SettingNames
from jainam_prop.adapters.xts.wire.words import LAST_PRICE, MARKET_DEPTH, OPEN_INTEREST, TOUCHLINE
from jainam_prop.domain.exchange import LISTED_EXCHANGES, Exchange
from jainam_prop.domain.market_data.tick import FeedMode, StreamCapability
from jainam_prop.domain.orders.capability import ProductTable
from jainam_prop.domain.orders.linked_order import LinkedProduct
from jainam_prop.domain.orders.market_protection import MarketRefusal
from jainam_prop.domain.orders.order import Product
from jainam_prop.domain.rate_limit import CallFamily, Rate
from jainam_prop.domain.sessions.session import AccountKind, AccountRules

PRO_CLIENT_MARK: Final = "*****"
"""``clientID`` of a PRO dealer (Pro Dealer API hand-out; accepted by server B)."""

_CASH: Final = frozenset({Product.MIS, Product.CNC, Product.NRML})
_DERIVATIVES: Final = frozenset({Product.MIS, Product.NRML})

JAINAM: Final = BrokerProfile(
    name="jainam_prop",
    title="Jainam Prop",
    application="jainam-prop",
    servers={
        "A": "https://smpa.jainam.in:6543",
        "B": "https://smpb.jainam.in:4143",
        "C": "https://smpc.jainam.in:14543",
    },
    default_server="B",
    default_account=AccountKind.PRO,
    layout=ServerLayout(
        interactive_root="interactive",
        market_roots=("apibinarymarketdata", "apimarketdata"),  # server B answered only on the binary one
        trades_path="/orders/trades",  # /trades alone is 404
        login_source="WEBAPI",
        lookup_version="interactive_1.0.1",
    ),
    order_source="",
    accounts=AccountRules(kinds=frozenset(AccountKind), pro_client=PRO_CLIENT_MARK, client_setting="JAINAM_CLIENT_ID"),
    rates={  # rate chart of the PROP-B hand-out; OTHER is its line for logins and enumerations
        CallFamily.ORDER: Rate(25, 1.0),
        CallFamily.ORDER_BOOK: Rate(6, 1.0),
        CallFamily.TRADE_BOOK: Rate(40, 2.0),
        CallFamily.POSITIONS: Rate(1, 1.0),
        CallFamily.HOLDINGS: Rate(1, 10.0),
        CallFamily.BALANCE: Rate(10, 3.0),
        CallFamily.OTHER: Rate(1, 1.0),
    },
    products=ProductTable(
        products={
            Exchange.NSE: _CASH,
            Exchange.BSE: _CASH,
            Exchange.NFO: _DERIVATIVES,
            Exchange.BFO: _DERIVATIVES,
            Exchange.CDS: _DERIVATIVES,
            Exchange.BCD: _DERIVATIVES,
            Exchange.MCX: _DERIVATIVES,
        },
        linked=frozenset(LinkedProduct),  # the SDK has them; dealer accounts most likely have them switched off
    ),
    stream=StreamCapability(
        exchanges=frozenset(LISTED_EXCHANGES),
        code_by_mode={FeedMode.LTP: LAST_PRICE, FeedMode.QUOTE: TOUCHLINE, FeedMode.DEPTH: MARKET_DEPTH},
        open_interest_code=OPEN_INTEREST,
        depth_levels=(5,),
    ),
    # "Market order Or Price 0 is not allowed for ALGO enabled orders." (seen at two other XTS brokers in 2026)
    market_refusal=MarketRefusal(code="e-orders-0002", words="market order"),
    settings=SettingNames(
        prefix="JAINAM_", login_prefix="JAINAM_SYMPHONY_{server}_{account}_", server="ACTIVE_SYMPHONY_SERVER"
    ),
)
