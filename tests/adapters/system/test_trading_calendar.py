"""The calendar of the package, and one that a user puts on top of it."""

import json
import logging
from datetime import datetime
from pathlib import Path
from typing import Final

import pytest

from jainam_prop.adapters.system.trading_calendar import trading_calendar
from jainam_prop.domain.exchange import LISTED_EXCHANGES, Exchange
from jainam_prop.domain.market_data.calendar import IST

NSE, NFO, BSE, MCX, CDS = Exchange.NSE, Exchange.NFO, Exchange.BSE, Exchange.MCX, Exchange.CDS


def at(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=IST)


@pytest.mark.parametrize(
    ("exchange", "moment", "trading"),
    [
        pytest.param(NSE, "2026-08-20 09:14", False, id="before the open"),
        pytest.param(NSE, "2026-08-20 09:15", True, id="open"),
        pytest.param(NSE, "2026-08-20 15:30", False, id="closed"),
        pytest.param(NFO, "2026-07-31 15:30", False, id="derivatives before the closing auction"),
        pytest.param(NFO, "2026-08-03 15:39", True, id="derivatives beside the closing auction"),
        pytest.param(NFO, "2026-08-20 15:40", False, id="derivatives closed"),
        pytest.param(NSE, "2026-08-22 12:00", False, id="a Saturday"),
        pytest.param(MCX, "2026-08-20 23:29", True, id="MCX in the American summer"),
        pytest.param(MCX, "2026-08-20 23:31", False, id="MCX closes at half past eleven in the summer"),
        pytest.param(MCX, "2026-12-01 23:54", True, id="MCX in the American winter"),
        pytest.param(MCX, "2026-12-01 23:55", False, id="MCX closes at five to twelve in the winter"),
        pytest.param(MCX, "2025-03-07 23:54", True, id="the last winter day"),
        pytest.param(MCX, "2025-03-10 23:54", False, id="the first summer day"),
        pytest.param(CDS, "2026-08-20 16:59", True, id="currencies"),
        pytest.param(CDS, "2026-08-20 17:00", False, id="currencies close"),
        pytest.param(NSE, "2025-08-15 12:00", False, id="Independence Day"),
        pytest.param(BSE, "2026-01-15 12:00", False, id="elections"),
        pytest.param(MCX, "2026-03-03 12:00", False, id="Holi, morning"),
        pytest.param(MCX, "2026-03-03 18:00", True, id="Holi, evening"),
        pytest.param(MCX, "2026-12-25 18:00", False, id="Christmas, evening"),
        pytest.param(NSE, "2025-02-01 12:00", True, id="the budget on a Saturday"),
        pytest.param(BSE, "2026-02-01 12:00", True, id="the budget on a Sunday"),
        pytest.param(MCX, "2026-02-01 12:00", True, id="the budget at MCX"),
        pytest.param(MCX, "2025-02-01 17:00", False, id="MCX after the budget"),
        pytest.param(CDS, "2026-02-01 12:00", False, id="a Sunday elsewhere"),
        pytest.param(MCX, "2026-01-01 16:59", True, id="New Year, morning"),
        pytest.param(MCX, "2026-01-01 17:00", False, id="New Year, evening"),
        pytest.param(MCX, "2025-10-21 14:00", True, id="Muhurat at MCX"),
        pytest.param(MCX, "2025-10-21 18:00", False, id="Diwali at MCX after Muhurat"),
        pytest.param(MCX, "2026-01-15 18:00", True, id="elections, evening"),
        pytest.param(CDS, "2025-09-05 12:00", True, id="a holiday of banks that was moved"),
        pytest.param(CDS, "2025-09-08 12:00", False, id="where it was moved to"),
        pytest.param(CDS, "2026-03-19 12:00", False, id="Gudi Padwa for currencies"),
        pytest.param(NSE, "2026-03-19 12:00", True, id="Gudi Padwa for shares"),
        pytest.param(NSE, "2025-10-21 14:00", True, id="Muhurat"),
        pytest.param(NSE, "2025-10-21 12:00", False, id="Diwali before Muhurat"),
        pytest.param(NSE, "2026-11-08 18:30", True, id="Muhurat on a Sunday"),
    ],
)
def test_prices_are_expected_in_the_hours_of_the_day(exchange: Exchange, moment: str, *, trading: bool) -> None:
    assert trading_calendar().is_trading(exchange, at(moment)) == trading


@pytest.mark.parametrize(("underlying", "trading"), [("EURUSD", True), ("USDINR", False), ("", False)])
def test_cross_pairs_trade_longer(underlying: str, *, trading: bool) -> None:
    assert trading_calendar().is_trading(CDS, at("2026-08-20 19:29"), underlying) == trading
    assert not trading_calendar().is_trading(CDS, at("2026-08-20 19:30"), underlying)


@pytest.mark.parametrize("exchange", LISTED_EXCHANGES)
def test_every_listed_exchange_has_hours(exchange: Exchange) -> None:
    assert trading_calendar().is_trading(exchange, at("2026-08-20 12:00"))


def test_a_user_s_days_come_on_top(tmp_path: Path) -> None:
    file = tmp_path / "calendar.json"
    file.write_text(
        json.dumps(
            {
                "closed": [{"exchanges": ["NSE"], "days": ["2026-08-20"]}],
                "sessions": [{"exchanges": ["MCX"], "days": ["2026-08-22"], "opens": "10:00", "closes": "12:00"}],
            }
        ),
        encoding="utf-8",
    )
    calendar = trading_calendar(file)

    moments = {NSE: "2026-08-20 12:00", BSE: "2026-08-20 12:00", MCX: "2026-08-22 11:00"}
    assert {exchange: calendar.is_trading(exchange, at(moment)) for exchange, moment in moments.items()} == {
        NSE: False, BSE: True, MCX: True,
    }  # fmt: skip
    assert not calendar.is_trading(NSE, at("2025-08-15 12:00"))


@pytest.mark.parametrize("written", ["no json", '{"closed": [{"exchanges": ["XYZ"], "days": ["2026-08-20"]}]}', "[1]"])
def test_a_file_that_is_not_understood_is_reported_and_left_out(
    tmp_path: Path, written: str, caplog: pytest.LogCaptureFixture
) -> None:
    file: Final = tmp_path / "calendar.json"
    file.write_text(written, encoding="utf-8")
    with caplog.at_level(logging.WARNING):
        calendar = trading_calendar(file)

    assert calendar.is_trading(NSE, at("2026-08-20 12:00"))
    assert "is left out" in caplog.text
