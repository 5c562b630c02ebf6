"""The `PositionGateway` port straight on the simulated exchange."""

from collections.abc import Callable
from typing import final

from returns.result import Failure, Result

from jainam_prop.adapters.simulator.exchange.composite_orders import PositionCommands
from jainam_prop.adapters.simulator.exchange.positions import Slot
from jainam_prop.adapters.simulator.http.sessions import LiveSession, account_of
from jainam_prop.adapters.simulator.vocabulary import SEGMENTS
from jainam_prop.domain.errors import Blocked, BrokerError
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.positions.conversion import Conversion
from jainam_prop.domain.positions.position import PositionKey
from jainam_prop.domain.sessions.session import Session
from tests.fakes.broker.access import DirectDoor, Errand, client_of


@final
class DirectPositionGateway:
    """Sends commands about positions to the exchange in memory."""

    def __init__(self, door: DirectDoor) -> None:
        self._door = door
        self._desk = PositionCommands(door.exchange)

    def convert(
        self, session: Session, conversion: Conversion, timeout_seconds: float, *, of_today: bool
    ) -> Result[None, BrokerError]:
        """Ask for units to be carried under another product; see the port. The exchange keeps no day-wise books."""
        del of_today

        def action(account: str, _login: str) -> None:
            source = Slot(account, conversion.source.value, conversion.instrument.key)
            self._desk.convert(source, conversion.target.value, conversion.quantity)

        return self._ask("convert", session, timeout_seconds, action, _fields(conversion.instrument.key))

    def square_off(
        self, session: Session, key: PositionKey, quantity: int, timeout_seconds: float
    ) -> Result[None, BrokerError]:
        """Ask for units of one position to be closed; see the port."""

        def action(account: str, login: str) -> None:
            self._desk.square_off(login, Slot(account, key.product, key.instrument), quantity, cancels=True)

        return self._ask("squareoff", session, timeout_seconds, action, _fields(key.instrument))

    def square_off_all(self, session: Session, timeout_seconds: float) -> Result[None, BrokerError]:
        """Ask for every position to be closed; see the port."""

        def action(account: str, login: str) -> None:
            self._desk.square_off_all(login, account)

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
            action(account_of(live.login, client_of(session), "portfolio"), live.login.user_id)

        named = fields | client_of(session)
        errand = Errand(endpoint, "portfolio", session.interactive_token, timeout_seconds, named)
        return self._door.command(errand, act)


def _fields(key: InstrumentKey) -> dict[str, object]:
    """Return the fields that HTTP would carry, for faults that pick their position."""
    return {"exchangeSegment": SEGMENTS[key.exchange], "exchangeInstrumentID": key.token}
