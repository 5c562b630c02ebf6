"""The market-data stream; the host finds the class by its name."""

from typing import Any

from jainam_prop.entrypoints.openalgo import streaming_adapter


class Jainam_propWebSocketAdapter(streaming_adapter.Jainam_propWebSocketAdapter):  # noqa: N801 (the host's rule)
    """Streams prices to the host's proxy, on the host's own base class."""

    def initialize(self, broker_name: str, user_id: str, auth_data: object = None) -> dict[str, Any]:
        """Get ready."""
        return super().initialize(broker_name, user_id, auth_data)

    def connect(self) -> dict[str, Any]:
        """Connect in the background and return at once."""
        return super().connect()

    def disconnect(self) -> None:
        """Disconnect for good."""
        super().disconnect()

    def subscribe(self, symbol: str, exchange: str, mode: int = 2, depth_level: int = 5) -> dict[str, Any]:
        """Take a contract, or more of it."""
        return super().subscribe(symbol, exchange, mode, depth_level)

    def unsubscribe(self, symbol: str, exchange: str, mode: int = 2) -> dict[str, Any]:
        """Give a contract back."""
        return super().unsubscribe(symbol, exchange, mode)

    def unsubscribe_all(self) -> dict[str, Any]:
        """Give every contract back."""
        return super().unsubscribe_all()
