"""Records of the exchange as values of the domain."""

from collections.abc import Sequence
from decimal import Decimal

from jainam_prop.adapters.simulator.exchange.exchange import Limits, Share
from jainam_prop.adapters.simulator.exchange.market import Level as SyntheticLevel
from jainam_prop.adapters.simulator.exchange.market import Market
from jainam_prop.adapters.simulator.exchange.orders import Execution, OrderUpdate, SimOrder
from jainam_prop.adapters.simulator.exchange.positions import PositionLine
from jainam_prop.adapters.simulator.vocabulary import indian_wall_clock
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.market_data.quote import Level, Quote
from jainam_prop.domain.money import ZERO
from jainam_prop.domain.orders.order import Order, Side, Trade
from jainam_prop.domain.positions.position import Funds, Holding, Position, PositionKey


def order_row(order: SimOrder, state: OrderUpdate) -> Order:
    """Return one state of an order."""
    return Order(
        order_id=str(order.order_id),
        identifier=order.intake.identifier,
        instrument=order.key,
        broker_symbol=order.intake.listing.display_name,
        side=order.side,
        product=state.terms.product,
        price_type=state.terms.price_type,
        state=state.state,
        quantity=state.terms.quantity,
        filled=state.filled,
        pending=state.terms.quantity - state.filled,
        price=state.terms.price,
        trigger_price=state.terms.trigger,
        average_price=state.average,
        reason=state.reason,
        placed_at=indian_wall_clock(order.placed_at).replace(microsecond=0),
        updated_at=indian_wall_clock(state.at).replace(microsecond=0),
    )


def trade_row(done: Execution) -> Trade:
    """Return one execution."""
    return Trade(
        trade_id=str(done.execution_id),
        order_id=str(done.order.order_id),
        identifier=done.order.intake.identifier,
        instrument=done.order.key,
        broker_symbol=done.order.intake.listing.display_name,
        side=done.order.side,
        product=done.product,
        quantity=done.quantity,
        price=done.price,
        executed_at=indian_wall_clock(done.at).replace(microsecond=0),
    )


def position_row(line: PositionLine, last_price: Decimal) -> Position:
    """Return one position, marked to the market."""
    return Position(
        key=PositionKey(line.slot.key, line.slot.product),
        broker_symbol=line.listing.display_name,
        net=line.net,
        buy_average=line.buy_average,
        sell_average=line.sell_average,
        realised=line.realised,
        unrealised=line.unrealised(last_price),
        multiplier=line.listing.multiplier,
    )


def funds_row(limits: Limits) -> Funds:
    """Return limits as funds."""
    available = limits.cash - limits.utilised + limits.realised
    return Funds(available, ZERO, limits.realised, limits.unrealised, limits.utilised)


def holding_row(share: Share) -> Holding:
    """Return shares in the depository."""
    listed = ((Exchange.NSE, share.nse), (Exchange.BSE, share.bse))
    keys = tuple(InstrumentKey(exchange, token) for exchange, token in listed if token)
    return Holding(share.isin, keys, share.quantity, share.average)


def quote_row(market: Market) -> Quote:
    """Return the present state of a market."""
    bids, asks = (_levels(market.synthetic.levels(side)) for side in (Side.BUY, Side.SELL))
    return Quote(
        last_price=market.last_price,
        last_quantity=market.last_quantity,
        open=market.listing.price,
        high=market.high,
        low=market.low,
        close=market.listing.price,
        volume=market.volume,
        total_buy=sum(level.quantity for level in bids),
        total_sell=sum(level.quantity for level in asks),
        bids=bids,
        asks=asks,
    )


def _levels(levels: Sequence[SyntheticLevel]) -> tuple[Level, ...]:
    return tuple(Level(level.price, level.size, 1 + index) for index, level in enumerate(levels) if level.size)
