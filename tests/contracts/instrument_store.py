"""What every instrument store does."""

import threading
from abc import ABC, abstractmethod
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final

import pytest

from jainam_prop.application.ports.instruments import InstrumentStore
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.generation import Generation
from jainam_prop.domain.instruments.instrument import Instrument, InstrumentKey, InstrumentKind
from jainam_prop.domain.instruments.search import InstrumentQuery
from tests.fakes.clock import FakeClock

SBIN: Final = Instrument(
    exchange=Exchange.NSE,
    token=3045,
    symbol="SBIN",
    broker_symbol="SBIN-EQ",
    name="SBIN",
    kind=InstrumentKind.EQUITY,
    lot_size=1,
    tick_size=Decimal("0.05"),
    freeze_quantity=1152345,
    series="EQ",
    isin="INE062A01020",
    lower_band=Decimal("702.1"),
    upper_band=Decimal("858.1"),
    broker_exchange="NSECM",
)
NIFTY: Final = Instrument(
    exchange=Exchange.NSE_INDEX,
    token=26000,
    symbol="NIFTY",
    broker_symbol="NIFTY 50",
    name="NIFTY",
    kind=InstrumentKind.INDEX,
    lot_size=1,
    tick_size=Decimal("0.05"),
    broker_exchange="NSECM",
)
FUTURE: Final = Instrument(
    exchange=Exchange.NFO,
    token=26000,
    symbol="M&M31MAR26FUT",
    broker_symbol="M&M26MARFUT",
    name="M&M",
    kind=InstrumentKind.FUTURE,
    lot_size=200,
    tick_size=Decimal("0.1"),
    freeze_quantity=10000,
    expiry=date(2026, 3, 31),
    series="FUTSTK",
    lower_band=Decimal("2979.4"),
    upper_band=Decimal("3641.45"),
    broker_exchange="NSEFO",
)
PUT: Final = FUTURE._replace(
    token=61002,
    symbol="SBIN31MAR26782.5PE",
    broker_symbol="SBIN26MAR782.5PE",
    name="SBIN",
    kind=InstrumentKind.PUT,
    lot_size=750,
    tick_size=Decimal("0.05"),
    strike=Decimal("782.5"),
    series="OPTSTK",
)
CURRENCY: Final = FUTURE._replace(
    exchange=Exchange.CDS,
    token=11001,
    symbol="USDINR27MAR26FUT",
    broker_symbol="USDINR26MARFUT",
    name="USDINR",
    lot_size=1,
    tick_size=Decimal("0.0025"),
    expiry=date(2026, 3, 27),
    lower_band=Decimal("85.2275"),
    upper_band=Decimal("93.1025"),
    multiplier=Decimal(1000),
    broker_exchange="NSECD",
)
MARCH: Final = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
ALL: Final = (SBIN, NIFTY, FUTURE, PUT, CURRENCY)


class InstrumentStoreContract(ABC):
    @abstractmethod
    def store(self, clock: FakeClock) -> InstrumentStore:
        """Return an empty store."""

    @pytest.fixture
    def clock(self) -> FakeClock:
        return FakeClock(MARCH)

    @pytest.fixture
    def empty(self, clock: FakeClock) -> InstrumentStore:
        return self.store(clock)

    @pytest.fixture
    def filled(self, empty: InstrumentStore) -> InstrumentStore:
        empty.replace(ALL)
        return empty

    def test_nothing_is_found_before_the_first_generation(self, empty: InstrumentStore) -> None:
        assert empty.find("SBIN", Exchange.NSE) is None
        assert empty.find_key(SBIN.key) is None
        assert empty.nearest("SBIN", Exchange.NSE) == ()
        assert empty.search(InstrumentQuery()) == ()
        assert empty.generation() is None
        assert empty.count() == 0

    def test_an_instrument_comes_back_as_it_was(self, filled: InstrumentStore) -> None:
        assert [filled.find(each.symbol, each.exchange) for each in ALL] == list(ALL)
        assert [filled.find_key(each.key) for each in ALL] == list(ALL)

    def test_it_comes_back_the_same_a_second_time(self, filled: InstrumentStore) -> None:
        assert [filled.find(each.symbol, each.exchange) for each in (*ALL, *ALL)] == [*ALL, *ALL]

    def test_prices_come_back_without_padding(self, filled: InstrumentStore) -> None:
        found = filled.find_key(PUT.key)

        assert found is not None
        assert [str(value) for value in (found.strike, found.tick_size, found.multiplier)] == ["782.5", "0.05", "1"]

    def test_an_exchange_may_be_named_by_its_code(self, filled: InstrumentStore) -> None:
        assert filled.find("SBIN", "NSE") == SBIN

    @pytest.mark.parametrize(
        ("symbol", "exchange"),
        [
            ("SBIN", "NFO"),
            ("sbin", "NSE"),
            ("SBIN ", "NSE"),
            ("", "NSE"),
            ("SBIN", "nse"),
            ("SBIN", ""),
            ("NIFTY", "NSE"),
        ],
    )
    def test_a_symbol_is_found_only_as_it_is_written(self, filled: InstrumentStore, symbol: str, exchange: str) -> None:
        assert filled.find(symbol, exchange) is None

    def test_one_number_stands_for_different_contracts_on_two_exchanges(self, filled: InstrumentStore) -> None:
        assert filled.find_key(InstrumentKey(Exchange.NSE_INDEX, 26000)) == NIFTY
        assert filled.find_key(InstrumentKey(Exchange.NFO, 26000)) == FUTURE
        assert filled.find_key(InstrumentKey(Exchange.NSE, 26000)) is None

    def test_a_new_generation_takes_the_place_of_the_old_one(self, filled: InstrumentStore) -> None:
        assert filled.find("SBIN", "NSE") == SBIN
        moved = SBIN._replace(token=99)

        assert filled.replace([moved, FUTURE]) == 2

        assert filled.find("SBIN", "NSE") == moved
        assert filled.find_key(SBIN.key) is None
        assert filled.find_key(PUT.key) is None
        assert filled.count() == 2

    def test_exchanges_can_be_kept(self, filled: InstrumentStore) -> None:
        assert filled.replace([SBIN, PUT], keep=[Exchange.CDS, Exchange.MCX]) == 2

        assert filled.find_key(CURRENCY.key) == CURRENCY
        assert filled.find_key(FUTURE.key) is None
        assert filled.count() == 3

    @pytest.mark.parametrize(
        "given",
        [
            pytest.param([], id="nothing"),
            pytest.param([SBIN, SBIN._replace(symbol="OTHER")], id="a-number-twice"),
            pytest.param([SBIN, SBIN._replace(token=7)], id="a-symbol-twice"),
        ],
    )
    def test_a_generation_that_is_refused_leaves_the_old_one(
        self, filled: InstrumentStore, given: list[Instrument]
    ) -> None:
        before = filled.generation()

        with pytest.raises(ValueError, match=r"nothing|without|twice"):
            filled.replace(given)

        assert filled.generation() == before
        assert [filled.find_key(each.key) for each in ALL] == list(ALL)

    def test_a_kept_instrument_may_not_be_given_too(self, filled: InstrumentStore) -> None:
        with pytest.raises(ValueError, match="twice"):
            filled.replace([SBIN, CURRENCY], keep=[Exchange.CDS])

        assert filled.count() == len(ALL)

    def test_generations_are_numbered_and_stamped(self, empty: InstrumentStore, clock: FakeClock) -> None:
        empty.replace([SBIN])
        first = clock.now()
        clock.advance(86_400)
        assert empty.generation() == Generation(1, first, {Exchange.NSE: 1})

        empty.replace(ALL)

        counts = {Exchange.NSE: 1, Exchange.NSE_INDEX: 1, Exchange.NFO: 2, Exchange.CDS: 1}
        assert empty.generation() == Generation(2, clock.now(), counts)

    def test_near_symbols_are_those_of_the_exchange(self, filled: InstrumentStore) -> None:
        assert filled.nearest("SBNI", "NSE") == ("SBIN",)
        assert filled.nearest("SBIN31MAR26785PE", "NFO", limit=1) == ("SBIN31MAR26782.5PE",)
        assert filled.nearest("SBNI", "MCX") == ()

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            pytest.param(InstrumentQuery("sbin"), (SBIN, PUT), id="text"),
            pytest.param(InstrumentQuery("m&m fut"), (FUTURE,), id="words"),
            pytest.param(InstrumentQuery("%"), (), id="a-sign-that-sql-knows"),
            pytest.param(InstrumentQuery("_"), (), id="another"),
            pytest.param(InstrumentQuery("nifty 50"), (NIFTY,), id="the-brokers-symbol"),
            pytest.param(InstrumentQuery(exchange=Exchange.CDS), (CURRENCY,), id="exchange"),
            pytest.param(InstrumentQuery(kind=InstrumentKind.FUTURE), (CURRENCY, FUTURE), id="type"),
            pytest.param(InstrumentQuery(expiry=date(2026, 3, 31)), (FUTURE, PUT), id="expiry"),
            pytest.param(InstrumentQuery(lowest_strike=Decimal("782.5")), (PUT,), id="strike-from"),
            pytest.param(InstrumentQuery(highest_strike=Decimal("782.4")), (), id="strike-to"),
            pytest.param(InstrumentQuery(highest_strike=Decimal(1000)), (PUT,), id="strikes-are-compared-as-numbers"),
            pytest.param(InstrumentQuery("SBIN", limit=1), (SBIN,), id="limit"),
            pytest.param(InstrumentQuery(limit=None), (CURRENCY, FUTURE, PUT, SBIN, NIFTY), id="everything"),
        ],
    )
    def test_search(self, filled: InstrumentStore, query: InstrumentQuery, found: tuple[Instrument, ...]) -> None:
        assert filled.search(query) == found

    def test_threads_look_up_while_generations_change(self, filled: InstrumentStore) -> None:
        found: list[Instrument | None] = []
        starting = threading.Barrier(5)

        def look_up() -> None:
            starting.wait()
            found.extend(filled.find("SBIN", "NSE") for _ in range(300))

        threads = [threading.Thread(target=look_up) for _ in range(4)]
        for thread in threads:
            thread.start()
        starting.wait()
        for number in range(10):
            filled.replace([SBIN._replace(isin=str(number)), FUTURE])
        for thread in threads:
            thread.join()

        assert len(found) == 1200
        assert {each and each.token for each in found} == {SBIN.token}

    def test_an_expired_contract_is_named_but_not_offered(self, empty: InstrumentStore, clock: FakeClock) -> None:
        empty.replace(ALL)
        clock.advance(22 * 86_400)  # 1 April, 09:30 in India

        assert {each.symbol for each in empty.search(InstrumentQuery())} == {"SBIN", "NIFTY"}
        assert empty.find_key(PUT.key) == PUT
        assert empty.nearest("SBIN31MAR26785PE", Exchange.NFO) == ()

    def test_a_contract_is_offered_until_the_close_of_its_last_day(
        self, empty: InstrumentStore, clock: FakeClock
    ) -> None:
        empty.replace(ALL)
        clock.advance(21 * 86_400 + 5 * 3600 + 1799)  # 31 March, one second before 15:00 in India
        before_the_close = empty.search(InstrumentQuery(text="M&M31MAR26FUT"))
        clock.advance(1801)  # 15:30

        assert before_the_close == (FUTURE,)
        assert empty.search(InstrumentQuery(text="M&M31MAR26FUT")) == ()

    def test_a_contract_whose_symbol_is_not_its_own_is_found_by_its_number_alone(self, empty: InstrumentStore) -> None:
        twin = PUT._replace(token=61003, symbol=f"{PUT.symbol}-61003")
        empty.replace([SBIN, FUTURE, twin])

        assert empty.find_key(twin.key) == twin
        assert empty.search(InstrumentQuery(text="782.5PE")) == ()

    def test_a_share_is_found_by_its_former_symbol(self, empty: InstrumentStore) -> None:
        empty.replace([SBIN._replace(symbol="OLDBANK", name="OLDBANK", broker_symbol="OLDBANK-EQ"), FUTURE])
        empty.replace([SBIN, FUTURE])
        empty.replace([SBIN, FUTURE])

        assert empty.search(InstrumentQuery(text="oldbank")) == (SBIN,)
        assert empty.nearest("OLDBANK", Exchange.NSE)[0] == "SBIN"
        assert empty.find("OLDBANK", Exchange.NSE) is None
