"""The instrument master: shapes of rows, real numbers, and everything in it that a careless reader trips over."""

from collections import Counter
from datetime import date

import pytest

from jainam_prop.adapters.simulator.catalogue.derivatives import THURSDAY, TUESDAY, monthly, weekly
from jainam_prop.adapters.simulator.catalogue.universe import Universe, index_list, universe
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.orders.order import Side
from tests.adapters.simulator.direct_trading import DirectTrading

DAY = date(2026, 3, 10)
SEGMENTS = ("NSECM", "NSEFO", "BSECM", "BSEFO", "MCXFO", "NSECD")
CELLS = {"1": 21, "2": 23, "4": 21, "8": 22}


def cells(listed: Universe, segment: str) -> list[list[str]]:
    return [row.split("|") for row in listed.master(segment).split("\n")]


@pytest.fixture(scope="module")
def listed() -> Universe:
    return universe(DAY, 5_000)


def test_a_day_is_built_only_once(listed: Universe) -> None:
    assert universe(DAY, 5_000) is listed


@pytest.mark.parametrize("segment", SEGMENTS)
def test_rows_have_the_cells_of_their_type_and_no_header(listed: Universe, segment: str) -> None:
    rows = cells(listed, segment)

    assert {row[0] for row in rows} == {segment}
    assert [row for row in rows if len(row) != CELLS[row[2]]] == []
    assert len({row[1] for row in rows}) == len(rows)


def test_a_segment_that_is_not_listed_is_an_empty_text(listed: Universe) -> None:
    assert listed.master("NCDEX") == ""


@pytest.mark.parametrize(
    ("name", "nse", "bse"),
    [
        ("RELIANCE", 2885, 500325),
        ("SBIN", 3045, 500112),
        ("TCS", 11536, 532540),
        ("INFY", 1594, 500209),
        ("HDFCBANK", 1333, 500180),
    ],
)
def test_well_known_shares_keep_their_real_numbers(listed: Universe, name: str, nse: int, bse: int) -> None:
    assert listed.named(Exchange.NSE, f"{name}-EQ").key == InstrumentKey(Exchange.NSE, nse)
    assert listed.named(Exchange.BSE, f"{name}-A").key == InstrumentKey(Exchange.BSE, bse)


@pytest.mark.parametrize(
    "item",
    [
        "NIFTY 50_26000",
        "NIFTY BANK_26001",
        "INDIA VIX_26002",
        "NIFTY FIN SERVICE_26034",
        "NIFTY NEXT 50_26054",
        "NIFTY MID SELECT_26121",
    ],
)
def test_well_known_indices_keep_their_real_numbers(item: str) -> None:
    assert item in (index_list("NSECM") or ())


def test_the_index_list_has_numbers_that_stand_twice() -> None:
    numbers = Counter(item.rpartition("_")[2] for item in index_list("NSECM") or ())

    assert {number for number, count in numbers.items() if count > 1} == {"26147", "26148"}


def test_sensex_is_on_the_list_of_bse_and_in_its_master(listed: Universe) -> None:
    assert "SENSEX_26065" in (index_list("BSECM") or ())
    assert cells(listed, "BSECM")[0][:6] == ["BSECM", "1", "8", "SENSEX", "SENSEX-SPOT", "SPOT"]


@pytest.mark.parametrize("token", [2885, 3045, 11536])
def test_one_number_means_different_things_on_different_exchanges(listed: Universe, token: int) -> None:
    found = [
        listed.find(InstrumentKey(exchange, token))
        for exchange in (Exchange.NSE, Exchange.NFO, Exchange.BSE, Exchange.MCX)
    ]

    names = [listing.display_name for listing in found if listing is not None]

    assert len(names) == len(set(names)) == 4


def test_numbers_of_indices_are_numbers_of_options_too(listed: Universe) -> None:
    option = listed.find(InstrumentKey(Exchange.NFO, 26000))

    assert option is not None
    assert option.option_type in {"CE", "PE"}


def test_nifty_has_weekly_and_monthly_expiries(listed: Universe) -> None:
    options = [row for row in cells(listed, "NSEFO") if row[2] == "2" and row[3] == "NIFTY"]
    days = {date.fromisoformat(row[16][:10]) for row in options}

    assert days == {*weekly(DAY, TUESDAY, 4), *monthly(DAY, TUESDAY, 3)}
    assert {row[16][10:] for row in options} == {"T14:30:00"}


def test_weekly_and_monthly_options_are_spelled_differently(listed: Universe) -> None:
    spelled = {row[4]: row[19] for row in cells(listed, "NSEFO") if row[2] == "2" and row[3] == "NIFTY"}

    assert spelled["NIFTY2631725000CE"] == "NIFTY 17MAR2026 CE 25000"
    assert spelled["NIFTY26MAR25000CE"] == "NIFTY 31MAR2026 CE 25000"


def test_sensex_expires_on_thursdays_at_midnight(listed: Universe) -> None:
    options = [row for row in cells(listed, "BSEFO") if row[2] == "2" and row[3] == "SENSEX"]

    assert {date.fromisoformat(row[16][:10]).weekday() for row in options} == {THURSDAY}
    assert {row[16][10:] for row in options} == {"T00:00:00"}
    assert {row[5] for row in options} == {"IO"}


@pytest.mark.parametrize("day", [date(2026, 3, 31), date(2026, 12, 31), date(2024, 2, 29)])
def test_no_contract_has_expired_on_whatever_day(day: date) -> None:
    rows = [row for segment in ("NSEFO", "BSEFO", "MCXFO", "NSECD") for row in cells(universe(day, 100), segment)]

    assert min(date.fromisoformat(row[16][:10]) for row in rows) >= day


def test_composite_numbers_carry_the_day_of_the_year(listed: Universe) -> None:
    future = next(row for row in cells(listed, "NSEFO") if row[4] == "NIFTY26MARFUT")
    share = next(row for row in cells(listed, "NSECM") if row[4] == "SBIN-EQ")

    assert (future[7], share[7]) == (f"26090{int(future[1]):08d}", "1100100003045")


def test_share_options_have_decimal_strikes(listed: Universe) -> None:
    strikes = {row[17] for row in cells(listed, "NSEFO") if row[2] == "2" and row[5] == "OPTSTK"}

    assert any("." in strike for strike in strikes)
    assert not any(strike.endswith(".0") or "e" in strike for strike in strikes)


def test_there_are_spreads_with_negative_bands_and_high_numbers(listed: Universe) -> None:
    spreads = [row for row in cells(listed, "NSEFO") if row[2] == "4"]

    assert spreads[0][17] == "NIFTY 31MAR28APR SPD"
    assert all(float(row[9]) < 0 and int(row[1]) > 9_000_000 for row in spreads)


def test_there_are_test_scrips_and_odd_series(listed: Universe) -> None:
    rows = cells(universe(DAY, 20_000), "NSECM")

    assert "061NSETEST-EQ" in {row[4] for row in rows}
    assert {row[5] for row in rows} >= {"EQ", "BE", "BZ", "SM", "ST", "GS", "SG", "GB", "TB", "MF", "N0"}
    assert {row[5] for row in cells(listed, "BSECM")} >= {"A", "B", "X", "XT", "T", "M", "F", "G", "Z", "SPOT"}


def test_some_numerators_are_not_one_and_shift_what_a_fixed_reader_sees(listed: Universe) -> None:
    futures = [row for row in cells(listed, "MCXFO") if row[2] == "1"]

    assert {row[18] for row in futures} >= {"1", "3", "4"}


def test_currencies_and_commodities_have_multipliers(listed: Universe) -> None:
    assert {row[13] for row in cells(listed, "NSECD")} == {"1000"}
    assert {row[13] for row in cells(listed, "MCXFO")} >= {"1", "10", "5"}


@pytest.mark.parametrize("segment", SEGMENTS)
def test_every_listed_instrument_can_be_traded(segment: str) -> None:
    trading = DirectTrading()
    listings = [listing for listing in trading.exchange.universe.listings(segment) if listing.series != "SPOT"]

    states = Counter(
        str(trading.place(Side.BUY, listing.lot, key=listing.key).state)
        for listing in listings[:: max(1, len(listings) // 40)]
    )

    assert set(states) == {"Filled"}
