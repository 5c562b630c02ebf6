"""An exchange that a test trades on directly, with a clock that it moves."""

from decimal import Decimal
from typing import Final

from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.simulator.exchange.exchange import SimulatedExchange
from jainam_prop.adapters.simulator.exchange.orders import Intake, SimOrder, Terms
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.orders.order import PriceType, Side, Validity
from tests.fakes.clock import FakeClock

SBIN: Final = InstrumentKey(Exchange.NSE, 3045)
ACCOUNT: Final = "CLIENT01"
OTHER: Final = "CLIENT02"
ZERO: Final = Decimal(0)
SMALL: Final = SimulatorConfig(instruments=300)


class DirectTrading:
    """One exchange, seen by somebody who stands on its trading; SBIN last traded at 780.10, with ticks of 0.05."""

    def __init__(self, config: SimulatorConfig = SMALL) -> None:
        self.clock = FakeClock()
        self.exchange = SimulatedExchange(config, self.clock)
        self.faults = self.exchange.faults

    def place(
        self,
        side: Side,
        quantity: int,
        price: str | None = None,
        *,
        account: str = ACCOUNT,
        key: InstrumentKey = SBIN,
        identifier: str = "",
        **terms: object,
    ) -> SimOrder:
        """Place an order: LIMIT with a price, MARKET without, unless the terms say otherwise."""
        wanted = Terms(
            product="MIS",
            price_type=PriceType.MARKET if price is None else PriceType.LIMIT,
            quantity=quantity,
            price=ZERO if price is None else Decimal(price),
            trigger=ZERO,
            disclosed=0,
            validity=Validity.DAY,
        )._replace(**terms)  # type: ignore[arg-type]
        listing = self.exchange.listing(key)
        return self.exchange.order_entry.place(Intake("DEALER01", account, listing, side, wanted, identifier))

    def buy(self, quantity: int, price: str | None = None, **terms: object) -> SimOrder:
        """Buy SBIN."""
        return self.place(Side.BUY, quantity, price, **terms)  # type: ignore[arg-type]

    def sell(self, quantity: int, price: str | None = None, **terms: object) -> SimOrder:
        """Sell SBIN."""
        return self.place(Side.SELL, quantity, price, **terms)  # type: ignore[arg-type]

    def move(self, price: str, key: InstrumentKey = SBIN) -> None:
        """Let the market trade at a price."""
        self.exchange.move(key, Decimal(price))

    def offer(self, *asks: tuple[str, int], bids: tuple[tuple[str, int], ...] = ()) -> None:
        """Let the rest of the world offer and bid just this for SBIN."""
        self.exchange.set_levels(
            SBIN,
            bids=[(Decimal(price), units) for price, units in bids],
            asks=[(Decimal(price), units) for price, units in asks],
        )

    def net(self, account: str = ACCOUNT, product: str = "MIS", key: InstrumentKey = SBIN) -> int:
        """Return a true position in signed units."""
        return self.exchange.net(account, key, product)


def states(order: SimOrder) -> list[str]:
    """Return the states that an order has passed through."""
    return [str(snapshot.state) for snapshot in order.history]
