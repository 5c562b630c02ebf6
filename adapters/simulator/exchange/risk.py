"""Risk management: rejections after "Request sent", and blocked margin."""

from collections import defaultdict
from decimal import Decimal
from typing import Final

from jainam_prop.adapters.simulator.catalogue.listing import OPTION, Listing
from jainam_prop.adapters.simulator.exchange.orders import SimOrder
from jainam_prop.adapters.simulator.exchange.positions import Ledger, PositionLine, Slot
from jainam_prop.domain.money import is_on_tick

_INTRADAY: Final = Decimal("0.20")
_CARRIED: Final = Decimal("0.25")
_ZERO: Final = Decimal(0)


class RiskManager:
    """Checks orders and tracks the margin of every account.

    Blocked margin is kept as running sums, so a check costs the same for any number of orders.
    """

    def __init__(self, ledger: Ledger, funds: Decimal) -> None:
        self._ledger = ledger
        self._funds: defaultdict[str, Decimal] = defaultdict(lambda: funds)
        self._blocked: defaultdict[str, Decimal] = defaultdict(lambda: _ZERO)
        self._carried: defaultdict[str, dict[Slot, Decimal]] = defaultdict(dict)
        self._carried_sum: defaultdict[str, Decimal] = defaultdict(lambda: _ZERO)

    def set_funds(self, account: str, rupees: Decimal) -> None:
        """Set the funds of an account in rupees."""
        self._funds[account] = rupees

    def funds(self, account: str) -> Decimal:
        """Return the funds of an account in rupees."""
        return self._funds[account]

    def utilised(self, account: str) -> Decimal:
        """Return the margin in rupees that positions and working orders block."""
        return self._blocked[account] + self._carried_sum[account]

    def problem(self, order: SimOrder, last_price: Decimal) -> str | None:
        """Return the reason to reject a pending order, None if it may reach the market."""
        terms, listing = order.terms, order.intake.listing
        largest = listing.largest_order
        if largest is not None and terms.quantity > largest:
            return f"OEMS:RMS : Quantity Freeze : Order Quantity[{terms.quantity}] Freeze Quantity[{largest}]"
        for price in (terms.price, terms.trigger):
            if price and not is_on_tick(price, listing.tick):
                return f"OEMS:Price[{price}] is not a multiple of Tick Size[{listing.tick}]"
            if price and listing.upper and not listing.lower <= price <= listing.upper:
                return f"Exchange:Price[{price}] is out of the day's range[{listing.lower}-{listing.upper}]"
        if terms.price_type.has_limit and not terms.price:
            return "OEMS:Limit price can not be zero"
        return self._margin_problem(order, last_price)

    def release(self, order: SimOrder) -> None:
        """Unblock margin of units that have traded, or all of it once the order is done."""
        needed = order.unit_margin * order.left if order.state.is_working else _ZERO
        self._blocked[order.intake.account] -= order.blocked - needed
        order.blocked = needed

    def carry(self, slot: Slot) -> None:
        """Update the margin of a changed position."""
        line = self._ledger.find(slot)
        now = _ZERO if line is None else _position_margin(line)
        before = self._carried[slot.account].get(slot, _ZERO)
        self._carried[slot.account][slot] = now
        self._carried_sum[slot.account] += now - before

    def _margin_problem(self, order: SimOrder, last_price: Decimal) -> str | None:
        intake, terms = order.intake, order.terms
        line = self._ledger.find(Slot(intake.account, terms.product, order.key))
        net = line.net if line else 0
        opening = max(0, abs(net + order.side.sign * order.left) - abs(net))
        price = terms.price or terms.trigger or last_price
        needed = opening * price * margin_rate(intake.listing, terms.product, is_long=order.side.sign > 0)
        available = self._funds[intake.account] - self.utilised(intake.account) + order.blocked
        if needed > max(available, _ZERO):
            return (
                f"OEMS:RMS : Margin Exceeds :  - Set Limit:[{self._funds[intake.account]}] "
                f"Total Required Margin:[{needed:f}] Available Margin[{available:f}] "
                f"Margin Shortfall[{needed - available:f}] for entity [Client]-[{intake.account}] "
                "across [ALL|ALL|ALL]"
            )
        self._blocked[intake.account] += needed - order.blocked
        order.blocked, order.unit_margin = needed, needed / order.left
        return None


def _position_margin(line: PositionLine) -> Decimal:
    average = line.buy_average if line.net > 0 else line.sell_average
    return abs(line.net) * average * margin_rate(line.listing, line.slot.product, is_long=line.net > 0)


def margin_rate(listing: Listing, product: str, *, is_long: bool) -> Decimal:
    """Return rupees of margin per rupee of price: a bought option and delivery are paid in full."""
    if (listing.kind == OPTION and is_long) or product == "CNC":
        return listing.multiplier
    share = _INTRADAY if product in {"MIS", "CO", "BO"} else _CARRIED
    return listing.multiplier * (share * 5 if listing.kind == OPTION else share)
