"""A session as a live server sends it: every distinct state of a contract is delivered once, in order."""

import json
from pathlib import Path
from typing import Any, Final

from jainam_prop.adapters.xts.stream.conversation import SocketEvent
from jainam_prop.adapters.xts.stream.tick_reader import TickReader
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.market_data.freshness import Freshness
from jainam_prop.domain.market_data.tick import FeedEvent, Tick

SESSION: Final = Path(__file__).parents[3] / "wire" / "stream" / "session.json"
CALL: Final = InstrumentKey(Exchange.NFO, 45001)
NIFTY: Final = InstrumentKey(Exchange.NSE_INDEX, 26000)
KEYS: Final = {45001: CALL, 26000: NIFTY}
HEADERS: Final = ("SequenceNumber", "ExchangeTimeStamp", "MessageVersion", "ApplicationType", "TokenID", "BookType")

State = tuple[int, InstrumentKey, str]


def recorded() -> list[tuple[str, str]]:
    return [(name, text) for name, text in json.loads(SESSION.read_text(encoding="utf-8"))["events"]]


def content(value: Any) -> Any:  # noqa: ANN401 (any JSON value)
    """Return what a message says of the market, whatever its form."""
    if isinstance(value, dict):
        return {name: content(cell) for name, cell in sorted(value.items()) if not name.startswith("BuyBack")}
    return [content(each) for each in value] if isinstance(value, list) else value


def state(text: str) -> State:
    message = json.loads(text)
    code, key = message.pop("MessageCode"), KEYS[message.pop("ExchangeInstrumentID")]
    said = {name: cell for name, cell in message.items() if name not in {*HEADERS, "Touchline", "XMarketType"}}
    return code, key, json.dumps(content(said | message.get("Touchline", {})))


def test_every_distinct_state_is_delivered_once_and_in_order() -> None:
    delivered: list[State] = []
    current = ""

    freshness = Freshness()

    def take(event: FeedEvent) -> None:
        assert isinstance(event, Tick)
        if freshness.admits(event):
            delivered.append(state(current))

    reader = TickReader(take)
    reader.want(CALL)
    reader.want(NIFTY)
    prices = [event for event in recorded() if event[0].endswith("full")]
    for name, current in prices:
        reader.read(SocketEvent(name, current))

    assert delivered == list(dict.fromkeys(state(text) for _, text in prices))
    assert len(delivered) < len(prices)
