"""Portfolios at the simulated exchange, put there and judged without the application."""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final

from jainam_prop.adapters.simulator.catalogue.universe import EQUITY, FUTURE, OPTION, Listing, Universe
from jainam_prop.adapters.simulator.exchange.exchange import SimulatedExchange
from jainam_prop.adapters.simulator.exchange.orders import Intake, SimOrder, Terms
from jainam_prop.adapters.simulator.exchange.positions import Slot
from jainam_prop.domain.orders.order import PriceType, Side, Validity

SEGMENTS: Final = {"NSECM": ("MIS", "CNC"), "NSEFO": ("NRML", "MIS"), "BSECM": ("MIS",), "MCXFO": ("NRML",)}
"""Four segments and the products that are carried there."""

_ZERO: Final = Decimal(0)
_DEAR: Final = 20


@dataclass(frozen=True, slots=True)
class Holding:
    """One position to begin with: signed units, and whether a stop rests below or above it."""

    listing: Listing
    product: str
    net: int
    has_stop: bool = False

    def slot(self, account: str) -> Slot:
        """Return where the exchange books it."""
        return Slot(account, self.product, self.listing.key)


@lru_cache(maxsize=8)
def tradable(universe: Universe, segment: str) -> tuple[Listing, ...]:
    """Return what our master knows of a segment and what is dear enough for prices around it."""
    kinds = {EQUITY, FUTURE, OPTION}
    rows = (row for row in universe.listings(segment) if row.kind in kinds and row.price > _DEAR)
    return tuple(row for row in rows if "TEST" not in row.name and row.series != "SPOT")  # an index has no shares


def hold(exchange: SimulatedExchange, account: str, holding: Holding, *, carried: bool = True) -> None:
    """Give the account a position, carried into the day or bought and sold today, and its stop."""
    if carried:
        exchange.carry_in(holding.slot(account), holding.net, holding.listing.price)
    else:
        trade(exchange, account, holding.listing, holding.product, holding.net)
    if holding.has_stop:
        rest_a_stop(exchange, account, holding)


def trade(
    exchange: SimulatedExchange, account: str, listing: Listing, product: str, units: int, login: str = ""
) -> SimOrder:
    """Trade signed units at the market at the exchange itself, as the account's login or another one."""
    side = Side.BUY if units > 0 else Side.SELL
    terms = Terms(product, PriceType.MARKET, abs(units), _ZERO, _ZERO, 0, Validity.DAY)
    return _send(exchange, account, listing, side, terms, login)


def rest_orders(exchange: SimulatedExchange, account: str, holding: Holding, chance: random.Random) -> None:
    """Let a stop and an exit with a limit rest over parts of a position, and an entry that would add to it."""
    listing, side = holding.listing, Side.SELL if holding.net > 0 else Side.BUY
    lots = abs(holding.net) // listing.lot
    stopped = chance.randint(0, lots)
    limited = chance.randint(0, lots - stopped)
    for units, percent, is_stop, adds in (
        (stopped, -3, True, False),
        (limited, 3, False, False),
        (chance.randint(0, 3), -4, False, True),
    ):
        factor = 1 + Decimal(percent if holding.net > 0 else -percent) / 100
        price = (listing.price * factor / listing.tick).to_integral_value() * listing.tick
        kind, prices = (PriceType.SL_M, (_ZERO, price)) if is_stop else (PriceType.LIMIT, (price, _ZERO))
        terms = Terms(holding.product, kind, units * listing.lot, *prices, 0, Validity.DAY)
        if units:
            _send(exchange, account, listing, side.opposite if adds else side, terms)


def rest_a_stop(exchange: SimulatedExchange, account: str, holding: Holding) -> SimOrder:
    """Let a stop over the whole position rest three per cent away."""
    listing, side = holding.listing, Side.SELL if holding.net > 0 else Side.BUY
    factor = Decimal("0.97") if side is Side.SELL else Decimal("1.03")
    trigger = (listing.price * factor / listing.tick).to_integral_value() * listing.tick
    terms = Terms(holding.product, PriceType.SL_M, abs(holding.net), _ZERO, trigger, 0, Validity.DAY)
    return _send(exchange, account, listing, side, terms)


def run_stops(exchange: SimulatedExchange, holdings: Iterable[Holding]) -> None:
    """Move every market far enough that what still rests would trade."""
    for holding in holdings:
        factor = Decimal("0.95") if holding.net > 0 else Decimal("1.05")
        price = (holding.listing.price * factor / holding.listing.tick).to_integral_value() * holding.listing.tick
        exchange.move(holding.listing.key, price)


def left(exchange: SimulatedExchange) -> dict[Slot, int]:
    """Return the positions that the exchange still holds."""
    return {slot: line.net for slot, line in exchange.positions().items() if line.net}


def reversed_positions(exchange: SimulatedExchange, start: dict[Slot, int]) -> list[Slot]:
    """Return the positions that at any moment stood on the other side of zero than at the start.

    Args:
        exchange: where they trade.
        start: what was carried in; what is not named started flat, and its side is that of its first trade.
    """
    running, first, crossed = dict(start), dict(start), []
    for done in exchange.executions():
        slot = Slot(done.order.intake.account, done.product, done.order.key)
        running[slot] = running.get(slot, 0) + done.signed
        first.setdefault(slot, done.signed)
        if running[slot] * first[slot] < 0:
            crossed.append(slot)
    return crossed


def some(universe: Universe, chance: random.Random, count: int, *, with_stops: bool = True) -> list[Holding]:
    """Pick different contracts of the four segments, long and short, half of them with a stop or none."""
    holdings: list[Holding] = []
    for segment, products in SEGMENTS.items():
        listings = tradable(universe, segment)
        for listing in chance.sample(listings, count // len(SEGMENTS) + 1):
            product = chance.choice(products)
            units = listing.lot * chance.randint(1, 5)
            net = units if product == "CNC" or chance.random() < 0.5 else -units
            holdings.append(Holding(listing, product, net, has_stop=with_stops and len(holdings) % 2 == 0))
    chance.shuffle(holdings)
    return holdings[:count]


def _send(
    exchange: SimulatedExchange, account: str, listing: Listing, side: Side, terms: Terms, login: str = ""
) -> SimOrder:
    owner = next(each.user_id for each in exchange.config.logins if account in each.clients)
    return exchange.order_entry.place(Intake(login or owner, account, listing, side, terms))
