"""Invented contracts, orders and positions that the domain's tests start from and vary."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import Instrument, InstrumentKey, InstrumentKind
from jainam_prop.domain.orders.order import Order, OrderChange, OrderRequest, OrderState, PriceType, Product, Side
from jainam_prop.domain.positions.position import Position, PositionKey

SBIN = Instrument(
    exchange=Exchange.NSE,
    token=3045,
    symbol="SBIN",
    broker_symbol="SBIN-EQ",
    name="STATE BANK OF INDIA",
    kind=InstrumentKind.EQUITY,
    lot_size=1,
    tick_size=Decimal("0.05"),
    series="EQ",
)
NIFTY_FUTURE = Instrument(
    exchange=Exchange.NFO,
    token=35001,
    symbol="NIFTY31MAR26FUT",
    broker_symbol="NIFTY26MARFUT",
    name="NIFTY",
    kind=InstrumentKind.FUTURE,
    lot_size=75,
    tick_size=Decimal("0.05"),
    freeze_quantity=1800,
    expiry=date(2026, 3, 31),
)
NIFTY_INDEX = Instrument(
    exchange=Exchange.NSE_INDEX,
    token=26000,
    symbol="NIFTY",
    broker_symbol="NIFTY 50",
    name="NIFTY 50",
    kind=InstrumentKind.INDEX,
    lot_size=1,
    tick_size=Decimal("0.05"),
)
BANKNIFTY_KEY = InstrumentKey(Exchange.NFO, 35002)
NIFTY_MIS = PositionKey(NIFTY_FUTURE.key, "MIS")
NIFTY_NRML = PositionKey(NIFTY_FUTURE.key, "NRML")
SBIN_MIS = PositionKey(SBIN.key, "MIS")


def a_future(**changes: object) -> Instrument:
    """Return the NIFTY future, with changes."""
    return NIFTY_FUTURE._replace(**changes)  # type: ignore[arg-type]


def a_request(instrument: Instrument = NIFTY_FUTURE, /, **changes: object) -> OrderRequest:
    """Return a LIMIT order that breaks no rule, with changes."""
    order = OrderRequest(instrument, Side.BUY, Product.MIS, PriceType.LIMIT, 75, Decimal("100.05"))
    return replace(order, **changes)  # type: ignore[arg-type]


def a_change(instrument: Instrument = NIFTY_FUTURE, /, **changes: object) -> OrderChange:
    """Return new LIMIT terms that break no rule, with changes."""
    change = OrderChange("1110045781", instrument, Product.MIS, PriceType.LIMIT, 75, Decimal("100.05"))
    return replace(change, **changes)  # type: ignore[arg-type]


def an_order(key: PositionKey = NIFTY_MIS, /, **changes: object) -> Order:
    """Return a LIMIT purchase of 75 units that waits untouched, with changes."""
    order = Order(
        order_id="1110045781",
        identifier="jp0mk4x1q2a00000001",
        instrument=key.instrument,
        broker_symbol="NIFTY26MARFUT",
        side=Side.BUY,
        product=key.product,
        price_type=PriceType.LIMIT,
        state=OrderState.NEW,
        quantity=75,
        filled=0,
        pending=75,
        price=Decimal("100.05"),
        trigger_price=Decimal(0),
        average_price=Decimal(0),
        reason="",
        placed_at=None,
        updated_at=None,
    )
    return order._replace(**changes)  # type: ignore[arg-type]


def a_position(key: PositionKey = NIFTY_MIS, net: int = 75, broker_symbol: str = "NIFTY 31MAR2026") -> Position:
    """Return a row of the net position book."""
    return Position(
        key=key,
        broker_symbol=broker_symbol,
        net=net,
        buy_average=Decimal("100.50"),
        sell_average=Decimal("101.25"),
        realised=Decimal("-12.50"),
        unrealised=Decimal("40.00"),
        multiplier=Decimal(1),
    )
