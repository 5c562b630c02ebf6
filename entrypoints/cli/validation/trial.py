"""A trial order that cannot trade: placed, found in the book, seen as an event, modified, cancelled."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from queue import SimpleQueue
from typing import Final

from returns.pipeline import is_successful

from jainam_prop.domain.instruments.instrument import Instrument
from jainam_prop.domain.orders.client_order_id import is_dry_run_id
from jainam_prop.domain.orders.order import Order, OrderState, PriceType, Product, Side
from jainam_prop.domain.orders.ticket import Ticket, read_ticket
from jainam_prop.domain.orders.validation import resting_price
from jainam_prop.domain.positions.position import OrderFeedEvent
from jainam_prop.domain.sessions.session import Session
from jainam_prop.entrypoints.cli.validation.readings import ORDER_SECONDS, failed, measured
from jainam_prop.entrypoints.cli.validation.sockets import next_event, until
from jainam_prop.entrypoints.cli.views.tables import counted
from jainam_prop.entrypoints.finding import Finding, Verdict, caution, good, problem
from jainam_prop.entrypoints.trading_app import TradingApp

_PRODUCT: Final = Product.MIS
_ORDERS: Final = "jainam-prop orders"
_JOURNAL_ROWS: Final = 50


def trial_findings(
    app: TradingApp, session: Session, instrument: Instrument, seconds: float, report_finding: Callable[[Finding], None]
) -> list[Finding]:
    """Try an order of one lot; whatever goes wrong on the way, it is cancelled, and what cannot be is said.

    For so many seconds the order's event is waited for, and a change to show in the book; ``tell`` hears each finding
    as it is made.
    """
    trial = _Trial(app, session, instrument, seconds, report_finding)
    events: SimpleQueue[OrderFeedEvent] = SimpleQueue()
    feed = app.follow_orders()(events.put)
    try:
        until(lambda: feed.health().is_connected, seconds)
        trial.run(events)
    finally:
        feed.close()
    return trial.findings


@dataclass(slots=True)
class _Trial:
    app: TradingApp
    session: Session
    instrument: Instrument
    seconds: float
    report_finding: Callable[[Finding], None]
    findings: list[Finding] = field(default_factory=list)

    def run(self, events: "SimpleQueue[OrderFeedEvent]") -> None:
        """Place the order where it can rest, and see it through."""
        quote = self.app.read_quotes.one(self.session, self.instrument.key)
        held = self._held()
        if not is_successful(quote):
            self._note(failed("trial order", quote.failure()))
            return
        price = resting_price(self.instrument, quote.unwrap().last_price)
        if price is None or held is None:
            unknown = "the position is not known" if held is None else "no price is known at which it could not trade"
            self._note(caution("trial order", f"not placed: {unknown}", "Take another contract, in trading hours."))
            return
        order_id = self._placed(price)
        if order_id is None:
            return
        is_over = False
        try:
            is_over = self._seen(order_id, price)
            self._heard(order_id, events)
            if not is_over:
                self._changed(order_id, price + self.instrument.tick_size)
        finally:
            if not is_over:
                self._cancelled(order_id)
            self._unmoved(held)

    def _placed(self, price: Decimal) -> str | None:
        placed = measured(
            "place", lambda: self.app.place_order(self.session, self._ticket(price)), lambda _: "taken", ORDER_SECONDS
        )
        order_id = None if placed.value is None else placed.value.order_id
        if order_id is not None and is_dry_run_id(order_id):
            self._note(caution("trial order", "dry run: nothing was sent", "Leave out --dry-run to try it."))
            return None
        self._note(placed.finding)
        return order_id

    def _seen(self, order_id: str, price: Decimal) -> bool:
        """Compare the book with what was sent, the identifier included; say whether the order is over already."""
        order = self._await(order_id, lambda _: True)
        if order is None:
            self._note(problem("order in the book", "not shown", _ORDERS))
            return False
        if not order.is_working:
            reason = f": {order.reason}" if order.reason else ""
            self._note(problem("order in the book", f"{order.state.value}{reason}", _ORDERS))
            return True
        sent = {entry.order_id: entry.intent.identifier for entry in self.app.journal.recent(_JOURNAL_ROWS)}
        compared = {
            "identifier": order.identifier == sent.get(order_id),
            "side": order.side is Side.BUY,
            "quantity": order.quantity == self.instrument.lot_size,
            "price": order.price == price,
            "price type": order.price_type is PriceType.LIMIT,
            "product": order.product == _PRODUCT.value,
        }
        wrong = [name for name, is_same in compared.items() if not is_same]
        if wrong:
            self._note(problem("order in the book", f"differs from what was sent: {', '.join(wrong)}", _ORDERS))
        else:
            self._note(good("order in the book", "as it was sent, with its identifier"))
        return False

    def _heard(self, order_id: str, events: "SimpleQueue[OrderFeedEvent]") -> None:
        found = next_event(events, lambda event: isinstance(event, Order) and event.order_id == order_id, self.seconds)
        if found is None:
            step = "Fills are then seen only when the books are read."
            self._note(caution("order event", f"none in {self.seconds:g} s", step))
        else:
            self._note(good("order event", "received"))

    def _changed(self, order_id: str, price: Decimal) -> None:
        modified = measured(
            "modify",
            lambda: self.app.modify_order(self.session, order_id, self._ticket(price)),
            lambda _: "agreed",
            ORDER_SECONDS,
        )
        self._note(modified.finding)
        if modified.value is None:
            return
        order = self._await(order_id, lambda order: order.price == price)
        self._note(
            good("changed order", "shows its new price")
            if order is not None
            else problem("changed order", "does not show its new price", _ORDERS)
        )

    def _cancelled(self, order_id: str) -> None:
        cancel = partial(self.app.cancel_orders.one, self.session, order_id)
        self._note(measured("cancel", cancel, lambda _: "agreed", ORDER_SECONDS).finding)
        order = self._await(order_id, lambda order: not order.is_working)
        if order is not None and order.filled:
            step = f"jainam-prop smart {self.instrument.exchange} {self.instrument.symbol} --target <what you held>"
            self._note(problem("cancelled order", f"{counted(order.filled, 'unit')} of it bought", step))
        elif order is not None and order.state in {OrderState.CANCELLED, OrderState.REJECTED}:
            self._note(good("cancelled order", f"{order.state.value}, nothing was bought"))
        else:
            found = "not seen to be cancelled: it may be live"
            step = f"jainam-prop cancel {order_id}"
            self._note(Finding("cancelled order", Verdict.PROBLEM, found, step, is_of_unknown_fate=True))

    def _unmoved(self, held: int) -> None:
        now = self._held()
        if now is None:
            self._note(problem("position", "could not be read afterwards", "jainam-prop positions"))
        elif now != held:
            self._note(problem("position", f"moved by {now - held:+d} units meanwhile", "jainam-prop positions"))
        else:
            self._note(good("position", "as before"))

    def _held(self) -> int | None:
        instrument = self.instrument
        found = self.app.read_books.net_position(self.session, instrument.symbol, instrument.exchange, _PRODUCT)
        return found.unwrap() if is_successful(found) else None

    def _await(self, order_id: str, fits: Callable[[Order], bool]) -> Order | None:
        """Read the book until it shows the order as wanted."""
        seen: list[Order] = []

        def look() -> bool:
            orders = self.app.read_books.orders(self.session).value_or(())
            seen[:] = [order for order in orders if order.order_id == order_id and fits(order)]
            return bool(seen)

        return seen[0] if until(look, self.seconds) else None

    def _ticket(self, price: Decimal) -> Ticket:
        return read_ticket(
            {
                "symbol": self.instrument.symbol,
                "exchange": self.instrument.exchange.value,
                "action": Side.BUY.value,
                "product": _PRODUCT.value,
                "pricetype": PriceType.LIMIT.value,
                "quantity": self.instrument.lot_size,
                "price": price,
            }
        )

    def _note(self, finding: Finding) -> None:
        self.findings.append(finding)
        self.report_finding(finding)
