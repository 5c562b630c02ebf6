"""The `PositionGateway` and `Margins` ports on the exchange in memory."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import final

from returns.result import Failure, Result, Success

from jainam_prop.adapters.simulator.api.account import Leg, basket_margin
from jainam_prop.adapters.simulator.exchange.composite_orders import PositionCommands
from jainam_prop.adapters.simulator.exchange.positions import Slot
from jainam_prop.adapters.simulator.http.sessions import LiveSession, account_of
from jainam_prop.adapters.simulator.refusals import no_rows
from jainam_prop.adapters.simulator.vocabulary import SEGMENTS
from jainam_prop.domain.errors import Blocked, BrokerError
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.orders.order import OrderRequest, Side
from jainam_prop.domain.positions.conversion import Conversion
from jainam_prop.domain.positions.position import PositionKey
from jainam_prop.domain.sessions.session import Session
from tests.fakes.broker.calls import Call, Calls, account_for, client_of


@final
class FakePositionGateway:
    """Converts and squares off positions at the exchange in memory."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._commands = PositionCommands(calls.exchange)

    def convert(
        self, session: Session, conversion: Conversion, timeout_seconds: float, *, of_today: bool
    ) -> Result[None, BrokerError]:
        """Ask for a conversion; the exchange keeps no day-wise books."""
        del of_today

        def action(account: str, _login: str) -> None:
            source = Slot(account, conversion.source.value, conversion.instrument.key)
            self._commands.convert(source, conversion.target.value, conversion.quantity)

        return self._ask("convert", session, timeout_seconds, action, _fields(conversion.instrument.key))

    def square_off(
        self, session: Session, key: PositionKey, quantity: int, timeout_seconds: float
    ) -> Result[None, BrokerError]:
        def action(account: str, login: str) -> None:
            self._commands.square_off(login, Slot(account, key.product, key.instrument), quantity, cancels=True)

        return self._ask("squareoff", session, timeout_seconds, action, _fields(key.instrument))

    def square_off_all(self, session: Session, timeout_seconds: float) -> Result[None, BrokerError]:
        def action(account: str, login: str) -> None:
            self._commands.square_off_all(login, account)

        return self._ask("squareoff_all", session, timeout_seconds, action, {})

    def _ask(
        self,
        endpoint: str,
        session: Session,
        timeout_seconds: float,
        action: Callable[[str, str], None],
        fields: dict[str, object],
    ) -> Result[None, BrokerError]:
        if session.account.trading_barrier:
            return Failure(Blocked(session.account.trading_barrier))

        def act(live: LiveSession) -> None:
            action(account_for(live, session, "portfolio"), live.login.user_id)

        return self._calls.command(
            Call(endpoint, "portfolio", session, timeout_seconds, fields | client_of(session)), act
        )


@final
class FakeMargins:
    """Asks the risk management of the exchange in memory."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def required(
        self, session: Session, orders: Sequence[OrderRequest], timeout_seconds: float
    ) -> Result[Decimal | None, BrokerError]:
        if not self._calls.exchange.config.margin_calculator:
            return Success(None)

        def summed(live: LiveSession) -> Decimal | None:
            account_of(live.login, client_of(session), "portfolio", no_rows("portfolio"))
            return basket_margin(self._calls.exchange, map(_leg, orders))

        return self._calls.question(Call("margin", "orders", session, timeout_seconds, client_of(session)), summed)


def _leg(order: OrderRequest) -> Leg:
    return Leg(order.instrument.key, order.side is Side.BUY, order.product.value, order.quantity, order.price)


def _fields(key: InstrumentKey) -> dict[str, object]:
    """Return the fields that HTTP would carry, for faults that pick their position."""
    return {"exchangeSegment": SEGMENTS[key.exchange], "exchangeInstrumentID": key.token}
