"""A generation in memory."""

from typing import Final

from jainam_prop.adapters.sql.instrument_store import InstrumentIndex
from jainam_prop.adapters.sql.instrument_table import READ_COLUMNS, Packed, pack, row_writer
from tests.contracts.instrument_store import SBIN

ROOM: Final = 20_000
"""Instruments that may be held unpacked."""


def packed(number: int) -> tuple[str, Packed]:
    row = row_writer("jainam_prop")(SBIN._replace(token=number, symbol=f"S{number}"))
    assert len(row) == 1 + len(READ_COLUMNS)
    return "NSE", pack(row[1:])


def test_it_answers_the_same_when_it_has_no_room_to_hold_more() -> None:
    index = InstrumentIndex(1, (packed(number) for number in range(1, ROOM + 3)))

    found = [index.find(f"S{number}", "NSE") for number in range(1, ROOM + 3)]
    again = index.find(f"S{ROOM + 2}", "NSE")

    assert [each and each.token for each in found] == list(range(1, ROOM + 3))
    assert again == SBIN._replace(token=ROOM + 2, symbol=f"S{ROOM + 2}")
    assert len(index.by_symbol["NSE"]) == len(index.by_token["NSE"]) == ROOM
    assert len(index) == ROOM + 2


def test_what_was_asked_for_is_held_as_one_object() -> None:
    index = InstrumentIndex(1, [packed(1)])

    found = index.find("S1", "NSE")

    assert found is index.by_symbol["NSE"]["S1"]
    assert found is index.by_token["NSE"][1]
