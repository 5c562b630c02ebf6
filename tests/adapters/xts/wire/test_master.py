"""The instruments master: golden files with one row per type and quirk, and texts that are no master."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

from jainam_prop.adapters.simulator.catalogue.universe import universe
from jainam_prop.adapters.xts.wire.cells import UnreadableAnswer
from jainam_prop.adapters.xts.wire.master.master import parse_master
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.generation import resolve_clashes
from jainam_prop.domain.instruments.instrument import Instrument
from tests.domain.instruments.spelling import future_symbol, option_symbol

GOLDEN: Final = Path(__file__).parents[3] / "golden" / "instruments"
DAY: Final = date(2026, 3, 10)
SEGMENTS: Final = ("NSECM", "NSEFO", "BSECM", "BSEFO", "MCXFO", "NSECD")


def shown(instrument: Instrument) -> dict[str, Any]:
    def text(value: Decimal | None) -> str | None:
        return None if value is None else str(value)

    return {
        "exchange": instrument.exchange.value,
        "token": instrument.token,
        "symbol": instrument.symbol,
        "broker_symbol": instrument.broker_symbol,
        "name": instrument.name,
        "kind": instrument.kind.value,
        "lot_size": instrument.lot_size,
        "tick_size": str(instrument.tick_size),
        "freeze_quantity": instrument.freeze_quantity,
        "expiry": None if instrument.expiry is None else instrument.expiry.isoformat(),
        "strike": text(instrument.strike),
        "series": instrument.series,
        "isin": instrument.isin,
        "bands": [text(instrument.lower_band), text(instrument.upper_band)],
        "multiplier": str(instrument.multiplier),
    }


def a_share(token: object, name: str, **cells: object) -> str:
    cell = {"segment": "NSECM", "kind": 8, "series": "EQ", "freeze": 12001, "tick": "0.05", "lot": 1} | cells
    return (
        f"{cell['segment']}|{token}|{cell['kind']}|{name}|{name}-EQ|{cell['series']}|{name}-EQ|1100100030000|112.4|92.1|"
        f"{cell['freeze']}|{cell['tick']}|{cell['lot']}|1|{name}|INE000G01011|1|1|{name} LIMITED|0|-1|-1"
    )


def an_option(**cells: object) -> str:
    cell = {"name": "NIFTY", "expiry": "2026-03-31T14:30:00", "strike": 25000, "right": 3, "multiplier": 1} | cells
    return (
        f"NSEFO|45001|2|{cell['name']}|NIFTY26MAR25000CE|OPTIDX|NIFTY-OPTIDX|2607600045001|612.4|0.05|1801|0.05|65|"
        f"{cell['multiplier']}|-1|Nifty 50|{cell['expiry']}|{cell['strike']}|{cell['right']}|NIFTY|1|1|NIFTY"
    )


SHARES: Final = [a_share(30000 + number, f"GOOD{number}") for number in range(20)]
OPTIONS: Final = [
    row.replace("|45001|", f"|{46000 + number}|")
    for number, row in enumerate(an_option(strike=24000 + 50 * step) for step in range(20))
]


def test_irregular_rows_are_sixty_and_none_of_them_is_malformed() -> None:
    cases = [json.loads(path.read_text(encoding="utf-8")) for path in GOLDEN.glob("*_irregular.json")]

    assert {case["segment"] for case in cases} == set(SEGMENTS)
    assert sum(len(case["rows"]) for case in cases) >= 60
    assert {reason for case in cases for reason in case["expected"]["dropped"]} == {
        "spread",
        "spot commodity",
        "test instrument",
    }


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.json")), ids=lambda path: path.stem)
def test_a_golden_file_is_read_as_it_says(path: Path) -> None:
    case = json.loads(path.read_text(encoding="utf-8"))
    assert case["description"]
    assert case["source"]

    master = parse_master("\n".join(case["rows"]), case["segment"])

    assert {
        "instruments": [shown(each) for each in master.instruments],
        "dropped": master.dropped,
    } == case["expected"]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        pytest.param("NSECM|70001|8|SHORTROW|SHORTROW-EQ", "malformed: too few cells", id="short"),
        pytest.param(a_share("", "NOTOKEN"), "malformed: token", id="no-token"),
        pytest.param(a_share("7x1", "BADTOKEN"), "malformed: token", id="a-token-that-is-no-number"),
        pytest.param(a_share(70003, "BADTICK", tick="abc"), "malformed: tick size", id="a-tick-that-is-no-number"),
        pytest.param(a_share(70003, "NOTICK", tick="0"), "malformed: tick size", id="no-tick"),
        pytest.param(a_share(70004, "NOLOT", lot="0"), "malformed: lot size", id="no-lot"),
        pytest.param(a_share(70004, "HALFLOT", lot="0.5"), "malformed: lot size", id="half-a-lot"),
        pytest.param(a_share(70005, "ODDKIND", kind=99), "malformed: instrument type", id="unknown-type"),
        pytest.param(a_share(70005, "FUTURE", kind=1), "malformed: instrument type", id="a-future-among-shares"),
        pytest.param(a_share(70006, "FOREIGN", segment="BSECM"), "malformed: row of another segment", id="foreign"),
        pytest.param(a_share(70007, "BADFREEZE", freeze="x"), "malformed: freeze quantity", id="bad-freeze"),
        pytest.param(a_share(70008, ""), "malformed: name", id="no-name"),
        pytest.param(a_share(70009, "071NSETEST"), "test instrument", id="test-scrip"),
        pytest.param(SHARES[3], "repeated row", id="a-row-that-says-the-same-twice"),
    ],
)
def test_a_share_that_is_not_understood_is_left_out_and_counted(row: str, reason: str) -> None:
    master = parse_master("\n".join([*SHARES[:10], row, *SHARES[10:]]), "NSECM")

    assert [each.symbol for each in master.instruments] == [f"GOOD{number}" for number in range(20)]
    assert master.dropped == {reason: 1}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        pytest.param(an_option(expiry="31Mar2026"), "malformed: expiry", id="expiry-in-another-style"),
        pytest.param(an_option(expiry=""), "malformed: expiry", id="no-expiry"),
        pytest.param(an_option(expiry="2026-02-30T14:30:00"), "malformed: expiry", id="no-such-day"),
        pytest.param(an_option(strike=""), "malformed: strike", id="no-strike"),
        pytest.param(an_option(strike="0"), "malformed: strike", id="strike-zero"),
        pytest.param(an_option(strike="NaN"), "malformed: strike", id="strike-nan"),
        pytest.param(an_option(right="1"), "malformed: option type", id="neither-call-nor-put"),
        pytest.param(an_option(multiplier="-1"), "malformed: multiplier", id="shifted-columns"),
        pytest.param("|".join(an_option().split("|")[:18]), "malformed: too few cells", id="ends-before-option-type"),
        pytest.param(an_option(name="011NSETEST"), "test instrument", id="option-on-a-test-scrip"),
    ],
)
def test_an_option_that_is_not_understood_is_left_out_and_counted(row: str, reason: str) -> None:
    master = parse_master("\n".join([*OPTIONS[:10], row, *OPTIONS[10:]]), "NSEFO")

    assert [each.token for each in master.instruments] == [46000 + number for number in range(20)]
    assert master.dropped == {reason: 1}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("<html><body>404 Not Found</body></html>", "1 of 1 rows are unusable", id="html"),
        pytest.param(
            "\n".join(OPTIONS), "20 of 20 rows are unusable, most of them malformed: row of another", id="wrong"
        ),
        pytest.param(
            "\n".join(["<html>", "<body>", "502", "</body>", "</html>"]), "5 of 5 rows are unusable", id="page"
        ),
        pytest.param("\n".join(SHARES)[:-70], "its last row is cut off", id="cut-off-in-a-row"),
        pytest.param("\n".join([*SHARES, "NSE"]), "its last row is cut off", id="cut-off-in-the-first-cell"),
        pytest.param("\n".join([*SHARES, "NSECM|30021|8"]), "its last row is cut off", id="cut-off-in-the-third-cell"),
        pytest.param("\n".join(f"{row[:6]}0|{row[6:]}" for row in SHARES), "20 of 20 rows are unusable", id="shifted"),
        pytest.param(
            "\n".join([*SHARES, *(a_share(0, f"X{number}", tick="-") for number in range(3))]),
            "3 of 23 rows are unusable, most of them malformed: tick size",
            id="too-many-broken",
        ),
    ],
)
def test_a_text_that_is_no_master_of_the_segment_is_refused(text: str, said: str) -> None:
    with pytest.raises(UnreadableAnswer, match=f"^{said}"):
        parse_master(text, "NSECM")


@pytest.mark.parametrize("text", ["", "\n", "\r\n\r\n"])
def test_an_empty_text_is_an_empty_segment(text: str) -> None:
    assert parse_master(text, "MCXFO") == ([], {})


def test_the_last_row_may_be_of_a_type_that_is_shorter_than_its_neighbours() -> None:
    future = "NSEFO|35001|1|NIFTY|NIFTY26MARFUT|FUTIDX|N|1|2|1|1801|0.1|65|1|-1|Nifty 50|2026-03-31T14:30:00|N|1|1|N"

    assert parse_master("\n".join([*OPTIONS, future]), "NSEFO").instruments[-1].symbol == "NIFTY31MAR26FUT"


def test_a_contradiction_stays_visible() -> None:
    master = parse_master("\n".join([*OPTIONS, OPTIONS[0].replace("|24000|", "|31000|")]), "NSEFO")

    assert resolve_clashes(master.instruments)[1] == {
        Exchange.NFO: ("number 46000 stands for NIFTY31MAR2624000CE and NIFTY31MAR2631000CE",)
    }


BROKEN_CASH: Final = (
    "{0}|70000001|8|SHORTROW|SHORTROW-EQ",
    "{0}||8|NOTOKEN|NOTOKEN-EQ|EQ|NOTOKEN-EQ|1|1|1|1|0.05|1|1|NOTOKEN|X|1|1|NOTOKEN|0|-1|-1",
    "{0}|70000003|8|BADTICK|BADTICK-EQ|EQ|BADTICK-EQ|1|1|1|1|abc|1|1|BADTICK|X|1|1|BADTICK|0|-1|-1",
    "{0}|70000004|8|NOLOT|NOLOT-EQ|EQ|NOLOT-EQ|1|1|1|1|0.05|0|1|NOLOT|X|1|1|NOLOT|0|-1|-1",
    "{0}|70000005|99|ODDKIND|ODDKIND|XX|ODDKIND|1|1|1|1|0.05|1|1|ODDKIND|X|1|1|ODDKIND|0|-1|-1",
    "ELSEWHERE|70000006|8|OTHER|OTHER-EQ|EQ|OTHER-EQ|1|1|1|1|0.05|1|1|OTHER|X|1|1|OTHER|0|-1|-1",
    "",
)
BROKEN_OPTION: Final = "|9|1|{}|{}|{}|1|-1|BROKEN|{}|{}|{}|BROKEN|1|1|BROKEN"
BROKEN_LONG: Final = tuple(
    "{0}|" + head + BROKEN_OPTION.format(*cells)
    for head, cells in (
        ("|2|NOTOKEN|NOTOKEN|XX|NOTOKEN|1", ("11", "0.05", "1", "2030-01-01T00:00:00", "10", "3")),
        ("70000003|2|BADTICK|BADTICK|XX|BADTICK|1", ("11", "abc", "1", "2030-01-01T00:00:00", "10", "3")),
        ("70000004|2|NOLOT|NOLOT|XX|NOLOT|1", ("11", "0.05", "0", "2030-01-01T00:00:00", "10", "3")),
        ("70000005|2|NOEXPIRY|NOEXPIRY|XX|NOEXPIRY|1", ("11", "0.05", "1", "soon", "10", "3")),
        ("70000006|2|NOSTRIKE|NOSTRIKE|XX|NOSTRIKE|1", ("11", "0.05", "1", "2030-01-01T00:00:00", "", "3")),
        ("70000007|2|NORIGHT|NORIGHT|XX|NORIGHT|1", ("11", "0.05", "1", "2030-01-01T00:00:00", "10", "9")),
    )
)
BROKEN_DERIVATIVES: Final = ("{0}|70000001|2|SHORTROW|SHORTROW", *BROKEN_LONG)


def malformed_rows(segment: str) -> list[str]:
    """Return broken rows of a segment, one of each kind."""
    templates = BROKEN_CASH if segment.endswith("CM") else BROKEN_DERIVATIVES
    return [template.format(segment) for template in templates]


class TestAWholeDay:
    """A generated master of more than 100,000 rows with numbers that collide across segments."""

    def test_every_tradable_row_comes_out_once(self) -> None:
        listed = universe(DAY, 110_000)
        tokens: dict[int, set[str]] = {}
        rows = 0
        for segment in SEGMENTS:
            lines = listed.master(segment).split("\n")
            master = parse_master("\n".join(lines), segment)
            tradable = [line.split("|") for line in lines if line.split("|")[2] != "4" and "NSETEST" not in line]

            assert [each.token for each in master.instruments if not each.exchange.is_index] == [
                int(cells[1]) for cells in tradable if cells[5] != "SPOT"
            ]
            assert len(master.instruments) + sum(master.dropped.values()) == len(lines)
            assert set(master.dropped) <= {"spread", "test instrument"}
            assert resolve_clashes(master.instruments)[1] == {}
            assert all(_symbol_agrees_with_columns(each) for each in master.instruments)
            rows += len(lines)
            for each in master.instruments:
                tokens.setdefault(each.token, set()).add(segment)

        assert rows >= 100_000
        assert sum(len(segments) > 1 for segments in tokens.values()) > 10

    def test_broken_rows_cost_nothing_but_themselves(self) -> None:
        listed = universe(DAY, 5_000)
        for segment in SEGMENTS:
            first, *others = listed.master(segment).split("\n")
            broken = malformed_rows(segment)

            expected = parse_master("\n".join((first, *others)), segment)
            found = parse_master("\n".join((first, *broken, *others)), segment)

            assert found.instruments == expected.instruments
            malformed = sum(count for reason, count in found.dropped.items() if reason.startswith("malformed"))
            assert malformed == len(list(filter(None, broken)))


def _symbol_agrees_with_columns(instrument: Instrument) -> bool:
    if instrument.expiry is None:
        return instrument.strike is None
    if instrument.strike is None:
        return instrument.symbol == future_symbol(instrument.name, instrument.expiry)
    right = instrument.kind.value
    assert right in {"CE", "PE"}
    return instrument.symbol == option_symbol(instrument.name, instrument.expiry, instrument.strike, right)
