"""Placing an order: check, slice at the freeze quantity, protect MARKET orders, and send slice by slice."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.books.reconcile import PositionReconciler
from jainam_prop.application.market_data.read_prices import PriceBands
from jainam_prop.application.orders.market_protection import MarketProtection
from jainam_prop.application.orders.pre_trade import PreTradeChecks
from jainam_prop.application.orders.send import OrderSender
from jainam_prop.application.ports.runtime import Clock, SymbolGuard
from jainam_prop.application.risk import RiskGate
from jainam_prop.domain.deadlines import Deadline, Timing
from jainam_prop.domain.errors import Blocked, BrokerError, Invalid, PartlyPlaced, Rejected
from jainam_prop.domain.orders.capability import slice_quantity
from jainam_prop.domain.orders.order import Order, OrderRequest, PriceType
from jainam_prop.domain.orders.ticket import Ticket
from jainam_prop.domain.orders.validation import band_warning
from jainam_prop.domain.positions.position import PositionKey
from jainam_prop.domain.positions.smart_order import changes_in_words, is_reduction
from jainam_prop.domain.sessions.session import Session


@dataclass(frozen=True, slots=True)
class Placement:
    """The orders that the broker accepted.

    Attributes:
        order_ids: one a slice.
        quantity: units of all slices.
        price_type: as it was sent; market protection turns MARKET into LIMIT.
        cancelled, resized: orders that were cancelled or made smaller for it, by order id.
        note: what else the caller has to know; "" when there is nothing.
    """

    order_ids: tuple[str, ...]
    quantity: int
    price_type: PriceType
    cancelled: tuple[str, ...] = ()
    resized: tuple[str, ...] = ()
    note: str = ""

    @property
    def order_id(self) -> str:
        """The order id of the whole; of a sliced order, the first."""
        return self.order_ids[0]

    @property
    def message(self) -> str:
        """What was done, in words."""
        changes = changes_in_words(self.cancelled, self.resized)
        placed = f"Order placed, {changes}" if changes else "Order placed"
        return f"{placed}. {self.note}" if self.note else placed

    def fell_short(self, ended: Mapping[str, Order]) -> Rejected | PartlyPlaced:
        """Return the error of orders that the exchange refused, or ended before all of them had traded."""
        short = [order for order in ended.values() if order.filled < order.quantity]
        cause = Rejected(short[0].reason or f"order {short[0].order_id} was ended by the exchange without a reason")
        live = tuple(each for each in self.order_ids if each not in ended or ended[each].filled)
        left = self.quantity - sum(order.quantity - order.filled for order in short)
        return PartlyPlaced(live, left, self.quantity, cause) if live else cause


@final
@dataclass(frozen=True, slots=True)
class PlaceOrder:
    """Places plain orders.

    The way of an order: `PreTradeChecks`, risk gate, slices, market protection, and for each slice `OrderSender.send`:
    journal, pace, POST, settle.
    """

    checks: PreTradeChecks
    sender: OrderSender
    gate: RiskGate
    positions: PositionReconciler
    guard: SymbolGuard
    protection: MarketProtection
    bands: PriceBands
    clock: Clock
    timing: Timing

    def __call__(self, session: Session, ticket: Ticket) -> Result[Placement, BrokerError]:
        """Place the order of a ticket; an invalid ticket is refused with every problem named and nothing sent."""
        began = self.clock.monotonic()
        prepared = self.checks.order(ticket, session)
        if not is_successful(prepared):
            return Failure(prepared.failure())
        order, now = prepared.unwrap(), self.clock.monotonic()
        deadline = Deadline(now + self.timing.call)
        doubt: BrokerError | None = self.checks.units_problem(order.quantity, order.instrument)
        if doubt is None and now - began >= self.timing.call:
            doubt = Blocked(f"{order.instrument.symbol} was looked up for {now - began:.0f} s, too long for an order")
        if doubt is not None:
            return self._send_if_exit(session, order, deadline, otherwise=doubt)
        self.gate.probe(session, deadline)
        placed = self.send(session, order, deadline, reduces=False)
        if not is_successful(placed) and isinstance(placed.failure(), Blocked):
            return self._send_if_exit(session, order, deadline, otherwise=placed.failure())
        return placed

    def send(
        self, session: Session, order: OrderRequest, deadline: Deadline, *, reduces: bool
    ) -> Result[Placement, BrokerError]:
        """Send a checked order of any size before a deadline.

        A MARKET order that the broker refuses for being MARKET goes once more with a limit where the rule allows it.
        """
        held_back = self.gate.admit(reduces=reduces)
        if held_back is not None:
            return Failure(held_back)
        instrument = order.instrument
        try:
            slices = slice_quantity(
                order.quantity, lot_size=instrument.lot_size, largest_order=instrument.largest_order
            )
        except ValueError as error:
            return Failure(Invalid((f"{instrument.symbol}: {error}",)))
        first = self.protection.first_attempt(session, order, deadline, exits=reduces)
        if not is_successful(first):
            return Failure(first.failure())
        outcome = self._send_slices(session, first.unwrap(), slices, deadline, reduces=reduces)
        second = self.protection.second_attempt(session, order, outcome, deadline, exits=reduces)
        if second is not None:
            outcome = self._send_slices(session, second, slices, deadline, reduces=reduces)
        note = " ".join(filter(None, (band_warning(order, self.bands.of(instrument)), self.sender.journal.problem)))
        return outcome.map(lambda placement: replace(placement, note=note)) if note else outcome

    def _send_slices(
        self, session: Session, order: OrderRequest, slices: tuple[int, ...], deadline: Deadline, *, reduces: bool
    ) -> Result[Placement, BrokerError]:
        """Send slices one after the other, up to the first that is not accepted.

        After one that may be live, another could be one too many.
        """
        ids: list[str] = []
        place = partial(self.sender.gateway.place, exits=reduces)
        for index, quantity in enumerate(slices):
            part = order
            if quantity != order.quantity:
                part = replace(order, quantity=quantity, disclosed_quantity=min(order.disclosed_quantity, quantity))
            sent = self.sender.send(session, part, deadline, place, reduces=reduces)
            if not is_successful(sent):
                error = sent.failure()
                if not ids:
                    return Failure(error)
                return Failure(PartlyPlaced(tuple(ids), sum(slices[:index]), order.quantity, error))
            ids.append(sent.unwrap())
        return Success(Placement(tuple(ids), order.quantity, order.price_type))

    def _send_if_exit(
        self, session: Session, order: OrderRequest, deadline: Deadline, *, otherwise: BrokerError
    ) -> Result[Placement, BrokerError]:
        """Send an order only when it makes the position smaller, where nothing else may pass.

        One that does not is refused with ``otherwise``.

        Two that do so together could reverse the position, so each holds the lock of its position while it is decided.
        """
        key = PositionKey(order.instrument.key, order.product)
        with self.guard.hold(key, deadline.remaining(self.clock.monotonic()), reduces=True) as held:
            if not held:
                return Failure(Blocked(held.refusal.format(order.instrument.symbol)))
            if self.gate.admit(reduces=True) is None and self._reduces(session, order, key, deadline):
                return self.send(session, order, deadline, reduces=True)
            return Failure(otherwise)

    def _reduces(self, session: Session, order: OrderRequest, key: PositionKey, deadline: Deadline) -> bool:
        seen = self.positions.many(session, (key,), deadline)[key]
        if not is_successful(seen):
            return False
        state, change = seen.unwrap(), order.side.sign * order.quantity
        room = state.unprotected if order.price_type is PriceType.MARKET else state.safe_to_close
        return is_reduction(state.net, change) and order.quantity <= room
