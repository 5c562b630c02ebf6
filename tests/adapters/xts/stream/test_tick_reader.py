"""A session as a live server sends it: every distinct state of a contract is delivered once, in order."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

from jainam_prop.adapters.xts.stream.conversation import SocketEvent
from jainam_prop.adapters.xts.stream.tick_reader import TickReader
from jainam_prop.adapters.xts.wire.words import SEGMENT_NUMBER_BY_EXCHANGE
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


@pytest.mark.parametrize(
    ("line", "band"),
    [
        pytest.param("t:{},88:120.5,87:80.5,110:118.05,111:82.1", (82.1, 118.05), id="band"),
        pytest.param("t:{},8:01-01-1980 00:00:00,24:\0\0,28:1", None, id="dates"),
        pytest.param("t:{},110:118.05", None, id="half-a-band"),
        pytest.param("t:{},110:0,111:0", None, id="no-band"),
        pytest.param("t:1_999,110:118.05,111:82.1", None, id="another-contract"),
        pytest.param("t:", None, id="nothing"),
    ],
)
def test_the_price_band_of_a_wanted_contract_is_read(line: str, band: tuple[float, float] | None) -> None:
    bands: list[tuple[InstrumentKey, float, float]] = []
    reader = TickReader(lambda _: None, lambda *found: bands.append(found))
    reader.want(CALL)
    name = f"{SEGMENT_NUMBER_BY_EXCHANGE[CALL.exchange]}_{CALL.token}"

    reader.read(SocketEvent("1105-json-partial", line.format(name)))

    assert bands == ([] if band is None else [(CALL, *band)])
    assert (reader.counts.foreign, reader.counts.unreadable) == (band is None, 0)


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
