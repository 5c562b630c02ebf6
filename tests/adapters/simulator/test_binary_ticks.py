"""Binary packets: byte for byte as the layouts that are known, and what a binary socket is sent."""

import json
import zlib
from dataclasses import replace
from decimal import Decimal
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, cast

import pytest

from jainam_prop.adapters.simulator.server.server import XtsSimulator
from jainam_prop.adapters.simulator.ticks.binary import Layout, packet
from jainam_prop.adapters.simulator.ticks.messages import Tick
from jainam_prop.adapters.simulator.ticks.snapshots import MarketSnapshot
from jainam_prop.domain.orders.order import Side
from tests.adapters.simulator.direct_trading import SBIN
from tests.adapters.simulator.http_client import QUICK, Caller
from tests.adapters.simulator.socket_client import SBIN_WIRE, SocketClient

WIRE: Final = Path(__file__).parents[2] / "wire" / "stream" / "binary.json"
NUMBER: Final = 1_904_678_908_069_177
SIZES: Final = {
    (1501, Layout.L64): 204, (1501, Layout.L32): 180, (1501, Layout.LINT): 160,
    (1502, Layout.L64): 432, (1502, Layout.L32): 368, (1502, Layout.LINT): 348,
    (1510, Layout.L64): 69, (1510, Layout.L32): 61, (1510, Layout.LINT): 69,
}  # fmt: skip


def row(size: int, price: float, orders: int) -> dict[str, object]:
    return {"Size": size, "Price": price, "TotalOrders": orders, "BuyBackMarketMaker": 0}


class RecordedSnapshot(SimpleNamespace):
    """The moment of which the wire cases were made."""

    ids: Final = {"ExchangeSegment": 2, "ExchangeInstrumentID": 45001}
    time = 1_457_604_930
    last = 102.95
    volume = 9_821_500
    open_interest = 1_820_650

    def rows(self, side: Side) -> list[dict[str, object]]:
        if side is Side.BUY:
            return [row(1300 - 65 * step, round(102.9 - 0.05 * step, 2), 9 - step) for step in range(5)]
        return [row(910 + 65 * step, round(103 + 0.05 * step, 2), 7 + step) for step in range(5)]

    def line(self) -> dict[str, object]:
        return {
            "LastTradedPrice": 102.95, "LastTradedQunatity": 65, "TotalBuyQuantity": 1_250_340,
            "TotalSellQuantity": 1_120_405, "TotalTradedQuantity": 9_821_500, "AverageTradedPrice": 101.37,
            "LastTradedTime": self.time, "LastUpdateTime": self.time, "PercentChange": 4.62, "Open": 99.0,
            "High": 108.4, "Low": 94.25, "Close": 98.4,
        }  # fmt: skip


def recorded() -> Tick:
    return Tick(cast(MarketSnapshot, RecordedSnapshot()), count(NUMBER))


def wire_case(description: str) -> bytes:
    cases: list[dict[str, Any]] = json.loads(WIRE.read_text(encoding="utf-8"))["cases"]
    return next(bytes.fromhex(case["hex"]) for case in cases if case["description"] == description)


@pytest.mark.parametrize("layout", list(Layout))
def test_a_touchline_is_packed_byte_for_byte(layout: Layout) -> None:
    packed = packet(recorded(), 1501, layout, is_compressed=False)

    assert packed.hex() == wire_case(f"1501 {layout} uncompressed").hex()


@pytest.mark.parametrize("code", [1501, 1502])
def test_a_compressed_packet_inflates_to_the_recorded_payload(code: int) -> None:
    wanted = wire_case(f"{code} L64 compressed")
    packed = packet(recorded(), code, Layout.L64, is_compressed=True)

    assert packed[:15] == wanted[:15]
    assert int.from_bytes(packed[15:17], "little") == len(packed) - 17
    assert zlib.decompress(packed[17:], -15) == zlib.decompress(wanted[17:], -15)


@pytest.mark.parametrize("layout", [Layout.L64, Layout.L32])
def test_open_interest_is_packed_as_recorded_but_for_the_unknown_underlying(layout: Layout) -> None:
    wanted, packed = wire_case(f"1510 {layout} uncompressed"), packet(recorded(), 1510, layout, is_compressed=False)
    end_of_interest = 15 + (50 if layout is Layout.L64 else 46)

    assert packed[:end_of_interest] == wanted[:end_of_interest]
    assert (len(packed), set(packed[end_of_interest:])) == (len(wanted), {0})


@pytest.mark.parametrize(("code", "layout"), SIZES)
def test_every_packet_has_the_size_by_which_its_layout_is_known(code: int, layout: Layout) -> None:
    packed = packet(recorded(), code, layout, is_compressed=False)

    assert int.from_bytes(packed[13:15], "little") == len(packed) - 15 == SIZES[code, layout]


def test_a_binary_socket_gets_packets_with_the_mark_of_engine_io_3(simulator: XtsSimulator, dealer: Caller) -> None:
    with SocketClient.market(simulator, dealer, 1501, 1502, 1510, publishFormat="Binary") as client:
        simulator.exchange.move(SBIN, Decimal("781.5"))
        events = client.events(3)

    assert {event.name for event in events} == {"xts-binary-packet"}
    assert [event.packets[0] for event in events] == [4, 4, 4]
    assert [len(event.packets) - 16 for event in events] == [204, 432, 69]


def test_what_has_no_known_packet_is_json_on_a_binary_socket(simulator: XtsSimulator, dealer: Caller) -> None:
    with SocketClient.market(simulator, dealer, 1512, publishFormat="Binary") as client:
        simulator.exchange.move(SBIN, Decimal("781.5"))
        event = client.event()

    assert (event.name, event.body["LastTradedPrice"]) == ("1512-json-full", 781.5)


def test_a_server_may_be_set_to_another_layout_and_to_binary_whatever_is_asked() -> None:
    config = replace(QUICK, binary_layout="L32", compressed=True, binary_root_is_binary=True)
    with (
        XtsSimulator(config) as simulator,
        Caller(simulator) as dealer,
        SocketClient(simulator, "apibinarymarketdata", dealer.market_token, publishFormat="JSON") as client,
    ):
        client.skip_to("joined")
        dealer.market("POST", "/instruments/subscription", instruments=[SBIN_WIRE], xtsMessageCode=1501)
        packets = client.event().packets

    assert (packets[:2].hex(), len(zlib.decompress(packets[18:], -15))) == ("0401", 180)
