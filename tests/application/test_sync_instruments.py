"""Bringing in the day's instruments."""

import logging
from datetime import date
from decimal import Decimal
from typing import Final

import pytest
from returns.result import Failure, Success

from jainam_prop.application.instruments.sync import SyncInstruments, SyncProgress, SyncReport, replace_instruments
from jainam_prop.application.ports.instruments import InstrumentList
from jainam_prop.domain.errors import BrokerError, Invalid, NotSent, RateLimited, SessionExpired, Unreadable
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import Instrument, InstrumentKey, InstrumentKind
from jainam_prop.domain.instruments.search import InstrumentQuery
from tests.contracts.instrument_store import CURRENCY, FUTURE, MARCH, NIFTY, PUT, SBIN
from tests.fakes.clock import FakeClock
from tests.fakes.instrument_source import CannedInstrumentSource
from tests.fakes.instrument_store import InMemoryInstrumentStore

NSE, NFO, BSE, CDS = Exchange.NSE, Exchange.NFO, Exchange.BSE, Exchange.CDS
BSE_SBIN: Final = SBIN._replace(exchange=BSE, token=500112)
SENSEX: Final = NIFTY._replace(exchange=Exchange.BSE_INDEX, token=26065, symbol="SENSEX")


@pytest.fixture
def source() -> CannedInstrumentSource:
    return CannedInstrumentSource(
        InstrumentList(NSE, [SBIN, NIFTY], {"test instrument": 2}),
        InstrumentList(NFO, [FUTURE, PUT], {"spread": 1}),
        InstrumentList(BSE, [BSE_SBIN, SENSEX]),
        InstrumentList(CDS, [CURRENCY]),
    )


@pytest.fixture
def store() -> InMemoryInstrumentStore:
    return InMemoryInstrumentStore(clock=FakeClock(MARCH))


@pytest.fixture
def sync(source: CannedInstrumentSource, store: InMemoryInstrumentStore) -> SyncInstruments:
    return SyncInstruments(source, store, FakeClock(MARCH))


def everything(store: InMemoryInstrumentStore) -> set[Instrument]:
    return set(store.search(InstrumentQuery(limit=None)))


def test_all_that_is_listed_comes_in(sync: SyncInstruments, store: InMemoryInstrumentStore) -> None:
    report = sync()

    counts = {NSE: 1, Exchange.NSE_INDEX: 1, NFO: 2, BSE: 1, Exchange.BSE_INDEX: 1, CDS: 1}
    dropped = {NSE: {"test instrument": 2}, NFO: {"spread": 1}, BSE: {}, CDS: {}}
    assert report == Success(SyncReport(counts, 0.0, dropped, {}))
    assert report.unwrap().total == 7
    assert report.unwrap().empty == ()
    assert everything(store) == {SBIN, NIFTY, FUTURE, PUT, BSE_SBIN, SENSEX, CURRENCY}


def test_progress_is_told_before_each_step_and_at_the_end(sync: SyncInstruments) -> None:
    told: list[SyncProgress] = []

    sync(on_progress=told.append)

    assert told == [("NSE", 0, 5), ("NFO", 1, 5), ("BSE", 2, 5), ("CDS", 3, 5), ("storing", 4, 5), ("storing", 5, 5)]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (NotSent("no connection"), NotSent("NFO: no connection")),
        (Unreadable("html"), Unreadable("NFO: html")),
        (SessionExpired("invalid token"), SessionExpired("NFO: invalid token")),
        (RateLimited("too fast", 3.0), RateLimited("NFO: too fast", 3.0)),
        (Invalid(("no account",)), Invalid(("no account",))),
    ],
)
def test_a_required_exchange_that_cannot_be_had_leaves_everything_as_it_was(
    sync: SyncInstruments,
    source: CannedInstrumentSource,
    store: InMemoryInstrumentStore,
    error: BrokerError,
    said: BrokerError,
) -> None:
    sync()
    before = store.generation()
    source.answers[NFO] = error

    assert sync() == Failure(said)
    assert store.generation() == before


def test_an_optional_exchange_that_cannot_be_had_keeps_its_instruments(
    sync: SyncInstruments,
    source: CannedInstrumentSource,
    store: InMemoryInstrumentStore,
    caplog: pytest.LogCaptureFixture,
) -> None:
    sync()
    lost = NotSent("no connection")
    source.answers[BSE] = lost
    source.answers[NFO] = InstrumentList(NFO, [FUTURE._replace(token=99), PUT])

    with caplog.at_level(logging.WARNING):
        report = sync().unwrap()

    assert report.kept == {BSE: lost.message}
    assert report.counts == {NSE: 1, Exchange.NSE_INDEX: 1, NFO: 2, CDS: 1}
    assert everything(store) == {SBIN, NIFTY, FUTURE._replace(token=99), PUT, BSE_SBIN, SENSEX, CURRENCY}
    assert caplog.messages == [f"BSE keeps the instruments of the day before: {lost.message}"]


def test_an_optional_exchange_that_was_never_had_is_simply_missing(
    sync: SyncInstruments, source: CannedInstrumentSource, store: InMemoryInstrumentStore
) -> None:
    source.answers[CDS] = Unreadable("html")

    assert sync().unwrap().kept == {CDS: "Could not be read: html"}
    assert everything(store) == {SBIN, NIFTY, FUTURE, PUT, BSE_SBIN, SENSEX}


def test_an_optional_exchange_may_list_nothing_and_is_named(
    sync: SyncInstruments, source: CannedInstrumentSource, caplog: pytest.LogCaptureFixture
) -> None:
    source.answers[CDS] = InstrumentList(CDS, [])

    with caplog.at_level(logging.WARNING):
        report = sync().unwrap()

    assert report.empty == (CDS,)
    assert caplog.messages == ["CDS lists no instruments today"]


@pytest.mark.parametrize("exchange", [NSE, NFO])
def test_a_required_exchange_must_list_something(
    sync: SyncInstruments, source: CannedInstrumentSource, store: InMemoryInstrumentStore, exchange: Exchange
) -> None:
    source.answers[exchange] = InstrumentList(exchange, [])

    assert sync(force=True) == Failure(Invalid((f"{exchange} lists no instruments",)))
    assert store.generation() is None


def test_a_generation_that_lost_more_than_a_third_is_refused_unless_forced(
    sync: SyncInstruments, source: CannedInstrumentSource, store: InMemoryInstrumentStore
) -> None:
    sync()
    source.answers[NFO] = InstrumentList(NFO, [FUTURE])

    refused = sync()
    still_there = store.find_key(PUT.key)
    forced = sync(force=True)

    assert refused == Failure(Invalid(("NFO lists only 1 instruments where it listed 2; force it if that is right",)))
    assert still_there == PUT
    assert forced.unwrap().total == 6
    assert store.find_key(PUT.key) is None


def test_an_optional_exchange_that_suddenly_lists_nothing_is_refused(
    sync: SyncInstruments, source: CannedInstrumentSource, store: InMemoryInstrumentStore
) -> None:
    sync()
    source.answers[CDS] = InstrumentList(CDS, [])

    assert sync() == Failure(Invalid(("CDS lists only 0 instruments where it listed 1; force it if that is right",)))
    assert store.find_key(CURRENCY.key) == CURRENCY


VEDL: Final = PUT._replace(
    token=45001, symbol="VEDL31MAR26441.5CE", name="VEDL", kind=InstrumentKind.CALL, strike=Decimal("441.5")
)
MANY: Final = [FUTURE._replace(token=50000 + number, symbol=f"STOCK{number}31MAR26FUT") for number in range(30)]
"""Enough contracts for a clash to be an exception."""


def test_two_contracts_of_one_symbol_cost_neither_the_exchange_nor_the_others(
    sync: SyncInstruments,
    source: CannedInstrumentSource,
    store: InMemoryInstrumentStore,
    caplog: pytest.LogCaptureFixture,
) -> None:
    source.answers[NFO] = InstrumentList(NFO, [*MANY, VEDL, VEDL._replace(token=45002, lot_size=1150)])

    report = sync().unwrap()

    assert report.ambiguous == {NFO: ("symbol VEDL31MAR26441.5CE stands for 45001 and 45002",)}
    assert (report.counts[NFO], report.total) == (30, 35)
    assert store.find(VEDL.symbol, NFO) is None
    assert store.search(InstrumentQuery(text="VEDL")) == ()
    assert "symbol VEDL31MAR26441.5CE stands for 45001 and 45002" in caplog.text


def test_a_contract_whose_symbol_is_not_its_own_is_still_found_by_its_number(
    sync: SyncInstruments, source: CannedInstrumentSource, store: InMemoryInstrumentStore
) -> None:
    source.answers[NFO] = InstrumentList(NFO, [*MANY, VEDL, VEDL._replace(token=45002, lot_size=1150)])

    sync()

    second = store.find_key(InstrumentKey(NFO, 45002))
    assert second is not None
    assert (second.symbol, second.lot_size) == ("VEDL31MAR26441.5CE-45002", 1150)


def test_an_expired_contract_is_counted_apart_and_nameable_but_not_offered(
    sync: SyncInstruments, source: CannedInstrumentSource, store: InMemoryInstrumentStore
) -> None:
    gone = VEDL._replace(symbol="VEDL07MAR26441.5CE", expiry=date(2026, 3, 7))
    source.answers[NFO] = InstrumentList(NFO, [FUTURE, gone])

    report = sync().unwrap()

    assert (report.expired, report.counts[NFO]) == ({NFO: 1}, 1)
    assert store.search(InstrumentQuery(text="VEDL")) == ()
    assert store.find_key(gone.key) == gone
    assert gone not in store.host_rows


def test_a_master_in_which_every_tenth_contract_is_ambiguous_is_unreadable(
    sync: SyncInstruments, source: CannedInstrumentSource, store: InMemoryInstrumentStore
) -> None:
    source.answers[NFO] = InstrumentList(NFO, [FUTURE, PUT._replace(token=FUTURE.token)])

    assert sync() == Failure(
        Unreadable(
            "NFO: the master contradicts itself: NFO number 26000 stands for M&M31MAR26FUT and SBIN31MAR26782.5PE"
        )
    )
    assert store.generation() is None


def test_the_hosts_table_is_filled_only_by_the_sync_for_the_host(
    sync: SyncInstruments, source: CannedInstrumentSource, store: InMemoryInstrumentStore
) -> None:
    sync()
    untouched = store.host_rows

    SyncInstruments(source, store, FakeClock(MARCH), for_host=True)()

    assert untouched == ()
    assert len(store.host_rows) == 7


class TestReplacingInstruments:
    """Taking over what someone else collected."""

    def test_a_sound_generation_comes_in(self, store: InMemoryInstrumentStore) -> None:
        assert replace_instruments(store, [SBIN, FUTURE]) == Success(2)
        assert everything(store) == {SBIN, FUTURE}

    def test_every_objection_is_named(self, store: InMemoryInstrumentStore) -> None:
        replace_instruments(store, [SBIN, FUTURE, PUT, CURRENCY])

        refused = replace_instruments(store, [SBIN, SBIN._replace(token=7)])

        assert refused == Failure(
            Invalid((
                "the master contradicts itself: NSE symbol SBIN stands for 3045 and 7",
                "NFO lists no instruments",
                "CDS lists only 0 instruments where it listed 1; force it if that is right",
            ))
        )  # fmt: skip
        assert store.count() == 4

    def test_a_loss_can_be_forced(self, store: InMemoryInstrumentStore) -> None:
        replace_instruments(store, [SBIN, FUTURE, PUT, CURRENCY])

        assert replace_instruments(store, [SBIN, FUTURE], force=True) == Success(2)

    def test_the_hosts_table_is_filled_when_it_asks(self, store: InMemoryInstrumentStore) -> None:
        replace_instruments(store, [SBIN, FUTURE], for_host=True)

        assert store.host_rows == (SBIN, FUTURE)
