"""What the broker does with positions by itself: carry them under another product, and close them at market."""

from dataclasses import dataclass
from decimal import Decimal

from jainam_prop.adapters.simulator.exchange.exchange import SimulatedExchange
from jainam_prop.adapters.simulator.exchange.ledger import PositionLine, Slot
from jainam_prop.adapters.simulator.exchange.records import Intake, Terms
from jainam_prop.domain.orders.order import PriceType, Side, Validity

_WHOLE = 100


@dataclass(frozen=True, slots=True)
class PositionDesk:
    """Carries out requests about positions; raises `Refusal` for what is refused at once."""

    exchange: SimulatedExchange

    def convert(self, slot: Slot, product: str, units: int) -> None:
        """Carry so many units of a position, whatever its side, under another product."""
        line = self.exchange.positions(slot.account).get(slot)
        self.exchange.desk.convert(slot, product, units if line is None or line.net > 0 else -units)

    def square_off(self, login: str, slot: Slot, units: int, *, cancels: bool) -> None:
        """Close so many units of a position at most, with a market order; its working orders go first if told so."""
        if cancels:
            self._cancel(slot)
        line = self.exchange.positions(slot.account).get(slot)
        if line is not None and line.net:
            self._close(login, line, min(abs(line.net), units))

    def share(self, slot: Slot, per_cent: int) -> int:
        """Return so many per cent of a position in units."""
        line = self.exchange.positions(slot.account).get(slot)
        return 0 if line is None else abs(line.net) * per_cent // _WHOLE

    def square_off_all(self, login: str, account: str) -> None:
        """Close every position with market orders; working orders stay."""
        for line in self.exchange.positions(account).values():
            if line.net:
                self._close(login, line, abs(line.net))

    def _cancel(self, slot: Slot) -> None:
        for order in self.exchange.working_orders(slot.account):
            if (order.key, order.terms.product) == (slot.key, slot.product):
                self.exchange.desk.cancel(slot.account, order.order_id)

    def _close(self, login: str, line: PositionLine, units: int) -> None:
        side = Side.SELL if line.net > 0 else Side.BUY
        zero = Decimal(0)
        terms = Terms(line.slot.product, PriceType.MARKET, units, zero, zero, 0, Validity.DAY)
        self.exchange.desk.place(Intake(login, line.slot.account, line.listing, side, terms))
