"""The market-data adapter of OpenAlgo's stream, on the host's base class where there is a host.

The host makes one without arguments, calls `initialize` and `connect`, and subscribes at once. It keeps to its own idea
of who is connected, so an adapter connects again, and subscribes again, by itself and for ever.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from jainam_prop.adapters.xts.profiles.jainam import JAINAM
from jainam_prop.entrypoints.openalgo.runtime import trading_app
from jainam_prop.entrypoints.openalgo.streaming.bridge import Answer, StreamBridge, refusal

__all__ = ["JainamCapabilityRegistry", "Jainam_propWebSocketAdapter"]

_NOT_READY: Final = ("NOT_INITIALIZED", "Initialize the adapter first")


class JainamCapabilityRegistry:
    """Exchanges, modes, message codes and depth of Jainam's stream; see `StreamCapability`."""

    exchanges: Final = JAINAM.stream.exchanges
    modes: Final = JAINAM.stream.modes
    depth_levels: Final = JAINAM.stream.depth_levels
    codes = staticmethod(JAINAM.stream.codes)
    get_supported_depth_levels = staticmethod(JAINAM.stream.get_supported_depth_levels)
    is_depth_level_supported = staticmethod(JAINAM.stream.is_depth_level_supported)
    get_fallback_depth_level = staticmethod(JAINAM.stream.get_fallback_depth_level)


class _Alone:
    """Stands in for the host's base class where there is no host: a program that publishes by itself."""

    def __init__(self) -> None:
        self.connected = False
        self.published: list[tuple[str, dict[str, Any]]] = []

    def publish_market_data(self, topic: str, data: dict[str, Any]) -> None:
        """Keep what a host would put on its bus."""
        self.published.append((topic, data))

    def cleanup_zmq(self) -> None:
        """There is no bus to leave."""


def _host_base() -> type:
    try:
        base: type = import_module("websocket_proxy.base_adapter").BaseBrokerWebSocketAdapter
    except ImportError:
        return _Alone
    return base


if TYPE_CHECKING:
    _Base = _Alone
else:
    _Base = _host_base()


class Jainam_propWebSocketAdapter(_Base):  # noqa: N801 (the host capitalises the name of the broker and finds it by that)
    """Streams prices to the host's proxy."""

    def __init__(self) -> None:
        super().__init__()
        self._bridge: StreamBridge | None = None

    def initialize(self, broker_name: str, user_id: str, auth_data: object = None) -> Answer:
        """Get ready; the login is shared by all processes of this account, and none is opened while it is valid.

        Args:
            broker_name: ours.
            user_id: the host's user, whom the login does not depend on.
            auth_data: the host passes none.
        """
        del broker_name, user_id, auth_data
        try:
            app = trading_app()
            feed = app.open_market_feed()
        except ValueError as error:
            return refusal("NOT_CONFIGURED", str(error))
        self._bridge = StreamBridge(feed, app.instruments, self._publish)
        return {"status": "success", "message": "Ready"}

    def connect(self) -> Answer:
        """Connect in the background and return at once."""
        if self._bridge is None:
            return refusal(*_NOT_READY)
        if not self.connected:
            self.connected = True
            self._bridge.start()
        return {"status": "success", "message": "Connecting"}

    def disconnect(self) -> None:
        """Disconnect for good and leave the bus; twice is as good as once."""
        bridge, self._bridge, self.connected = self._bridge, None, False
        if bridge is not None:
            bridge.close()
        self.cleanup_zmq()

    def subscribe(self, symbol: str, exchange: str, mode: int = 2, depth_level: int = 5) -> Answer:
        """Take a contract, or more of it; returns at once and holds through every gap."""
        return (
            refusal(*_NOT_READY)
            if self._bridge is None
            else self._bridge.subscribe(symbol, exchange, mode, depth_level)
        )

    def unsubscribe(self, symbol: str, exchange: str, mode: int = 2) -> Answer:
        """Give a contract back; all others go on."""
        return refusal(*_NOT_READY) if self._bridge is None else self._bridge.unsubscribe(symbol, exchange, mode)

    def unsubscribe_all(self) -> Answer:
        """Give every contract back; the connection stays."""
        return refusal(*_NOT_READY) if self._bridge is None else self._bridge.unsubscribe_all()

    def _publish(self, topic: str, data: dict[str, Any]) -> None:
        # Looked up each time, because the host's pool replaces it on the instance.
        self.publish_market_data(topic, data)
